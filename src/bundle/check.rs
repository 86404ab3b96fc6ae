//! Opens a program: everything that must be right before it is read.
//!
//! Takes bytes, gives a [`Program`] whose every count and reference is in range, or says which one is not. Lengths are compared
//! before anything is allocated for them.

use alloc::vec::Vec;
use core::ops::Range;

use super::ability::LACKING;
use super::bytes::{Texts, members, plane, starts, starts_of_halves, words_in_planes};
use super::contact::Policy;
use super::format::{
    ALONE, FORMAT, FORMAT_CONTACT, FORMAT_MARKETS, FORMAT_MAX, FORMAT_PLAN, FORMAT_PROGRAMME, FORMAT_REPEAT, OWED,
    PREFIX_BYTES, PROGRAM_MAGIC, SECTIONS, Section, width,
};
use super::graph::GroupKind;
use super::identity::Linking;
use super::manifest::Manifest;
use super::plan::Plan;
use super::program::Program;
use super::programme::Programme;
use super::repeat::{Beside, Repeat};
use super::terms;
use crate::words::{Change, Fault, PROGRAM_BYTES_MAX, Purpose, Unit, ValueType, bytes, check, fault, other_format};

// Out of line: everything here is read once, and forty copies of a reader are a tenth of opening.
#[inline(never)]
fn u16_at(file: &[u8], at: usize) -> u16 {
    bytes::u16_at(file, at)
}

#[inline(never)]
fn u32_at(file: &[u8], at: usize) -> u32 {
    bytes::u32_at(file, at)
}

/// Splits a file into its sections after checking magic, format and lengths.
pub(super) fn sections(
    file: &[u8],
    part: &'static str,
    magic: [u8; 4],
    count: usize,
    bytes_max: usize,
) -> Result<Vec<Range<usize>>, Fault> {
    check(file.len() <= bytes_max, part, "larger than the cap")?;
    check(file.get(..4) == Some(&magic), part, "does not start with its magic bytes")?;
    let format = u16_at(file, 4);
    if !(FORMAT..=FORMAT_MAX).contains(&format) {
        return Err(other_format(part, format, FORMAT_MAX));
    }
    // The last sections of a program came with their formats.
    let later = match format {
        FORMAT_MARKETS.. => 0,
        FORMAT_REPEAT.. => SECTIONS - Section::Identity as usize,
        FORMAT_CONTACT.. => SECTIONS - Section::Repeat as usize,
        FORMAT_PLAN.. => SECTIONS - Section::Contact as usize,
        FORMAT_PROGRAMME.. => SECTIONS - Section::Plan as usize,
        _ => SECTIONS - Section::Programme as usize,
    };
    let count = if count == SECTIONS { count - later } else { count };
    check(u16_at(file, 6) == 0, part, "has bytes where its format has zeros")?;
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
    check(at == file.len(), part, "has bytes after its last section").map(|()| ranges)
}

/// See [`Program::open`].
pub(super) fn open(file: Vec<u8>) -> Result<Program, Fault> {
    // Filled in place: a fault in the middle then has one thing to drop rather than each table so far, at each of forty places.
    let mut program = Program { file, ..Program::default() };
    fill(&mut program)?;
    references(&program)?;
    let lacks_tests = !cfg!(feature = "language") && program.has_tests();
    let lacks_plans = !cfg!(feature = "plans") && program.has_plan();
    let lacks_contact = !cfg!(feature = "contact") && program.has_contact();
    let lacks_links = !cfg!(feature = "identity") && program.has_links();
    if lacks_tests || lacks_plans || lacks_contact || lacks_links || (!cfg!(feature = "feeds") && program.has_feeds()) {
        return Err(LACKING);
    }
    graph(&program)?;
    if cfg!(feature = "contact") {
        program.contact.check(&program)?;
    }
    terms::check(&program)?;
    program.node_depth = depth(&program)?;
    if cfg!(feature = "sieves") {
        program.sieves = super::sieve::sieves(&program);
    }
    Ok(program)
}

