//! The rule program of a site: sections in the order of [`Section`].
//!
//! Slots, experiences, rules and arms are numbered in the order in which a decision walks them. Predicates are in the order
//! of their groups. Nodes are in the order in which they were made.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::contact;
use super::debug::{AudienceDebug, Debug, ExperienceDebug, MarketDebug, RowDebug, RuleDebug, place};
use super::encode::{Bytes, Sections, columns, file, planes, texts};
use super::graph::{Graph, Lit, Predicate, Question, Variable};
use super::lower::{LoweredRows, Lowering};
use super::manifest::manifest;
use crate::author::expr::{Scope, sentence};
use crate::author::order::audience_order;
use crate::author::reads::Reads;
use crate::author::settings::CONTROL;
use crate::author::site::{Arm, Audience, Effect, Experience, OfMarket, Row, Rows, Rule, Site, Split, Window};
use crate::bundle::GroupKind;
use crate::bundle::format::{
    ALONE, FORMAT, FORMAT_CONTACT, FORMAT_MARKETS, FORMAT_PLAN, FORMAT_PROGRAMME, FORMAT_RANGES, FORMAT_REPEAT,
    MORE_POINTS, OWED, PROGRAM_MAGIC, Section, width,
};
use crate::bundle::identity::Linking;
use crate::bundle::manifest::AttributeEntry;
use crate::bundle::programme::{self, Programme};

