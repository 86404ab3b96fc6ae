//! The versions next to one: nothing lies between it and its successor.
//!
//! Takes texts that are semantic versions, gives others. Numbers may be of any length.

use crate::engine::expression::version::parse;

/// A version without its build, which does not affect the order.
#[derive(Clone)]
struct Version {
    numbers: Vec<String>,
    pre: Option<String>,
}

/// Itself and the least version that is greater; then, as they are friendlier to read, the release that it leads up to and the
/// next ones. Empty for a text that is no version.
pub(super) fn around(text: &str) -> Vec<String> {
    let Some(version) = read(text) else { return Vec::new() };
    let next_patch = version.raised(2);
    let successor = match &version.pre {
        Some(pre) => Version { pre: Some(format!("{pre}.0")), ..version.clone() },
        None => Version { pre: Some("0".into()), ..next_patch.clone() },
    };
    let release = if version.pre.is_some() { Version { pre: None, ..version.clone() } } else { next_patch };
    [version.clone(), successor, release, version.raised(0), version.raised(1)].map(|one| one.written()).into()
}

fn read(text: &str) -> Option<Version> {
    let parts = parse(text.as_bytes())?;
    let read = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let numbers = read(parts.numbers).split('.').map(str::to_owned).collect();
    Some(Version { numbers, pre: parts.pre.map(read) })
}

impl Version {
    /// The release whose number at a position is one more.
    fn raised(&self, position: usize) -> Self {
        let mut next = Self { pre: None, ..self.clone() };
        if let Some(number) = next.numbers.get_mut(position) {
            *number = one_more(number);
        }
        next
    }

    fn written(&self) -> String {
        let pre = self.pre.as_ref().map(|pre| format!("-{pre}"));
        self.numbers.join(".") + &pre.unwrap_or_default()
    }
}

fn one_more(number: &str) -> String {
    let kept = number.trim_end_matches('9');
    let nines = "0".repeat(number.len() - kept.len());
    // A digit that is no nine is raised, and all nines behind it turn to zeros; where there is none, a one comes in front.
    let (front, last) = kept.split_at(kept.len().saturating_sub(1));
    let raised = last.bytes().next().map_or('1', |digit| char::from(digit + 1));
    format!("{front}{raised}{nines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_follows_at_once() {
        for (text, next) in [
            ("1.0.0", "1.0.1-0"),
            ("1.0.0-a", "1.0.0-a.0"),
            ("1.0.9+b", "1.0.10-0"),
            ("1.0.99999999999999999999", "1.0.100000000000000000000-0"),
            ("1.0.1899", "1.0.1900-0"),
        ] {
            assert_eq!(around(text)[1], next);
        }
        assert_eq!(around("1.2.3-rc+b"), ["1.2.3-rc", "1.2.3-rc.0", "1.2.3", "2.2.3", "1.3.3"]);
        assert!(around("1.2").is_empty());
    }
}
