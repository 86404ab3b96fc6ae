//! Transparency and consent strings of IAB Europe (TCF 2.0 to 2.3; the format is version 2).
//!
//! Takes a string that anyone may have written, gives every field of it, or why it is malformed: where the specification forbids
//! something, so does the reader. It never copies the string and never writes a set of vendors out.
//!
//! A string carries no signature: a third of random changes to one still decode. What it says is never more than a claim.

mod statement;
#[cfg(test)]
mod tests;

use super::bits::{Coding, Flags, Ids, Letters, Lists, Malformed, Reader, Restrictions, STRING_BYTES_MAX};

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
    pub publisher_tc: Option<PublisherTc>,
}

/// The core segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Core<'t> {
    /// When the string was first made: Unix milliseconds.
    pub created_ms: i64,
    /// When the string was last changed: Unix milliseconds.
    pub last_updated_ms: i64,
    /// The consent platform that changed it last.
    pub cmp_id: u16,
    /// That platform's version.
    pub cmp_version: u16,
    /// The screen on which the visitor answered.
    pub consent_screen: u8,
    /// The language of that screen.
    pub consent_language: Letters,
    /// The version of the list of vendors.
    pub vendor_list_version: u16,
    /// The version of the policy.
    pub tcf_policy_version: u8,
    /// Whether the string is of this service rather than of a shared store; no other is valid today.
    pub is_service_specific: bool,
    /// Whether the publisher changed the standard texts.
    pub use_non_standard_texts: bool,
    /// Special features that the visitor opted into.
    pub special_feature_optins: Flags,
    /// Purposes with consent, for vendors.
    pub purpose_consents: Flags,
    /// Purposes with transparency of legitimate interest, for vendors.
    pub purpose_legitimate_interests: Flags,
    /// Whether purpose 1 was not shown at all.
    pub purpose_one_treatment: bool,
    /// The country whose law the publisher is under.
    pub publisher_country_code: Letters,
    /// Vendors with consent.
    pub vendor_consents: Ids<'t>,
    /// Vendors with transparency of legitimate interest.
    pub vendor_legitimate_interests: Ids<'t>,
    /// What the publisher forbids to vendors.
    pub publisher_restrictions: Restrictions<'t>,
}

/// The segment of the publisher's own purposes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublisherTc {
    /// Purposes with consent.
    pub consents: Flags,
    /// Purposes with transparency of legitimate interest.
    pub legitimate_interests: Flags,
    /// How many purposes of its own the publisher has.
    pub num_custom_purposes: u8,
    /// Own purposes with consent.
    pub custom_consents: Flags,
    /// Own purposes with transparency of legitimate interest.
    pub custom_legitimate_interests: Flags,
}

/// Reads a string.
///
/// # Errors
/// Whatever the specification does not allow.
pub fn decode(text: &str) -> Result<TcString<'_>, Malformed> {
    let string = decode_section(text)?;
    // The numbers of consent platforms begin at 2.
    if string.core.cmp_id > 1 { Ok(string) } else { Err(Malformed::Id) }
}

/// Reads a string as the section of another one, where the official libraries leave the consent platform at 0 unless told.
pub(super) fn decode_section(text: &str) -> Result<TcString<'_>, Malformed> {
    if text.len() > STRING_BYTES_MAX {
        return Err(Malformed::TooLong);
    }
    let mut segments = text.as_bytes().split(|byte| *byte == b'.');
    let core = core(segments.next().unwrap_or_default())?;
    let mut string = TcString { core, vendors_disclosed: None, vendors_allowed: None, publisher_tc: None };
    for segment in segments {
        let mut reader = Reader::new(segment)?;
        match reader.number(3)? {
            1 if string.vendors_disclosed.is_none() => {
                string.vendors_disclosed = Some(Ids::read(&mut reader, Coding::Fixed)?);
            }
            2 if string.vendors_allowed.is_none() => {
                string.vendors_allowed = Some(Ids::read(&mut reader, Coding::Fixed)?);
            }
            3 if string.publisher_tc.is_none() => string.publisher_tc = Some(publisher_tc(&mut reader)?),
            _ => return Err(Malformed::Segment),
        }
    }
    Ok(string)
}

fn core(segment: &[u8]) -> Result<Core<'_>, Malformed> {
    let reader = &mut Reader::new(segment)?;
    if reader.number(6)? != 2 {
        return Err(Malformed::Version);
    }
    Ok(Core {
        created_ms: reader.moment_ms()?,
        last_updated_ms: reader.moment_ms()?,
        cmp_id: reader.number(12)? as u16,
        cmp_version: reader.number(12)? as u16,
        consent_screen: reader.number(6)? as u8,
        consent_language: reader.letters()?,
        vendor_list_version: reader.number(12)? as u16,
        tcf_policy_version: reader.number(6)? as u8,
        is_service_specific: reader.flag()?,
        use_non_standard_texts: reader.flag()?,
        special_feature_optins: reader.flags(12)?,
        purpose_consents: reader.flags(24)?,
        purpose_legitimate_interests: reader.flags(24)?,
        purpose_one_treatment: reader.flag()?,
        publisher_country_code: reader.letters()?,
        vendor_consents: Ids::read(reader, Coding::Fixed)?,
        vendor_legitimate_interests: Ids::read(reader, Coding::Fixed)?,
        publisher_restrictions: Restrictions::read(reader, Lists::Ranges)?,
    })
}

/// The segment after its type: the same in the Canadian strings, which call its halves express and implied.
pub(super) fn publisher_tc(reader: &mut Reader<'_>) -> Result<PublisherTc, Malformed> {
    let (consents, legitimate_interests) = (reader.flags(24)?, reader.flags(24)?);
    let customs = reader.number(6)? as usize;
    Ok(PublisherTc {
        consents,
        legitimate_interests,
        num_custom_purposes: customs as u8,
        custom_consents: reader.flags(customs)?,
        custom_legitimate_interests: reader.flags(customs)?,
    })
}
