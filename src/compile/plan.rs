//! The page plan of a site, by the positions of a program.

use crate::author::site::{ContactClass, Experience, Site};
use crate::bundle::plan::{Due, Plan};

/// The plan, if slots of the site can meet by it, or if decisions say when and how. `order` is that of the program.
pub(super) fn plan(site: &Site, order: &[&Experience]) -> Option<Plan> {
    let due = |experience: &Experience| {
        experience.when.as_ref().map(|when| Due { after: when.after.clone(), not_before_ms: when.not_before_ms })
    };
    let rules = order.iter().flat_map(|experience| &experience.rules);
    let plan = Plan {
        layouts: (0..).zip(rules).filter_map(|(at, rule)| Some((at, rule.layout.clone()?))).collect(),
        due: (0..).zip(order).filter_map(|(at, experience)| Some((at, due(experience)?))).collect(),
        ..together(site, order).unwrap_or_default()
    };
    (plan != Plan::default()).then_some(plan)
}

fn together(site: &Site, order: &[&Experience]) -> Option<Plan> {
    let plan = site.plan.as_ref()?;
    let groups = plan.groups(&site.experiences, &site.slots);
    if groups.iter().all(|group| *group == 0) {
        return None;
    }
    let turns = plan.turns(&site.experiences);
    let position = |name: &str| order.iter().position(|experience| experience.name == name).unwrap_or(0) as u32;
    let by_name: Vec<u32> = site.experiences.iter().map(|experience| position(&experience.name)).collect();
    let mut turn_of = vec![0; order.len()];
    for (turn, at) in (0..).zip(&turns) {
        turn_of[by_name[*at] as usize] = turn;
    }
    let mut experiences: Vec<(u32, u32)> = plan
        .experiences
        .iter()
        .map(|(one, other)| (by_name[*one], by_name[*other]))
        .map(|(one, other)| (one.min(other), one.max(other)))
        .collect();
    experiences.sort_unstable();
    Some(Plan {
        repeats: plan.repeats,
        changes: plan.changes.unwrap_or(0),
        limits: plan.limits.map(|limit| limit.unwrap_or(0)),
        groups: groups.iter().map(|group| *group as u16).collect(),
        turns: turn_of,
        classes: order.iter().map(|experience| experience.class.unwrap_or(ContactClass::Promotional) as u8).collect(),
        contents: plan.contents.iter().map(|(one, other)| (*one as u32, *other as u32)).collect(),
        experiences,
        ..Plan::default()
    })
}
