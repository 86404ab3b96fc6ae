//! Transparency and consent strings of Canada, section 5.
//!
//! Takes the section, gives its fields, or why it is malformed. Sets of vendors were once written as in Europe: such a section is
//! read as the official library reads it, by which of the two forms would write it again as it stands.

use crate::consent::bits::{Bits, Coding, Flags, Ids, Letters, Lists, Malformed, Reader, Restrictions};
use crate::consent::tcf::PublisherTc;

/// A decoded section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcfCanada<'t> {
    /// The first segment.
    pub core: CanadaCore<'t>,
    /// Vendors that were shown to the visitor, if the segment is there.
    pub disclosed_vendors: Option<Ids<'t>>,
    /// What the visitor said to the publisher itself, if the segment is there. Consents are express, interests implied consents.
    pub publisher_purposes: Option<PublisherTc<'t>>,
}

/// The core segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanadaCore<'t> {
    bits: Bits<'t>,
    /// Vendors with express consent.
    pub vendor_express_consent: Ids<'t>,
    /// Vendors with implied consent.
    pub vendor_implied_consent: Ids<'t>,
    /// What the publisher forbids to vendors.
    pub pub_restrictions: Restrictions<'t>,
}

/// The fields of a fixed place: first bit and number of bits.
impl CanadaCore<'_> {
    /// The version: 1, and 2 of the first writers.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.bits.number(0, 6) as u8
    }

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

    /// Whether the publisher changed the standard texts.
    #[must_use]
    pub fn use_non_standard_stacks(&self) -> bool {
        self.bits.number(138, 1) == 1
    }

    /// Special features that the visitor expressly agreed to.
    #[must_use]
    pub fn special_feature_express_consent(&self) -> Flags {
        self.bits.flags(139, 12)
    }

    /// Purposes with express consent, for vendors.
    #[must_use]
    pub fn purposes_express_consent(&self) -> Flags {
        self.bits.flags(151, 24)
    }

    /// Purposes with implied consent, for vendors.
    #[must_use]
    pub fn purposes_implied_consent(&self) -> Flags {
        self.bits.flags(175, 24)
    }
}

/// Where the vendors begin, after the fields of a fixed place.
const VENDORS_AT: usize = 199;

pub(super) fn decode(text: &[u8]) -> Result<TcfCanada<'_>, Malformed> {
    let mut segments = text.split(|byte| *byte == b'.');
    let core = core(segments.next().unwrap_or_default())?;
    let mut section = TcfCanada { core, disclosed_vendors: None, publisher_purposes: None };
    for segment in segments {
        let mut reader = Reader::new(segment)?;
        match reader.number(3) {
            1 if section.disclosed_vendors.is_none() => section.disclosed_vendors = Some(disclosed(reader)?),
            3 if section.publisher_purposes.is_none() => {
                section.publisher_purposes = Some(PublisherTc::read(reader)?);
            }
            _ => return Err(Malformed::Segment),
        }
    }
    Ok(section)
}

fn core(segment: &[u8]) -> Result<CanadaCore<'_>, Malformed> {
    let mut reader = Reader::new(segment)?;
    // The specification's number is 1; the official library wrote 2 for years.
    if !(1..=2).contains(&reader.number(6)) {
        return Err(Malformed::Version);
    }
    reader.at = VENDORS_AT;
    reader.enough()?;
    let today = vendors(reader, Coding::Fibonacci);
    let core = match &today {
        Ok(core) if core.is_canonical(Coding::Fibonacci) => today?,
        _ => vendors(reader, Coding::Fixed).ok().filter(|core| core.is_canonical(Coding::Fixed)).map_or(today, Ok)?,
    };
    if core.consent_language().are_letters() { Ok(core) } else { Err(Malformed::Letter) }
}

fn vendors(mut reader: Reader<'_>, ranges: Coding) -> Result<CanadaCore<'_>, Malformed> {
    let reader = &mut reader;
    let lists = if ranges == Coding::Fixed { Lists::Ranges } else { Lists::Sets };
    Ok(CanadaCore {
        bits: reader.bits,
        vendor_express_consent: Ids::read(reader, ranges)?,
        vendor_implied_consent: Ids::read(reader, ranges)?,
        pub_restrictions: Restrictions::read(reader, lists, true)?,
    })
}

impl CanadaCore<'_> {
    /// Whether an encoder of this form writes the vendors like this.
    fn is_canonical(&self, ranges: Coding) -> bool {
        self.vendor_express_consent.is_canonical(ranges)
            && self.vendor_implied_consent.is_canonical(ranges)
            && self.pub_restrictions.is_canonical(ranges)
    }
}

fn disclosed(reader: Reader<'_>) -> Result<Ids<'_>, Malformed> {
    let of_form = |ranges| Ids::read(&mut { reader }, ranges);
    let today = of_form(Coding::Fibonacci);
    if today.is_ok_and(|ids| ids.is_canonical(Coding::Fibonacci)) {
        return today;
    }
    of_form(Coding::Fixed).ok().filter(|ids| ids.is_canonical(Coding::Fixed)).map_or(today, Ok)
}
