//! Transparency and consent strings of IAB Europe (TCF 2.0 to 2.3; the format is version 2), and of IAB Canada, whose format has the
//! same parts.
//!
//! Takes a string that anyone may have written, gives every field of it, or why it is malformed: where the specification forbids
//! something, so does the reader. It never copies the string and never writes a set of vendors out.
//!
//! A string carries no signature: a third of random changes to one still decode. Its content is never more than a claim.

mod publisher;
mod statement;
#[cfg(test)]
mod tests;

use super::bits::{Coding, Flags, Head, Ids, Letters, Malformed, Reader, Restrictions, flags, number};

pub use publisher::PublisherTc;
pub use statement::{Basis, Needs, Policy, statement};

#[cfg(all(test, feature = "author"))]
pub(super) use statement::POLICY_MIN;
pub(super) use statement::{of_canada, of_string};

/// A decoded string. Fields are named as in the specification of Europe; Canada calls consent *express consent* and legitimate
/// interest *implied consent*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcString<'t> {
    text: &'t [u8],
    form: Form,
    /// How the vendors of the core are written, and those that were shown.
    codings: [Coding; 2],
    /// The first bits of the segments of type 1, 2 and 3; 0 for one that is not there.
    segments: [u16; 3],
}

/// Which specification a string is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A string by itself.
    Europe,
    /// A section of another string. The official libraries leave its consent platform at 0 unless told, and read what was written
    /// before sections had publisher restrictions.
    Section,
    /// A section of Canada. Sets of vendors were once written as in Europe. Such a section is read as the official library
    /// reads it: in the form that would write it again without a difference.
    Canada,
}

/// Declares the fields of a fixed place: what each is read as, its first bit and its width.
macro_rules! fields {
    ($($(#[$meta:meta])* $name:ident: $type:ty = $read:ident($($place:literal),+);)+) => {
        impl TcString<'_> { $(
            $(#[$meta])*
            pub fn $name(&self) -> $type {
                self.$read($($place),+)
            }
        )+ }
    };
}

fields! {
    /// The version of the format: 2. In Canada it is 1, and 2 from the first writers.
    version: u8 = byte(0, 6);
    /// When the string was first made: Unix milliseconds.
    created_ms: i64 = moment_ms(6);
    /// When the string was last changed: Unix milliseconds.
    last_updated_ms: i64 = moment_ms(42);
    /// The consent platform that changed it last.
    cmp_id: u16 = number(78, 12);
    /// That platform's version.
    cmp_version: u16 = number(90, 12);
    /// The screen on which the visitor answered.
    consent_screen: u8 = byte(102, 6);
    /// The language of that screen.
    consent_language: Letters = letters(108);
    /// The version of the list of vendors.
    vendor_list_version: u16 = number(120, 12);
    /// The version of the policy.
    tcf_policy_version: u8 = byte(132, 6);
    /// Special features that the visitor opted into.
    special_feature_optins: Flags = flags(140, 12);
    /// Purposes with consent, for vendors.
    purpose_consents: Flags = flags(152, 24);
    /// Purposes with transparency of legitimate interest, for vendors.
    purpose_legitimate_interests: Flags = flags(176, 24);
}

/// The other fields of a fixed place, and how they are read.
impl TcString<'_> {
    /// True if the string is of this service rather than of a shared store; no other is valid today, and Canada has none.
    pub fn is_service_specific(&self) -> bool {
        self.form == Form::Canada || self.number(138, 1) == 1
    }

    /// True if the publisher changed the standard texts; in Canada the standard stacks.
    pub fn use_non_standard_texts(&self) -> bool {
        self.number(self.after_service(139), 1) == 1
    }

    /// True if purpose 1 was not shown at all; not of Canada.
    pub fn purpose_one_treatment(&self) -> bool {
        self.form != Form::Canada && self.number(200, 1) == 1
    }

    /// The country whose law the publisher is under; not of Canada.
    pub fn publisher_country_code(&self) -> Option<Letters> {
        (self.form != Form::Canada).then(|| self.letters(201))
    }

    fn byte(&self, at: usize, width: usize) -> u8 {
        number(self.text, at, width) as u8
    }

    fn number(&self, at: usize, width: usize) -> u16 {
        number(self.text, at, width) as u16
    }

    fn letters(&self, at: usize) -> Letters {
        Letters::read(self.text, at)
    }

    /// Tenths of a second since 1970, as milliseconds.
    fn moment_ms(&self, at: usize) -> i64 {
        number(self.text, at, 36) as i64 * 100
    }

    fn flags(&self, at: usize, width: usize) -> Flags {
        flags(self.text, self.after_service(at), width)
    }

    /// The place of a field of Europe after [`TcString::is_service_specific`]. Without that bit, it is one bit earlier.
    fn after_service(&self, at: usize) -> usize {
        at - usize::from(self.form == Form::Canada)
    }
}

