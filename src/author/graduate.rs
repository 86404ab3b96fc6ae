//! A winner becomes what everybody sees, as an edit of a site's files.
//!
//! Takes the files, the site in them and a [`Wish`], gives the files as they should be. Comments and all other text stay. What is left of
//! the experiment is a small share that keeps the origin's own content, so that the value of the change can still be measured. Nothing
//! here reads or writes a disk, and nothing judges whether the winner has won.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::percent::WHOLE;
use super::points::LOCK;
use super::settings::CONTROL;
use super::site::{Site, Split};
use super::{Entry, Files};

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'w> {
    /// The experiment that ends.
    pub experiment: &'w str,
    /// The arm that everybody sees from now on: a content item.
    pub winner: &'w str,
    /// Percent of the visitors who keep the origin's own content. With 0 a holdout of the site must cover the slot.
    pub keep: u8,
    /// The name of what is left of the experiment.
    pub kept_as: &'w str,
    /// The day by which the owner looks at it again (ISO 8601 date).
    pub review_by: &'w str,
}

/// Changed texts, by path from the site's folder.
pub type Edited = BTreeMap<String, String>;

/// Edits the files, but for the tests: what these should expect, the engine has to say. See [`expecting`].
///
/// # Errors
/// A sentence that says what is in the way, and what to do.
pub fn graduate(files: &Files, site: &Site, wish: &Wish<'_>) -> Result<Edited, String> {
    let splits = splits(site, wish)?;
    if wish.keep > 0 && site.experiences.iter().flat_map(|one| one.splits()).any(|one| one.experiment == wish.kept_as) {
        return Err(format!("there is an experiment `{}` already: choose another name with --kept-as", wish.kept_as));
    }
    let mut edited = Edited::new();
    for name in splits {
        let path = format!("experiences/{name}.toml");
        edited.insert(path.clone(), experience(&path, text(files, &path)?, wish)?);
    }
    for (path, edit) in [("goals.toml", goals as fn(&str, &Wish<'_>) -> String), (LOCK, lock)] {
        if let Ok(text) = text(files, path) {
            let after = edit(text, wish);
            if after != text {
                edited.insert(path.into(), after);
            }
        }
    }
    Ok(edited)
}

/// The names of the experiences that have the experiment. Each of them must be able to show the winner.
fn splits<'s>(site: &'s Site, wish: &Wish<'_>) -> Result<Vec<&'s str>, String> {
    let all = || site.experiences.iter().flat_map(|one| one.splits().map(move |split| (one, split)));
    let of: Vec<_> = all().filter(|(_, split)| split.experiment == wish.experiment).collect();
    if of.is_empty() {
        let mut names: Vec<&str> = all().map(|(_, split)| &*split.experiment).collect();
        names.dedup();
        return Err(match names[..] {
            [] => "the site has no experiment".into(),
            _ => format!("the site has no experiment `{}`; it has {}", wish.experiment, names.join(", ")),
        });
    }
    if wish.winner == CONTROL {
        let stop = format!("run `selvedge stop {}`, and remove the split", wish.experiment);
        return Err(format!("control is what everybody sees without the experiment: {stop}"));
    }
    for (experience, split) in &of {
        if !split.arms.iter().any(|arm| arm.name == wish.winner) {
            let arms: Vec<&str> = split.arms.iter().map(|arm| &*arm.name).collect();
            return Err(format!("`{}` is no arm of `{}`; it has {}", wish.winner, wish.experiment, arms.join(", ")));
        }
        let channel = site.slots.get(experience.slot).map(|slot| &*slot.channel);
        let is_held = site.holdouts.iter().any(|one| one.channel.is_none() || one.channel.as_deref() == channel);
        if wish.keep == 0 && (!is_held || experience.is_owed()) {
            let why = "nobody could say what the change is worth";
            return Err(format!(
                "no holdout of the site covers `{}`, so with --keep 0 {why}: keep a share",
                experience.name
            ));
        }
    }
    let mut names: Vec<&str> = of.iter().map(|(experience, _)| &*experience.name).collect();
    names.dedup();
    Ok(names)
}

/// The share of visitors who see something else afterwards, in basis points, and of those who lose the winner.
pub fn moved(before: &Split, after: &Split, winner: &str) -> (u32, u32) {
    fn sees(split: &Split, point: u32) -> Option<&str> {
        split.arms.iter().find(|arm| arm.points.iter().any(|range| range.contains(&point))).map(|arm| &*arm.name)
    }
    let differs = (0..WHOLE).filter(|point| sees(before, *point) != sees(after, *point));
    let lost = |point: &u32| sees(before, *point) == Some(winner);
    differs.fold((0, 0), |(moved, losing), point| (moved + 1, losing + u32::from(lost(&point))))
}

/// An experience with the winner in place of the split, and a day of review.
fn experience(path: &str, text: &str, wish: &Wish<'_>) -> Result<String, String> {
    let root = DeTable::parse(text).map_err(|error| format!("{path} is not TOML: {}", error.message()))?;
    let mut edits = Edits::default();
    let rules = root.get_ref().get("rule").and_then(|rules| rules.get_ref().as_array());
    for rule in rules.into_iter().flatten().filter_map(|rule| rule.get_ref().as_table()) {
        let Some((key, value)) = rule.iter().find(|(key, _)| key.get_ref() == "split") else { continue };
        let Some(split) = value.get_ref().as_table() else { continue };
        if split.get("experiment").and_then(|name| name.get_ref().as_str()) != Some(wish.experiment) {
            continue;
        }
        if !text.get(value.span()).is_some_and(|text| text.starts_with('{')) {
            let help = "write it as `split = { experiment = …, arms = { … } }`, and run the command again";
            return Err(format!("{path}: the split of `{}` is a table of its own: {help}", wish.experiment));
        }
        if wish.keep == 0 {
            edits.put(key.span().start..value.span().end, format!("show = {}", quoted(wish.winner)));
        } else {
            edits.put(value.span(), kept(text, split, wish));
        }
    }
    let review = format!("review_by = {}", wish.review_by);
    match root.get_ref().iter().find(|(key, _)| key.get_ref() == "review_by") {
        Some((key, value)) => edits.put(key.span().start..value.span().end, review),
        None => {
            let at = end_of_keys(text, root.get_ref());
            edits.put(at..at, format!("{review}\n"));
        }
    }
    Ok(edits.applied(text))
}

/// The split that is left: those who keep the origin's own content were in control before, as long as there were enough of them.
fn kept(text: &str, split: &DeTable<'_>, wish: &Wish<'_>) -> String {
    let salt = split.get("salt").and_then(|salt| salt.get_ref().as_str()).unwrap_or(wish.experiment);
    let arms = format!("{{ {CONTROL} = {}, {} = {} }}", wish.keep, quoted(wish.winner), 100 - wish.keep);
    let pairs = split.iter().filter_map(|(key, value)| match &**key.get_ref() {
        // Everybody takes part now.
        "traffic" | "layer" | "salt" => None,
        "experiment" => Some(format!("experiment = {}, salt = {}", quoted(wish.kept_as), quoted(salt))),
        "arms" => Some(format!("arms = {arms}")),
        other => Some(format!("{other} = {}", text.get(value.span()).unwrap_or_default())),
    });
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}

/// The line after the last key that is above all tables.
fn end_of_keys(text: &str, root: &DeTable<'_>) -> usize {
    let is_above = |start: usize| text.get(..start).is_some_and(|before| before.trim_end().ends_with('='));
    let spans = root.iter().map(|(_, value)| value.span()).filter(|span| is_above(span.start));
    let ends = spans.map(|span| span.end);
    let last = ends.max().unwrap_or(0);
    text.get(last..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| last + at + 1)
}

/// The goals of the experiment are those of what is left of it.
fn goals(text: &str, wish: &Wish<'_>) -> String {
    let Ok(root) = DeTable::parse(text) else { return text.into() };
    let judged = root.get_ref().get("experiment").and_then(|all| all.get_ref().as_table());
    let Some((key, _)) = judged.and_then(|all| all.iter().find(|(key, _)| key.get_ref() == wish.experiment)) else {
        return text.into();
    };
    let mut edits = Edits::default();
    if wish.keep > 0 {
        edits.put(key.span(), bare(wish.kept_as));
    } else {
        // Nothing is left that could be judged: the table goes, up to the next one.
        let start = text.get(..key.span().start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let end = text
            .get(key.span().end..)
            .and_then(|rest| rest.find("\n["))
            .map_or(text.len(), |at| key.span().end + at + 1);
        edits.put(start..end, String::new());
    }
    edits.applied(text)
}

/// The lock file with the points under the new name, so that nobody moves who need not.
fn lock(text: &str, wish: &Wish<'_>) -> String {
    let (was, is) = (format!("name = {}", quoted(wish.experiment)), format!("name = {}", quoted(wish.kept_as)));
    let lines = text.split_inclusive('\n').collect::<Vec<_>>();
    let mut after = String::with_capacity(text.len());
    for (at, line) in lines.iter().enumerate() {
        let is_name = line.trim_end() == was
            && at > 0
            && lines.get(at - 1).is_some_and(|line| line.trim_end() == "[[experiment]]");
        after.push_str(&if is_name { line.replace(&was, &is) } else { (*line).to_owned() });
    }
    after
}

/// A file of tests that expects what the site decides now: (position of the case, slot, content).
pub fn expecting(text: &str, found: &[(usize, &str, &str)]) -> String {
    let Ok(root) = DeTable::parse(text) else { return text.into() };
    let cases = root.get_ref().get("case").and_then(|cases| cases.get_ref().as_array());
    let mut edits = Edits::default();
    for (at, slot, content) in found {
        let case = cases.and_then(|cases| cases.get(*at)).and_then(|case| case.get_ref().as_table());
        if let Some(span) = case.and_then(|case| leaf(case.get("expect")?.get_ref(), slot)) {
            edits.put(span, quoted(content));
        }
    }
    edits.applied(text)
}

/// Where the value of a key with dots is, written as one key or as tables in tables.
fn leaf(value: &DeValue<'_>, key: &str) -> Option<Range<usize>> {
    value.as_table()?.iter().find_map(|(name, value)| match key.strip_prefix(&**name.get_ref())? {
        "" => Some(value.span()),
        rest => leaf(value.get_ref(), rest.strip_prefix('.')?),
    })
}

/// Texts in place of others.
#[derive(Default)]
struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    fn put(&mut self, span: Range<usize>, text: String) {
        self.0.push((span, text));
    }

    fn applied(mut self, text: &str) -> String {
        self.0.sort_by_key(|(span, _)| span.start);
        let mut text = text.to_owned();
        for (span, new) in self.0.into_iter().rev() {
            text.replace_range(span, &new);
        }
        text
    }
}

fn text<'f>(files: &'f Files, path: &str) -> Result<&'f str, String> {
    match files.entries.get(path) {
        Some(Entry::Bytes(bytes)) => std::str::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8")),
        _ => Err(format!("{path} cannot be read")),
    }
}

/// A text as a TOML string. Names of a site need no escapes.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A name as a TOML key.
fn bare(name: &str) -> String {
    let is_bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_bare { name.into() } else { quoted(name) }
}
