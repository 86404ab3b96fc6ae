//! Two registers of processing, and how they differ, in words.
//!
//! There is one sentence for each change, in the order of the register. An entry that only moved is no change. A part that the
//! older register has no form for is no change either.

use super::ropa::{Activity, Datum, Item, Logged, Ropa, Setting, Shown, retention};

/// What changed.
pub fn ropa_diff(old: &Ropa, new: &Ropa) -> Vec<String> {
    let mut said = Vec::new();
    let mut alike = new.clone();
    if old.schema != new.schema {
        alike.activities.iter_mut().flat_map(|one| &mut one.experiences).for_each(|one| one.reads.clear());
    }
    let new = &alike;
    if old.site != new.site {
        said.push(format!("the site is called `{}`, no longer `{}`", new.site, old.site));
    }
    controller(old, new, &mut said);
    paired(&old.activities, &new.activities, |activity| &activity.purpose, &mut |pair| match pair {
        Pair::Gone(one) => said.push(format!("{}: the activity is gone", one.purpose)),
        Pair::New(one) => {
            let basis = one.basis.as_deref().unwrap_or("none stated");
            let data = listed(one.data.iter().map(|datum| &datum.attribute), "no data");
            let shown = listed(one.experiences.iter().map(|shown| &shown.experience), "no experience");
            said.push(format!("{}: a new activity, basis {basis}, with {data}, for {shown}", one.purpose));
        }
        Pair::Both(old, new) => activity(old, new, &mut said),
    });
    log(&old.log, &new.log, &mut said);
    if old.schema == new.schema {
        items("cookie", &old.cookies, &new.cookies, &mut said);
        items("identifier", &old.identifiers, &new.identifiers, &mut said);
        let of = |register: &Ropa, is_told: bool| -> Vec<Setting> {
            register.settings.iter().filter(|one| one.is_told == is_told).cloned().collect()
        };
        settings(&of(old, false), &of(new, false), &mut said);
        // Other parts tell these. A change without an effect there is listed here, so that no change is silent.
        if said.is_empty() {
            settings(&of(old, true), &of(new, true), &mut said);
        }
    }
    said
}

fn items(what: &str, old: &[Item], new: &[Item], said: &mut Vec<String>) {
    paired(old, new, |one| &one.name, &mut |pair| match pair {
        Pair::Gone(one) => said.push(format!("the {what} `{}` is gone", one.name)),
        Pair::New(one) => said.push(format!("the {what} `{}` is new: {}", one.name, one.what)),
        Pair::Both(old, new) => {
            let of = format!("the {what} `{}`", new.name);
            changed(&of, "description", Some(&old.what), Some(&new.what), said);
            changed(&of, "lifetime", old.kept.as_deref(), new.kept.as_deref(), said);
            members(&of, "purpose", &old.purposes, &new.purposes, said);
            members(&of, "named use", &old.used_by, &new.used_by, said);
        }
    });
}

/// Values that are in no other part. A table that came or went as a whole is one change.
fn settings(old: &[Setting], new: &[Setting], said: &mut Vec<String>) {
    let place = |one: &Setting| format!("{}: `{}`", one.file, one.key);
    let find = |list: &[Setting], one: &Setting| {
        list.iter().position(|other| (&other.file, &other.key) == (&one.file, &one.key))
    };
    let mut whole = |of: &[Setting], than: &[Setting], word: &str| {
        let mut tables: Vec<(String, Vec<&Setting>)> = Vec::new();
        for one in of.iter().filter(|one| find(than, one).is_none()) {
            // The outermost table that the other register does not have.
            let ends = one.key.match_indices('.').map(|(at, _)| at).chain([one.key.len()]);
            let is_strange = |table: &&str| {
                let inside = format!("{table}.");
                !than
                    .iter()
                    .any(|other| other.file == one.file && (other.key == **table || other.key.starts_with(&inside)))
            };
            let table = ends.map(|end| &one.key[..end]).find(is_strange).unwrap_or(&one.key);
            let name = format!("{}: `{table}`", one.file);
            match tables.last_mut().filter(|(known, _)| *known == name) {
                Some((_, all)) => all.push(one),
                None => tables.push((name, vec![one])),
            }
        }
        for (name, all) in tables {
            let prefix = name.split('`').nth(1).unwrap_or_default().len();
            let parts = all.iter().map(|one| match one.key.get(prefix + 1..) {
                Some(key) => format!("{key} = {}", one.value.join(", ")),
                None => one.value.join(", "),
            });
            said.push(format!("{name} is {word}: {}", parts.collect::<Vec<_>>().join("; ")));
        }
    };
    whole(old, new, "gone");
    whole(new, old, "new");
    for one in new {
        let Some(before) = find(old, one).map(|at| &old[at]) else { continue };
        match (before.value.as_slice(), one.value.as_slice()) {
            ([before], [now]) => changed_value(&place(one), before, now, said),
            (before, now) => {
                let (gone, came): (Vec<_>, Vec<_>) = (only(before, now).collect(), only(now, before).collect());
                said.extend(gone.iter().map(|value| format!("{} no longer has {value}", place(one))));
                said.extend(came.iter().map(|value| format!("{} has {value} now", place(one))));
                if gone.is_empty() && came.is_empty() && before != now {
                    said.push(format!("{} has another order: {}", place(one), now.join(", ")));
                }
            }
        }
    }
}