/// The fields without a fixed place.
impl<'t> TcString<'t> {
    /// Vendors with consent.
    pub fn vendor_consents(&self) -> Ids<'t> {
        self.ids(self.vendors(0))
    }

    /// Vendors with transparency of legitimate interest.
    pub fn vendor_legitimate_interests(&self) -> Ids<'t> {
        self.ids(self.vendors(1))
    }

    /// The publisher's restrictions for vendors.
    pub fn publisher_restrictions(&self) -> Restrictions<'t> {
        Restrictions::begin(self.vendors(2), self.codings[0])
    }

    /// Vendors that were shown to the visitor, if the segment is there.
    pub fn vendors_disclosed(&self) -> Option<Ids<'t>> {
        self.segment(1).map(|reader| Ids::new(reader, self.codings[1], Head::Max))
    }

    /// Vendors that may be signalled out of band, if the segment is there.
    pub fn vendors_allowed(&self) -> Option<Ids<'t>> {
        self.segment(2).map(|reader| Ids::new(reader, Coding::Fixed, Head::Max))
    }

    /// The visitor's choices for the publisher itself, if the segment is there.
    pub fn publisher_tc(&self) -> Option<PublisherTc<'t>> {
        self.segment(3).map(|reader| PublisherTc::new(self.text, reader.at))
    }

    /// After `sets` sets of vendors.
    fn vendors(&self, sets: usize) -> Reader<'t> {
        let mut reader = Reader::again(self.text, self.form.vendors_at());
        (0..sets).for_each(|_| _ = reader.set(self.codings[0], Head::Max));
        reader
    }

    fn ids(&self, reader: Reader<'t>) -> Ids<'t> {
        Ids::new(reader, self.codings[0], Head::Max)
    }

    /// After the type of a segment.
    fn segment(&self, kind: usize) -> Option<Reader<'t>> {
        let at = self.segments[kind - 1];
        (at > 0).then(|| Reader::again(self.text, at.into()))
    }
}

/// Reads a string.
///
/// # Errors
/// A string that the specification does not allow.
pub fn decode(text: &str) -> Result<TcString<'_>, Malformed> {
    decode_as(text.as_bytes(), Form::Europe)
}

/// Reads a string of either form.
pub(super) fn decode_as(text: &[u8], form: Form) -> Result<TcString<'_>, Malformed> {
    let mut reader = Reader::new(text);
    let mut string = TcString { text, form, codings: [Coding::Fixed; 2], segments: [0; 3] };
    let version = reader.number(6);
    if version != 2 && (version != 1 || form != Form::Canada) {
        reader.fail(Malformed::Version);
    }
    reader.at = 0;
    reader.skip(form.vendors_at());
    string.codings[0] = form.read(&mut reader, &|reader, coding| {
        // All three are read, with any form of the first.
        let [consents, interests] = [0; 2].map(|_| reader.set(coding, Head::Max));
        reader.restrictions(coding, form != Form::Europe) && consents && interests
    });
    if !string.has_letters() {
        reader.fail(Malformed::Letter);
    }
    // The numbers of consent platforms begin at 2.
    if form == Form::Europe && string.cmp_id() < 2 {
        reader.fail(Malformed::Id);
    }
    while reader.next_segment() {
        let kind = reader.number(3) as usize;
        let at = reader.at as u16;
        match kind {
            1 => string.codings[1] = form.read(&mut reader, &|reader, coding| reader.set(coding, Head::Max)),
            2 if form != Form::Canada => _ = reader.set(Coding::Fixed, Head::Max),
            3 => PublisherTc::read(&mut reader),
            _ => reader.fail(Malformed::Segment),
        }
        if let Some(place) = string.segments.get_mut(kind.wrapping_sub(1))
            && core::mem::replace(place, at) > 0
        {
            reader.fail(Malformed::Segment);
        }
    }
    reader.finish(string)
}

impl TcString<'_> {
    fn has_letters(&self) -> bool {
        self.consent_language().are_letters()
            && self.publisher_country_code().is_none_or(|country| country.are_letters())
    }
}

impl Form {
    /// The place where the vendors begin, after the fields with a fixed place.
    fn vendors_at(self) -> usize {
        if self == Self::Canada { 199 } else { 213 }
    }

    /// Reads what has sets of vendors in it by the coding of this form. `read` is true if it was written in the given form.
    fn read<'t>(self, reader: &mut Reader<'t>, read: &dyn Fn(&mut Reader<'t>, Coding) -> bool) -> Coding {
        let mut older = *reader;
        if self == Self::Canada {
            let is_canonical = read(reader, Coding::Fibonacci) && reader.is_fine();
            if is_canonical || !(read(&mut older, Coding::Fixed) && older.is_fine()) {
                return Coding::Fibonacci;
            }
        } else {
            read(&mut older, Coding::Fixed);
        }
        *reader = older;
        Coding::Fixed
    }
}
