//! The checked site: the content of the author's files, without a fault.
//!
//! Takes nothing; `author::load` fills it. Names are resolved to positions in these lists, every list is sorted by name
//! (rules and arms keep the author's order), and nothing here can fail to compile. It never holds TOML.
//!
//! A `place` is where something stands in the author's files, an `owner` the accountable team, a `description` for people.

#![expect(missing_docs, reason = "a field whose name says what it is needs no second word")]

pub(super) mod attribute;
mod contact;
mod experience;
mod goals;
mod records;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

pub use attribute::{Attribute, Feed};
pub use contact::{
    Budget, Cap, Contact, Once, Period, Quiet, Rotation, Scope, Sequence, Share, Step, Suppression, Window as CapWindow,
};
pub use experience::{Arm, Effect, Experience, OfMarket, Pause, Point, Rule, Schedule, Split, Turn, When, Window};
pub use goals::{Better, Goal, GoalKind, Goals, Judged};
pub use records::{
    Audit, Classification, Controller, GpcStatement, LawfulBasis, LogRetention, Objection, Recipient, Records, Role,
    SpecialBasis, Transfer,
};

pub use super::expr::Literal;
use super::expr::{Condition, mentions};
pub use super::place::Place;
pub use super::points::{Laid, Moved};
use super::times;
use crate::consent::table::RegionTable;
use crate::trust::{self, Class};
pub use crate::words::ContactClass;
use crate::words::{Change, Purpose, Unit, vocabulary};

/// A whole site, checked.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The folder it was read from.
    pub folder: PathBuf,
    /// `name` of selvedge.toml: the repository name in every signature.
    pub name: String,
    /// Environments that a bundle can be built for; the first is the default.
    pub environments: Vec<String>,
    /// The folder of the site's own pages, relative to `folder`, if it has one.
    pub pages: Option<PathBuf>,
    /// The origin behind the edge, if the pages live elsewhere.
    pub origin: Option<String>,
    /// The behaviour of an edge with an expired bundle.
    pub on_stale: OnStale,
    pub locales: Locales,
    /// Markets, by name: where `zone = "market"` gets its zone.
    pub markets: Vec<Market>,
    /// Sets of experiments that exclude one another, by name.
    pub layers: Vec<Layer>,
    /// People who are never personalized: those of every channel first.
    pub holdouts: Vec<Holdout>,
    /// Slots that keep the release with which a visitor's journey began, by name.
    pub journeys: Vec<Journey>,
    /// Who may be contacted, how often, and when.
    pub contact: Contact,
    /// The channels besides `web`, by name.
    pub channels: Vec<String>,
    /// What the slots of a page may show together, if the site says so.
    pub plan: Option<Plan>,
    /// Who must approve what, in the order of the classes.
    pub approvals: Vec<(Class, Vec<trust::Role>)>,
    /// Teams that can own things.
    pub teams: Vec<String>,
    /// The feeds of other systems, by name.
    pub feeds: Vec<Feed>,
    pub attributes: Vec<Attribute>,
    /// Columns of panels and surveys: known to the register, and never to a rule or a bundle.
    pub panel: Vec<Attribute>,
    pub slots: Vec<Slot>,
    pub audiences: Vec<Audience>,
    pub content: Vec<Content>,
    /// Sorted by name. Those of a market, as in `hero@dach`, are among them.
    pub experiences: Vec<Experience>,
    /// The overrides of markets, by market and experience.
    pub overrides: Vec<Override>,
    /// Tests that other tools run on the same pages. They are in no bundle.
    pub elsewhere: Vec<Elsewhere>,
    /// Regimes by region, with the site's overrides.
    pub regions: RegionTable,
    /// The consent cookie of this site and the texts of its purposes.
    pub consent: ConsentSettings,
    /// The rules for events of pages, as a bundle has them. None without an `events.toml`.
    pub events: Option<crate::bundle::manifest::EventRules>,
    /// What counts as success. None without a `goals.toml`.
    pub goals: Option<Goals>,
    pub visitors: Vec<Visitor>,
    pub tests: Vec<Case>,
    /// The lock file of its draws, and the visitors who move.
    pub laid: Laid,
    /// Every file that was read, with its bytes' SHA-256, for rebuild decisions and reproducibility reports.
    pub files: BTreeMap<PathBuf, [u8; 32]>,
}

impl Site {
    /// The rows of every audience, then those of every experience and its rules.
    pub fn rows(&self) -> impl Iterator<Item = &Rows> {
        let audiences = self.audiences.iter().map(|audience| &audience.rows);
        audiences.chain(self.experiences.iter().flat_map(Experience::rows))
    }
}

