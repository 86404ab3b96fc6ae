//! Reads a string of the Global Privacy Platform as a statement about the site's purposes.
//!
//! Takes the string, the sections that apply where the visitor is, the site's policies and the time, gives a statement.
//! Sections of other laws grant nothing. Opt-outs in the United States count everywhere. Notices and the industry's
//! agreement are no permission. An opt-out beats every grant.

use super::fields::layout;
use super::{Field, Section, Us, read};
use crate::consent::bits::split;
use crate::consent::statement::Statement;
use crate::consent::{tcf, usp};
use crate::words::record::record;
use crate::words::{Purpose, Purposes};

record! {
    /// How a site reads the sections of the United States: the purposes of each field, as bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Policy {
        /// Sale of data.
        pub sale: u8,
        /// Sharing of data.
        pub sharing: u8,
        /// Targeted advertising.
        pub targeted_advertising: u8,
        /// Sensitive data.
        pub sensitive_data_processing: u8,
    }
}

impl Default for Policy {
    /// The table of `signals.toml`.
    fn default() -> Self {
        let advertising = Purposes::NONE.with(Purpose::Advertising).bits();
        Self {
            sale: advertising,
            sharing: advertising,
            targeted_advertising: advertising,
            sensitive_data_processing: Purposes::NONE.with(Purpose::Sensitive).bits(),
        }
    }
}

/// Which sections apply to the visitor; bit `n` is section `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applicable(u64);

impl Applicable {
    /// Every section that is there.
    pub const ALL: Self = Self(u64::MAX);
    /// None: the platform's own -1.
    pub const NONE: Self = Self(0);

    /// These sections, as the platform's interface lists them; numbers that are none are passed over.
    pub fn sections(ids: &[i32]) -> Self {
        Self(ids.iter().filter(|id| (0..64).contains(*id)).fold(0, |bits, id| bits | 1 << id))
    }

    /// The sections of a region (`US-CA`, `CA-QC`, `DE`). A state of the United States has its own, the national one and US
    /// Privacy. Canada has its own. Any other region has the section of Europe, whose law is the strictest.
    pub fn region(region: &str) -> Self {
        let mut rest = Some(region.as_bytes());
        let (country, state) = (split(&mut rest, b'-'), split(&mut rest, b'-'));
        if country.eq_ignore_ascii_case(b"CA") {
            return Self(1 << 5);
        }
        if !country.eq_ignore_ascii_case(b"US") {
            return Self(1 << 2);
        }
        let is_own = |id: &u16| layout(*id).is_some_and(|layout| state.eq_ignore_ascii_case(&layout.prefix[2..]));
        Self((8..28).filter(is_own).fold(1 << 6 | 1 << 7, |bits, id| bits | 1 << id))
    }

    /// True if section `id` applies.
    pub fn has(self, id: u16) -> bool {
        id < 64 && self.0 >> id & 1 == 1
    }
}

/// The statement of `text` at `now_ms`, from its applicable sections.
pub fn statement(text: &str, policy: &Policy, tcf: &tcf::Policy, applicable: Applicable, now_ms: i64) -> Statement {
    let mut statement = Statement::default();
    let read = read(text.as_bytes(), &mut |id, section| {
        let applies = applicable.has(id);
        let mut said = match section {
            Section::TcfEurope(string) if applies => tcf::of_string(&string, tcf, now_ms),
            Section::TcfCanada(string) if applies => tcf::of_canada(&string, tcf, now_ms),
            Section::Usp(string) => usp::of_string(string),
            Section::Us(section) => of_us(&section, policy),
            _ => return,
        };
        // Networks misplace visitors. A visitor who opted out in one state, set the browser so or is a minor keeps that
        // everywhere.
        if !applies {
            said.granted = Purposes::NONE;
        }
        statement = statement.and(said);
    });
    match read {
        None => statement,
        // It replaces the sections before it.
        Some(malformed) => malformed.into(),
    }
}

fn of_us(section: &Us<'_>, policy: &Policy) -> Statement {
    let mut statement = Statement { gpc: section.gpc() == Some(true), ..Statement::default() };
    for (field, codes) in section.fields() {
        let purposes = match field {
            Field::SaleOptOut => policy.sale,
            Field::SharingOptOut => policy.sharing,
            Field::TargetedAdvertisingOptOut => policy.targeted_advertising,
            Field::SensitiveDataProcessing => policy.sensitive_data_processing,
            Field::KnownChildSensitiveDataConsents => {
                statement.minor = section.minor(codes);
                0
            }
            _ => 0,
        };
        let purposes = Purposes::from_bits(purposes);
        if codes.grant() {
            statement.granted = statement.granted.or(purposes);
        }
        if codes.deny() {
            statement.denied = statement.denied.or(purposes);
        }
    }
    Statement { granted: statement.granted.and(!statement.denied), ..statement }
}
