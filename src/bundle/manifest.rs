//! The small, irregular part of a program: attributes, locales, markets, regimes.
//!
//! Takes and gives postcard bytes. Each part is described once: the same declaration writes and reads it, and its checks are
//! beside it. Rules, slots, experiences and content names are not here: they are fixed-width sections, so that opening a
//! program decodes nothing for each rule.

#[cfg(all(test, feature = "author"))]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;

use super::format::ATTRIBUTES_MAX;
use crate::consent::read::Needs;
use crate::consent::table::RegionTable;
use crate::words::record::{read, record};
use crate::words::{Depth, Fault, Purposes, Source, ValueType, WhenStale, check, fault};

/// In a chain of locales: nothing comes after it. Content without a text in a locale before it leaves its slot as the origin made it.
pub const CHAIN_END: u16 = u16::MAX;

/// The chain of every locale, as it stands among the explicit ones.
pub const EVERY_LOCALE: &str = "*";

record! {
    /// See the module.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Manifest {
        /// The site's name.
        pub site: String,
        /// The catalogue of data, sorted by name.
        pub attributes: Vec<AttributeEntry>,
        /// The locale that every content item has.
        pub default_locale: String,
        /// Every locale, sorted; content variants refer to positions in it.
        pub locales: Vec<String>,
        /// Explicit fallback chains: locale, or [`EVERY_LOCALE`] → positions in `locales`, or [`CHAIN_END`].
        pub fallback: Vec<(String, Vec<u16>)>,
        /// Markets: name and region codes.
        pub markets: Vec<(String, Vec<String>)>,
        /// The behaviour of an edge with an expired bundle: `true` keeps deciding.
        pub keep_when_stale: bool,
        /// Name of the first-party consent cookie.
        pub cookie: String,
        /// Regimes by region.
        pub regions: RegionTable,
        /// The rules for events. Without them, only the rules for every beacon apply.
        pub events: Option<EventRules>,
    }
}

impl Manifest {
    /// Reads a manifest, and checks everything that must be right before it is used.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, Fault> {
        let manifest: Self = read(bytes).ok_or(fault("manifest", "is not postcard of this format"))?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), Fault> {
        check(self.attributes.len() <= ATTRIBUTES_MAX, "attributes", "are more than the cap")?;
        let sorted = self.attributes.windows(2).all(|pair| pair[0].name < pair[1].name);
        check(sorted, "attributes", "are not sorted by name")?;
        self.attributes.iter().try_for_each(AttributeEntry::check)?;
        let is_key =
            |at: u16| self.attributes.get(usize::from(at)).is_some_and(|key| !matches!(key.from, From::Feed(_)));
        let is_known = |entry: &AttributeEntry| match &entry.from {
            From::Feed(FeedPlace { key: Some(key), .. }) => is_key(*key),
            _ => true,
        };
        check(
            self.attributes.iter().all(is_known),
            "attributes",
            "have a key that is not there, or is of a feed itself",
        )?;
        let regions = &self.regions;
        let rows = regions.rows.len();
        check(rows > 0, "regions", "have no default row")?;
        let known = regions.codes.iter().all(|(_, row)| usize::from(*row) < rows)
            && regions.rows.iter().all(|row| usize::from(row.parent) < rows);
        check(known, "regions", "refer to rows that are not there")?;
        check(regions.codes.windows(2).all(|pair| pair[0].0 < pair[1].0), "regions", "are not sorted by code")?;
        let locales = self.locales.len();
        let is_known = |locale: &u16| usize::from(*locale) < locales || *locale == CHAIN_END;
        let known = self.fallback.iter().flat_map(|(_, chain)| chain).all(is_known);
        check(known, "locales", "fall back to locales that are not there")
    }
}

record! {
    /// The rules for the events of pages.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct EventRules {
        /// How long before its arrival an event may have happened, in seconds.
        pub late_seconds: u32,
        /// How long after its arrival, by a clock that is ahead.
        pub early_seconds: u32,
        /// How often one visitor may send any.
        pub rate: Option<Rate>,
        /// The kinds there are, sorted by name.
        pub kinds: Vec<EventEntry>,
    }
}

record! {
    /// So many events in so many seconds.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Rate {
        /// Events.
        pub events: u32,
        /// Seconds; never 0.
        pub seconds: u32,
    }
}

record! {
    /// A kind of event: the details that it may have.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct EventEntry {
        /// Its name.
        pub name: String,
        /// Its details, sorted by name.
        pub details: Vec<DetailEntry>,
    }
}

record! {
    /// A detail of an event.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DetailEntry {
        /// Its name.
        pub name: String,
        /// [`ValueType`] as a byte.
        pub value_type: u8,
        /// An event without it is of bad quality.
        pub required: bool,
        /// Inclusive bounds of a whole number.
        pub range: Option<(i64, i64)>,
        /// The longest text in characters.
        pub length_max: u32,
        /// The closed set of a symbol, sorted.
        pub values: Vec<String>,
    }
}