vocabulary! {
    /// The behaviour of an edge once the bundle has expired.
    #[derive(Default)]
    OnStale {
        /// Keep deciding with it, marked as stale.
        #[default]
        Keep = "keep",
        /// Show the origin's own content.
        Control = "control",
    }
}

/// The site's locales.
#[derive(Clone, Debug, Default)]
pub struct Locales {
    /// The locale that every content item must have.
    pub default: String,
    /// All locales, sorted.
    pub all: Vec<String>,
    /// Explicit fallback chains beyond "cut the last subtag, then the default": locale, or `*` → the locales to try next. `control` at
    /// the end of one says that nothing comes after it.
    pub fallback: BTreeMap<String, Vec<String>>,
}

/// A market: regions that share a time zone.
#[derive(Clone, Debug)]
pub struct Market {
    pub name: String,
    /// Its IANA time zone.
    pub zone: String,
    /// Region codes (`DE`, `US-CA`).
    pub regions: Vec<String>,
    /// Its holidays, by day.
    pub holidays: Vec<Holiday>,
}

/// A day on which a market does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    pub name: String,
    /// ISO 8601 date.
    pub day: String,
    pub(crate) when: times::When,
}

/// An override: a market does something otherwise than the experience says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Position in `Site::markets`.
    pub market: usize,
    /// The name of the experience.
    pub experience: String,
    pub owner: Option<String>,
    pub reason: Option<String>,
    /// The parts that are otherwise, in the order of [`Point`].
    pub points: Vec<Point>,
    /// Content by name, and what is shown in its place.
    pub contents: Vec<(String, String)>,
    /// How many of its rules do something else.
    pub rules: usize,
    pub place: Place,
}

/// Ranges of the 10,000 points of a draw: ascending, and none touches the next.
pub type Points = Vec<Range<u32>>;

/// A share of all people who always see the origin's own content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdout {
    pub name: String,
    /// The salt of its draw; its name unless the author says otherwise.
    pub salt: String,
    /// What is held back: a visitor or an account.
    pub unit: Unit,
    /// Basis points of those who are held back, over 0 and below 10_000.
    pub share: u32,
    /// The channel whose slots it covers; `None` is every channel.
    pub channel: Option<String>,
    pub place: Place,
}

/// Slots that keep the release with which a visitor's journey began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    pub name: String,
    /// Its slots, ascending.
    pub slots: Vec<usize>,
    /// Path patterns of the pages that end it.
    pub ends: Vec<String>,
    /// Days after which it keeps nothing any longer.
    pub days: u8,
    pub place: Place,
}

/// What the slots of one page or message may show together. Pairs have the lower position first, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// True if several slots may show the same content.
    pub repeats: bool,
    /// The most slots that show content.
    pub changes: Option<u16>,
    /// The same for each class of contact, in their order.
    pub limits: [Option<u16>; 3],
    /// Slots that choose first where priorities are equal.
    pub order: Vec<usize>,
    /// Experiences that are never shown together.
    pub experiences: Vec<(usize, usize)>,
    /// Content that is never shown together.
    pub contents: Vec<(usize, usize)>,
}

/// A set of experiments. A visitor is in at most one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its name, which is the salt of its draw.
    pub name: String,
    /// Experiment and basis points of all visitors, in the author's order.
    pub shares: Vec<(String, u32)>,
    pub place: Place,
}

/// A place that can be personalized.
#[derive(Clone, Debug)]
pub struct Slot {
    pub name: String,
    /// The channel; `web` slots are rewritten.
    pub channel: String,
    /// Path pattern of the pages that have it (`/`, `/products/*`); `*` matches any run of characters.
    pub page: String,
    /// CSS selector of the element, checked against the rewriter.
    pub selector: String,
    /// The change of the element.
    pub change: Change,
    /// The HTML attribute, when `change` is `Attribute`.
    pub attribute: Option<String>,
    /// The longest text, in grapheme clusters.
    pub max_graphemes: Option<u32>,
    /// The only texts that it takes, such as the names of layouts; empty takes any.
    pub tokens: Vec<String>,
    /// The layouts that it knows.
    pub layouts: Vec<String>,
    /// Content says its direction itself.
    pub says_direction: bool,
    /// How many content items each of its audiences should be able to see.
    pub min_variants: Option<u32>,
    pub description: String,
    /// The same by locale.
    pub texts: BTreeMap<String, String>,
    pub place: Place,
}

/// A named condition.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Its name, without the `audience.` prefix.
    pub name: String,
    pub owner: Option<String>,
    pub description: String,
    pub rows: Rows,
    pub place: Place,
}

/// A condition as rows: all of `all`, at least one of `any` (if there is one), none of `none`.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Every one must hold.
    pub all: Vec<Row>,
    /// At least one must hold, unless the list is empty.
    pub any: Vec<Row>,
    /// No one may hold.
    pub none: Vec<Row>,
}

