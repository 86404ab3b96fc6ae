//! A context as a person or a program wrote it: JSON with every key once, and with known attributes. [`read`] refuses a key
//! that is written twice, because it is open which one was meant. [`Strangers`] names attributes that the site does not
//! have, on standard error and each once: the engine ignores them, as hosts may send more than a site reads.

use std::collections::BTreeSet;

use super::once::each_key_once;
use crate::author::names;
use crate::words::Visit;

/// The visit that a text is.
pub(super) fn read(text: &[u8]) -> serde_json::Result<Visit> {
    let visit = serde_json::from_slice(text)?;
    each_key_once(text)?;
    Ok(visit)
}

/// After that many names, one more has no use.
const TOLD_MAX: usize = 20;

/// The names that contexts have and the site has not.
pub(super) struct Strangers<'n> {
    known: BTreeSet<&'n str>,
    told: BTreeSet<String>,
}

impl<'n> Strangers<'n> {
    pub(super) fn new(known: impl IntoIterator<Item = &'n str>) -> Self {
        Self { known: known.into_iter().collect(), told: BTreeSet::new() }
    }

    /// Reports the names of a visit that are not declared.
    pub(super) fn tell(&mut self, visit: &Visit) {
        let names = visit.attributes.iter().map(|(name, _)| name).chain(visit.observed.iter().map(|(name, _)| name));
        let named = names.chain(&visit.unknown);
        for name in named {
            if !self.known.contains(name.as_str()) && self.told.len() < TOLD_MAX && self.told.insert(name.clone()) {
                anstream::eprintln!("warning: {}", self.what(name));
            }
        }
    }

    fn what(&self, name: &str) -> String {
        let known = || self.known.iter().copied();
        let inside = known().find(|known| known.split_once('.').is_some_and(|(group, _)| group == name));
        let meant = known().find(|known| known.eq_ignore_ascii_case(name)).or_else(|| names::closest(name, known()));
        let help = match (inside, meant) {
            (Some(flat), _) => format!("write the whole name, as in \"{flat}\""),
            (None, Some(meant)) => format!("did you mean `{meant}`?"),
            (None, None) => "no rule can read it".into(),
        };
        format!("the context has `{}`, but the site has no such attribute: {help}", name.escape_debug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_written_twice_is_refused_wherever_it_is() {
        for text in [
            r#"{"attributes":{"a.b":1,"a.b":2}}"#,
            r#"{"observed":{"a.b":1,"a.b":2}}"#,
            r#"{"signals":{"gpc":true,"gpc":false}}"#,
            r#"{"attributes":{"a.b":{"c":1,"c":2}}}"#,
            r#"{"region":"DE","region":"US"}"#,
        ] {
            let error = read(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains("twice") || error.contains("duplicate"), "{text}: {error}");
        }
        assert!(read(br#"{"attributes":{"a.b":[{"c":1},{"c":2}]},"unknown":["a.b"]}"#).is_ok());
    }

    #[test]
    fn a_name_that_nobody_declared_is_told_with_the_one_that_was_meant() {
        let strangers = Strangers::new(["visitor.v", "profile.age"]);
        for (name, part) in [
            ("Visitor.V", "did you mean `visitor.v`?"),
            ("visitor", "as in \"visitor.v\""),
            ("profile.agee", "did you mean `profile.age`?"),
            ("basket", "no rule can read it"),
        ] {
            assert!(strangers.what(name).contains(part), "{}", strangers.what(name));
        }
    }
}
