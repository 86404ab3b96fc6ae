//! Opening a program: everything that must hold before anybody reads it.
//!
//! Takes bytes, gives a [`Program`] whose every count and reference is in range, or says which one is not. Lengths are compared
//! before anything is allocated for them.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::bytes::{Texts, members, starts, u16_at, u32_at};
use super::format::{ATTRIBUTES_MAX, FORMAT, PREFIX_BYTES, PROGRAM_BYTES_MAX, PROGRAM_MAGIC, SECTIONS, Section, width};
use super::manifest::{DefaultValue, Manifest};
use super::program::{GroupKind, Operand, Operator, Program, Test};
use super::words::{Change, Depth, Purpose, Source, Unit, ValueType};

/// Why bytes are not a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub part: &'static str,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.what)
    }
}

impl core::error::Error for Fault {}

pub(super) const fn fault(part: &'static str, what: &'static str) -> Fault {
    Fault { part, what }
}

/// Splits a file into its sections after checking magic, format and lengths.
pub(super) fn sections(
    file: &[u8],
    part: &'static str,
    magic: [u8; 4],
    count: usize,
    bytes_max: usize,
) -> Result<Vec<Range<usize>>, Fault> {
    if file.len() > bytes_max {
        return Err(fault(part, "larger than the cap"));
    }
    if file.get(..4) != Some(&magic) {
        return Err(fault(part, "does not start with its magic bytes"));
    }
    if u16_at(file, 4) != FORMAT || u16_at(file, 6) != 0 {
        return Err(fault(part, "is of another format version; a newer engine reads it"));
    }
    let table = PREFIX_BYTES + 4 * count;
    let mut at = table;
    let mut ranges = Vec::with_capacity(count);
    for section in 0..count {
        let length = u32_at(file, PREFIX_BYTES + 4 * section) as usize;
        let until = at.checked_add(length).filter(|until| *until <= file.len());
        let until = until.ok_or(fault(part, "is shorter than its sections"))?;
        ranges.push(at..until);
        at = until;
    }
    if at != file.len() { Err(fault(part, "has bytes after its last section")) } else { Ok(ranges) }
}