/// The program file and the debug file's content.
pub(super) fn program(site: &Site) -> (Vec<u8>, Debug) {
    let audience_order = audience_order(&site.audiences);
    let mut lowering = Lowering::new(site, &audience_order);
    let order = experience_order(site);
    let lowered: Vec<LoweredExperience> = order.iter().map(|experience| lower(&mut lowering, experience)).collect();
    let suppressions: Vec<Lit> =
        site.contact.suppressions.iter().map(|one| lowering.condition(&one.row.condition)).collect();
    let audience = |position: usize| (lowering.audiences[position], lowering.rows(&site.audiences[position].rows));
    let audiences: Vec<(Lit, LoweredRows)> = (0..site.audiences.len()).map(audience).collect();
    // The rules of an experience have these rows too, so this makes no new literal.
    let needs: Vec<LoweredRows> = site.content.iter().map(|content| lowering.rows(&content.in_stock)).collect();
    let numbers = Numbers::new(&lowering.graph);
    let reads = Reads::new(&site.audiences, &audience_order);

    let mut sections = Sections::default();
    let (manifest, closed) = manifest(site);
    // postcard of plain owned data always serializes.
    sections.put(Section::Manifest, Bytes(postcard::to_allocvec(&manifest).unwrap_or_default()));
    sections.put(Section::ClosedTexts, texts(closed));
    slots(site, &order, sections.of(Section::Slots));
    let of_slots = site
        .slots
        .iter()
        .map(|slot| [slot.name.as_str(), &slot.page, &slot.selector, slot.attribute.as_deref().unwrap_or_default()]);
    sections.put(Section::SlotTexts, columns(of_slots));
    sections.put(Section::ExperienceTexts, texts(order.iter().map(|experience| &experience.name)));
    sections.put(Section::ContentTexts, texts(site.content.iter().map(|content| &content.name)));
    for (position, content) in site.content.iter().enumerate() {
        if let Some(expires) = content.expires_ms {
            sections.of(Section::Expiries).u32(position).i64(expires);
        }
    }

    let key_of = |entry: &AttributeEntry| entry.feed().and_then(|place| place.key).map(usize::from);
    let keys = manifest.attributes.iter().map(key_of).collect();
    let mut rules = Rulebook { sections, keys, has_holdouts: !site.holdouts.is_empty(), ..Rulebook::default() };
    for (experience, lowered) in order.iter().zip(&lowered) {
        rules.experience(experience, lowered, &numbers, &reads);
    }
    let layers = site.layers.iter().take(rules.layers).map(|layer| layer.name.as_str());
    let of_splits = (0..2).flat_map(|field| rules.split_texts.iter().map(move |texts| texts[field].as_str()));
    let of_splits = texts(of_splits.chain(layers));
    let plan = super::plan::plan(site, &order);
    let needs = needs.iter().flat_map(|rows| rows.literals.iter().map(|literal| numbers.literal(*literal)));
    let stock: BTreeSet<usize> = needs.collect();
    let linking = site.consent.linking.as_ref().map_or(0, |linking| linking.kept_seconds);
    let linking = Linking { kept_seconds: linking };
    let format = match (plan.is_some() || !stock.is_empty(), site.holdouts.is_empty(), rules.has_ranges) {
        _ if rules.has_holidays || rules.has_alone || has_end(site) || linking.is_on() => FORMAT_MARKETS,
        _ if site.contact.repeats() => FORMAT_REPEAT,
        _ if !site.contact.is_empty() => FORMAT_CONTACT,
        (true, ..) => FORMAT_PLAN,
        (_, false, _) => FORMAT_PROGRAMME,
        (_, true, true) => FORMAT_RANGES,
        (_, true, false) => FORMAT,
    };
    let mut sections = rules.sections;
    sections.put(Section::SplitTexts, of_splits);

    let tests = predicates(&lowering.graph, &mut sections);
    let zones = lowering.terms.sections(&tests, &contact::zones(site), &mut sections);
    for node in lowering.graph.nodes() {
        let children: BTreeSet<usize> = node.iter().map(|child| numbers.literal(*child)).collect();
        sections.of(Section::NodeLengths).u16(children.len());
        sections.of(Section::NodeChildren).u32s(&children);
    }
    for (section, width) in [(Section::Rules, width::RULE), (Section::RowMembers, width::U16)] {
        let records = planes(sections.of(section), width);
        sections.put(section, records);
    }

    let debug = debug(site, &order, &lowered, &audiences, &numbers, &reads);
    // A site without holdouts, plan, stock and contact policy keeps the format, and the bytes, that older engines read.
    let mut end = Section::Programme as usize;
    if format >= FORMAT_PROGRAMME {
        sections.put(Section::Programme, Bytes(postcard::to_allocvec(&programme(site)).unwrap_or_default()));
        end = Section::Plan as usize;
    }
    if format >= FORMAT_PLAN {
        let plan = plan.map(|plan| postcard::to_allocvec(&plan).unwrap_or_default());
        sections.put(Section::Plan, Bytes(plan.unwrap_or_default()));
        sections.of(Section::Stock).u32s(&stock);
        end = Section::Contact as usize;
    }
    if format >= FORMAT_CONTACT {
        end = Section::Repeat as usize;
    }
    if format >= FORMAT_CONTACT && !site.contact.is_empty() {
        let literals: Vec<u32> = suppressions.iter().map(|literal| numbers.literal(*literal) as u32).collect();
        let policy = contact::policy(site, &order, &literals, &zones);
        sections.put(Section::Contact, Bytes(postcard::to_allocvec(&policy).unwrap_or_default()));
        if site.contact.repeats() {
            sections.put(Section::Repeat, Bytes(postcard::to_allocvec(&policy.repeat.0).unwrap_or_default()));
        }
    }
    if format >= FORMAT_REPEAT {
        end = Section::Identity as usize;
    }
    if format >= FORMAT_MARKETS {
        let linking = linking.is_on().then(|| postcard::to_allocvec(&linking).unwrap_or_default());
        sections.put(Section::Identity, Bytes(linking.unwrap_or_default()));
        end = Section::Identity as usize + 1;
    }
    (file(PROGRAM_MAGIC, format, &sections.0[..end]), debug)
}

/// True if a chain of locales ends before the default.
fn has_end(site: &Site) -> bool {
    site.locales.fallback.values().flatten().any(|locale| locale == CONTROL)
}

/// What holds across the slots of a visit.
fn programme(site: &Site) -> Programme {
    let covered = |channel: &Option<String>| match channel {
        Some(channel) => {
            (0..).zip(&site.slots).filter(|(_, slot)| slot.channel == *channel).map(|(slot, _)| slot).collect()
        }
        None => Vec::new(),
    };
    let holdouts = site.holdouts.iter().map(|holdout| programme::Holdout {
        name: holdout.name.clone(),
        salt: holdout.salt.clone(),
        unit: holdout.unit as u8,
        // Below 10,000.
        points: holdout.share as u16,
        slots: covered(&holdout.channel),
    });
    Programme { holdouts: holdouts.collect() }
}

