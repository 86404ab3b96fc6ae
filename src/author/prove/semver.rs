//! Semantic versions by the letter of semver.org 2.0.0: reading, order, and the next one.
//!
//! Takes text, gives a version or nothing. Numbers have any length. It never accepts a `v` in front, a part left out, or a leading
//! zero.

use std::cmp::Ordering;

/// A version without its build metadata, which has no say in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    numbers: [Number; 3],
    before: Vec<Identifier>,
}

/// A whole number of any length, by its length and its digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Number(usize, String);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    // Numbers come before words.
    Number(Number),
    Word(String),
}

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
        let (core, before) = text.split_once('-').map_or((text, None), |(core, before)| (core, Some(before)));
        let plain =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if build.is_some_and(|build| !build.split('.').all(plain)) {
            return None;
        }
        let numbers: Vec<Number> = core.split('.').map(number).collect::<Option<_>>()?;
        let identifier = |part: &str| match part {
            _ if part.bytes().all(|byte| byte.is_ascii_digit()) => number(part).map(Identifier::Number),
            _ => plain(part).then(|| Identifier::Word(part.to_owned())),
        };
        let before = before
            .map(|before| before.split('.').map(identifier).collect::<Option<_>>())
            .unwrap_or(Some(Vec::new()))?;
        Some(Self { numbers: numbers.try_into().ok()?, before })
    }

    /// A number by its position, if an int can hold it.
    pub(super) fn number(&self, position: usize) -> Option<i64> {
        self.numbers.get(position)?.1.parse().ok()
    }

    /// The least version that is greater: nothing lies between the two.
    pub(super) fn successor(&self) -> Self {
        let mut next = if self.before.is_empty() { self.raised(2) } else { self.clone() };
        next.before.push(Identifier::Number(Number::new("0")));
        next
    }

    /// The release that it leads up to, or the next one.
    pub(super) fn release(&self) -> Self {
        let next = if self.before.is_empty() { self.raised(2) } else { self.clone() };
        Self { before: Vec::new(), ..next }
    }

    /// The release whose number at a position is one more.
    pub(super) fn raised(&self, position: usize) -> Self {
        let mut next = Self { before: Vec::new(), ..self.clone() };
        if let Some(number) = next.numbers.get_mut(position) {
            *number = number.next();
        }
        next
    }
}

impl Number {
    fn new(digits: &str) -> Self {
        Self(digits.len(), digits.to_owned())
    }

    fn next(&self) -> Self {
        let kept = self.1.trim_end_matches('9');
        let nines = self.1.len() - kept.len();
        // A digit that is no nine is raised, and all nines behind it turn to zeros; where there is none, a one comes in front.
        let (front, last) = kept.split_at(kept.len().saturating_sub(1));
        let raised = last.bytes().next().map_or('1', |digit| char::from(digit + 1));
        Self::new(&format!("{front}{raised}{}", "0".repeat(nines)))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let releases = self.before.is_empty().cmp(&other.before.is_empty());
        self.numbers.cmp(&other.numbers).then(releases).then_with(|| self.before.cmp(&other.before))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [Number(_, major), Number(_, minor), Number(_, patch)] = &self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        for (position, identifier) in self.before.iter().enumerate() {
            f.write_str(if position == 0 { "-" } else { "." })?;
            match identifier {
                Identifier::Number(Number(_, digits)) => f.write_str(digits)?,
                Identifier::Word(word) => f.write_str(word)?,
            }
        }
        Ok(())
    }
}

fn number(part: &str) -> Option<Number> {
    let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (part == "0" || !part.starts_with('0'))).then(|| Number::new(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_specification_and_nothing_else() {
        let order = "0.0.0-0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1-0 1.0.1 2.1.0 9.0.0 10.0.0 99999999999999999999.0.0 100000000000000000000.0.0";
        let versions: Vec<Version> = order.split(' ').map(|text| Version::parse(text).expect(text)).collect();
        assert!(versions.is_sorted_by(|a, b| a < b));
        for (version, text) in versions.iter().zip(order.split(' ')) {
            assert_eq!(version.to_string(), text);
            assert!(*version < version.successor());
        }
        for (text, next) in [
            ("1.0.0", "1.0.1-0"),
            ("1.0.0-a", "1.0.0-a.0"),
            ("1.0.9", "1.0.10-0"),
            ("1.0.99999999999999999999", "1.0.100000000000000000000-0"),
            ("1.0.1899", "1.0.1900-0"),
        ] {
            assert_eq!(Version::parse(text).map(|version| version.successor().to_string()).as_deref(), Some(next));
        }
        assert_eq!(Version::parse("1.0.0+a.b-1"), Version::parse("1.0.0"));
        for bad in [
            "",
            "1",
            "1.2",
            "v1.2.3",
            "1.2.3.4",
            "01.2.3",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3+",
            "1.2.3-a..b",
            "1.2.3-é",
            " 1.2.3",
        ] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }
}
