//! Semantic versions.
//!
//! Takes text, gives a version only where semver.org's grammar does: three numbers without leading zeros, then a pre-release
//! and a build, if any. Precedence is semver.org's, which ignores the build. Numbers may have any length.

use std::cmp::Ordering;

/// A version as written.
#[derive(Clone, Debug)]
pub(super) struct Version<'t> {
    pub(super) major: &'t str,
    pub(super) minor: &'t str,
    pub(super) patch: &'t str,
    pre_release: Vec<&'t str>,
}

impl<'t> Version<'t> {
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
        let (core, pre_release) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
        let mut numbers = core.split('.');
        let (major, minor, patch) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let pre_release: Vec<&str> = pre_release.map(|pre| pre.split('.').collect()).unwrap_or_default();
        let sound = numbers.next().is_none()
            && [major, minor, patch].into_iter().all(|number| is_number(number) && !has_leading_zero(number))
            && pre_release.iter().all(|part| is_part(part) && !(is_number(part) && has_leading_zero(part)))
            && build.is_none_or(|build| build.split('.').all(is_part));
        sound.then_some(Self { major, minor, patch, pre_release })
    }

    pub(super) fn order(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| [version.major, version.minor, version.patch];
        for (one, other) in numbers(self).into_iter().zip(numbers(other)) {
            let order = by_value(one, other);
            if order.is_ne() {
                return order;
            }
        }
        match (self.pre_release.is_empty(), other.pre_release.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let pairs = self.pre_release.iter().zip(&other.pre_release);
                let first = pairs.map(|(one, other)| by_part(one, other)).find(|order| order.is_ne());
                first.unwrap_or(self.pre_release.len().cmp(&other.pre_release.len()))
            }
        }
    }
}

/// A version that the author may have meant: `v1.2` is `1.2.0`.
pub(super) fn meant(text: &str) -> Option<String> {
    let plain = text.trim().trim_start_matches(['v', 'V', '=']);
    let end = plain.find(['-', '+']).unwrap_or(plain.len());
    let (core, rest) = plain.split_at(end);
    let mut numbers: Vec<&str> = core.split('.').collect();
    if numbers.len() > 3 || !numbers.iter().all(|number| is_number(number)) {
        return None;
    }
    numbers.resize(3, "0");
    let stripped: Vec<&str> = numbers
        .into_iter()
        .map(|number| match number.trim_start_matches('0') {
            "" => "0",
            significant => significant,
        })
        .collect();
    let mended = format!("{}{rest}", stripped.join("."));
    Version::parse(&mended).is_some().then_some(mended)
}

fn by_part(one: &str, other: &str) -> Ordering {
    match (is_number(one), is_number(other)) {
        (true, true) => by_value(one, other),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => one.cmp(other),
    }
}

/// Digits without leading zeros: the longer number is the larger.
fn by_value(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_leading_zero(number: &str) -> bool {
    number.len() > 1 && number.starts_with('0')
}

fn is_part(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_that_of_the_specification() {
        let rising = [
            "0.9.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0+build",
            "1.0.1-0",
            "1.2.0",
            "1.10.0",
            "99999999999999999999999.0.0",
        ];
        let all: Vec<Version<'_>> = rising.iter().map(|text| Version::parse(text).expect(text)).collect();
        for (position, one) in all.iter().enumerate() {
            for (other_position, other) in all.iter().enumerate() {
                assert_eq!(one.order(other), position.cmp(&other_position), "{one:?} {other:?}");
            }
        }
        let plain = Version::parse("1.0.0").expect("a version");
        assert_eq!(plain.order(&Version::parse("1.0.0+x").expect("a version")), Ordering::Equal);
    }

    #[test]
    fn what_is_not_strict_is_no_version() {
        for text in [
            "",
            "1",
            "1.2",
            "v1.2.3",
            "1.2.3.4",
            "01.2.3",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3+",
            "1.2.-3",
            "1.2.3-a_b",
            " 1.2.3",
        ] {
            assert!(Version::parse(text).is_none(), "{text}");
        }
        assert_eq!(meant("v1.2").as_deref(), Some("1.2.0"));
        assert_eq!(meant("01.2.3-rc.1").as_deref(), Some("1.2.3-rc.1"));
        assert_eq!(meant("1.2.3.4"), None);
        assert_eq!(meant("latest"), None);
    }
}