/// Experiences by slot, then priority (higher first), then name.
fn experience_order(site: &Site) -> Vec<&Experience> {
    let mut order: Vec<&Experience> = site.experiences.iter().collect();
    order.sort_by(|a, b| (a.slot, -i64::from(a.priority), &a.name).cmp(&(b.slot, -i64::from(b.priority), &b.name)));
    order
}

/// An experience's conditions as literals.
struct LoweredExperience {
    eligible: LoweredRows,
    rules: Vec<LoweredRows>,
}

fn lower(lowering: &mut Lowering<'_>, experience: &Experience) -> LoweredExperience {
    let eligible = lowering.rows(&experience.eligible);
    LoweredExperience { eligible, rules: experience.rules.iter().map(|rule| lowering.rows(&rule.rows)).collect() }
}

/// Final numbers of literals.
struct Numbers {
    predicates: Vec<usize>,
    truth: Option<Lit>,
}

impl Numbers {
    fn new(graph: &Graph) -> Self {
        let empty = graph.nodes().iter().position(Vec::is_empty);
        let truth = empty.map(|node| Lit { variable: Variable::Node(node), inverted: false });
        Self { predicates: graph.numbered().1, truth }
    }

    fn literal(&self, literal: Lit) -> usize {
        let variable = match literal.variable {
            Variable::Predicate(created) => self.predicates[created],
            Variable::Node(node) => self.predicates.len() + node,
        };
        2 * variable + usize::from(literal.inverted)
    }

    /// The literals of a rule: sorted, each once, without what is always true.
    fn rule(&self, literals: impl IntoIterator<Item = Lit>) -> BTreeSet<usize> {
        let literals = literals.into_iter().filter(|literal| Some(*literal) != self.truth);
        literals.map(|literal| self.literal(literal)).collect()
    }
}

fn slots(site: &Site, order: &[&Experience], bytes: &mut Bytes) {
    let mut experiences = vec![0; site.slots.len()];
    order.iter().for_each(|experience| experiences[experience.slot] += 1);
    for (slot, experiences) in site.slots.iter().zip(experiences) {
        bytes.u8(slot.change as u8).u8(0).u16(experiences);
    }
}

/// Writes the sections that a decision walks.
#[derive(Default)]
struct Rulebook {
    sections: Sections,
    /// The position of each support, in the order of their first rules.
    supports: BTreeMap<BTreeSet<usize>, usize>,
    /// Experiment and salt.
    split_texts: Vec<[String; 2]>,
    /// How many of the site's layers splits name, with those before them.
    layers: usize,
    /// True if some people are held back.
    has_holdouts: bool,
    /// True if some points need the second format.
    has_ranges: bool,
    /// True if a market has several windows of a schedule.
    has_holidays: bool,
    /// True if no lower unit stands in for that of a split.
    has_alone: bool,
    schedules: usize,
    /// The key of each attribute of a feed.
    keys: Vec<Option<usize>>,
}

impl Rulebook {
    fn experience(&mut self, experience: &Experience, lowered: &LoweredExperience, numbers: &Numbers, reads: &Reads) {
        let schedule = self.schedule(experience);
        let owed = if self.has_holdouts && experience.is_owed() { OWED } else { 0 };
        let (purpose, audit) = (experience.purpose as u8, experience.audit as u8 | owed);
        self.sections.of(Section::Experiences).u8(purpose).u8(audit).u16(experience.rules.len()).u32(schedule);
        for (rule, rows) in experience.rules.iter().zip(&lowered.rules) {
            let literals = numbers.rule(lowered.eligible.literals.iter().chain(&rows.literals).copied());
            let reads_clock = reads.clock(&experience.eligible) || reads.clock(&rule.rows);
            let mut support = reads.rows(&experience.eligible);
            support.extend(reads.rows(&rule.rows));
            let (effect, argument) = match &rule.effect {
                Effect::Control => (0, 0),
                Effect::Show(content) => (1, *content),
                Effect::Split(split) => (2, self.split(split)),
            };
            // A value of a feed depends on its key.
            let keys: Vec<usize> = support.iter().filter_map(|read| *self.keys.get(*read)?).collect();
            support.extend(keys);
            let support = self.support(support);
            self.sections.of(Section::Literals).u32s(&literals);
            let rules = self.sections.of(Section::Rules);
            rules.u16(literals.len()).u8(effect).u8(u8::from(reads_clock)).u32(support).u32(argument);
        }
    }

