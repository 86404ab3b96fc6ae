//! Transparency and consent strings of IAB Europe (TCF 2.0 to 2.3; the format is version 2).
//!
//! Takes a string that anyone may have written, gives every field of it, or why it is malformed: where the specification forbids
//! something, so does the reader. It never copies the string and never writes a set of vendors out.
//!
//! A string carries no signature: a third of random changes to one still decode. What it says is never more than a claim.

mod statement;
#[cfg(test)]
mod tests;

use super::bits::{Bits, Coding, Flags, Ids, Letters, Lists, Malformed, Reader, Restrictions, STRING_BYTES_MAX};

pub use statement::{Basis, Needs, Policy, statement};

pub(super) use statement::{aged, of_flags, of_string};

/// A decoded string. Fields are named as in the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcString<'t> {
    /// The first segment.
    pub core: Core<'t>,
    /// Vendors that were shown to the visitor, if the segment is there.
    pub vendors_disclosed: Option<Ids<'t>>,
    /// Vendors that may be signalled out of band, if the segment is there.
    pub vendors_allowed: Option<Ids<'t>>,
    /// What the visitor said to the publisher itself, if the segment is there.
    pub publisher_tc: Option<PublisherTc<'t>>,
}

/// The core segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Core<'t> {
    bits: Bits<'t>,
    /// Vendors with consent.
    pub vendor_consents: Ids<'t>,
    /// Vendors with transparency of legitimate interest.
    pub vendor_legitimate_interests: Ids<'t>,
    /// What the publisher forbids to vendors.
    pub publisher_restrictions: Restrictions<'t>,
}

/// The fields of a fixed place: first bit and number of bits.
impl Core<'_> {
    /// When the string was first made: Unix milliseconds.
    #[must_use]
    pub fn created_ms(&self) -> i64 {
        self.bits.moment_ms(6)
    }

    /// When the string was last changed: Unix milliseconds.
    #[must_use]
    pub fn last_updated_ms(&self) -> i64 {
        self.bits.moment_ms(42)
    }

    /// The consent platform that changed it last.
    #[must_use]
    pub fn cmp_id(&self) -> u16 {
        self.bits.number(78, 12) as u16
    }

    /// That platform's version.
    #[must_use]
    pub fn cmp_version(&self) -> u16 {
        self.bits.number(90, 12) as u16
    }

    /// The screen on which the visitor answered.
    #[must_use]
    pub fn consent_screen(&self) -> u8 {
        self.bits.number(102, 6) as u8
    }

    /// The language of that screen.
    #[must_use]
    pub fn consent_language(&self) -> Letters {
        self.bits.letters(108)
    }

    /// The version of the list of vendors.
    #[must_use]
    pub fn vendor_list_version(&self) -> u16 {
        self.bits.number(120, 12) as u16
    }

    /// The version of the policy.
    #[must_use]
    pub fn tcf_policy_version(&self) -> u8 {
        self.bits.number(132, 6) as u8
    }

    /// Whether the string is of this service rather than of a shared store; no other is valid today.
    #[must_use]
    pub fn is_service_specific(&self) -> bool {
        self.bits.number(138, 1) == 1
    }

    /// Whether the publisher changed the standard texts.
    #[must_use]
    pub fn use_non_standard_texts(&self) -> bool {
        self.bits.number(139, 1) == 1
    }

    /// Special features that the visitor opted into.
    #[must_use]
    pub fn special_feature_optins(&self) -> Flags {
        self.bits.flags(140, 12)
    }

    /// Purposes with consent, for vendors.
    #[must_use]
    pub fn purpose_consents(&self) -> Flags {
        self.bits.flags(152, 24)
    }

    /// Purposes with transparency of legitimate interest, for vendors.
    #[must_use]
    pub fn purpose_legitimate_interests(&self) -> Flags {
        self.bits.flags(176, 24)
    }

    /// Whether purpose 1 was not shown at all.
    #[must_use]
    pub fn purpose_one_treatment(&self) -> bool {
        self.bits.number(200, 1) == 1
    }

    /// The country whose law the publisher is under.
    #[must_use]
    pub fn publisher_country_code(&self) -> Letters {
        self.bits.letters(201)
    }
}

