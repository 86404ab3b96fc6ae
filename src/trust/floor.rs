//! The oldest versions that a host takes.

use alloc::format;
use alloc::string::String;

/// The oldest versions that are acceptable: those of the last release that was opened, or of the deployment. An isolate
/// without memory starts from its deployment's, and can then be shown any newer head that has not expired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// The root's version.
    pub root: u64,
    /// The timestamp's version.
    pub timestamp: u64,
    /// The release's version.
    pub release: u64,
    /// The overlay's version; 0 if there never was one. A host that has seen an overlay accepts no head without one.
    pub overlay: u64,
    /// The data's version, in the same way.
    pub data: u64,
}

impl Floor {
    /// Reads `ROOT.TIMESTAMP.RELEASE.OVERLAY`, or the same with `.DATA`, as [`Self::to_text`] writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        let mut next = || numbers.next().flatten();
        let floor = Self { root: next()?, timestamp: next()?, release: next()?, overlay: next()?, data: 0 };
        let data = text.split('.').nth(4).map_or(Some(0), |number| number.parse().ok())?;
        let floor = Self { data, ..floor };
        numbers.next();
        numbers.next().is_none().then_some(floor)
    }

    /// `ROOT.TIMESTAMP.RELEASE.OVERLAY`, as in `1.1796044405.1796044405.0`; with `.DATA` if there is any.
    pub fn to_text(self) -> String {
        let Self { root, timestamp, release, overlay, data } = self;
        let data = if data > 0 { format!(".{data}") } else { String::new() };
        format!("{root}.{timestamp}.{release}.{overlay}{data}")
    }

    /// The higher version of each role. Only floors under one root can be put together: a newer root may let a role begin again.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            root: self.root.max(other.root),
            timestamp: self.timestamp.max(other.timestamp),
            release: self.release.max(other.release),
            overlay: self.overlay.max(other.overlay),
            data: self.data.max(other.data),
        }
    }

    /// True if a host that has the other one would go back by taking this one.
    pub fn is_below(self, other: Self) -> bool {
        if self.root != other.root { self.root < other.root } else { self.and(other) != self }
    }
}

#[cfg(test)]
mod tests {
    use super::Floor;

    #[test]
    fn a_floor_is_written_as_it_is_read() {
        let floor = Floor { root: 3, timestamp: 1_796_044_405, release: u64::MAX, ..Floor::default() };
        assert_eq!(floor.to_text(), "3.1796044405.18446744073709551615.0");
        assert_eq!(Floor::parse(&floor.to_text()), Some(floor));
        let with_data = Floor { data: 7, ..floor };
        assert_eq!(with_data.to_text(), "3.1796044405.18446744073709551615.0.7");
        assert_eq!(Floor::parse(&with_data.to_text()), Some(with_data));
        for wrong in ["", "1.2.3", "1.2.3.4.5.6", "1.2.3.", "1.2.3.x", "-1.2.3.4", "1.2.3.18446744073709551616"] {
            assert_eq!(Floor::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn any_version_that_falls_is_below_under_the_same_root() {
        let floor = |root, timestamp, release, overlay| Floor { root, timestamp, release, overlay, ..Floor::default() };
        let here = floor(2, 5, 5, 5);
        assert!(!here.is_below(here));
        for lower in [floor(2, 4, 9, 9), floor(2, 9, 4, 9), floor(2, 9, 9, 4), floor(1, 9, 9, 9)] {
            assert!(lower.is_below(here), "{lower:?}");
        }
        assert!(!floor(3, 1, 1, 0).is_below(here), "a newer root may let a role begin again");
    }
}
