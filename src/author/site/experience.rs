//! An experience of the site: its rules, what they do, and when it runs.
//!
//! Takes nothing, as its parent does.

use super::super::times;
use super::{Audit, ContactClass, Place, Points, Rows};
use crate::words::{Purpose, Unit, vocabulary};

/// Who sees what in a slot.
#[derive(Clone, Debug)]
pub struct Experience {
    /// Its file name without extension.
    pub name: String,
    /// Position of its slot in `Site::slots`.
    pub slot: usize,
    /// The purpose that it serves.
    pub purpose: Purpose,
    /// A higher one goes first. Equal ones are ordered by name.
    pub priority: i32,
    pub owner: Option<String>,
    pub goal: Option<String>,
    /// What the visitor gains.
    pub benefit: Option<String>,
    /// The kind of contact. `None` counts as promotional: the author did not say.
    pub class: Option<ContactClass>,
    /// The suppressions and goals of `Site::contact` that end it. Their rows are the last of `eligible.none`, in this order.
    pub suppressed_by: Vec<usize>,
    /// How much is kept of its decisions.
    pub audit: Audit,
    /// The day by which its owner must look at it again (ISO 8601 date).
    pub review_by: Option<String>,
    /// When a message is due; `None` is at once.
    pub when: Option<When>,
    /// Rows that hold for every rule.
    pub eligible: Rows,
    /// In order; the first that matches wins. Never empty.
    pub rules: Vec<Rule>,
    /// When it runs; `None` is always.
    pub schedule: Option<Schedule>,
    /// What markets may override.
    pub overridable: Vec<Point>,
    /// The market that it is for alone, where it is what that market does in place of another experience.
    pub market: Option<OfMarket>,
    pub place: Place,
}

vocabulary! {
    /// A part of an experience that markets may override.
    Point {
        /// Which content its rules show.
        Content = "content",
        /// Its order in the slot.
        Priority = "priority",
        /// When it runs.
        Schedule = "schedule",
        /// Rows that hold for every rule, beside its own.
        Conditions = "conditions",
        /// The experience as a whole: it does not run there.
        Off = "off",
    }
}

/// The market of an experience that is for it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfMarket {
    /// Position in `Site::markets`.
    pub market: usize,
    /// The name of the experience that it takes the place of.
    pub of: String,
    /// What is otherwise.
    pub points: Vec<Point>,
    pub reason: Option<String>,
    pub place: Place,
}

impl Experience {
    /// The splits of its rules.
    pub(crate) fn splits(&self) -> impl Iterator<Item = &Split> {
        self.rules.iter().filter_map(|rule| match &rule.effect {
            Effect::Split(split) => Some(split),
            _ => None,
        })
    }

    /// True if it has this name, or takes the place of the one that has.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.market.as_ref().is_some_and(|market| market.of == name)
    }

    /// Its class; an author who does not say means to sell.
    pub fn contact_class(&self) -> ContactClass {
        self.class.unwrap_or(ContactClass::Promotional)
    }

    /// True if a holdout leaves it alone: nobody is to miss a service or what the law demands.
    pub fn is_owed(&self) -> bool {
        matches!(self.class, Some(ContactClass::Service | ContactClass::Legal))
    }

    /// The rows that hold for every rule, then those of each.
    pub fn rows(&self) -> impl Iterator<Item = &Rows> {
        std::iter::once(&self.eligible).chain(self.rules.iter().map(|rule| &rule.rows))
    }
}

/// When a message is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The event that it follows.
    pub after: Option<String>,
    /// Unix milliseconds before which it is not sent.
    pub not_before_ms: Option<i64>,
}

/// One rule of an experience.
#[derive(Clone, Debug)]
pub struct Rule {
    pub rows: Rows,
    pub effect: Effect,
    /// How it is shown: one of the layouts of its slot.
    pub layout: Option<String>,
    /// Its turn among contents that take turns. Each of them is a rule of its own.
    pub turn: Option<Turn>,
    pub place: Place,
}

/// One of the contents of a rule that take turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// All of them, by position in `Site::content`.
    pub contents: Vec<usize>,
    /// Which this one is.
    pub at: usize,
    /// How long each has its turn; `None` is one contact.
    pub every_seconds: Option<u32>,
}

