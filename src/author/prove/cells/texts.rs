//! Texts that stand for all others: built from the constants that conditions name, with a character that none of them has.
//!
//! Takes what is asked of a text, gives texts, and which questions they answer completely. The argument for completeness is
//! this. Take a text that starts with `p`, ends with `s` and contains some constants. It answers like `p~c~…~s`, with a
//! character `~` that no constant has, unless it *is* one of the constants.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::ask::{Ask, Kind};
use super::{members, numbers, versions};
use crate::author::expr::{Case, Network};

/// The questions about a text.
#[derive(Debug, Default)]
pub(super) struct Questions {
    kinds: BTreeSet<Kind>,
    /// The constants of each kind.
    constants: BTreeMap<Kind, BTreeSet<String>>,
    /// Texts that stand for themselves only: what fits a glob too tightly, and pieces of opaque questions.
    special: BTreeSet<String>,
    sizes: Vec<i64>,
    versions: Vec<String>,
    networks: Vec<Network>,
}

/// The most texts of one attribute.
const TEXTS_MAX: usize = 3_000;

/// The most constants that are combined in every way within one text.
const CONTAINED_MAX: usize = 6;

/// The longest address as text; versions of that length are enough too.
const ADDRESS_MAX: usize = 45;

impl Questions {
    /// Notes a question and gives its kinds; empty is a question that needs no text.
    pub(super) fn ask(&mut self, ask: &Ask<'_>) -> Vec<Kind> {
        let kinds = match ask {
            Ask::Presence => Vec::new(),
            Ask::Text(kind, text, case) => self.text(*kind, text, *case),
            Ask::Size(marks) => {
                self.sizes.extend(marks);
                vec![Kind::Size]
            }
            Ask::Version(version) => {
                self.versions.push(version.clone());
                vec![Kind::Version]
            }
            Ask::Semver => vec![Kind::Version],
            Ask::Network(network) => {
                self.networks.push(*network);
                vec![Kind::Address]
            }
            Ask::Address => vec![Kind::Address],
            _ => vec![Kind::Other],
        };
        self.kinds.extend(&kinds);
        kinds
    }

    /// Adds a text to try, without a promise.
    pub(super) fn suggest(&mut self, text: &str) {
        self.special.insert(text.to_owned());
    }

    /// Adds a text that others may be equal to.
    pub(super) fn share(&mut self, texts: &BTreeSet<String>) {
        self.constants.entry(Kind::Equal).or_default().extend(texts.iter().cloned());
    }

    /// The texts that it is compared with.
    pub(super) fn equals(&self) -> &BTreeSet<String> {
        self.of(Kind::Equal)
    }