/// Reads the manifest and adds up the counts.
fn fill(program: &mut Program) -> Result<(), Fault> {
    const SUM: &str = "counts do not add up to the next section";

    program.sections = sections(&program.file, "program", PROGRAM_MAGIC, SECTIONS, PROGRAM_BYTES_MAX)?;
    program.manifest = Manifest::open(program.section(Section::Manifest))?;

    let slots = records(program, Section::Slots, width::SLOT, "slots")?;
    let experiences = records(program, Section::Experiences, width::EXPERIENCE, "experiences")?;
    let rules = records(program, Section::Rules, width::RULE, "rules")?;
    let literals = records(program, Section::Literals, width::U32, "literals")?;
    records(program, Section::SupportLengths, width::U16, "support")?;
    let support = records(program, Section::Support, width::U16, "support")?;
    let splits = records(program, Section::Splits, width::SPLIT, "splits")?;
    let arms = records(program, Section::Arms, width::ARM, "arms")?;
    records(program, Section::Schedules, width::SCHEDULE, "schedules")?;
    let windows = records(program, Section::Windows, width::WINDOW, "windows")?;
    let groups = records(program, Section::Groups, width::GROUP, "groups")?;
    let thresholds = records(program, Section::Thresholds, width::I64, "thresholds")?;
    records(program, Section::Tests, width::U32, "tests")?;
    records(program, Section::Terms, width::TERM, "terms")?;
    let zones = records(program, Section::Zones, width::ZONE, "zones")?;
    let transitions = records(program, Section::Transitions, width::TRANSITION, "zones")?;
    let rows = records(program, Section::RowLengths, width::U16, "rows")?;
    let row_members = records(program, Section::RowMembers, width::U16, "row members")?;
    records(program, Section::Expiries, width::EXPIRY, "expiries")?;
    records(program, Section::TestNumbers, width::I64, "test numbers")?;
    let nodes = records(program, Section::NodeLengths, width::U16, "nodes")?;
    let contents = u32_at(program.section(Section::ContentTexts), 0) as usize;
    let constants = u32_at(program.section(Section::TestTexts), 0) as usize;

    let attributes = &program.manifest.attributes;
    let closed_of = |attribute: usize| attributes.get(attribute).map_or(0, |attribute| usize::from(attribute.closed));
    let closed = (0..attributes.len()).map(closed_of).fold(0, usize::saturating_add);
    program.closed_starts = starts(attributes.len(), closed, &closed_of).ok_or(fault("closed sets", SUM))?;

    let bytes = program.section(Section::Groups);
    let kind = |group: usize| bytes.get(group * width::GROUP + 2).copied().and_then(GroupKind::from_byte);
    let predicates_of = |group: usize| u32_at(bytes, group * width::GROUP + 4) as usize;
    let values_of = |group: usize| u32_at(bytes, group * width::GROUP + 8) as usize;
    let thresholds_of = |group: usize| match kind(group) {
        Some(GroupKind::AtMost | GroupKind::SizeAtMost) => values_of(group),
        _ => 0,
    };
    let rows_of = |group: usize| if kind(group) == Some(GroupKind::Among) { values_of(group) } else { 0 };
    let predicates = (0..groups).map(predicates_of).fold(0, usize::saturating_add);
    // Every predicate and node takes at least one byte somewhere: an honest file cannot claim more.
    let fits = predicates.saturating_add(nodes) <= program.file.len();
    check(fits, "groups", "claim more predicates than the file can hold")?;
    let has_rows = (0..groups).map(rows_of).fold(0, usize::saturating_add) == rows;
    check(has_rows, "rows", "there is not one for each value")?;
    let sums = |total: usize, of: &dyn Fn(usize) -> usize| starts(groups, total, of).ok_or(fault("groups", SUM));
    let predicate_starts = sums(predicates, &predicates_of)?;
    let threshold_starts = sums(thresholds, &thresholds_of)?;
    let value_starts = sums(rows, &rows_of)?;
    (program.predicate_starts, program.threshold_starts, program.value_starts) =
        (predicate_starts, threshold_starts, value_starts);

    let half_words =
        |program: &Program, section: Section, width: usize, at: usize, total: usize, part: &'static str| {
            starts_of_halves(program.section(section), width, at, total).ok_or(fault(part, SUM))
        };
    program.experience_starts = half_words(program, Section::Slots, width::SLOT, 2, experiences, "slots")?;
    program.rule_starts = half_words(program, Section::Experiences, width::EXPERIENCE, 2, rules, "experiences")?;
    let planes = program.section(Section::Rules);
    let [low, high] = [0, 1].map(|number| plane(planes, rules, number));
    let half = |plane: &[u8], rule: usize| plane.get(rule).copied().map_or(0, usize::from);
    let literal_starts = starts(rules, literals, &|rule| half(low, rule) | half(high, rule) << 8);
    let literal_starts = literal_starts.ok_or(fault("rules", SUM))?;
    let rule_supports = words_in_planes(planes, rules, 4).collect();
    (program.literal_starts, program.rule_supports) = (literal_starts, rule_supports);
    program.support_starts = half_words(program, Section::SupportLengths, width::U16, 0, support, "support")?;
    program.arm_starts = half_words(program, Section::Splits, width::SPLIT, 4, arms, "splits")?;
    program.window_starts = half_words(program, Section::Schedules, width::SCHEDULE, 0, windows, "schedules")?;
    let bit = |attribute: u16| if attribute < 64 { 1 << attribute } else { 0 };
    let rulebook = program.rulebook();
    let bits = |support: usize| rulebook.attributes(support).fold(0, |bits, attribute| bits | bit(attribute));
    program.supports = (0..program.support_starts.len() - 1).map(bits).collect();
    let children = records(program, Section::NodeChildren, width::U32, "nodes")?;
    program.node_starts = half_words(program, Section::NodeLengths, width::U16, 0, children, "nodes")?;
    program.row_starts = half_words(program, Section::RowLengths, width::U16, 0, row_members, "rows")?;

    let bytes = program.section(Section::Zones);
    let transitions_of = |zone: usize| u32_at(bytes, zone * width::ZONE + 12) as usize;
    program.zone_starts = starts(zones, transitions, &transitions_of).ok_or(fault("zones", SUM))?;

    if cfg!(feature = "contact") {
        program.contact = Policy::open(program.section(Section::Contact))?;
        program.contact.repeat = Beside(Repeat::open(program.section(Section::Repeat))?);
    }
    if cfg!(feature = "identity") {
        program.linking = Linking::open(program.section(Section::Identity))?;
    }
    program.programme = Programme::open(program.section(Section::Programme), slots)?;
    if cfg!(feature = "plans") {
        program.plan = Plan::open(program.section(Section::Plan), [slots, experiences, rules, contents])?;
    }
    let stock = program.section(Section::Stock);
    let literals: Vec<u32> =
        (0..records(program, Section::Stock, width::U32, "stock")?).map(|at| u32_at(stock, 4 * at)).collect();
    let variables = program.predicates() + program.nodes();
    let fits = literals.windows(2).all(|pair| pair[0] < pair[1])
        && literals.last().is_none_or(|literal| (*literal as usize) < 2 * variables);
    check(fits, "stock", "does not fit the literals")?;
    program.stock = literals;
    program.closed_texts = texts(program, Section::ClosedTexts, closed, "closed sets")?;
    program.slot_texts = texts(program, Section::SlotTexts, 4 * slots, "slots")?;
    program.experience_texts = texts(program, Section::ExperienceTexts, experiences, "experiences")?;
    program.split_texts = texts(program, Section::SplitTexts, 2 * splits + layers(program), "splits")?;
    program.content_texts = texts(program, Section::ContentTexts, contents, "content")?;
    program.value_texts = texts(program, Section::ValueTexts, rows, "values")?;
    program.test_texts = texts(program, Section::TestTexts, constants, "test texts")?;
    Ok(())
}

