//! One row of a condition: its result for this visit, and the data that it lacks.

use serde::Serialize;

use super::{Weighing, listed, needs_of, permission_for, purpose_words};
use crate::bundle::manifest::AttributeEntry;
use crate::compile::debug::RowDebug;
use crate::consent::Grants;
use crate::engine::explain::{Verdict, Verdicts, withheld};
use crate::words::{Cause, Depth, Purpose};

/// One row.
#[derive(Clone, Debug, Serialize)]
pub struct RowExplanation {
    /// `all`, `any` or `none`.
    pub group: String,
    /// As written.
    pub text: String,
    /// Its question, in plain words.
    pub sentence: String,
    /// `true`, `false` or `unknown`: the row itself.
    pub verdict: &'static str,
    /// Its meaning for the rule: a true row under `none` excludes the visitor.
    pub standing: Standing,
    /// Why it cannot be decided, in words, if it cannot.
    pub unknown_because: Option<String>,
    /// The attributes that consent hides from it.
    pub missing: Vec<Missing>,
    /// The attributes that it may read, but that have no usable value.
    pub faults: Vec<Faulty>,
    /// The rows of the audience, if the row is one.
    pub inside: Vec<RowExplanation>,
    /// `file:line:column`.
    pub place: String,
}

/// The meaning of a row for its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It holds as the rule wants it.
    Met,
    /// It does not.
    NotMet,
    /// It cannot be decided.
    Open,
}

/// An attribute that consent hides.
#[derive(Clone, Debug, Serialize)]
pub struct Missing {
    /// Its name.
    pub attribute: String,
    /// The purposes that the visitor would have to permit. Empty: no permission makes it readable for this experience.
    pub needs: Vec<&'static str>,
    /// How deep the visitor would have to let decisions go, where their limit is what hides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<&'static str>,
}

/// An attribute that may be read, and is unknown all the same.
#[derive(Clone, Debug, Serialize)]
pub struct Faulty {
    /// Its name.
    pub attribute: String,
    /// Why it is unknown.
    pub cause: &'static str,
}

/// How deep audiences of audiences are followed: deeper ones are still named.
pub(super) const AUDIENCE_DEPTH_MAX: usize = 4;

impl Weighing<'_, '_> {
    /// Explains one row of an experience of `purpose`, with audiences down to a depth.
    pub(super) fn row(&self, verdicts: &Verdicts, purpose: Purpose, row: &RowDebug, depth: usize) -> RowExplanation {
        let Self { bundle, debug, permitted, .. } = *self;
        let verdict = verdicts.of(row.literal);
        let standing = match (verdict, row.group == "none") {
            (Verdict::Unknown, _) => Standing::Open,
            (Verdict::True, false) | (Verdict::False, true) => Standing::Met,
            _ => Standing::NotMet,
        };
        let program = bundle.program();
        let hidden =
            if standing == Standing::Open { withheld(permitted, &row.attributes, purpose) } else { Vec::new() };
        let entries = hidden.iter().filter_map(|position| program.attribute(usize::from(*position)));
        let (grants, limit) = (permitted.grants(), permitted.grants().depth);
        let missing: Vec<Missing> = entries
            .map(|entry| Missing {
                attribute: entry.name.clone(),
                needs: needs(entry, grants, purpose),
                depth: entry.needs().is_too_deep(grants).then(|| entry.depth().name()),
            })
            .collect();
        let attributes = || row.attributes.iter().map(|position| usize::from(*position));
        let named = || attributes().filter_map(|position| Some((position, program.attribute(position)?.name.as_str())));
        let causes = named().filter(|_| standing == Standing::Open);
        let causes = causes.filter_map(|(position, name)| Some((name, permitted.cause(position, purpose)?)));
        let causes: Vec<(&str, Cause)> = causes.collect();
        let unknown_because = (standing == Standing::Open).then(|| match (missing.as_slice(), causes.as_slice()) {
            ([], []) => {
                let names: Vec<String> = named().map(|(_, name)| format!("`{name}`")).collect();
                format!("{} has no usable value", listed(&names))
            }
            ([], causes) => cause_words(causes),
            (missing, []) => sentence(missing, purpose, limit),
            (missing, causes) => format!("{}; {}", sentence(missing, purpose, limit), cause_words(causes)),
        });
        let faults = causes.iter().map(|(name, cause)| Faulty { attribute: (*name).to_owned(), cause: cause.name() });
        let faults = faults.collect();
        let name = row.text.trim().strip_prefix("audience.").map(|name| name.trim_matches('`'));
        let audience = name.filter(|_| depth > 0).and_then(|name| debug.audiences.iter().find(|a| a.name == name));
        let inside = audience
            .map(|audience| audience.rows.iter().map(|row| self.row(verdicts, purpose, row, depth - 1)).collect());
        let inside: Vec<RowExplanation> = inside.unwrap_or_default();
        RowExplanation {
            group: row.group.clone(),
            text: row.text.clone(),
            sentence: if row.sentence.is_empty() { row.text.clone() } else { row.sentence.clone() },
            verdict: verdict.name(),
            standing,
            unknown_because,
            missing,
            faults,
            inside,
            place: row.place.clone(),
        }
    }
}