fn changed_value(place: &str, old: &str, new: &str, said: &mut Vec<String>) {
    if old != new {
        said.push(format!("{place} is {new}, no longer {old}"));
    }
}

fn log(old: &[Logged], new: &[Logged], said: &mut Vec<String>) {
    let length = |one: &Logged| retention(one.retention_days.saturating_mul(86_400));
    paired(old, new, |one| &one.class, &mut |pair| match pair {
        Pair::Gone(one) => said.push(format!("the log: how long `{}` lines are kept is no longer stated", one.class)),
        Pair::New(one) => said.push(format!("the log: `{}` lines are kept for {}", one.class, length(one))),
        Pair::Both(old, new) => {
            let of = format!("the log: `{}` lines", new.class);
            changed(&of, "retention", Some(&length(old)), Some(&length(new)), said);
            // A register of the first form says no purpose of a line.
            if !old.purpose.is_empty() {
                changed(&of, "purpose", Some(&old.purpose), Some(&new.purpose), said);
                changed(&of, "lawful basis", old.basis.as_deref(), new.basis.as_deref(), said);
            }
        }
    });
}

fn controller(old: &Ropa, new: &Ropa, said: &mut Vec<String>) {
    match (&old.controller, &new.controller) {
        (None, None) => {}
        (None, Some(new)) => said.push(format!("the controller is now stated: {}", new.name)),
        (Some(old), None) => said.push(format!("the controller, {}, is no longer stated", old.name)),
        (Some(old), Some(new)) => {
            let mut word = |what: &str, old: Option<&String>, new: Option<&String>| {
                changed("the controller", what, old.map(String::as_str), new.map(String::as_str), said);
            };
            word("name", Some(&old.name), Some(&new.name));
            word("address", old.address.as_ref(), new.address.as_ref());
            word("email", old.email.as_ref(), new.email.as_ref());
            word("representative", old.representative.as_ref(), new.representative.as_ref());
            word("data protection officer", old.officer.as_ref(), new.officer.as_ref());
            word("supervisory authority", old.authority.as_ref(), new.authority.as_ref());
            members("the controller", "joint controller", &old.joint, &new.joint, said);
        }
    }
}

fn activity(old: &Activity, new: &Activity, said: &mut Vec<String>) {
    let purpose = new.purpose.as_str();
    changed(purpose, "lawful basis", old.basis.as_deref(), new.basis.as_deref(), said);
    changed(purpose, "condition of Art. 9(2)", old.condition.as_deref(), new.condition.as_deref(), said);
    changed(purpose, "text", old.text.as_deref(), new.text.as_deref(), said);
    members(purpose, "term of the Data Privacy Vocabulary", &old.dpv, &new.dpv, said);
    members(purpose, "category of persons", &old.persons, &new.persons, said);
    paired(&old.data, &new.data, |datum| &datum.attribute, &mut |pair| match pair {
        Pair::Gone(one) => said.push(format!("{purpose}: `{}` is no longer used", one.attribute)),
        Pair::New(one) => {
            let special = if one.sensitive { ", of a special category" } else { "" };
            said.push(format!("{purpose}: `{}` is used now, from {}{special}", one.attribute, one.source));
        }
        Pair::Both(old, new) => datum(purpose, old, new, said),
    });
    paired(&old.experiences, &new.experiences, |shown| &shown.experience, &mut |pair| match pair {
        Pair::Gone(one) => said.push(format!("{purpose}: the experience `{}` is gone", one.experience)),
        Pair::New(one) => said.push(format!("{purpose}: the experience `{}` is new, in {}", one.experience, one.slot)),
        Pair::Both(old, new) => shown(purpose, old, new, said),
    });
    members(purpose, "recipient", &old.recipients, &new.recipients, said);
    members(purpose, "transfer", &old.transfers, &new.transfers, said);
    changed(purpose, "time of erasure", old.erasure.as_deref(), new.erasure.as_deref(), said);
    members(purpose, "security measure", &old.security, &new.security, said);
}