/// How many records a section has.
fn records(program: &Program, section: Section, width: usize, part: &'static str) -> Result<usize, Fault> {
    let length = program.section(section).len();
    check(length.is_multiple_of(width), part, "ends inside a record").map(|()| length / width)
}

fn texts(program: &Program, section: Section, count: usize, part: &'static str) -> Result<Texts, Fault> {
    let range = program.sections.get(section as usize).cloned().unwrap_or_default();
    Texts::open(&program.file, range, count).ok_or(fault(part, "texts do not fit their lengths"))
}

/// How many layers splits name.
fn layers(program: &Program) -> usize {
    let records = program.section(Section::Splits).chunks_exact(width::SPLIT);
    records.filter_map(|record| record.get(1)).copied().max().map_or(0, usize::from)
}

/// Every reference from a record to another table is in range, and every table with lookups by name is sorted.
fn references(program: &Program) -> Result<(), Fault> {
    let manifest = program.manifest();
    for attribute in 0..manifest.attributes.len() {
        let set = members(&program.closed_starts, attribute);
        check(program.closed_texts.is_sorted(&program.file, set), "closed sets", "are not sorted")?;
    }

    let rulebook = program.rulebook();
    let mut changes =
        program.section(Section::Slots).chunks_exact(width::SLOT).filter_map(|slot| slot.first().copied());
    let known = changes.all(|change| Change::from_byte(change).is_some());
    check(known, "slots", "have a change that this engine does not know")?;
    check(program.slot_texts.is_sorted(&program.file, 0..program.slots()), "slots", "are not sorted by name")?;
    let contents = program.contents();
    check(program.content_texts.is_sorted(&program.file, 0..contents), "content", "is not sorted by name")?;
    let schedules = program.section(Section::Schedules).len() / width::SCHEDULE;
    let has_programme = program.sections.len() > Section::Programme as usize;
    let audit_max = if has_programme { 1 | OWED } else { 1 };
    for experience in program.section(Section::Experiences).chunks_exact(width::EXPERIENCE) {
        let (purpose, audit) = (bytes::u16_at(experience, 0) as u8, (bytes::u16_at(experience, 0) >> 8) as u8);
        check(Purpose::from_byte(purpose).is_some(), "experiences", "have a purpose that this engine does not know")?;
        check(audit <= audit_max, "experiences", "are audited in a way that this engine does not know")?;
        // One less than what is written, and 0 is none.
        let known = bytes::u32_at(experience, 4) as usize <= schedules;
        check(known, "experiences", "refer to a schedule that is not there")?;
    }
    for schedule in 0..schedules {
        let windows = members(&program.window_starts, schedule);
        check(!windows.is_empty(), "schedules", "have no window")?;
        let markets = manifest.markets.len();
        let known = program.windows(schedule).all(|window| window.market.is_none_or(|market| market < markets));
        check(known, "schedules", "refer to a market that is not there")?;
    }
    let splits = program.section(Section::Splits).len() / width::SPLIT;
    let supports = program.supports.len();
    let (planes, rules) = (program.section(Section::Rules), program.rule_supports.len());
    let [effects, clocks] = [2, 3].map(|number| plane(planes, rules, number));
    let arguments = words_in_planes(planes, rules, 8);
    for (((support, effect), clock), argument) in program.rule_supports.iter().zip(effects).zip(clocks).zip(arguments) {
        let argument = argument as usize;
        let known = match effect {
            _ if *clock > 1 => false,
            0 => argument == 0,
            1 => argument < contents,
            2 => argument < splits,
            _ => false,
        };
        check(known, "rules", "show what is not there")?;
        check((*support as usize) < supports, "rules", "have a support that is not there")?;
    }
    for support in 0..supports {
        let mut last = None;
        for attribute in rulebook.attributes(support) {
            check(last < Some(attribute), "support", "is not sorted")?;
            check(usize::from(attribute) < manifest.attributes.len(), "support", "has an attribute that is not there")?;
            last = Some(attribute);
        }
    }
    for position in 0..splits {
        let byte = program.record(Section::Splits, position) as u8;
        // An older format has no such flag, so the byte is then of no unit.
        let alone = if program.sections.len() > Section::Identity as usize { ALONE } else { 0 };
        check(Unit::from_byte(byte & !alone).is_some(), "splits", "have a unit that this engine does not know")?;
        let mut sum = 0_u32;
        for (content, points, free) in program.arms_in(members(&program.arm_starts, position)) {
            check(content.is_none_or(|content| (content as usize) < contents), "arms", "show what is not there")?;
            sum = sum.saturating_add(points + free);
        }
        check(sum.max(program.taking_part(position).0.end) <= 10_000, "splits", "share out more than the whole")?;
    }
    let expiries = program.section(Section::Expiries);
    for record in 1..expiries.len() / width::EXPIRY {
        let sorted = u32_at(expiries, (record - 1) * width::EXPIRY) < u32_at(expiries, record * width::EXPIRY);
        check(sorted, "expiries", "are not sorted")?;
    }
    Ok(())
}

