//! Semantic versions by the letter of semver.org 2.0.0: reading, order, and the next one.
//!
//! Takes text, gives a version or nothing. It never accepts a `v` in front, a part left out, or a leading zero.

use std::cmp::Ordering;

/// A version without its build metadata, which has no say in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) numbers: [u64; 3],
    before: Vec<Identifier>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    // Numbers come before words.
    Number(u64),
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
        let numbers: Vec<u64> = core.split('.').map(number).collect::<Option<_>>()?;
        let identifier = |part: &str| match part {
            _ if part.bytes().all(|byte| byte.is_ascii_digit()) => number(part).map(Identifier::Number),
            _ => plain(part).then(|| Identifier::Word(part.to_owned())),
        };
        let before = before
            .map(|before| before.split('.').map(identifier).collect::<Option<_>>())
            .unwrap_or(Some(Vec::new()))?;
        Some(Self { numbers: numbers.try_into().ok()?, before })
    }

    /// The least version that is greater: nothing lies between the two.
    pub(super) fn successor(&self) -> Option<Self> {
        let mut next = self.clone();
        if next.before.is_empty() {
            next.numbers[2] = next.numbers[2].checked_add(1)?;
        }
        next.before.push(Identifier::Number(0));
        Some(next)
    }

    /// The release that it leads up to, or the next one.
    pub(super) fn release(&self) -> Self {
        let patch = self.numbers[2].saturating_add(u64::from(self.before.is_empty()));
        Self { numbers: [self.numbers[0], self.numbers[1], patch], before: Vec::new() }
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
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        for (position, identifier) in self.before.iter().enumerate() {
            f.write_str(if position == 0 { "-" } else { "." })?;
            match identifier {
                Identifier::Number(number) => write!(f, "{number}")?,
                Identifier::Word(word) => f.write_str(word)?,
            }
        }
        Ok(())
    }
}

fn number(part: &str) -> Option<u64> {
    let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (part == "0" || !part.starts_with('0'))).then(|| part.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_specification_and_nothing_else() {
        let order = "0.0.0-0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1-0 1.0.1 2.1.0";
        let versions: Vec<Version> = order.split(' ').map(|text| Version::parse(text).expect(text)).collect();
        assert!(versions.is_sorted_by(|a, b| a < b));
        for (version, text) in versions.iter().zip(order.split(' ')) {
            assert_eq!(version.to_string(), text);
            assert!(*version < version.successor().expect("small numbers"));
        }
        assert_eq!(
            Version::parse("1.0.0").and_then(|version| version.successor()).map(|next| next.to_string()).as_deref(),
            Some("1.0.1-0")
        );
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
