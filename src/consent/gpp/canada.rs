//! Transparency and consent strings of Canada, section 5.
//!
//! Takes the section, gives its fields, or why it is malformed. Sets of vendors were once written as in Europe: such a section is
//! read as the official library reads it, by which of the two forms would write it again as it stands.

use crate::consent::bits::{Coding, Flags, Ids, Letters, Lists, Malformed, Reader, Restrictions};
use crate::consent::tcf::{PublisherTc, publisher_tc};

/// A decoded section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcfCanada<'t> {
    /// The first segment.
    pub core: CanadaCore<'t>,
    /// Vendors that were shown to the visitor, if the segment is there.
    pub disclosed_vendors: Option<Ids<'t>>,
    /// What the visitor said to the publisher itself, if the segment is there. Consents are express, interests implied consents.
    pub publisher_purposes: Option<PublisherTc>,
}

/// The core segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanadaCore<'t> {
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
    /// Whether the publisher changed the standard texts.
    pub use_non_standard_stacks: bool,
    /// Special features that the visitor expressly agreed to.
    pub special_feature_express_consent: Flags,
    /// Purposes with express consent, for vendors.
    pub purposes_express_consent: Flags,
    /// Purposes with implied consent, for vendors.
    pub purposes_implied_consent: Flags,
    /// Vendors with express consent.
    pub vendor_express_consent: Ids<'t>,
    /// Vendors with implied consent.
    pub vendor_implied_consent: Ids<'t>,
    /// What the publisher forbids to vendors.
    pub pub_restrictions: Restrictions<'t>,
}

pub(super) fn decode(text: &str) -> Result<TcfCanada<'_>, Malformed> {
    let mut segments = text.as_bytes().split(|byte| *byte == b'.');
    let core = core(segments.next().unwrap_or_default())?;
    let mut section = TcfCanada { core, disclosed_vendors: None, publisher_purposes: None };
    for segment in segments {
        let mut reader = Reader::new(segment)?;
        match reader.number(3)? {
            1 if section.disclosed_vendors.is_none() => section.disclosed_vendors = Some(disclosed(reader)?),
            3 if section.publisher_purposes.is_none() => section.publisher_purposes = Some(publisher_tc(&mut reader)?),
            _ => return Err(Malformed::Segment),
        }
    }
    Ok(section)
}

fn core(segment: &[u8]) -> Result<CanadaCore<'_>, Malformed> {
    let reader = &mut Reader::new(segment)?;
    if reader.number(6)? != 1 {
        return Err(Malformed::Version);
    }
    let (created_ms, last_updated_ms) = (reader.moment_ms()?, reader.moment_ms()?);
    let (cmp_id, cmp_version) = (reader.number(12)? as u16, reader.number(12)? as u16);
    let (consent_screen, consent_language) = (reader.number(6)? as u8, reader.letters()?);
    let (vendor_list_version, tcf_policy_version) = (reader.number(12)? as u16, reader.number(6)? as u8);
    let use_non_standard_stacks = reader.flag()?;
    let (special_feature_express_consent, purposes_express_consent) = (reader.flags(12)?, reader.flags(24)?);
    let purposes_implied_consent = reader.flags(24)?;
    let Vendors { express, implied, restrictions } = of_either_form(*reader, &vendors, &|vendors, ranges| {
        let sets = [vendors.express, vendors.implied];
        sets.iter().all(|set| set.is_canonical(ranges)) && vendors.restrictions.is_canonical(ranges)
    })?;
    Ok(CanadaCore {
        created_ms,
        last_updated_ms,
        cmp_id,
        cmp_version,
        consent_screen,
        consent_language,
        vendor_list_version,
        tcf_policy_version,
        use_non_standard_stacks,
        special_feature_express_consent,
        purposes_express_consent,
        purposes_implied_consent,
        vendor_express_consent: express,
        vendor_implied_consent: implied,
        pub_restrictions: restrictions,
    })
}

/// What of the core is written in one of two forms.
struct Vendors<'t> {
    express: Ids<'t>,
    implied: Ids<'t>,
    restrictions: Restrictions<'t>,
}

fn vendors(mut reader: Reader<'_>, ranges: Coding) -> Result<Vendors<'_>, Malformed> {
    let reader = &mut reader;
    let lists = if ranges == Coding::Fixed { Lists::Ranges } else { Lists::Sets };
    Ok(Vendors {
        express: Ids::read(reader, ranges)?,
        implied: Ids::read(reader, ranges)?,
        restrictions: Restrictions::read(reader, lists)?,
    })
}

fn disclosed(reader: Reader<'_>) -> Result<Ids<'_>, Malformed> {
    of_either_form(reader, &|mut reader, ranges| Ids::read(&mut reader, ranges), &Ids::is_canonical)
}

/// Reads the form of today, or the former one where that one alone would be written like this.
fn of_either_form<'t, T>(
    reader: Reader<'t>,
    read: &dyn Fn(Reader<'t>, Coding) -> Result<T, Malformed>,
    is_canonical: &dyn Fn(&T, Coding) -> bool,
) -> Result<T, Malformed> {
    let today = read(reader, Coding::Fibonacci);
    if today.as_ref().is_ok_and(|read| is_canonical(read, Coding::Fibonacci)) {
        return today;
    }
    match read(reader, Coding::Fixed) {
        Ok(former) if is_canonical(&former, Coding::Fixed) => Ok(former),
        _ => today,
    }
}
