//! The data payload: facts of feeds, and room for what was learned.
//!
//! Takes and gives postcard bytes. A fact is about a product, a market or content, and about no person, because every host and every
//! browser reads all of them. A table keeps its keys as one text, so that opening a payload makes no text for each row.

use alloc::string::String;
use alloc::vec::Vec;

use super::manifest::DefaultValue;
use crate::words::record::{read, record};
use crate::words::{Fault, check, fault};

/// Feeds of a payload.
pub const FEEDS_MAX: usize = 64;
/// Tables of a feed: one for each attribute.
pub const TABLES_MAX: usize = 64;
/// Entries of what was learned.
pub const LEARNED_MAX: usize = 4_096;

record! {
    /// See the module.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Data {
        /// The feeds, sorted by name.
        pub feeds: Vec<Feed>,
        /// The numbers that were learned, sorted by name. No engine reads it yet.
        pub learned: Vec<Learned>,
    }
}

record! {
    /// A feed, as it was taken at one time.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Feed {
        /// Its name.
        pub name: String,
        /// When it was taken, in Unix milliseconds.
        pub taken_ms: i64,
        /// How many rows were taken of it.
        pub rows: u32,
        /// A table for each attribute, sorted by their names.
        pub tables: Vec<FactTable>,
    }
}

record! {
    /// The facts about one attribute: a value for each key, or one under the empty key for everybody.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct FactTable {
        /// The attribute's name.
        pub attribute: String,
        /// The keys, sorted, one after the other.
        pub keys: String,
        /// Where each key ends.
        pub ends: Vec<u32>,
        /// The values that there are, each once.
        pub values: Vec<DefaultValue>,
        /// The value of each key, by its position.
        pub of: Vec<u32>,
    }
}

record! {
    /// Numbers under a name, as in `weights/winter-hero` or `baselines/request.country`.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Learned {
        /// What they are of.
        pub name: String,
        /// Each with its own name: an arm, or a value.
        pub numbers: Vec<(String, i64)>,
    }
}

impl Data {
    /// Reads a payload, and checks everything that must be right before it is used.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn open(bytes: &[u8]) -> Result<Self, Fault> {
        let data: Self = read(bytes).ok_or(fault("data", "is not postcard of this format"))?;
        let is_small = data.feeds.len() <= FEEDS_MAX
            && data.learned.len() <= LEARNED_MAX
            && data.feeds.iter().all(|feed| feed.tables.len() <= TABLES_MAX);
        check(is_small, "data", "has more feeds, tables or entries than the cap")?;
        let is_sound = data.feeds.iter().flat_map(|feed| &feed.tables).all(FactTable::is_sound);
        check(is_sound, "data", "has a table whose keys and values do not fit")?;
        Ok(data)
    }
}

impl Feed {
    /// The fact about a key.
    pub(crate) fn fact(&self, attribute: &str, key: &str) -> Option<&DefaultValue> {
        let table = self.tables.iter().find(|table| table.attribute == attribute)?;
        let (mut low, mut high) = (0, table.ends.len());
        while low < high {
            let middle = (low + high) / 2;
            if table.key(middle)? < key { low = middle + 1 } else { high = middle }
        }
        let of = table.of.get(low).filter(|_| table.key(low) == Some(key))?;
        table.values.get(*of as usize)
    }
}

impl FactTable {
    /// A key by its position.
    pub fn key(&self, at: usize) -> Option<&str> {
        let start = at.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before))?;
        self.keys.get(*start as usize..*self.ends.get(at)? as usize)
    }

    /// Every key has one value, and comes after the one before it.
    fn is_sound(&self) -> bool {
        let mut before = None;
        self.of.len() == self.ends.len()
            && self.of.iter().all(|of| (*of as usize) < self.values.len())
            && (0..self.ends.len()).all(|at| {
                let key = self.key(at);
                let is_next = key.is_some() && (at == 0 || key > before);
                before = key;
                is_next
            })
            && self.ends.last().map_or(0, |end| *end as usize) == self.keys.len()
    }
}