/// See [`Program::open`].
pub(super) fn open(file: Vec<u8>) -> Result<Program, Fault> {
    let ranges = sections(&file, "program", PROGRAM_MAGIC, SECTIONS, PROGRAM_BYTES_MAX)?;
    let range = |section: Section| ranges.get(section as usize).cloned().unwrap_or_default();
    let bytes = |section: Section| file.get(range(section)).unwrap_or_default();
    let count = |section: Section, width: usize, part: &'static str| {
        let length = bytes(section).len();
        if length.is_multiple_of(width) { Ok(length / width) } else { Err(fault(part, "ends inside a record")) }
    };
    let half = |section: Section, width: usize, at: usize| {
        let bytes = bytes(section);
        (0..bytes.len() / width).map(move |record| usize::from(u16_at(bytes, record * width + at)))
    };
    let texts = |section: Section, count: usize, part: &'static str| {
        Texts::open(&file, range(section), count).ok_or(fault(part, "texts do not fit their lengths"))
    };
    const SUM: &str = "counts do not add up to the next section";

    let (manifest, rest) = postcard::take_from_bytes::<Manifest>(bytes(Section::Manifest))
        .map_err(|_| fault("manifest", "is not postcard of this format"))?;
    if !rest.is_empty() {
        return Err(fault("manifest", "has bytes left over"));
    }
    let closed =
        manifest.attributes.iter().map(|attribute| usize::from(attribute.closed)).fold(0, usize::saturating_add);
    let closed_starts = starts(manifest.attributes.iter().map(|attribute| usize::from(attribute.closed)), closed)
        .ok_or(fault("closed sets", SUM))?;

    let slots = count(Section::Slots, width::SLOT, "slots")?;
    let experiences = count(Section::Experiences, width::EXPERIENCE, "experiences")?;
    let rules = count(Section::Rules, width::RULE, "rules")?;
    let splits = count(Section::Splits, width::SPLIT, "splits")?;
    let arms = count(Section::Arms, width::ARM, "arms")?;
    count(Section::Schedules, width::SCHEDULE, "schedules")?;
    let windows = count(Section::Windows, width::WINDOW, "windows")?;
    let groups = count(Section::Groups, width::GROUP, "groups")?;
    let thresholds = count(Section::Thresholds, width::I64, "thresholds")?;
    count(Section::Tests, width::TEST, "tests")?;
    let rows = count(Section::RowLengths, width::U16, "rows")?;
    count(Section::Expiries, width::EXPIRY, "expiries")?;
    count(Section::TestNumbers, width::I64, "test numbers")?;
    let nodes = count(Section::NodeLengths, width::U16, "nodes")?;
    let contents = u32_at(bytes(Section::ContentTexts), 0) as usize;
    let constants = u32_at(bytes(Section::TestTexts), 0) as usize;

    let group = |position: usize| {
        let record = bytes(Section::Groups).get(position * width::GROUP..).unwrap_or_default();
        (record.get(2).copied().and_then(GroupKind::from_byte), u32_at(record, 4) as usize, u32_at(record, 8) as usize)
    };
    let predicates: usize = (0..groups).map(|i| group(i).1).fold(0, usize::saturating_add);
    if predicates.saturating_add(nodes) > file.len() {
        // Every predicate and node takes at least one byte somewhere: an honest file cannot claim more.
        return Err(fault("groups", "claim more predicates than the file can hold"));
    }
    let counted = |wanted: fn(Option<GroupKind>) -> bool| {
        (0..groups).map(move |i| if wanted(group(i).0) { group(i).2 } else { 0 })
    };
    let values: usize = counted(|kind| kind == Some(GroupKind::Among)).fold(0, usize::saturating_add);
    // Before anybody follows a node to its children: what is not there could be claimed without end.
    let children = half(Section::NodeLengths, width::U16, 0).fold(0, usize::saturating_add);
    if children != count(Section::NodeChildren, width::U32, "nodes")? {
        return Err(fault("nodes", SUM));
    }

    let program = Program {
        closed_texts: texts(Section::ClosedTexts, closed, "closed sets")?,
        closed_starts,
        slot_texts: texts(Section::SlotTexts, 4 * slots, "slots")?,
        experience_texts: texts(Section::ExperienceTexts, experiences, "experiences")?,
        split_texts: texts(Section::SplitTexts, 2 * splits, "splits")?,
        content_texts: texts(Section::ContentTexts, contents, "content")?,
        value_texts: texts(Section::ValueTexts, values, "values")?,
        test_texts: texts(Section::TestTexts, constants, "test texts")?,
        experience_starts: starts(half(Section::Slots, width::SLOT, 2), experiences).ok_or(fault("slots", SUM))?,
        rule_starts: starts(half(Section::Experiences, width::EXPERIENCE, 2), rules)
            .ok_or(fault("experiences", SUM))?,
        literal_starts: starts(half(Section::Rules, width::RULE, 0), count(Section::Literals, width::U32, "literals")?)
            .ok_or(fault("rules", SUM))?,
        support_starts: starts(half(Section::Rules, width::RULE, 2), count(Section::Support, width::U16, "support")?)
            .ok_or(fault("rules", SUM))?,
        arm_starts: starts(half(Section::Splits, width::SPLIT, 4), arms).ok_or(fault("splits", SUM))?,
        window_starts: starts(half(Section::Schedules, width::SCHEDULE, 0), windows).ok_or(fault("schedules", SUM))?,
        predicate_starts: starts((0..groups).map(|i| group(i).1), predicates).ok_or(fault("groups", SUM))?,
        threshold_starts: starts(
            counted(|kind| matches!(kind, Some(GroupKind::AtMost | GroupKind::SizeAtMost))),
            thresholds,
        )
        .ok_or(fault("groups", SUM))?,
        value_starts: starts(counted(|kind| kind == Some(GroupKind::Among)), values).ok_or(fault("groups", SUM))?,
        row_starts: starts(
            half(Section::RowLengths, width::U16, 0),
            count(Section::RowMembers, width::U16, "row members")?,
        )
        .ok_or(fault("rows", SUM))?,
        manifest,
        sections: ranges,
        file,
    };
    if rows != values {
        return Err(fault("rows", "there is not one for each value"));
    }
    references(&program)?;
    graph(&program)?;
    Ok(program)
}

