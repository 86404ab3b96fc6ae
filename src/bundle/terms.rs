//! The terms of a program: what its tests compute.
//!
//! Takes the term sections; gives records by position. An operand stands before every term that uses it, and no term is deeper
//! than [`TERM_DEPTH_MAX`], so that evaluation ends within a known stack. It never computes anything.

use alloc::vec::Vec;
use core::ops::Range;

use super::bytes::{members, partition};
use super::format::{ITEM_LEVELS_MAX, Section, TERM_DEPTH_MAX, width};
use super::program::Program;
use crate::words::bytes::{i64_at, u16_at, u32_at};
use crate::words::{self, Fault, fault, vocabulary};

vocabulary! {
    /// The computation of a term from its operands.
    Operator {
        /// The attribute at `left`.
        Attribute = "attribute",
        /// The time of the decision.
        Now = "now",
        /// The item of the quantifier at level `left`, counted from the outermost.
        Item = "item",
        /// A truth value: `left` is 0 or 1.
        Bool = "bool",
        /// A whole number: the test number at `left`.
        Int = "int",
        /// A double: its bits are the test number at `left`.
        Double = "double",
        /// A time in Unix milliseconds: the test number at `left`.
        Timestamp = "timestamp",
        /// A length of time in milliseconds: the test number at `left`.
        Duration = "duration",
        /// A text: the test text at `left`.
        Text = "text",
        /// A sorted list of `right` texts, from the one at `left`.
        Texts = "texts",
        /// `size(x)`
        Size = "size",
        /// `-x`
        Negate = "-x",
        /// `x.lowerAscii()`
        Lower = "lowerAscii",
        /// `x.upperAscii()`
        Upper = "upperAscii",
        /// The part `detail` of `left`, in the zone at `right`.
        Part = "part",
        /// `int(x)`
        ToInt = "int()",
        /// `double(x)`
        ToDouble = "double()",
        /// `semver(x)`
        Version = "semver",
        /// `ip(x)`
        Ip = "ip",
        /// `isSemver(x)`
        IsSemver = "isSemver",
        /// `isIP(x)`
        IsIp = "isIP",
        /// `has(x)`
        Has = "has",
        /// `!x`
        Not = "!",
        /// `x && y`
        And = "&&",
        /// `x || y`
        Or = "||",
        /// `==`, total on absent operands.
        Equal = "==",
        /// `<`
        Less = "<",
        /// `<=`
        LessOrEqual = "<=",
        /// `startsWith`
        StartsWith = "startsWith",
        /// `endsWith`
        EndsWith = "endsWith",
        /// `contains`
        Contains = "contains",
        /// `glob`
        Glob = "glob",
        /// The left text is an item of the right list; an absent list has no items.
        In = "in",
        /// `+`
        Add = "+",
        /// `-`
        Subtract = "-",
        /// `*`
        Multiply = "*",
        /// `/`
        Divide = "/",
        /// `%`
        Modulo = "%",
        /// The address at `left` is in the network of `detail` leading bits at `right`: two test numbers, the high half first.
        Within = "containsIP",
        /// `left` decides between the [`Branches`](Self::Branches) at `right`.
        If = "?",
        /// Left and right of a `:`. It is only ever the right operand of [`If`](Self::If).
        Branches = ":",
        /// `list.all(x, body)`
        All = "all",
        /// `list.exists(x, body)`
        Exists = "exists",
        /// `list.exists_one(x, body)`
        ExistsOne = "exists_one",
    }
}