    fn of(&self, kind: Kind) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        self.constants.get(&kind).unwrap_or(&NONE)
    }

    fn note(&mut self, kind: Kind, text: &str) {
        self.constants.entry(kind).or_default().insert(text.to_owned());
    }

    fn text(&mut self, kind: Kind, text: &str, case: Option<Case>) -> Vec<Kind> {
        if kind == Kind::Glob {
            return self.glob(text, case);
        }
        self.note(kind, text);
        match case {
            None => vec![kind],
            Some(case) => {
                self.suggest(&text.to_ascii_uppercase());
                self.suggest(&text.to_ascii_lowercase());
                vec![if case == Case::Lower { Kind::Lower } else { Kind::Upper }]
            }
        }
    }

    /// A glob with one star is a start and an end; one that only surrounds is a part.
    fn glob(&mut self, pattern: &str, case: Option<Case>) -> Vec<Kind> {
        let pieces: Vec<&str> = pattern.split('*').collect();
        match pieces[..] {
            [whole] => self.text(Kind::Equal, whole, case),
            [start, end] => {
                let mut kinds = self.text(Kind::Starts, start, case);
                if !end.is_empty() {
                    kinds.extend(self.text(Kind::Ends, end, case));
                }
                // If start and end overlap, a text has both and is still too short for the glob.
                self.special.extend(overlaps(start, end));
                kinds
            }
            ["", part, ""] => self.text(Kind::Contains, part, case),
            _ => {
                self.suggest(&pieces.concat());
                let last = pieces.len() - 1;
                self.note(Kind::Starts, pieces[0]);
                self.note(Kind::Ends, pieces[last]);
                pieces[1..last].iter().for_each(|part| self.note(Kind::Contains, part));
                vec![Kind::Glob]
            }
        }
    }

    /// The texts, at most `max` characters long, with `fresh` that equal no constant; and the kinds that they answer completely.
    pub(super) fn texts(&self, max: usize, fresh: usize) -> (Vec<String>, BTreeSet<Kind>) {
        let mut complete = self.complete();
        let other = self.other();
        let mut texts: Vec<String> = Vec::new();
        texts.extend(self.equals().iter().chain(&self.special).cloned());
        let fits = self.assembled(other, max, &mut texts);
        if !fits {
            for kind in [Kind::Starts, Kind::Ends, Kind::Contains, Kind::Lower, Kind::Upper] {
                complete.remove(&kind);
            }
        }
        texts.extend((1..=fresh).map(|length| std::iter::repeat_n(other, length).collect()));
        self.sized(other, max, &mut texts);
        self.ordered(max, &mut texts, &mut complete);
        self.versioned(max, &mut texts, &mut complete);
        self.addressed(&mut texts);
        texts.push(String::new());
        if max < ADDRESS_MAX {
            complete.remove(&Kind::Address);
            complete.remove(&Kind::Version);
        }
        let mut seen = BTreeSet::new();
        texts.retain(|text| text.chars().count() <= max && seen.insert(text.clone()));
        if texts.len() > TEXTS_MAX {
            texts.truncate(TEXTS_MAX);
            complete.clear();
        }
        (texts, complete)
    }

    /// Which kinds can be answered together.
    fn complete(&self) -> BTreeSet<Kind> {
        use Kind::{Address, Contains, Ends, Equal, Lower, Order, Size, Starts, Upper, Version};
        let together: [&[Kind]; 8] = [
            &[Equal, Starts, Ends, Contains],
            &[Equal, Size, Starts],
            &[Equal, Size, Ends],
            &[Equal, Order],
            &[Lower],
            &[Upper],
            &[Version],
            &[Address],
        ];
        let asked = || self.kinds.iter().copied();
        match together.iter().find(|kinds| asked().all(|kind| kinds.contains(&kind))) {
            Some(_) => asked().collect(),
            None => asked().filter(|kind| together[0].contains(kind)).collect(),
        }
    }

    /// A character that no constant has, in either case.
    fn other(&self) -> char {
        let constants = || self.constants.values().flatten().chain(&self.special);
        let unused = |c: &char| !constants().any(|text| text.chars().any(|other| other.eq_ignore_ascii_case(c)));
        let usual = "xzqvwykjuhgbfdpmlnrtsoiea0123456789_~".chars();
        usual.chain('\u{3b1}'..'\u{ffff}').find(unused).unwrap_or('\u{10fffd}')
    }

    /// Every start with every end and every set of parts; whether all of them fit.
    fn assembled(&self, other: char, max: usize, texts: &mut Vec<String>) -> bool {
        if [Kind::Starts, Kind::Ends, Kind::Contains].iter().all(|kind| self.of(*kind).is_empty()) {
            return true;
        }
        let short = |text: &&String| text.chars().count() <= max;
        let with_none = |of: &BTreeSet<String>| -> Vec<String> {
            of.iter().filter(short).cloned().chain([String::new()]).collect::<BTreeSet<_>>().into_iter().rev().collect()
        };
        let (starts, ends) = (with_none(self.of(Kind::Starts)), with_none(self.of(Kind::Ends)));
        let parts: Vec<&String> = self.of(Kind::Contains).iter().filter(short).collect();
        let mut fits = parts.len() <= CONTAINED_MAX;
        let sets: Vec<Vec<&String>> = if fits {
            (0..1_u32 << parts.len()).map(|set| members(&parts, set)).collect()
        } else {
            let single = parts.iter().map(|part| vec![*part]);
            single.chain([Vec::new(), parts.clone()]).collect()
        };
        'all: for start in &starts {
            for end in &ends {
                for set in &sets {
                    if texts.len() > TEXTS_MAX {
                        fits = false;
                        break 'all;
                    }
                    let mut text = start.clone();
                    for part in set {
                        text.push(other);
                        text.push_str(part);
                    }
                    let bare = text.clone() + end;
                    text.push(other);
                    text.push_str(end);
                    // An end or start by itself needs nothing around it.
                    let is_bare_complete = set.is_empty() && (start.is_empty() || end.is_empty());
                    if text.chars().count() <= max {
                        texts.push(text);
                    } else if !is_bare_complete {
                        fits = false;
                    }
                    texts.push(bare);
                    if set.is_empty() {
                        texts.extend(overlaps(start, end));
                    }
                }
            }
        }
        fits
    }

    /// Starts, ends and fresh texts of every size that matters.
    fn sized(&self, other: char, max: usize, texts: &mut Vec<String>) {
        if self.sizes.is_empty() {
            return;
        }
        let none = String::new();
        let starts = self.of(Kind::Starts).iter().map(|start| (start, true));
        let ends = self.of(Kind::Ends).iter().map(|end| (end, false));
        for (piece, at_start) in starts.chain(ends).chain([(&none, true)]) {
            let length = piece.chars().count() as i64;
            let marks: Vec<i64> = self.sizes.iter().copied().chain([length]).collect();
            for size in numbers::whole(&marks, length, max as i64, 1) {
                let filler: String = std::iter::repeat_n(other, (size - length) as usize).collect();
                texts.push(if at_start { format!("{piece}{filler}") } else { format!("{filler}{piece}") });
            }
        }
    }

    /// Each constant of an order, and a text right behind it.
    fn ordered(&self, max: usize, texts: &mut Vec<String>, complete: &mut BTreeSet<Kind>) {
        let order = self.of(Kind::Order);
        if order.is_empty() {
            return;
        }
        let marks: Vec<&String> = order.union(self.equals()).filter(|text| text.chars().count() <= max).collect();
        for (position, mark) in marks.iter().enumerate() {
            texts.push((*mark).clone());
            if mark.chars().count() == max {
                complete.remove(&Kind::Order);
                continue;
            }
            let next = marks.get(position + 1);
            // Nothing lies between a text and itself with a zero character behind.
            let behind = ["a", "0", " ", "\0"].map(|tail| format!("{mark}{tail}"));
            texts.extend(behind.into_iter().find(|text| next.is_none_or(|next| text < *next)));
        }
        if order.iter().any(|text| text.chars().count() > max) {
            complete.remove(&Kind::Order);
        }
    }

    /// The least version of all, and for every constant itself, the next one of all and the next releases.
    fn versioned(&self, max: usize, texts: &mut Vec<String>, complete: &mut BTreeSet<Kind>) {
        if !self.kinds.contains(&Kind::Version) {
            return;
        }
        texts.push("1.0.0".into());
        for version in &self.versions {
            let around = versions::around(version);
            // The first two stand for all others.
            if around.iter().take(2).any(|version| version.len() > max) {
                complete.remove(&Kind::Version);
            }
            texts.extend(around);
        }
        texts.push("0.0.0-0".into());
    }

    /// The first address of every network and the first behind it, of both families.
    fn addressed(&self, texts: &mut Vec<String>) {
        if !self.kinds.contains(&Kind::Address) {
            return;
        }
        for network in &self.networks {
            let (first, behind) = edges(*network);
            texts.push(first.to_string());
            texts.extend(behind.map(|address| address.to_string()));
        }
        // The least of each family, and the first behind the IPv4 addresses in the clothes of IPv6, which are none.
        texts.extend(["0.0.0.0", "::", "::1:0:0:0"].map(String::from));
    }
}

fn edges(network: Network) -> (IpAddr, Option<IpAddr>) {
    match network.address {
        IpAddr::V4(first) => {
            let size = 1_u64 << 32_u32.saturating_sub(network.prefix.into());
            let behind = u32::try_from(u64::from(first.to_bits()) + size).ok();
            (IpAddr::V4(first), behind.map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))))
        }
        IpAddr::V6(first) => {
            let size = 1_u128.checked_shl(128_u32.saturating_sub(network.prefix.into()));
            let behind = size.and_then(|size| first.to_bits().checked_add(size));
            (IpAddr::V6(first), behind.map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))))
        }
    }
}

/// The texts that start with one, end with the other, and are shorter than both together.
fn overlaps(start: &str, end: &str) -> Vec<String> {
    let shared = end.char_indices().map(|(at, c)| at + c.len_utf8()).filter(|at| start.ends_with(&end[..*at]));
    let mut texts: Vec<String> = shared.map(|at| format!("{start}{}", &end[at..])).collect();
    // One may lie wholly within the other.
    texts.extend(end.starts_with(start).then(|| end.to_owned()));
    texts.extend(start.ends_with(end).then(|| start.to_owned()));
    texts
}