record! {
    /// One attribute, as the engine needs it.
    #[derive(Clone, Debug, PartialEq)]
    pub struct AttributeEntry {
        /// Its dotted name.
        pub name: String,
        /// [`ValueType`] as a byte.
        pub value_type: u8,
        /// [`Source`] as a byte.
        pub source: u8,
        /// [`Purposes`] as bits.
        pub purposes: u8,
        /// [`Depth`] as a byte.
        pub depth: u8,
        /// Needs the explicit `sensitive` grant.
        pub sensitive: bool,
        /// Missing is a fault of data quality.
        pub required: bool,
        /// Inclusive bounds: whole numbers of an int, keys of a double.
        pub range: Option<(i64, i64)>,
        /// The longest text in characters, or list in items.
        pub length_max: u32,
        /// How old a value may be.
        pub retention_seconds: Option<u32>,
        /// How many texts of the closed-set section are its own; 0 is an open set.
        pub closed: u16,
        /// The value when we looked and there is none.
        pub default: Option<DefaultValue>,
        /// The place where a host finds it.
        pub from: From,
    }
}

record! {
    /// The place where a host finds an attribute's value.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub enum From {
        /// No named place. A device's attribute is in the state cookie, and any other comes from the host's own code.
        #[default]
        Host,
        /// The country, by the network's own geolocation.
        Country,
        /// The region, by the network's own geolocation.
        Region,
        /// The visitor's first language.
        Language,
        /// The kind of device: `desktop`, `mobile` or `tablet`.
        Device,
        /// The page's path.
        Path,
        /// The value of the first path pattern that matches.
        Paths(Vec<(String, String)>),
        /// A request header, by its lower-case name.
        Header(String),
        /// A query parameter.
        Query(String),
        /// A cookie; read only once `storage` is granted.
        Cookie(String),
        /// A feed.
        Feed(FeedPlace),
    }
}

record! {
    /// The place of a value in a feed.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct FeedPlace {
        /// The feed's name.
        pub feed: String,
        /// True if the feed is in the [data](super::data::Data) beside the release. Any other is about persons, and the host's own code
        /// hands its values over.
        pub published: bool,
        /// The attribute whose text says which row counts. Without one there is one value for everybody.
        pub key: Option<u16>,
        /// How old the feed may be.
        pub max_age_seconds: u32,
        /// [`WhenStale`] as a byte.
        pub on_stale: u8,
    }
}

impl FeedPlace {
    /// The site's choice for its value while the feed is too old. An unknown byte counts as the most careful.
    pub fn on_stale(&self) -> WhenStale {
        WhenStale::from_byte(self.on_stale).unwrap_or(WhenStale::Suppress)
    }
}

record! {
    /// The value of an attribute when we looked and there is none.
    #[derive(Clone, Debug, PartialEq)]
    pub enum DefaultValue {
        /// A truth value.
        Bool(bool),
        /// A whole number, or the key of a double.
        Number(i64),
        /// A text.
        Text(String),
        /// A list of texts.
        List(Vec<String>),
    }
}

impl Default for DefaultValue {
    fn default() -> Self {
        Self::Bool(false)
    }
}

impl AttributeEntry {
    fn check(&self) -> Result<(), Fault> {
        let known = ValueType::from_byte(self.value_type).is_some()
            && Source::from_byte(self.source).is_some()
            && Depth::from_byte(self.depth).is_some();
        check(known, "attributes", "have a type, source or depth that this engine does not know")?;
        let fits = matches!(
            (self.value_type(), &self.default),
            (_, None)
                | (ValueType::Bool, Some(DefaultValue::Bool(_)))
                | (ValueType::Int | ValueType::Double | ValueType::Timestamp, Some(DefaultValue::Number(_)))
                | (ValueType::String | ValueType::Symbol, Some(DefaultValue::Text(_)))
                | (ValueType::List, Some(DefaultValue::List(_)))
        );
        check(fits, "attributes", "have a default of another type")
    }

    /// Its type. An unknown byte cannot pass [`Bundle::open`](super::Bundle::open).
    pub fn value_type(&self) -> ValueType {
        ValueType::from_byte(self.value_type).unwrap_or(ValueType::String)
    }

    /// The source of its values. An unknown byte counts as the most protected source.
    pub fn source(&self) -> Source {
        Source::from_byte(self.source).unwrap_or(Source::Device)
    }

    /// True if its place is the state cookie: it comes from the device, and no other cookie is declared for it.
    pub fn in_state_cookie(&self) -> bool {
        self.source() == Source::Device && self.from == From::Host
    }

    /// Its place in a feed, if it comes from one that was declared.
    pub fn feed(&self) -> Option<&FeedPlace> {
        match &self.from {
            From::Feed(place) => Some(place),
            _ => None,
        }
    }

    /// The purposes that it may be used for.
    pub fn purposes(&self) -> Purposes {
        Purposes::from_bits(self.purposes)
    }

    /// The permissions that it needs before it is read.
    #[inline(always)]
    pub fn needs(&self) -> Needs {
        Needs { purposes: self.purposes(), source: self.source(), sensitive: self.sensitive, depth: self.depth() }
    }

    /// How personal it is; an unknown byte counts as the most.
    pub fn depth(&self) -> Depth {
        Depth::from_byte(self.depth).unwrap_or(Depth::Sensitive)
    }
}