vocabulary! {
    /// A part of a time, duration, version or address.
    Part {
        /// The year.
        FullYear = "getFullYear",
        /// The month, from 0.
        Month = "getMonth",
        /// The day of the month, from 1.
        Date = "getDate",
        /// The day of the month, from 0.
        DayOfMonth = "getDayOfMonth",
        /// The day of the week, from 0 for Sunday.
        DayOfWeek = "getDayOfWeek",
        /// The day of the year, from 0.
        DayOfYear = "getDayOfYear",
        /// The hour of the day; of a duration, all its hours.
        Hours = "getHours",
        /// The minute of the hour; of a duration, all its minutes.
        Minutes = "getMinutes",
        /// The second of the minute; of a duration, all its seconds.
        Seconds = "getSeconds",
        /// The millisecond of the second, of a duration too.
        Milliseconds = "getMilliseconds",
        /// The first number of a version.
        Major = "major",
        /// The second number of a version.
        Minor = "minor",
        /// The third number of a version.
        Patch = "patch",
        /// 4 or 6.
        Family = "family",
    }
}

/// One term. Its operator says what its operands are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// What it computes.
    pub operator: Operator,
    /// The [`Part`] as a byte, or the length of a network's prefix.
    pub detail: u8,
    /// The first operand.
    pub left: u32,
    /// The second operand.
    pub right: u32,
}

/// The table that an operand is a position in.
#[derive(Clone, Copy, PartialEq)]
enum Refers {
    Nothing,
    Term,
    Branches,
    Attribute,
    Number,
    Network,
    Text,
    Truth,
    Level,
    Zone,
}

impl Operator {
    /// True if both of its operands are terms.
    pub fn is_binary(self) -> bool {
        self.refers().1 == Refers::Term
    }

    /// The tables that its operands refer to.
    fn refers(self) -> (Refers, Refers) {
        use Operator as Op;
        match self {
            Op::Now => (Refers::Nothing, Refers::Nothing),
            Op::Attribute => (Refers::Attribute, Refers::Nothing),
            Op::Item => (Refers::Level, Refers::Nothing),
            Op::Bool => (Refers::Truth, Refers::Nothing),
            Op::Int | Op::Double | Op::Timestamp | Op::Duration => (Refers::Number, Refers::Nothing),
            // The right one of a list is a count: see `check`.
            Op::Text | Op::Texts => (Refers::Text, Refers::Nothing),
            Op::Part => (Refers::Term, Refers::Zone),
            Op::Within => (Refers::Term, Refers::Network),
            Op::If => (Refers::Term, Refers::Branches),
            Op::Size
            | Op::Negate
            | Op::Lower
            | Op::Upper
            | Op::ToInt
            | Op::ToDouble
            | Op::Version
            | Op::Ip
            | Op::IsSemver
            | Op::IsIp
            | Op::Has
            | Op::Not => (Refers::Term, Refers::Nothing),
            _ => (Refers::Term, Refers::Term),
        }
    }
}

impl Program {
    /// The term that the test at `position` is the truth of.
    pub fn test(&self, position: usize) -> u32 {
        u32_at(self.section(Section::Tests), position * width::U32)
    }

    /// The term at `position`.
    pub fn term(&self, position: u32) -> Option<Term> {
        let records = self.section(Section::Terms);
        let at = position as usize * width::TERM;
        Some(Term {
            operator: Operator::from_byte(*records.get(at)?)?,
            detail: *records.get(at + 1)?,
            left: u32_at(records, at + 4),
            right: u32_at(records, at + 8),
        })
    }

    /// A number constant of the terms.
    pub fn test_number(&self, position: u32) -> i64 {
        i64_at(self.section(Section::TestNumbers), position as usize * width::I64)
    }

    /// The bytes of a text constant of the terms.
    pub fn test_text(&self, position: u32) -> &[u8] {
        self.test_texts.bytes(&self.file, position as usize)
    }

    /// The network whose halves are the number constants at `position`; version 4 is mapped into version 6.
    pub fn network(&self, position: u32) -> u128 {
        let half = |position| u128::from(self.test_number(position) as u64);
        half(position) << 64 | half(position.saturating_add(1))
    }

