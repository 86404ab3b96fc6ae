//! The page plan, slow and obvious: what is best among all that may still be shown takes its place, and everything is asked again.

use std::collections::BTreeSet;

use selvedge::author::site::{ContactClass, Experience, Site, Slot};

use super::reference::{Answer, Model};

/// What the page shows so far, for the slots of one group.
pub(crate) struct Page<'s> {
    site: &'s Site,
    /// False where slots do not depend on each other.
    is_planned: bool,
    taken: Vec<Taken>,
}

struct Taken {
    slot: usize,
    experience: usize,
    content: usize,
    is_held: bool,
}

/// The answers of all slots of the site, as one page.
pub(super) fn answers(model: &Model<'_>) -> Vec<Answer> {
    let site = model.site;
    let mut answers: Vec<Option<Answer>> = vec![None; site.slots.len()];
    for group in groups(site) {
        let mut page = Page { site, is_planned: group.len() > 1, taken: Vec::new() };
        let mut open = group.clone();
        while !open.is_empty() {
            let asked: Vec<(usize, Answer)> = open.iter().map(|slot| (*slot, model.slot(*slot, &page))).collect();
            let wants =
                |answer: &Answer| answer.content.is_some() || answer.assigned.is_some() || answer.held.is_some();
            let rank = |(slot, answer): &(usize, Answer)| {
                let experience = &site.experiences[answer.experience.expect("somebody decided")];
                let order = site.plan.as_ref().map(|plan| plan.order.clone()).unwrap_or_default();
                let place = order.iter().position(|own| own == slot).unwrap_or(order.len() + slot);
                (-i64::from(experience.priority), place, experience.name.clone())
            };
            let best = asked.iter().filter(|(_, answer)| wants(answer)).min_by_key(|asked| rank(asked));
            // Nobody wants a place any more: what is left is as it is.
            let Some((slot, answer)) = best.cloned() else {
                asked.into_iter().for_each(|(slot, answer)| answers[slot] = Some(answer));
                break;
            };
            let would = answer.held.as_ref().and_then(|(_, would)| *would);
            if let Some(content) = answer.content.or(would) {
                let (experience, is_held) = (answer.experience.expect("somebody decided"), answer.held.is_some());
                page.taken.push(Taken { slot, experience, content, is_held });
            }
            answers[slot] = Some(answer);
            open.retain(|other| *other != slot);
        }
        let all: Vec<Answer> = group.iter().filter_map(|slot| answers[*slot].clone()).collect();
        for slot in group {
            let own = answers[slot].as_mut().expect("every slot has an answer");
            own.read = all.iter().flat_map(|answer| answer.read.clone()).collect();
            own.drawn = all.iter().any(|answer| answer.drawn);
            own.by_market = all.iter().any(|answer| answer.by_market);
            own.by_time = all.iter().any(|answer| answer.by_time);
            own.by_locale = all.iter().any(|answer| answer.by_locale);
            if all.len() > 1 && own.reason == "STATIC" && own.cache(site) > 0 {
                own.reason = "TARGETING_MATCH";
            }
        }
    }
    answers.into_iter().flatten().collect()
}

impl Page<'_> {
    /// Why content of an experience may not be shown, and the slot that shows the cause. What took its place first counts.
    pub(super) fn bars(&self, experience: usize, contents: &[usize]) -> Option<(&'static str, usize)> {
        let plan = self.site.plan.as_ref().filter(|_| self.is_planned)?;
        let own = &self.site.experiences[experience];
        let counts = |taken: &&Taken| !(is_owed(own) && taken.is_held);
        let taken: Vec<&Taken> = self.taken.iter().filter(counts).collect();
        let has = |pairs: &[(usize, usize)], a: usize, b: usize| pairs.contains(&(a, b)) || pairs.contains(&(b, a));
        (0..taken.len()).find_map(|last| {
            let one = taken[last];
            let so_far = &taken[..=last];
            let of_class = |class| {
                so_far.iter().filter(|taken| class_of(&self.site.experiences[taken.experience]) == class).count()
            };
            let class = class_of(own);
            let limit = plan.limits[class as usize].map(usize::from);
            let why = if contents.contains(&one.content) && !plan.repeats {
                "repeat"
            } else if has(&plan.experiences, experience, one.experience)
                || contents.iter().any(|content| has(&plan.contents, *content, one.content))
            {
                "conflict"
            } else if plan.changes.map(usize::from) == Some(so_far.len()) {
                "changes"
            } else if class_of(&self.site.experiences[one.experience]) == class && limit == Some(of_class(class)) {
                "class"
            } else {
                return None;
            };
            Some((why, one.slot))
        })
    }
}

fn class_of(experience: &Experience) -> ContactClass {
    experience.class.unwrap_or(ContactClass::Promotional)
}

fn is_owed(experience: &Experience) -> bool {
    class_of(experience) != ContactClass::Promotional
}

/// The slots in sets that depend on each other: a slot that depends on none is alone.
fn groups(site: &Site) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for slot in 0..site.slots.len() {
        let (joined, apart): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group: &Vec<usize>| group.iter().any(|other| depend(site, slot, *other)));
        groups = apart;
        let mut group: Vec<usize> = joined.into_iter().flatten().chain([slot]).collect();
        group.sort_unstable();
        groups.push(group);
    }
    groups
}

/// Whether what one slot shows can depend on what the other shows.
fn depend(site: &Site, one: usize, other: usize) -> bool {
    let Some(plan) = &site.plan else { return false };
    if !meet(&site.slots[one], &site.slots[other]) {
        return false;
    }
    let of = |slot: usize| site.experiences.iter().enumerate().filter(move |(_, experience)| experience.slot == slot);
    let contents = |experience: &Experience| {
        experience.rules.iter().flat_map(|rule| rule.effect.contents()).collect::<BTreeSet<_>>()
    };
    let has = |pairs: &[(usize, usize)], a: usize, b: usize| pairs.contains(&(a, b)) || pairs.contains(&(b, a));
    let by_content = of(one).any(|(a, own)| {
        of(other).any(|(b, their)| {
            has(&plan.experiences, a, b)
                || contents(own)
                    .iter()
                    .any(|x| contents(their).iter().any(|y| (!plan.repeats && x == y) || has(&plan.contents, *x, *y)))
        })
    });
    let limits = plan.limits.iter().zip(ContactClass::ALL).map(|(limit, class)| (*limit, Some(*class)));
    let by_limit = limits.chain([(plan.changes, None)]).any(|(limit, class)| {
        let shows = |slot: &usize| {
            of(*slot).any(|(_, own)| class.is_none_or(|class| class_of(own) == class) && !contents(own).is_empty())
        };
        // All slots that can be on a page with both.
        let beside: Vec<usize> = (0..site.slots.len())
            .filter(|slot| [one, other].iter().all(|own| slot == own || meet(&site.slots[*slot], &site.slots[*own])))
            .filter(shows)
            .collect();
        limit.is_some_and(|limit| beside.len() > usize::from(limit)) && shows(&one) && shows(&other)
    });
    by_content || by_limit
}

/// Random sites have pages without patterns, or `/*`.
fn meet(one: &Slot, other: &Slot) -> bool {
    one.channel == other.channel && (one.page == other.page || one.page == "/*" || other.page == "/*")
}