/// The predicates read attributes of their own type, and every literal refers to a variable that stands before it.
fn graph(program: &Program) -> Result<(), Fault> {
    let groups = program.section(Section::Groups).len() / width::GROUP;
    let tests = program.section(Section::Tests).len() / width::U32;
    let has_tests = program.groups().any(|group| group.kind == GroupKind::Tests);
    check(has_tests == (tests > 0), "tests", "have no group")?;
    check(program.groups().count() == groups, "groups", "are of a kind that this engine does not know")?;

    for group in program.groups() {
        let value_type = program.attribute(group.attribute).map(super::manifest::AttributeEntry::value_type);
        let fits = match (group.kind, value_type) {
            (GroupKind::Tests, _) => group.predicates.len() == tests && group.predicates.end == program.predicates(),
            (GroupKind::Presence, Some(_)) => group.predicates.len() == 1,
            (GroupKind::Truth, Some(ValueType::Bool)) => group.predicates.len() == 1,
            (GroupKind::AtMost, Some(ValueType::Int | ValueType::Double | ValueType::Timestamp))
            | (GroupKind::SizeAtMost, Some(ValueType::String | ValueType::Symbol | ValueType::List)) => {
                let mut last = i64::MIN;
                let ascending = group.values.clone().all(|threshold| {
                    let below = program.thresholds_below(threshold..threshold + 1, last);
                    let at = bytes::i64_at(program.section(Section::Thresholds), threshold * width::I64);
                    let holds = below == 0 && (at > last || threshold == group.values.start);
                    last = at;
                    holds
                });
                ascending && group.predicates.len() == group.values.len()
            }
            (GroupKind::Among, Some(ValueType::String | ValueType::Symbol | ValueType::List)) => {
                program.value_texts.is_sorted(&program.file, group.values.clone())
                    && group.values.clone().all(|row| {
                        // They ascend: the last is the greatest.
                        program.members_of(row).last().is_none_or(|member| member < group.predicates.len())
                    })
            }
            _ => false,
        };
        check(fits, "groups", "do not fit their attribute")?;
    }
    let predicates = program.predicates();
    let variables = (predicates + program.nodes()) as u32;
    let literals = program.section(Section::Literals);
    let known = literals.chunks_exact(width::U32).all(|literal| bytes::u32_at(literal, 0) / 2 < variables);
    check(known, "rules", "have literals that are not there")
}

/// Every child of a node stands before it. Gives how many nodes stand on top of each other at most.
fn depth(program: &Program) -> Result<usize, Fault> {
    let predicates = program.predicates();
    let mut depths: Vec<u32> = Vec::with_capacity(program.nodes());
    for node in 0..program.nodes() {
        let mut depth = 0;
        for at in program.children(node) {
            let child = program.child(at) as usize / 2;
            check(child < predicates + node, "nodes", "refer to what does not stand before them")?;
            let below = child.checked_sub(predicates).and_then(|child| depths.get(child));
            depth = depth.max(below.copied().unwrap_or(0));
        }
        depths.push(depth + 1);
    }
    Ok(depths.into_iter().max().unwrap_or(0) as usize)
}