impl Rule {
    /// The split that it assigns by, if it does.
    pub fn split(&self) -> Option<&Split> {
        if let Effect::Split(split) = &self.effect { Some(split) } else { None }
    }
}

/// The effect of a matching rule.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Shows a content item: position in `Site::content`.
    Show(usize),
    /// Shows the origin's own content.
    Control,
    /// Assigns to an arm.
    Split(Split),
}

impl Effect {
    /// The content that it can show, by position. Control is the origin's own, and no variant.
    pub fn contents(&self) -> Vec<usize> {
        match self {
            Self::Show(content) => vec![*content],
            Self::Control => Vec::new(),
            Self::Split(split) => split.arms.iter().filter_map(|arm| arm.content).collect(),
        }
    }
}

/// A measured split.
#[derive(Clone, Debug)]
pub struct Split {
    /// The name of the experiment in reports.
    pub experiment: String,
    /// The salt of the assignment; the experiment's name unless the author says otherwise.
    pub salt: String,
    pub unit: Unit,
    /// No lower unit stands in for it: who has no such id sees the origin's own content.
    pub is_alone: bool,
    /// Share of the matching visits in the experiment, in basis points (0..=10_000); in a layer, the experiment's share of that.
    pub traffic: u32,
    /// Position in `Site::layers` of the layer that it is in, if it is in one.
    pub layer: Option<usize>,
    /// The points of those who take part: of the layer's draw, or of its own.
    pub points: Points,
    /// In the author's order. Shares are basis points and add up to at most 10_000; what is left goes on to the next rule.
    pub arms: Vec<Arm>,
}

/// One arm of a split.
#[derive(Clone, Debug)]
pub struct Arm {
    /// `control`, or the name of the content item.
    pub name: String,
    /// Position in `Site::content`; `None` is control.
    pub content: Option<usize>,
    /// Basis points.
    pub share: u32,
    /// Its points of the draw.
    pub points: Points,
}

/// When an experience runs: half-open windows of Unix milliseconds, one for each market where local times differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// For every visit whose market has no window of its own.
    pub default: Window,
    /// By position in `Site::markets`, ascending; empty unless `zone = "market"`.
    pub markets: Vec<(usize, Window)>,
    /// Days on which it does not run, by market and then by time.
    pub pauses: Vec<Pause>,
    /// `from` and `until` as they are written.
    pub(crate) edges: [Option<times::When>; 2],
    /// The zone of the default window.
    pub zone: String,
}

impl Schedule {
    /// When it runs in a market, or everywhere else, apart from holidays.
    pub fn outer(&self, market: Option<usize>) -> Window {
        let own = self.markets.iter().find(|(known, _)| Some(*known) == market);
        own.map_or(self.default, |(_, window)| *window)
    }

    /// The same without the holidays of the market: ascending, and none touches the next.
    pub fn windows(&self, market: Option<usize>) -> Vec<Window> {
        let mut left = vec![self.outer(market)];
        for pause in self.pauses.iter().filter(|pause| Some(pause.market) == market) {
            let around = |window: Window| {
                let before = Window { until_ms: window.until_ms.min(pause.window.from_ms), ..window };
                let after = Window { from_ms: window.from_ms.max(pause.window.until_ms), ..window };
                [before, after]
            };
            left = left.into_iter().flat_map(around).filter(|window| !window.is_empty()).collect();
        }
        left
    }
}

/// A holiday of a market, on which an experience does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Position in `Site::markets`.
    pub market: usize,
    /// The name of the holiday.
    pub holiday: String,
    /// The day on the clocks of the market.
    pub window: Window,
    /// The day as it is written.
    pub(crate) day: times::When,
}

/// A half-open window of Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first millisecond; `i64::MIN` when there is no start.
    pub from_ms: i64,
    /// The first millisecond after it; `i64::MAX` when there is no end.
    pub until_ms: i64,
}

impl Window {
    /// A window without a moment.
    pub const EMPTY: Self = Self { from_ms: 0, until_ms: 0 };

    /// True if no moment is in it.
    pub const fn is_empty(&self) -> bool {
        self.from_ms >= self.until_ms
    }
}