/// The purposes that would make an attribute readable for an experience of `purpose`, beyond those that are granted.
fn needs(entry: &AttributeEntry, grants: &Grants, purpose: Purpose) -> Vec<&'static str> {
    let Some(missing) = entry.needs().missing(purpose, grants) else { return Vec::new() };
    // If several would do, the experience's own purpose comes first.
    let own = [purpose, Purpose::Contextual, Purpose::Necessary].into_iter().find(|own| missing.any.has(*own));
    let gates = [Purpose::Storage, Purpose::Sensitive].into_iter().filter(|gate| missing.all.has(*gate));
    own.into_iter().chain(gates).map(Purpose::name).collect()
}

/// "`a` is outside its range, and `b` could not be read".
fn cause_words(causes: &[(&str, Cause)]) -> String {
    let one = |(name, cause): &(&str, Cause)| {
        let what = match cause {
            Cause::WrongType => "has a value of another type",
            Cause::OutOfRange => "is outside its range",
            Cause::NotInSet => "is not in its closed set",
            Cause::TooLong => "is too long",
            Cause::Missing => "is required, but missing",
            Cause::TooOld => "is older than its retention",
            Cause::NotLookedUp => "could not be read",
            Cause::FromTheFuture => "was observed in the future",
            Cause::StaleFeed => "comes from a feed that is too old or not there",
        };
        format!("`{name}` {what}")
    };
    causes.iter().map(one).collect::<Vec<String>>().join(", and ")
}

/// "`a` and `b` need permission for personalization and storage".
fn sentence(missing: &[Missing], purpose: Purpose, limit: Depth) -> String {
    let (deep, missing): (Vec<&Missing>, Vec<&Missing>) = missing.iter().partition(|missing| missing.depth.is_some());
    let (never, open): (Vec<&Missing>, Vec<&Missing>) =
        missing.into_iter().partition(|missing| missing.needs.is_empty());
    let part = |of: &[&Missing], [verb, plural]: [&str; 2], what: String| {
        let names: Vec<String> = of.iter().map(|missing| format!("`{}`", missing.attribute)).collect();
        let verb = if names.len() == 1 { verb } else { plural };
        (!names.is_empty()).then(|| format!("{} {verb} {what}", listed(&names)))
    };
    let permission = permission_for(&needs_of(open.iter().copied()));
    let parts = [
        part(&open, ["needs", "need"], format!("the visitor’s {permission}")),
        part(&never, ["may not", "may not"], format!("be used for {}", purpose_words(purpose))),
        part(&deep, ["is", "are"], format!("more personal than the visitor’s limit, `{limit}`")),
    ];
    parts.into_iter().flatten().collect::<Vec<String>>().join(", and ")
}