/// Every reference from a record to another table is in range, and what is looked up by name is sorted.
fn references(program: &Program) -> Result<(), Fault> {
    let manifest = program.manifest();
    let check = |holds: bool, part, what| if holds { Ok(()) } else { Err(fault(part, what)) };

    check(manifest.attributes.len() <= ATTRIBUTES_MAX, "attributes", "are more than the cap")?;
    check(
        manifest.attributes.windows(2).all(|pair| pair[0].name < pair[1].name),
        "attributes",
        "are not sorted by name",
    )?;
    for (position, attribute) in manifest.attributes.iter().enumerate() {
        let known = ValueType::from_byte(attribute.value_type).is_some()
            && Source::from_byte(attribute.source).is_some()
            && Depth::from_byte(attribute.depth).is_some();
        check(known, "attributes", "have a type, source or depth that this engine does not know")?;
        let fits = matches!(
            (attribute.value_type(), &attribute.default),
            (_, None)
                | (ValueType::Bool, Some(DefaultValue::Bool(_)))
                | (ValueType::Int | ValueType::Double, Some(DefaultValue::Number(_)))
                | (ValueType::String | ValueType::Symbol, Some(DefaultValue::Text(_)))
                | (ValueType::List, Some(DefaultValue::List(_)))
        );
        check(fits, "attributes", "have a default of another type")?;
        let set = members(&program.closed_starts, position);
        check(program.closed_texts.is_sorted(&program.file, set), "closed sets", "are not sorted")?;
    }
    check(!manifest.regions.rows.is_empty(), "regions", "have no default row")?;
    let rows = manifest.regions.rows.len();
    check(
        manifest.regions.codes.iter().all(|(_, row)| usize::from(*row) < rows)
            && manifest.regions.rows.iter().all(|row| usize::from(row.parent) < rows),
        "regions",
        "refer to rows that are not there",
    )?;
    check(manifest.regions.codes.windows(2).all(|pair| pair[0].0 < pair[1].0), "regions", "are not sorted by code")?;
    let locales = manifest.locales.len();
    check(
        manifest.fallback.iter().flat_map(|(_, chain)| chain).all(|locale| usize::from(*locale) < locales),
        "locales",
        "fall back to locales that are not there",
    )?;

    for slot in 0..program.slots() {
        let byte = program.section(Section::Slots).get(slot * width::SLOT).copied();
        check(byte.and_then(Change::from_byte).is_some(), "slots", "have a change that this engine does not know")?;
        check(slot == 0 || program.slot(slot - 1).name < program.slot(slot).name, "slots", "are not sorted by name")?;
    }
    let contents = program.contents();
    check(program.content_texts.is_sorted(&program.file, 0..contents), "content", "is not sorted by name")?;
    let schedules = program.section(Section::Schedules).len() / width::SCHEDULE;
    for position in 0..program.experiences() {
        let byte = program.section(Section::Experiences).get(position * width::EXPERIENCE).copied();
        check(
            byte.and_then(Purpose::from_byte).is_some(),
            "experiences",
            "have a purpose that this engine does not know",
        )?;
        let schedule = program.experience(position).schedule;
        check(
            schedule.is_none_or(|schedule| schedule < schedules),
            "experiences",
            "refer to a schedule that is not there",
        )?;
    }
    for schedule in 0..schedules {
        let windows = members(&program.window_starts, schedule);
        check(!windows.is_empty(), "schedules", "have no window")?;
        let markets = manifest.markets.len();
        let known = program.windows(schedule).all(|window| window.market.is_none_or(|market| market < markets));
        check(known, "schedules", "refer to a market that is not there")?;
    }
    let splits = program.split_texts.len() / 2;
    for rule in 0..program.rules() {
        let record = program.section(Section::Rules).get(rule * width::RULE..).unwrap_or_default();
        let (effect, argument) = (record.get(4).copied(), u32_at(record, 8) as usize);
        let known = match effect {
            Some(0) => argument == 0,
            Some(1) => argument < contents,
            Some(2) => argument < splits,
            _ => false,
        };
        check(known, "rules", "show what is not there")?;
        let rule = program.rule(rule);
        let mut last = None;
        for attribute in program.support(&rule) {
            check(last < Some(attribute), "rules", "have a support that is not sorted")?;
            check(usize::from(attribute) < manifest.attributes.len(), "rules", "read an attribute that is not there")?;
            last = Some(attribute);
        }
    }
    for position in 0..splits {
        let byte = program.section(Section::Splits).get(position * width::SPLIT).copied();
        check(byte.and_then(Unit::from_byte).is_some(), "splits", "have a unit that this engine does not know")?;
        let split = program.split(position);
        let mut sum = 0_u32;
        for (content, share) in program.arms(&split) {
            check(content.is_none_or(|content| (content as usize) < contents), "arms", "show what is not there")?;
            sum += u32::from(share);
        }
        check(sum <= 10_000 && split.traffic <= 10_000, "splits", "share out more than the whole")?;
    }
    let expiries = program.section(Section::Expiries);
    for record in 1..expiries.len() / width::EXPIRY {
        let sorted = u32_at(expiries, (record - 1) * width::EXPIRY) < u32_at(expiries, record * width::EXPIRY);
        check(sorted, "expiries", "are not sorted")?;
    }
    Ok(())
}