    fn support(&mut self, support: BTreeSet<usize>) -> usize {
        let next = self.supports.len();
        *self.supports.entry(support).or_insert_with_key(|support| {
            self.sections.of(Section::SupportLengths).u16(support.len());
            self.sections.of(Section::Support).u16s(support);
            next
        })
    }

    fn split(&mut self, split: &Split) -> usize {
        let position = self.split_texts.len();
        // No site has more layers than a byte can name.
        let layer = split.layer.map_or(0, |layer| 1 + layer);
        self.layers = self.layers.max(layer);
        let mut arms: Vec<(Range<u32>, &Arm)> =
            split.arms.iter().flat_map(|arm| arm.points.iter().map(move |range| (range.clone(), arm))).collect();
        arms.sort_by_key(|(range, _)| range.start);
        let nobody = std::slice::from_ref(&(0..0));
        let parts = if split.points.is_empty() { nobody } else { &split.points };
        for (at, range) in parts.iter().enumerate() {
            let (is_first, is_last) = (at == 0, at + 1 == parts.len());
            let splits = self.sections.of(Section::Splits);
            let alone = if split.is_alone { ALONE } else { 0 };
            splits.u8(split.unit as u8 | alone).u8(layer as u8).u16(range.len());
            let more = if is_last { 0 } else { MORE_POINTS as usize };
            splits.u16(if is_first { arms.len() } else { 0 }).u16(range.start as usize | more);
            self.split_texts.push(if is_first {
                [split.experiment.clone(), split.salt.clone()]
            } else {
                <_>::default()
            });
            self.has_ranges |= !is_last;
            self.has_alone |= split.is_alone;
        }
        let mut end = 0;
        for (range, arm) in arms {
            let free = (range.start - end) as usize;
            self.has_ranges |= free > 0;
            let arms = self.sections.of(Section::Arms);
            arms.u32(arm.content.map_or(0, |content| content + 1)).u16(range.len()).u16(free);
            end = range.end;
        }
        position
    }

    fn schedule(&mut self, experience: &Experience) -> usize {
        let Some(schedule) = &experience.schedule else { return 0 };
        let own = schedule.markets.iter().map(|(market, _)| *market);
        let markets: BTreeSet<usize> = own.chain(schedule.pauses.iter().map(|pause| pause.market)).collect();
        let mut windows = vec![(0, schedule.default)];
        for market in markets {
            let own = schedule.windows(Some(market));
            self.has_holidays |= own.len() > 1;
            let never = own.is_empty().then_some(Window::EMPTY);
            windows.extend(own.into_iter().chain(never).map(|window| (market + 1, window)));
        }
        self.sections.of(Section::Schedules).u16(windows.len()).u16(0);
        for (market, window) in windows {
            self.sections.of(Section::Windows).u32(market).i64(window.from_ms).i64(window.until_ms);
        }
        self.schedules += 1;
        self.schedules
    }
}

/// Writes the sections of predicates and gives the term of each test.
fn predicates(graph: &Graph, sections: &mut Sections) -> Vec<usize> {
    let (ordered, _) = graph.numbered();
    let (mut tests, mut texts_of_rows) = (Vec::new(), Vec::new());
    let kind = |predicate: &Predicate| match predicate {
        Predicate::Of(attribute, question) => {
            let kind = match question {
                Question::Presence => GroupKind::Presence,
                Question::Truth => GroupKind::Truth,
                Question::AtMost(_) => GroupKind::AtMost,
                Question::SizeAtMost(_) => GroupKind::SizeAtMost,
                Question::Among(_) => GroupKind::Among,
            };
            (*attribute, kind)
        }
        Predicate::Test(..) => (0, GroupKind::Tests),
    };
    for group in ordered.chunk_by(|a, b| kind(a) == kind(b)) {
        let (attribute, group_kind) = kind(group[0]);
        let values = match group_kind {
            GroupKind::Presence | GroupKind::Truth => 0,
            GroupKind::Among => members(group, sections, &mut texts_of_rows),
            GroupKind::AtMost | GroupKind::SizeAtMost | GroupKind::Tests => group.len(),
        };
        sections.of(Section::Groups).u16(attribute).u8(group_kind as u8).u8(0).u32(group.len()).u32(values);
        for predicate in group {
            match predicate {
                Predicate::Of(_, Question::AtMost(threshold) | Question::SizeAtMost(threshold)) => {
                    sections.of(Section::Thresholds).i64(*threshold);
                }
                Predicate::Test(term) => tests.push(*term),
                Predicate::Of(..) => {}
            }
        }
    }
    sections.put(Section::ValueTexts, texts(texts_of_rows));
    tests
}

