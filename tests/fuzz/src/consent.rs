//! Consent strings and the cookies of consent platforms: any bytes, or a published string with changes.

use selvedge::consent::bits::{Ids, Restrictions};
use selvedge::consent::gpp::{self, Applicable, Section};
use selvedge::consent::platforms::{Answer, Group, PLATFORMS};
use selvedge::consent::policy::SignalPolicy;
use selvedge::consent::statement::Statement;
use selvedge::consent::{tcf, usp};
use selvedge::words::{Map, Purpose, Purposes};

use super::ground::NOW_MS;
use super::patch::patched;

const STRINGS: [&str; 7] = [
    "COrEAV4OrXx94ACABBENAHCIAD-AAAAAAACAAxAAAAgAIAwgAgAAAAEAgQAAAAAEAYQAQAAAACAAAABAAA.IBAgAAAgAIAwgAgAAAAEAAAACA.QAagAQAgAIAwgA",
    "DBACOeA~CPSG_8APSG_8ANwAAAENAwCAAAAAAAAAAAAAAAAAAAAA.QAAA.IAAA~CPSG_8APSG_8AAyACAENGdCgf_gfgAfgfgBgABABAAABAB4AACAC.fHHHA4444ao~1YNN",
    "DBABLA~BVVVkkkkkpFY.YA",
    "1YNN",
    "isGpcEnabled=0&groups=C0001%3A1%2CC0002%3A0&AwaitingReconsent=false",
    "{stamp:%27x%27%2Cnecessary:true%2Cstatistics:false%2Cmethod:%27explicit%27}",
    "eyJwdXJwb3NlcyI6eyJlbmFibGVkIjpbImNvb2tpZXMiXSwiZGlzYWJsZWQiOltdfX0=",
];

/// Reads a text as everything that it might be.
pub fn run(data: &[u8]) {
    let bases = STRINGS.map(str::as_bytes);
    let Some((_, text)) = patched(data, &bases) else { return };
    let Ok(text) = std::str::from_utf8(&text) else { return };
    let policy = SignalPolicy::default();
    let of_vendor = tcf::Policy { vendor: Some(28), ..policy.tcf };

    if let Ok(string) = tcf::decode(text) {
        vendors(&string);
    }
    if let Ok(string) = gpp::decode(text) {
        string.sections(|_, section| match section {
            Section::TcfEurope(string) | Section::TcfCanada(string) => vendors(&string),
            Section::Us(us) => us.fields().for_each(|(field, codes)| assert_eq!(us.codes(field), Some(codes))),
            Section::Usp(_) | Section::Unknown => {}
        });
    }
    promised(tcf::statement(text, &policy.tcf, NOW_MS), tcf::decode(text).is_ok());
    promised(tcf::statement(text, &of_vendor, NOW_MS), tcf::decode(text).is_ok());
    let of_gpp = gpp::statement(text, &policy.gpp, &policy.tcf, Applicable::ALL, NOW_MS);
    promised(of_gpp, gpp::decode(text).is_ok());
    promised(usp::statement(text), usp::decode(text).is_ok());
    let types = Map::new();
    for platform in PLATFORMS {
        let read = |chosen| (platform.read)(&Answer { text, chosen, types: &types }, &groups());
        let statement = read(Some("2026-11-10T10:00:00.000Z"));
        promised(statement, statement.fault.is_none());
        assert!(platform.chosen_cookie.is_none() || read(None) == Statement::default());
    }
}

/// A group for each platform.
fn groups() -> [Group; 3] {
    ["C0002", "statistics", "measure"].map(|name| Group::new(name, Purposes::NONE.with(Purpose::Analytics)))
}

/// What cannot be read grants nothing, and nothing is granted and denied.
fn promised(statement: Statement, is_read: bool) {
    assert!(statement.granted.and(statement.denied).is_empty());
    assert!(is_read || statement.granted.is_empty() && statement.fault.is_some());
}

fn vendors(string: &tcf::TcString<'_>) {
    set(string.vendor_consents());
    set(string.vendor_legitimate_interests());
    restrictions(string.publisher_restrictions());
    string.vendors_disclosed().into_iter().chain(string.vendors_allowed()).for_each(set);
}

fn restrictions(restrictions: Restrictions<'_>) {
    restrictions.take(50).for_each(|entry| set(entry.vendors));
}

/// Whether an id is in a set is what its runs say.
fn set(ids: Ids<'_>) {
    for (first, last) in ids.runs().take(50) {
        assert!(0 < first && first <= last && ids.has(first) && ids.has(last));
    }
    assert!(!ids.has(0));
    assert_eq!(ids.is_empty(), ids.runs().next().is_none());
}