/// The predicates read attributes of their own type, tests refer to constants that are there, and every literal refers to a
/// variable that stands before it.
fn graph(program: &Program) -> Result<(), Fault> {
    let check = |holds: bool, part, what| if holds { Ok(()) } else { Err(fault(part, what)) };
    let groups = program.section(Section::Groups).len() / width::GROUP;
    let tests = program.section(Section::Tests).len() / width::TEST;
    let has_tests = program.groups().any(|group| group.kind == GroupKind::Tests);
    check(has_tests == (tests > 0), "tests", "have no group")?;
    check(program.groups().count() == groups, "groups", "are of a kind that this engine does not know")?;

    for group in program.groups() {
        let value_type = program.attribute(group.attribute).map(super::manifest::AttributeEntry::value_type);
        let fits = match (group.kind, value_type) {
            (GroupKind::Tests, _) => group.predicates.len() == tests && group.predicates.end == program.predicates(),
            (GroupKind::Presence, Some(_)) => group.predicates.len() == 1,
            (GroupKind::Truth, Some(ValueType::Bool)) => group.predicates.len() == 1,
            (GroupKind::AtMost, Some(ValueType::Int | ValueType::Double))
            | (GroupKind::SizeAtMost, Some(ValueType::String | ValueType::Symbol | ValueType::List)) => {
                let mut last = i64::MIN;
                let ascending = group.values.clone().all(|threshold| {
                    let below = program.thresholds_below(threshold..threshold + 1, last);
                    let at = super::bytes::i64_at(program.section(Section::Thresholds), threshold * width::I64);
                    let holds = below == 0 && (at > last || threshold == group.values.start);
                    last = at;
                    holds
                });
                ascending && group.predicates.len() == group.values.len()
            }
            (GroupKind::Among, Some(ValueType::String | ValueType::Symbol | ValueType::List)) => {
                program.value_texts.is_sorted(&program.file, group.values.clone())
                    && group.values.clone().all(|row| {
                        let row = members(&program.row_starts, row);
                        let rows = program.section(Section::RowMembers);
                        row.clone().all(|at| usize::from(u16_at(rows, at * width::U16)) < group.predicates.len())
                    })
            }
            _ => false,
        };
        check(fits, "groups", "do not fit their attribute")?;
    }
    for position in 0..tests {
        check(
            program.test(position).is_some_and(|test| test_fits(program, &test)),
            "tests",
            "have operands that do not fit",
        )?;
    }

    let predicates = program.predicates();
    let mut ordered = true;
    program.each_node(|node, children| {
        children.for_each(|child| {
            ordered &= (child / 2) < (predicates + node) as u32;
        });
    });
    check(ordered, "nodes", "refer to what does not stand before them")?;
    let variables = (predicates + program.nodes()) as u32;
    let literals = program.section(Section::Literals);
    let known = (0..literals.len() / width::U32).all(|at| u32_at(literals, at * width::U32) / 2 < variables);
    check(known, "rules", "have literals that are not there")
}

fn test_fits(program: &Program, test: &Test) -> bool {
    #[derive(PartialEq)]
    enum Shape {
        Number,
        Text,
        Bool,
        List,
    }
    let shape = |(operand, position): (Operand, u32)| match operand {
        Operand::Attribute => program.attribute(position as usize).map(|attribute| match attribute.value_type() {
            ValueType::Bool => Shape::Bool,
            ValueType::Int | ValueType::Double => Shape::Number,
            ValueType::String | ValueType::Symbol => Shape::Text,
            ValueType::List => Shape::List,
        }),
        Operand::Size => program.attribute(position as usize).and_then(|attribute| match attribute.value_type() {
            ValueType::String | ValueType::Symbol | ValueType::List => Some(Shape::Number),
            _ => None,
        }),
        Operand::Int | Operand::Double => {
            let numbers = program.section(Section::TestNumbers).len() / width::I64;
            ((position as usize) < numbers).then_some(Shape::Number)
        }
        Operand::Text => ((position as usize) < program.test_texts.len()).then_some(Shape::Text),
        Operand::Bool => (position < 2).then_some(Shape::Bool),
    };
    let (Some(left), Some(right)) = (shape(test.left), shape(test.right)) else { return false };
    match test.operator {
        Operator::Equal => left == right && left != Shape::List,
        Operator::Less | Operator::LessOrEqual => left == right && matches!(left, Shape::Number | Shape::Text),
        Operator::StartsWith | Operator::EndsWith | Operator::Contains => left == Shape::Text && right == Shape::Text,
        Operator::In => left == Shape::Text && right == Shape::List,
    }
}