/// Writes the rows of a membership group and gives the number of its values.
fn members<'g>(group: &[&'g Predicate], sections: &mut Sections, texts: &mut Vec<&'g String>) -> usize {
    let mut rows: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    for (member, predicate) in group.iter().enumerate() {
        if let Predicate::Of(_, Question::Among(values)) = predicate {
            values.iter().for_each(|value| rows.entry(value).or_default().push(member));
        }
    }
    for members in rows.values() {
        sections.of(Section::RowLengths).u16(members.len());
        let before = std::iter::once(0).chain(members.iter().map(|member| member + 1));
        let gaps = sections.of(Section::RowMembers);
        members.iter().zip(before).for_each(|(member, before)| _ = gaps.u16(member - before));
    }
    texts.extend(rows.keys().copied());
    rows.len()
}

fn debug(
    site: &Site,
    order: &[&Experience],
    lowered: &[LoweredExperience],
    audiences: &[(Lit, LoweredRows)],
    numbers: &Numbers,
    reads: &Reads,
) -> Debug {
    let names: Vec<String> = site.audiences.iter().map(|audience| audience.name.clone()).collect();
    let scope = Scope { attributes: &site.attributes, audiences: &names };
    let row = |((group, row), literal): ((&str, &Row), &Lit)| RowDebug {
        group: group.to_owned(),
        text: row.text.clone(),
        sentence: sentence(&row.condition, &scope),
        literal: numbers.literal(*literal) as u32,
        attributes: reads.row(row).into_iter().map(|attribute| attribute as u16).collect(),
        place: place(&row.place),
    };
    let rows = |rows: &Rows, lowered: &LoweredRows| -> Vec<RowDebug> {
        let groups = [("all", &rows.all), ("any", &rows.any), ("none", &rows.none)];
        let each = groups.into_iter().flat_map(|(group, rows)| rows.iter().map(move |row| (group, row)));
        each.zip(&lowered.each).map(row).collect()
    };
    let rule = |(rule, lowered): (&Rule, &LoweredRows)| RuleDebug {
        rows: rows(&rule.rows, lowered),
        effect: match &rule.effect {
            Effect::Control => "control".to_owned(),
            Effect::Show(content) => site.content[*content].name.clone(),
            Effect::Split(split) => format!("split {}", split.experiment),
        },
        place: place(&rule.place),
    };
    let experience = |(experience, lowered): (&&Experience, &LoweredExperience)| ExperienceDebug {
        name: experience.name.clone(),
        owner: experience.owner.clone(),
        goal: experience.goal.clone(),
        benefit: experience.benefit.clone(),
        market: experience.market.as_ref().and_then(|market| of_market(market, site)),
        eligible: rows(&experience.eligible, &lowered.eligible),
        rules: experience.rules.iter().zip(&lowered.rules).map(rule).collect(),
        place: place(&experience.place),
    };
    let audience = |(audience, (literal, lowered)): (&Audience, &(Lit, LoweredRows))| AudienceDebug {
        name: audience.name.clone(),
        literal: numbers.literal(*literal) as u32,
        rows: rows(&audience.rows, lowered),
    };
    Debug {
        experiences: order.iter().zip(lowered).map(experience).collect(),
        audiences: site.audiences.iter().zip(audiences).map(audience).collect(),
    }
}

fn of_market(of: &OfMarket, site: &Site) -> Option<MarketDebug> {
    Some(MarketDebug {
        market: site.markets.get(of.market)?.name.clone(),
        of: of.of.clone(),
        points: of.points.iter().map(|point| point.name().to_owned()).collect(),
        reason: of.reason.clone(),
        place: place(&of.place),
    })
}