impl Rows {
    /// Every row, whichever way it counts.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.all.iter().chain(&self.any).chain(&self.none)
    }

    /// The same as one condition.
    pub(crate) fn condition(&self) -> Condition {
        let each = |rows: &[Row]| rows.iter().map(|row| row.condition.clone()).collect::<Vec<_>>();
        let mut parts = each(&self.all);
        if !self.any.is_empty() {
            parts.push(Condition::Or(each(&self.any)));
        }
        parts.extend(each(&self.none).into_iter().map(|row| Condition::Not(Box::new(row))));
        Condition::And(parts)
    }

    /// Every attribute that a row names; one that several name comes as often.
    pub fn attributes(&self) -> impl Iterator<Item = usize> {
        self.iter().flat_map(|row| mentions(&row.condition).0)
    }

    /// Every audience that a row names.
    pub fn audiences(&self) -> impl Iterator<Item = usize> {
        self.iter().flat_map(|row| mentions(&row.condition).1)
    }
}

/// One row: one line in a diff, one line in an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// As written.
    pub text: String,
    pub condition: Condition,
    pub place: Place,
}

/// An item of the content library.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its path without extension (`hero/winter`).
    pub name: String,
    pub owner: Option<String>,
    pub tags: Vec<String>,
    /// Unix milliseconds from which it is not shown any more.
    pub expires_ms: Option<i64>,
    /// Its number in the state of devices, from the lock file; 0 where no contact policy needs one.
    pub ordinal: u16,
    /// Facts of feeds that must hold while it is shown. The rules that show it have these rows too.
    pub in_stock: Rows,
    /// Numbers that its plurals need. The rules that show it ask for them.
    pub numbers: Vec<Number>,
    /// Why its markup is trusted although it holds script; `None` for checked content.
    pub trusted: Option<String>,
    /// By locale, sorted.
    pub variants: Vec<Variant>,
    pub place: Place,
}

impl Content {
    /// The rows that rules which show it have too.
    pub(crate) fn asks(&self) -> impl Iterator<Item = &Row> {
        self.in_stock.all.iter().chain(self.numbers.iter().map(|number| &number.row))
    }
}

/// A number that a plural of content needs: an attribute, and how long it can be.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    pub attribute: String,
    /// Digits of its greatest value.
    pub digits: usize,
    /// That it may be read and is known.
    pub row: Row,
}

/// One locale of a content item.
#[derive(Clone, Debug)]
pub struct Variant {
    pub locale: String,
    pub body: Body,
    pub place: Place,
}

/// What a variant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Checked HTML, for `inner`, `replace`, `before` and `after`.
    Html(String),
    /// Plain text, for `text` and `attribute`.
    Text(String),
    /// Nothing, for `remove`.
    Empty,
}

/// A test that another tool runs.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The name that its tool gives it.
    pub name: String,
    pub tool: String,
    pub owner: Option<String>,
    /// What it should improve.
    pub metric: Option<String>,
    /// Positions of the slots that it changes in `Site::slots`.
    pub slots: Vec<usize>,
    /// Path patterns of its pages.
    pub pages: Vec<String>,
    /// The element that it changes, as its own tool selects it.
    pub selector: Option<String>,
    /// Basis points of those who match that take part.
    pub traffic: u32,
    /// The visitors in it, as rows.
    pub rows: Rows,
    /// When it runs.
    pub window: Window,
    pub place: Place,
}

/// How this site keeps consent, and the words of its purposes.
#[derive(Clone, Debug, Default)]
pub struct ConsentSettings {
    /// Name of the first-party consent cookie.
    pub cookie: String,
    /// Purpose → the sentence that visitors and lawyers read.
    pub texts: BTreeMap<Purpose, String>,
    /// Purpose → legal's classification.
    pub classes: BTreeMap<Purpose, Classification>,
    /// The facts of the controller.
    pub records: Records,
    /// Links between devices and accounts, if the site has them.
    pub linking: Option<Linking>,
}

/// How a site links the devices of a person to their account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linking {
    /// The sentence that a person agrees to.
    pub text: String,
    /// The same by locale.
    pub texts: BTreeMap<String, String>,
    /// How long a link holds.
    pub kept_seconds: u32,
}

/// A named sample visitor.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Its file name without extension.
    pub name: String,
    pub description: String,
    /// The visit as the engine takes it, with `now` unset.
    pub visit: crate::words::Visit,
    pub place: Place,
}

/// One expected decision.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file's name and its position in it.
    pub name: String,
    /// Position in `Site::visitors`.
    pub visitor: usize,
    /// Unix milliseconds.
    pub now_ms: i64,
    /// Slot → content name, or `None` for control.
    pub expect: BTreeMap<String, Option<String>>,
    pub place: Place,
}
