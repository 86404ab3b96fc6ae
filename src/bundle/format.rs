//! The layout of a program file, shared by the encoder and the reader.
//!
//! ```text
//! "SVPR"  u16 format  u16 zero  |  u32 length of each section  |  the sections, back to back, nothing after
//! ```
//!
//! Everything is little endian. Records have a fixed width and refer to what they own by *count*, in order. So one more rule
//! shifts no offset in any other record, and two neighbouring versions differ in few bytes. The starts are added up once
//! when the file is opened. Texts are a table of `u16` lengths followed by the bytes.
//!
//! A file crosses the network compressed, so similar data stands together. The same field of every record in a table is
//! stored together. The tables of names are next to each other, as an experiment often has the name of its experience. Gaps
//! are stored instead of positions.

/// First bytes of a program file.
pub const PROGRAM_MAGIC: [u8; 4] = *b"SVPR";
/// First bytes of a content index.
pub const INDEX_MAGIC: [u8; 4] = *b"SVIX";
/// The version of both layouts. An engine reads its own format and the one before it, so that a Worker is deployed first and a release
/// of the new format comes after. This one is the oldest that this engine reads, and [`FORMAT_MAX`] the newest.
pub const FORMAT: u16 = 4;
/// The version of a program in which a split has several ranges of its draw, or its arms leave points free between them. An engine
/// that reads only the other would draw other arms.
pub const FORMAT_RANGES: u16 = 5;
/// The version of a program with a [`Programme`](Section::Programme), in which an experience says if a holdout leaves it alone.
pub const FORMAT_PROGRAMME: u16 = 6;
/// The version of a program with a [`Plan`](Section::Plan) and with [`Stock`](Section::Stock). An engine that reads only the others
/// would show content twice.
pub const FORMAT_PLAN: u16 = 7;
/// The version of a program with a [contact policy](Section::Contact).
pub const FORMAT_CONTACT: u16 = 8;
/// The version of a program whose contact policy has [sequences, turns or budgets](Section::Repeat). An engine that reads only the
/// others would send each step at once.
pub const FORMAT_REPEAT: u16 = 9;
/// The version of a program with [links](Section::Identity), or with a split whose unit is [alone](ALONE). A chain of locales that
/// [ends](super::manifest::CHAIN_END) needs it too, and so do several windows of one schedule for one market. 10 is not used.
pub const FORMAT_MARKETS: u16 = 11;
/// The newest format that this engine reads.
pub const FORMAT_MAX: u16 = FORMAT_MARKETS;
/// Added to the first point of a range of a split: the next record has one more range of the same split.
pub const MORE_POINTS: u32 = 1 << 15;
/// Added to how an experience is audited: a holdout leaves it alone.
pub const OWED: u8 = 1 << 1;
/// Added to the unit of a split: no lower rung stands in for it. Only since [`FORMAT_MARKETS`].
pub const ALONE: u8 = 1 << 7;
/// Magic, version and a zero.
pub const PREFIX_BYTES: usize = 8;

/// The size at which the builder closes a chunk: large enough to compress well, small enough to fetch on demand.
pub const CHUNK_BYTES: usize = 64 << 10;
/// The longest single text (a name, a selector, a value).
pub const TEXT_BYTES_MAX: usize = u16::MAX as usize;
/// The most attributes: a read set stays a short list and an attribute position fits in two bytes.
pub const ATTRIBUTES_MAX: usize = 4_096;
/// The most terms from a test to its deepest operand. A row is at most 64 operators tall; what they are made of, and the
/// audiences among them, take the rest. Evaluation goes that deep on the stack.
pub const TERM_DEPTH_MAX: u8 = 200;
/// How deep quantifiers stand in each other: twice as deep as the language lets them.
pub const ITEM_LEVELS_MAX: usize = 4;

