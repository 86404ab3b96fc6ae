//! Audiences in an order in which each comes after those that it mentions.
//!
//! Takes audiences without circles, gives positions. It never follows a chain of audiences by recursion: a chain may be
//! longer than a stack.

use super::site::Audience;

/// Every audience once, those that others need first.
pub(crate) fn audience_order(audiences: &[Audience]) -> Vec<usize> {
    let needs = audiences.iter().map(|audience| {
        let mut needs: Vec<usize> = audience.rows.audiences().collect();
        // Among the audiences that one audience mentions, the last goes first.
        needs.reverse();
        needs
    });
    inside_out(&needs.collect::<Vec<_>>())
}

/// Every position behind those that it needs; nothing needs itself.
pub(super) fn inside_out(needs: &[Vec<usize>]) -> Vec<usize> {
    walk(needs, &mut |_| {})
}

/// Every position once, behind those that it needs. Positions that need one another go to `circle`, in the order of their needs.
/// The walk is depth first with an explicit stack: a chain of a hundred thousand is only slow.
pub(super) fn walk(needs: &[Vec<usize>], circle: &mut dyn FnMut(&[usize])) -> Vec<usize> {
    let (mut order, mut entered) = (Vec::with_capacity(needs.len()), vec![false; needs.len()]);
    let mut left = vec![false; needs.len()];
    for start in 0..needs.len() {
        let mut path = if entered[start] { Vec::new() } else { vec![(start, 0)] };
        entered[start] = true;
        while let Some((at, next)) = path.last_mut() {
            match needs[*at].get(*next) {
                Some(need) => {
                    *next += 1;
                    if !std::mem::replace(&mut entered[*need], true) {
                        path.push((*need, 0));
                    } else if !left[*need] {
                        let line: Vec<usize> = path.iter().map(|(at, _)| *at).collect();
                        circle(&line[line.iter().position(|at| at == need).unwrap_or(0)..]);
                    }
                }
                None => {
                    left[*at] = true;
                    order.push(*at);
                    path.pop();
                }
            }
        }
    }
    order
}
