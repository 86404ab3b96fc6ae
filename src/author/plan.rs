//! `[plan]` and `conflicts_with`: what the slots of one page or message may show together.
//!
//! Takes the settings, and the files of experiences and content; gives the plan with names resolved. [`Plan::meet`] says which
//! slots can be on one page.

use super::keys::{Table, Text};
use super::site::{ContactClass, Content, Effect, Experience, Plan, Slot};
use super::source::Sink;
use super::stage::{Stage, find_slot};
use crate::page::matches;

/// A file that may say what it conflicts with: its name, and its table.
pub(crate) type Conflicting<'a> = (String, Table<'a>);

/// Reads the plan. There is one as soon as the site has a `[plan]` or names a conflict.
pub(crate) fn plan(
    top: Option<Table<'_>>,
    of: [&[Conflicting<'_>]; 2],
    experiences: &[Experience],
    stage: &Stage<'_>,
) -> Option<Plan> {
    let [of_experiences, of_content] = of;
    let own: Vec<&str> = experiences.iter().map(|experience| experience.name.as_str()).collect();
    let items: Vec<&str> = stage.library.content.iter().map(|item| item.name.as_str()).collect();
    let mut plan = Plan {
        experiences: with_markets(pairs("experience", of_experiences, &own), experiences),
        contents: pairs("content", of_content, &items),
        ..Plan::default()
    };
    let table = top.and_then(|top| top.table("plan"));
    if let Some(table) = table {
        plan.repeats = table.flag("repeats");
        plan.changes = table.whole("changes");
        for (limit, class) in plan.limits.iter_mut().zip(ContactClass::ALL) {
            *limit = table.section("limits").whole(class.name());
        }
        for text in table.texts("order") {
            let slot = find_slot(text, stage);
            if slot.is_some_and(|slot| plan.order.contains(&slot)) {
                text.report(
                    text.error("SV2239", format!("the slot `{}` stands here twice", text.text))
                        .help("remove one of the two"),
                );
            }
            plan.order.extend(slot);
        }
    }
    is_used(&plan, table, of_experiences, experiences, stage);
    let is_there = table.is_some() || !plan.experiences.is_empty() || !plan.contents.is_empty();
    is_there.then_some(plan)
}

/// The pairs that files name, by position in a list of names that is sorted; each once, the lower position first.
fn pairs(what: &str, files: &[Conflicting<'_>], names: &[&str]) -> Vec<(usize, usize)> {
    let find = |name: &str| names.binary_search(&name).ok();
    let mut pairs = Vec::new();
    for (name, table) in files {
        for text in table.texts("conflicts_with") {
            match (find(name), find(text.text)) {
                _ if text.text == name => {
                    let fault = text.error("SV2237", format!("`{name}` conflicts with itself"));
                    text.report(
                        fault.why("a page shows content once unless the plan says otherwise").help("remove it"),
                    );
                }
                (Some(one), Some(other)) => pairs.push((one.min(other), one.max(other))),
                (_, None) => unknown(what, text, names),
                (None, _) => {}
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The same pairs, and those of what markets do in place of either.
fn with_markets(pairs: Vec<(usize, usize)>, experiences: &[Experience]) -> Vec<(usize, usize)> {
    let called = |at: usize| {
        let name = experiences.get(at).map_or("", |experience| &experience.name);
        (0..experiences.len()).filter(move |other| experiences.get(*other).is_some_and(|one| one.is_called(name)))
    };
    let pairs = pairs.into_iter().flat_map(|(one, other)| {
        called(one).flat_map(move |one| called(other).map(move |other| (one.min(other), one.max(other))))
    });
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn unknown(what: &str, text: Text<'_>, names: &[&str]) {
    let missing = format!("there is no {what} `{}`, so nothing conflicts", text.text);
    text.unknown("SV2236", missing, names.iter().copied());
}

/// Warns about parts of a plan that change nothing.
fn is_used(
    plan: &Plan,
    table: Option<Table<'_>>,
    files: &[Conflicting<'_>],
    experiences: &[Experience],
    stage: &Stage<'_>,
) {
    for (name, file) in files {
        let own = experiences.iter().find(|experience| experience.name == *name);
        for text in file.texts("conflicts_with") {
            let other = experiences.iter().find(|experience| experience.name == text.text);
            if let (Some(own), Some(other)) = (own, other)
                && own.name != other.name
                && !may_meet(own.slot, other.slot, stage.slots)
            {
                let what = format!("`{}` and `{}` are never on one page", own.name, other.name);
                let why = if own.slot == other.slot {
                    "a slot shows one thing at a time"
                } else {
                    "their slots have other pages or channels"
                };
                text.report(
                    text.error("SV2238", what).warning().why(why).help("remove it, or change the `page` of a slot"),
                );
            }
        }
    }
    let Some(table) = table else { return };
    let limits = plan.limits.iter().zip(ContactClass::ALL).map(|(limit, class)| (*limit, Some(*class)));
    for (limit, class) in limits.chain([(plan.changes, None)]) {
        let Some(limit) = limit else { continue };
        let most = together(experiences, stage.slots, class).iter().map(Vec::len).max().unwrap_or(0);
        let field = match class {
            Some(class) => table.section("limits").get(class.name()),
            None => table.get("changes"),
        };
        if let Some(field) = field.filter(|_| most <= limit as usize) {
            let of = class.map_or(String::new(), |class| format!(" of the class `{class}`"));
            let what = format!("the limit is {limit}, and no page has more than {most} slots with content{of}");
            field.report(
                field.error("SV2260", what).warning().why("the limit changes nothing").help("lower it, or remove it"),
            );
        }
    }
}

/// True if two slots can be on one page or in one message.
pub(crate) fn may_meet(one: usize, other: usize, slots: &[Slot]) -> bool {
    let (Some(a), Some(b)) = (slots.get(one), slots.get(other)) else { return false };
    let is_pattern = |slot: &Slot| slot.page.contains('*');
    one != other
        && a.channel == b.channel
        && match (is_pattern(a), is_pattern(b)) {
            // Two patterns may have a page in common that nobody has written down.
            (true, true) => true,
            (true, false) => matches(&a.page, &b.page),
            (false, true) => matches(&b.page, &a.page),
            (false, false) => a.page == b.page,
        }
}

/// The sets of slots that can be on one page and show content, of a class or of any; each as positions.
pub(crate) fn together(experiences: &[Experience], slots: &[Slot], class: Option<ContactClass>) -> Vec<Vec<usize>> {
    let is_of = |experience: &&Experience| {
        class.is_none_or(|class| experience.class.unwrap_or(ContactClass::Promotional) == class)
            && experience.rules.iter().any(|rule| !rule.effect.contents().is_empty())
    };
    let mut showing: Vec<usize> = experiences.iter().filter(is_of).map(|experience| experience.slot).collect();
    showing.sort_unstable();
    showing.dedup();
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for slot in &showing {
        let is_pattern = slots.get(*slot).is_some_and(|slot| slot.page.contains('*'));
        let beside = |other: &usize| other == slot || may_meet(*slot, *other, slots);
        // Slots of a pattern are together on the pages of others, or on a page that only patterns have.
        let set: Vec<usize> = showing
            .iter()
            .copied()
            .filter(beside)
            .filter(|other| !is_pattern || slots.get(*other).is_some_and(|slot| slot.page.contains('*')))
            .collect();
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    sets
}

/// Warns about a rule that can never show its content, because what is always shown leaves no place for it.
pub(crate) fn is_shown(plan: &Plan, experiences: &[Experience], content: &[Content], slots: &[Slot], sink: &Sink) {
    let turns = plan.turns(experiences);
    let turn = |at: usize| turns.iter().position(|other| *other == at);
    let always: Vec<(usize, usize)> =
        (0..experiences.len()).filter_map(|at| Some((at, always(at, experiences, content, &turns)?))).collect();
    for (at, experience) in experiences.iter().enumerate() {
        if experience.is_owed() || experience.market.is_some() {
            continue;
        }
        for rule in &experience.rules {
            let own = rule.effect.contents();
            let blocker = always.iter().find(|(other, shown)| {
                turn(*other) < turn(at)
                    && experiences.get(*other).is_some_and(|other| is_beside(other.slot, experience.slot, slots))
                    && ((!plan.repeats && own.contains(shown))
                        || plan.conflict(&plan.experiences, at, *other)
                        || own.iter().any(|own| plan.conflict(&plan.contents, *own, *shown)))
            });
            let Some(by) = blocker.filter(|_| !own.is_empty()).and_then(|(other, _)| experiences.get(*other)) else {
                continue;
            };
            let what = format!("this rule of `{}` never shows its content", experience.name);
            let slot = slots.get(by.slot).map_or("", |slot| &slot.name);
            let why = format!(
                "`{slot}` always shows that of `{}` before, and the page plan does not let them stand together",
                by.name
            );
            let help = "give it a higher priority, or other content";
            let fault =
                super::diagnostic::Diagnostic::error("SV2261", rule.place.clone(), what).warning().why(why).help(help);
            sink.report(super::diagnostic::Diagnostic { owner: experience.owner.clone(), ..fault });
        }
    }
}

/// True if every page of `other` has `one`, too.
fn is_beside(one: usize, other: usize, slots: &[Slot]) -> bool {
    let page = |slot: usize| slots.get(slot).map_or("", |slot| slot.page.as_str());
    may_meet(one, other, slots) && (page(one) == page(other) || page(one) == "*" || page(one) == "/*")
}

/// The content that an experience shows to everybody, at all times.
fn always(at: usize, experiences: &[Experience], content: &[Content], turns: &[usize]) -> Option<usize> {
    let experience = experiences.get(at)?;
    let rule = experience.rules.first()?;
    let Effect::Show(shown) = rule.effect else { return None };
    let first = turns.iter().find(|other| experiences.get(**other).is_some_and(|other| other.slot == experience.slot));
    let is_always = first == Some(&at)
        && experience.schedule.is_none()
        && experience.rows().take(2).all(|rows| rows.iter().next().is_none())
        && content.get(shown).is_some_and(|item| item.expires_ms.is_none());
    is_always.then_some(shown)
}

impl Plan {
    /// The positions of experiences in the order in which they choose: by priority, then by slot, then by name.
    pub fn turns(&self, experiences: &[Experience]) -> Vec<usize> {
        let place = |slot: usize| (self.order.iter().position(|own| *own == slot).unwrap_or(usize::MAX), slot);
        let mut turns: Vec<usize> = (0..experiences.len()).collect();
        let key = |at: &usize| {
            experiences.get(*at).map(|experience| {
                (std::cmp::Reverse(experience.priority), place(experience.slot), experience.name.as_str())
            })
        };
        turns.sort_by(|a, b| key(a).cmp(&key(b)));
        turns
    }

    /// True if a list of pairs has these two.
    pub fn conflict(&self, pairs: &[(usize, usize)], one: usize, other: usize) -> bool {
        pairs.contains(&(one.min(other), one.max(other)))
    }

    /// The group of each slot that is decided with others, from 1; 0 is decided alone.
    pub fn groups(&self, experiences: &[Experience], slots: &[Slot]) -> Vec<usize> {
        let mut root: Vec<usize> = (0..slots.len()).collect();
        let mut join = |one: usize, other: usize| {
            let (one, other) = (root.get(one).copied(), root.get(other).copied());
            if let (Some(one), Some(other)) = (one, other) {
                root.iter_mut().filter(|root| **root == other).for_each(|root| *root = one);
            }
        };
        let contents: Vec<Vec<usize>> = experiences
            .iter()
            .map(|experience| experience.rules.iter().flat_map(|rule| rule.effect.contents()).collect())
            .collect();
        let meets = |a: usize, b: usize| {
            let (Some(own), Some(theirs)) = (contents.get(a), contents.get(b)) else { return false };
            self.conflict(&self.experiences, a, b)
                || own.iter().any(|own| {
                    theirs
                        .iter()
                        .any(|their| (!self.repeats && own == their) || self.conflict(&self.contents, *own, *their))
                })
        };
        for (a, one) in experiences.iter().enumerate() {
            for (b, other) in experiences.iter().enumerate().skip(a + 1) {
                if may_meet(one.slot, other.slot, slots) && meets(a, b) {
                    join(one.slot, other.slot);
                }
            }
        }
        let limits = self.limits.iter().zip(ContactClass::ALL).map(|(limit, class)| (*limit, Some(*class)));
        for (limit, class) in limits.chain([(self.changes, None)]) {
            for set in limit.map(|_| together(experiences, slots, class)).unwrap_or_default() {
                if limit.is_some_and(|limit| set.len() > limit as usize) {
                    set.windows(2).for_each(|pair| join(pair[0], pair[1]));
                }
            }
        }
        let mut numbers: Vec<usize> = Vec::new();
        let shared = |at: usize| root.iter().filter(|root| **root == at).count() > 1;
        let number = |root: &usize| {
            if !shared(*root) {
                return 0;
            }
            1 + numbers.iter().position(|known| known == root).unwrap_or_else(|| {
                numbers.push(*root);
                numbers.len() - 1
            })
        };
        root.iter().map(number).collect()
    }
}