/// Where the vendors begin, after the fields of a fixed place.
const VENDORS_AT: usize = 213;

/// The segment of the publisher's own purposes; the default one says nothing.
///
/// Canadian strings have the same segment, and call its halves express and implied consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublisherTc<'t>(Bits<'t>);

impl<'t> PublisherTc<'t> {
    /// Reads the segment, its type included.
    pub(super) fn read(mut reader: Reader<'t>) -> Result<Self, Malformed> {
        let segment = Self(reader.bits);
        reader.at = CUSTOMS_AT + 2 * usize::from(segment.num_custom_purposes());
        reader.enough().map(|()| segment)
    }

    /// Purposes with consent.
    #[must_use]
    pub fn consents(&self) -> Flags {
        self.0.flags(3, 24)
    }

    /// Purposes with transparency of legitimate interest.
    #[must_use]
    pub fn legitimate_interests(&self) -> Flags {
        self.0.flags(27, 24)
    }

    /// How many purposes of its own the publisher has.
    #[must_use]
    pub fn num_custom_purposes(&self) -> u8 {
        self.0.number(51, 6) as u8
    }

    /// Own purposes with consent.
    #[must_use]
    pub fn custom_consents(&self) -> Flags {
        self.0.flags(CUSTOMS_AT, self.num_custom_purposes().into())
    }

    /// Own purposes with transparency of legitimate interest.
    #[must_use]
    pub fn custom_legitimate_interests(&self) -> Flags {
        let customs = usize::from(self.num_custom_purposes());
        self.0.flags(CUSTOMS_AT + customs, customs)
    }
}

/// Where the publisher's own purposes begin.
const CUSTOMS_AT: usize = 57;

/// Reads a string.
///
/// # Errors
/// Whatever the specification does not allow.
pub fn decode(text: &str) -> Result<TcString<'_>, Malformed> {
    let string = decode_as(text.as_bytes(), false)?;
    // The numbers of consent platforms begin at 2.
    if string.core.cmp_id() > 1 { Ok(string) } else { Err(Malformed::Id) }
}

/// Reads a string as the section of another one. The official libraries leave its consent platform at 0 unless told, and read what
/// was written before sections had publisher restrictions.
pub(super) fn decode_section(text: &[u8]) -> Result<TcString<'_>, Malformed> {
    decode_as(text, true)
}

fn decode_as(text: &[u8], is_section: bool) -> Result<TcString<'_>, Malformed> {
    if text.len() > STRING_BYTES_MAX {
        return Err(Malformed::TooLong);
    }
    let mut segments = text.split(|byte| *byte == b'.');
    let core = core(segments.next().unwrap_or_default(), is_section)?;
    let mut string = TcString { core, vendors_disclosed: None, vendors_allowed: None, publisher_tc: None };
    for segment in segments {
        let mut reader = Reader::new(segment)?;
        let sets = match reader.number(3) {
            1 => &mut string.vendors_disclosed,
            2 => &mut string.vendors_allowed,
            3 if string.publisher_tc.is_none() => {
                string.publisher_tc = Some(PublisherTc::read(reader)?);
                continue;
            }
            _ => return Err(Malformed::Segment),
        };
        if sets.replace(Ids::read(&mut reader, Coding::Fixed)?).is_some() {
            return Err(Malformed::Segment);
        }
    }
    Ok(string)
}

fn core(segment: &[u8], is_section: bool) -> Result<Core<'_>, Malformed> {
    let reader = &mut Reader::new(segment)?;
    let bits = reader.bits;
    if reader.number(6) != 2 {
        return Err(Malformed::Version);
    }
    reader.at = VENDORS_AT;
    reader.enough()?;
    let core = Core {
        bits,
        vendor_consents: Ids::read(reader, Coding::Fixed)?,
        vendor_legitimate_interests: Ids::read(reader, Coding::Fixed)?,
        publisher_restrictions: Restrictions::read(reader, Lists::Ranges, is_section)?,
    };
    let has_letters = core.consent_language().are_letters() && core.publisher_country_code().are_letters();
    if has_letters { Ok(core) } else { Err(Malformed::Letter) }
}