/// The sections of a program, in order. The number is the position in the table of lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Section {
    /// postcard: [`Manifest`](super::manifest::Manifest).
    Manifest,
    /// Texts: the closed sets of the attributes, each sorted, in attribute order.
    ClosedTexts,
    /// `u8 change, u8 0, u16 experiences`, sorted by slot name.
    Slots,
    /// `u8 purpose, u8 fully audited | OWED, u16 rules, u32 schedule + 1`, in slot order, then priority.
    Experiences,
    /// `u16 literals, u8 effect, u8 reads the clock, u32 support, u32 argument`, in planes: the first byte of each record, then the
    /// second of each, and so on.
    Rules,
    /// `u32`: the literals of each rule.
    Literals,
    /// `u16`: for each support, how many attributes it has. Rules that can read the same have the same support.
    SupportLengths,
    /// `u16`: which ones, sorted.
    Support,
    /// `u8 unit | ALONE, u8 layer + 1, u16 points, u16 arms, u16 first point`: the range of those who take part. [`MORE_POINTS`] on the first
    /// point says that the next record, without arms and names, has one more.
    Splits,
    /// `u32 content + 1, u16 points, u16 free points before them`, by point: an arm with several ranges has several records.
    Arms,
    /// Texts: name of each content item, sorted.
    ContentTexts,
    /// `u32 content, i64 ms`, sorted by content.
    Expiries,
    /// `u16 windows, u16 0`.
    Schedules,
    /// `u32 market + 1, i64 from ms, i64 until ms`; the first window of a schedule is its default (market 0).
    Windows,
    /// `u16 attribute, u8 kind, u8 0, u32 predicates, u32 values`.
    Groups,
    /// `i64`: thresholds of each threshold group, ascending.
    Thresholds,
    /// Texts: values of each membership group, sorted.
    ValueTexts,
    /// `u16`: for each value, how many predicates of its group it makes true.
    RowLengths,
    /// `u8`. The gaps between the positions of members in their group: first the low bytes of all gaps, then the high ones.
    RowMembers,
    /// `u32`: the term that each test is the truth of.
    Tests,
    /// `u8 operator, u8 detail, u16 0, u32 left, u32 right`; an operand stands before the term that uses it.
    Terms,
    /// `i64`: number constants of the terms.
    TestNumbers,
    /// Texts: text constants of the terms.
    TestTexts,
    /// `i64 until ms, i32 first offset, u32 transitions`. The time zones of the terms, with offsets in seconds east of UTC.
    Zones,
    /// `i64 from ms, i32 offset`: the transitions of each zone, ascending.
    Transitions,
    /// `u16`: for each AND node, its children.
    NodeLengths,
    /// `u32`, literals. A child stands before its node.
    NodeChildren,
    /// Texts: the names of the slots, then their pages, selectors, attributes.
    SlotTexts,
    /// Texts: name of each experience.
    ExperienceTexts,
    /// Texts: the experiments of the splits, then their salts, then the names of the layers.
    SplitTexts,
    /// postcard: [`Programme`](super::programme::Programme). Only since [`FORMAT_PROGRAMME`].
    Programme,
    /// postcard: [`Plan`](super::plan::Plan). Only since [`FORMAT_PLAN`].
    Plan,
    /// `u32`, ascending: literals of what contents need to be in stock. Only since [`FORMAT_PLAN`].
    Stock,
    /// postcard: [`Policy`](super::contact::Policy). Only since [`FORMAT_CONTACT`].
    Contact,
    /// postcard: [`Repeat`](super::repeat::Repeat). Only since [`FORMAT_REPEAT`].
    Repeat,
    /// postcard: [`Linking`](super::identity::Linking). Only since [`FORMAT_MARKETS`].
    Identity,
}

/// How many sections there are.
pub const SECTIONS: usize = Section::Identity as usize + 1;

/// Width of each kind of record, in bytes: see [`Section`].
#[expect(missing_docs, reason = "each is called after its section or its number")]
pub mod width {
    pub const SLOT: usize = 4;
    pub const EXPERIENCE: usize = 8;
    pub const RULE: usize = 12;
    pub const SPLIT: usize = 8;
    pub const ARM: usize = 8;
    pub const EXPIRY: usize = 12;
    pub const SCHEDULE: usize = 4;
    pub const WINDOW: usize = 20;
    pub const GROUP: usize = 12;
    pub const TERM: usize = 12;
    pub const ZONE: usize = 16;
    pub const TRANSITION: usize = 12;
    pub const U16: usize = 2;
    pub const U32: usize = 4;
    pub const I64: usize = 8;
}

/// A literal of the dual-rail graph: `2v` says that variable `v` is surely true, `2v + 1` that it is surely false. Variables
/// are the predicates, then the nodes.
pub type Literal = u32;

/// The literal that says the opposite.
pub const fn inverse(literal: Literal) -> Literal {
    literal ^ 1
}

/// Maps a double to an `i64` with the same order. `-0.0` counts as `0.0`; the double must not be NaN.
pub fn double_key(double: f64) -> i64 {
    let bits = if double == 0.0 { 0 } else { double.to_bits() as i64 };
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// The double of a key.
pub fn key_double(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63) as u64 >> 1) as i64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_keys_sort_like_doubles_and_come_back() {
        let doubles = [f64::MIN, -1.5, -1.0, -f64::MIN_POSITIVE, -5e-324, 0.0, 5e-324, 0.1, 1.0, 1e300, f64::MAX];
        for pair in doubles.windows(2) {
            assert!(double_key(pair[0]) < double_key(pair[1]), "{pair:?}");
        }
        for double in doubles {
            assert_eq!(key_double(double_key(double)), double);
        }
        assert_eq!(double_key(-0.0), double_key(0.0));
    }
}
