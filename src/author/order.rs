//! Audiences in an order in which each comes after those that it mentions.
//!
//! Takes a checked site, in which no audience needs itself; gives positions. It never follows a chain of audiences by recursion:
//! a chain may be longer than a stack.

use super::site::Site;

/// Every audience once, those that others need first.
pub(crate) fn audience_order(site: &Site) -> Vec<usize> {
    let mut order = Vec::with_capacity(site.audiences.len());
    let mut seen = vec![false; site.audiences.len()];
    for start in 0..site.audiences.len() {
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut next = Some(start);
        loop {
            if let Some(audience) = next.filter(|audience| !std::mem::replace(&mut seen[*audience], true)) {
                path.push((audience, site.audiences[audience].rows.audiences().collect()));
            }
            let Some((audience, waiting)) = path.last_mut() else { break };
            next = waiting.pop();
            if next.is_none() {
                order.push(*audience);
                path.pop();
            }
        }
    }
    order
}