    /// How many seconds a zone is east of UTC at this Unix millisecond; `None` from where its rules are not known any more.
    pub fn zone_offset(&self, zone: u32, ms: i64) -> Option<i32> {
        let (zones, transitions) = (self.section(Section::Zones), self.section(Section::Transitions));
        let zone_at = zone as usize * width::ZONE;
        let Range { start, end } = members(&self.zone_starts, zone as usize);
        if ms >= i64_at(zones, zone_at) {
            return None;
        }
        let next = partition(start..end, |at| i64_at(transitions, at * width::TRANSITION) <= ms);
        // Before the first transition it is what the zone began with.
        Some(if next == start {
            u32_at(zones, zone_at + 8) as i32
        } else {
            u32_at(transitions, (next - 1) * width::TRANSITION + 8) as i32
        })
    }
}

/// Every term has known operands, stands behind them and is not too deep. Every test is a term. Zones are in order.
pub(super) fn check(program: &Program) -> Result<(), Fault> {
    // Without terms nothing asks for a zone either.
    if !cfg!(feature = "language") {
        return Ok(());
    }
    let (terms, tests) = (program.section(Section::Terms), program.section(Section::Tests));
    let count = terms.len() / width::TERM;
    let mut depths: Vec<u8> = Vec::with_capacity(count);
    for position in 0..count {
        let term =
            program.term(position as u32).ok_or(fault("terms", "have an operator that this engine does not know"))?;
        let depth = depth(program, &term, &depths).filter(|depth| *depth <= TERM_DEPTH_MAX);
        let depth = depth.filter(|_| u16_at(terms, position * width::TERM + 2) == 0);
        depths.push(depth.ok_or(fault("terms", "have operands that do not fit"))?);
    }
    for test in 0..tests.len() / width::U32 {
        words::check((program.test(test) as usize) < count, "tests", "have terms that are not there")?;
    }
    for zone in 0..program.zone_starts.len().saturating_sub(1) {
        let transitions = program.section(Section::Transitions);
        let mut last = i64::MIN;
        for transition in members(&program.zone_starts, zone) {
            let from = i64_at(transitions, transition * width::TRANSITION);
            words::check(from > last, "zones", "have transitions that are not in order")?;
            last = from;
        }
    }
    Ok(())
}

/// How many terms deep it is, or `None` if an operand does not fit.
fn depth(program: &Program, term: &Term, before: &[u8]) -> Option<u8> {
    let below = |position: u32| before.get(position as usize).copied();
    let operand = |refers: Refers, position: u32| {
        let limit = match refers {
            Refers::Term => return below(position),
            Refers::Branches => {
                let is_branches = program.term(position).is_some_and(|term| term.operator == Operator::Branches);
                return below(position).filter(|_| is_branches);
            }
            Refers::Nothing if term.operator == Operator::Texts => usize::MAX,
            Refers::Nothing => 1,
            Refers::Attribute => program.manifest.attributes.len(),
            Refers::Number => program.section(Section::TestNumbers).len() / width::I64,
            Refers::Network => (program.section(Section::TestNumbers).len() / width::I64).saturating_sub(1),
            Refers::Text => program.test_texts.len(),
            Refers::Truth => 2,
            Refers::Level => ITEM_LEVELS_MAX,
            Refers::Zone => program.zone_starts.len().saturating_sub(1),
        };
        ((position as usize) < limit).then_some(0)
    };
    let (left, right) = term.operator.refers();
    let depth = operand(left, term.left)?.max(operand(right, term.right)?).checked_add(1)?;
    let fits = match term.operator {
        Operator::Part => usize::from(term.detail) < Part::ALL.len(),
        Operator::Within => term.detail <= 128,
        Operator::Texts => {
            let (first, count) = (term.left as usize, term.right as usize);
            term.detail == 0
                && first.checked_add(count).is_some_and(|end| {
                    end <= program.test_texts.len() && program.test_texts.is_sorted(&program.file, first..end)
                })
        }
        _ => term.detail == 0,
    };
    fits.then_some(depth)
}