fn datum(purpose: &str, old: &Datum, new: &Datum, said: &mut Vec<String>) {
    let of = format!("{purpose}: `{}`", new.attribute);
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut word = |what: &str, old: Option<String>, new: Option<String>| {
        changed(&of, what, old.as_deref(), new.as_deref(), said);
    };
    word("description", text(&old.description), text(&new.description));
    word("source", text(&old.source), text(&new.source));
    word("depth", text(&old.depth), text(&new.depth));
    word("retention", old.retention_seconds.map(retention), new.retention_seconds.map(retention));
    turned(&of, "of a special category", old.sensitive, new.sensitive, said);
    said.extend(only(&old.also_for, &new.also_for).map(|one| format!("{of} no longer serves {one} too")));
    said.extend(only(&new.also_for, &old.also_for).map(|one| format!("{of} serves {one} too now")));
}

fn shown(purpose: &str, old: &Shown, new: &Shown, said: &mut Vec<String>) {
    let of = format!("{purpose}: the experience `{}`", new.experience);
    changed(&of, "slot", Some(&old.slot), Some(&new.slot), said);
    changed(&of, "owner", old.owner.as_deref(), new.owner.as_deref(), said);
    changed(&of, "benefit", old.benefit.as_deref(), new.benefit.as_deref(), said);
    turned(&of, "fully audited", old.fully_audited, new.fully_audited, said);
    members(&of, "experiment", &old.experiments, &new.experiments, said);
    said.extend(only(&old.reads, &new.reads).map(|one| format!("{of} no longer reads `{one}`")));
    said.extend(only(&new.reads, &old.reads).map(|one| format!("{of} reads `{one}` now")));
}

fn turned(of: &str, what: &str, old: bool, new: bool, said: &mut Vec<String>) {
    if old != new {
        said.push(if new { format!("{of} is {what} now") } else { format!("{of} is no longer {what}") });
    }
}

fn changed(of: &str, what: &str, old: Option<&str>, new: Option<&str>, said: &mut Vec<String>) {
    match (old, new) {
        (old, new) if old == new => {}
        (None, new) => said.extend(new.map(|new| format!("{of}: the {what} is stated now: {new}"))),
        (Some(old), None) => said.push(format!("{of}: the {what} is no longer stated; it was {old}")),
        (Some(old), Some(new)) => said.push(format!("{of}: the {what} is {new}, no longer {old}")),
    }
}

fn members(of: &str, what: &str, old: &[String], new: &[String], said: &mut Vec<String>) {
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    said.extend(only(old, new).map(|one| format!("{of}: no longer {article} {what}: {one}")));
    said.extend(only(new, old).map(|one| format!("{of}: a new {what}: {one}")));
}

fn only<'s>(these: &'s [String], those: &'s [String]) -> impl Iterator<Item = &'s String> {
    these.iter().filter(|one| !those.contains(one))
}

enum Pair<'p, T> {
    Gone(&'p T),
    New(&'p T),
    Both(&'p T, &'p T),
}

/// Pairs with removed items first, then the new list in its order.
fn paired<'p, T>(old: &'p [T], new: &'p [T], name: impl Fn(&T) -> &String, say: &mut dyn FnMut(Pair<'p, T>)) {
    old.iter().filter(|one| !new.iter().any(|other| name(other) == name(one))).for_each(|one| say(Pair::Gone(one)));
    for one in new {
        say(old.iter().find(|other| name(other) == name(one)).map_or(Pair::New(one), |other| Pair::Both(other, one)));
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n String>, none: &str) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use crate::report::retention;

    #[test]
    fn lengths_of_time_in_words() {
        let cases = [(86_400, "1 day"), (2_592_000, "30 days"), (5_400, "90 minutes"), (61, "61 seconds")];
        cases.into_iter().for_each(|(seconds, words)| assert_eq!(retention(seconds), words));
    }
}
