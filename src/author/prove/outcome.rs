//! The results that a condition can still have while parts of a visit are open: a set of true, false and unknown.
//!
//! Takes sets, gives sets: strong Kleene logic on every combination at once. A set that is too large is safe, one that is too
//! small never comes out.

/// Some of true, false and unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcomes(u8);

impl Outcomes {
    pub(super) const NONE: Self = Self(0);
    pub(super) const TRUE: Self = Self(1);
    pub(super) const FALSE: Self = Self(2);
    pub(super) const UNKNOWN: Self = Self(4);
    pub(super) const NOT_TRUE: Self = Self(6);
    pub(super) const ANY: Self = Self(7);

    pub(super) const fn of(truth: Option<bool>) -> Self {
        match truth {
            Some(true) => Self::TRUE,
            Some(false) => Self::FALSE,
            None => Self::UNKNOWN,
        }
    }

    /// The one truth that is left, if one is.
    pub(super) const fn settled(self) -> Option<Option<bool>> {
        match self {
            Self::TRUE => Some(Some(true)),
            Self::FALSE => Some(Some(false)),
            Self::UNKNOWN => Some(None),
            _ => None,
        }
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(super) const fn not(self) -> Self {
        Self((self.0 & 1) << 1 | (self.0 & 2) >> 1 | self.0 & 4)
    }

    /// The result can be true if all parts can, and false if one part can. It can be unknown if one part can, while no other
    /// part has to be false.
    pub(super) fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let (mut can_all_hold, mut can_one_fail, mut can_one_be_open, mut can_none_fail) = (true, false, false, true);
        for part in parts {
            can_all_hold &= part.meets(Self::TRUE);
            can_one_fail |= part.meets(Self::FALSE);
            can_one_be_open |= part.meets(Self::UNKNOWN);
            can_none_fail &= part.meets(Self(5));
        }
        Self(u8::from(can_all_hold) | u8::from(can_one_fail) << 1 | u8::from(can_one_be_open && can_none_fail) << 2)
    }

    pub(super) fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::and(parts.into_iter().map(Self::not)).not()
    }

    /// `test ? yes : no`, which is unknown while the test is.
    pub(super) const fn choose(test: Self, yes: Self, no: Self) -> Self {
        let mut all = test.0 & 4;
        if test.meets(Self::TRUE) {
            all |= yes.0;
        }
        if test.meets(Self::FALSE) {
            all |= no.0;
        }
        Self(all)
    }

    /// Exactly one of them; unknown while any is.
    pub(super) fn one(parts: impl IntoIterator<Item = Self>) -> Self {
        let (mut can_be_open, mut can_be_known) = (false, true);
        // How many can hold at least and at most.
        let (mut least, mut most) = (0_u32, 0_u32);
        for part in parts {
            can_be_open |= part.meets(Self::UNKNOWN);
            can_be_known &= part.meets(Self(3));
            least += u32::from(!part.meets(Self::FALSE));
            most += u32::from(part.meets(Self::TRUE));
        }
        let is_one = can_be_known && least <= 1 && most >= 1;
        let is_not_one = can_be_known && !(least == 1 && most == 1);
        Self(u8::from(is_one) | u8::from(is_not_one) << 1 | u8::from(can_be_open) << 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTHS: [Option<bool>; 3] = [Some(true), Some(false), None];

    fn check(sets: [Outcomes; 3], found: Outcomes, by: impl Fn([Option<bool>; 3]) -> Option<bool>) {
        let members = sets.map(|set| TRUTHS.into_iter().filter(move |truth| set.meets(Outcomes::of(*truth))));
        let mut expected = Outcomes::NONE;
        for a in members[0].clone() {
            for b in members[1].clone() {
                for c in members[2].clone() {
                    expected = expected.with(Outcomes::of(by([a, b, c])));
                }
            }
        }
        assert!(expected.within(found), "{sets:?}: {expected:?} but {found:?}");
        if sets.iter().all(|set| set.settled().is_some()) {
            assert_eq!(expected, found, "{sets:?}");
        }
    }

    #[test]
    fn every_combination_of_three_sets_covers_its_members() {
        let and = |truths: [Option<bool>; 3]| {
            if truths.contains(&Some(false)) { Some(false) } else { (!truths.contains(&None)).then_some(true) }
        };
        let not = |truth: Option<bool>| truth.map(|truth| !truth);
        let one = |truths: [Option<bool>; 3]| {
            (!truths.contains(&None)).then(|| truths.iter().filter(|truth| **truth == Some(true)).count() == 1)
        };
        // Three bits for each set; no set is empty.
        let triples = (0..512_u16).map(|bits| [bits & 7, bits >> 3 & 7, bits >> 6].map(|set| Outcomes(set as u8)));
        for sets in triples.filter(|sets| !sets.contains(&Outcomes::NONE)) {
            let [test, yes, no] = sets;
            check(sets, Outcomes::and(sets), and);
            check(sets, Outcomes::or(sets), |truths| not(and(truths.map(not))));
            check(sets, Outcomes::one(sets), one);
            check(sets, Outcomes::choose(test, yes, no), |[test, yes, no]| {
                test.and_then(|test| if test { yes } else { no })
            });
        }
    }
}
