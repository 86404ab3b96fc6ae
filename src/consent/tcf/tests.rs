//! Strings of the specification, strings that it forbids, and their statements about a site's purposes.

use alloc::string::String;
use alloc::vec::Vec;

use super::*;
use crate::consent::bits::STRING_BYTES_MAX;
use crate::consent::bits::tests::text;
use crate::consent::statement::tests::said;
use crate::consent::statement::{Void, Warning};
use crate::words::time::DAY;

/// 2026-03-10, and a day in tenths of a second.
const TODAY_MS: i64 = 20_522 * DAY;
const DAY_DS: u64 = 864_000;

/// Writes fields of a segment.
#[derive(Clone, Default)]
struct Segment(String);

impl Segment {
    fn number(mut self, value: u64, width: usize) -> Self {
        for bit in (0..width).rev() {
            let is_set = value.checked_shr(bit as u32).is_some_and(|bits| bits & 1 == 1);
            self.0.push(if is_set { '1' } else { '0' });
        }
        self
    }

    /// Ids of a bit field of this width.
    fn ids(self, ids: &[usize], width: usize) -> Self {
        (1..=width).fold(self, |segment, id| segment.number(ids.contains(&id).into(), 1))
    }

    /// Vendors as ranges.
    fn ranges(self, ranges: &[(u64, u64)]) -> Self {
        let max = ranges.iter().map(|(_, last)| *last).max().unwrap_or(0);
        self.number(max, 16).number(1, 1).entries(ranges)
    }

    fn entries(self, ranges: &[(u64, u64)]) -> Self {
        let begun = self.number(ranges.len() as u64, 12);
        ranges.iter().fold(begun, |segment, (first, last)| match first == last {
            true => segment.number(0, 1).number(*first, 16),
            false => segment.number(1, 1).number(*first, 16).number(*last, 16),
        })
    }

    fn text(&self) -> String {
        text(&self.0)
    }
}

/// A core segment in these tests. Everything else is as in today's strings.
struct Said {
    days_ago: i64,
    version: u64,
    is_shared: bool,
    purposes: &'static [usize],
    interests: &'static [usize],
    vendors: &'static [(u64, u64)],
    /// Purpose, type and vendors.
    restrictions: &'static [(u64, u64, (u64, u64))],
}

impl Default for Said {
    fn default() -> Self {
        Self {
            days_ago: 0,
            version: 5,
            is_shared: false,
            purposes: &[],
            interests: &[],
            vendors: &[],
            restrictions: &[],
        }
    }
}

fn core_segment(said: &Said) -> Segment {
    let day = (TODAY_MS / DAY - said.days_ago) as u64 * DAY_DS;
    let begun = Segment::default().number(2, 6).number(day, 36).number(day, 36);
    let begun = begun.number(10, 12).number(1, 12).number(1, 6).number(3 << 6 | 4, 12).number(100, 12);
    let begun = begun.number(said.version, 6).number((!said.is_shared).into(), 1).number(0, 1).ids(&[], 12);
    let begun = begun.ids(said.purposes, 24).ids(said.interests, 24).number(0, 1).number(3 << 6 | 4, 12);
    let begun = begun.ranges(said.vendors).ranges(&[]).number(said.restrictions.len() as u64, 12);
    said.restrictions
        .iter()
        .fold(begun, |segment, (purpose, kind, range)| segment.number(*purpose, 6).number(*kind, 2).entries(&[*range]))
}

fn disclosed(ranges: &[(u64, u64)]) -> String {
    Segment::default().number(1, 3).ranges(ranges).text()
}

fn publisher(purposes: &[usize]) -> String {
    Segment::default().number(3, 3).ids(purposes, 24).ids(&[], 24).number(0, 6).text()
}

fn says(text: &str, policy: &Policy) -> String {
    said(statement(text, policy, TODAY_MS))
}

#[test]
fn a_string_of_the_specification_is_read() {
    // From the specification's own examples: a service-specific string with the publisher's segment.
    let text = "CLcVDxRMWfGmWAVAHCENAXCkAKDAADnAABRgA5mdfCKZuYJez-NQm0TBMYA4oCAAGQYIAAAAAAEAIAEgAA.argAC0gAAAAAAAAAAAA";
    let string = decode(text).unwrap();
    assert_eq!((string.cmp_id(), string.cmp_version(), string.consent_screen()), (21, 7, 2));
    assert_eq!(string.consent_language().as_str(), "EN");
    assert_eq!(string.vendor_list_version(), 23);
    assert!(string.is_service_specific());
    assert_eq!(string.publisher_country_code().unwrap().as_str(), "KM");
    assert_eq!(string.publisher_tc().unwrap().num_custom_purposes(), 0);
    assert!(string.vendors_disclosed().is_none() && string.vendors_allowed().is_none());
}

#[test]
fn segments_follow_the_core_in_any_order() {
    let core = core_segment(&Said::default()).text();
    let (shown, own) = (disclosed(&[(1, 3)]), publisher(&[1]));
    let allowed = Segment::default().number(2, 3).ranges(&[(7, 7)]).text();
    for order in [[&own, &allowed, &shown], [&allowed, &shown, &own], [&shown, &own, &allowed]] {
        let text = [core.clone(), order[0].clone(), order[1].clone(), order[2].clone()].join(".");
        let string = decode(&text).unwrap();
        assert!(string.vendors_disclosed().unwrap().has(3) && !string.vendors_disclosed().unwrap().has(4));
        assert!(string.vendors_allowed().unwrap().has(7));
        assert_eq!(string.publisher_tc().unwrap().consents().iter().collect::<Vec<_>>(), [1]);
    }
    assert_eq!(decode(&[core.clone(), shown.clone(), shown.clone()].join(".")), Err(Malformed::Segment));
    assert_eq!(decode(&[shown.clone(), core.clone()].join(".")), Err(Malformed::Version));
    let unknown = Segment::default().number(4, 3).number(0, 30).text();
    assert_eq!(decode(&[core.clone(), unknown].join(".")), Err(Malformed::Segment));
    assert_eq!(decode(&[core, String::new()].join(".")), Err(Malformed::Empty));
}

#[test]
fn what_the_specification_forbids_is_refused() {
    let core = |said: &Said| decode(&core_segment(said).text()).map(|_| ());
    assert_eq!(core(&Said::default()), Ok(()));
    assert_eq!(core(&Said { vendors: &[(9, 3)], ..Said::default() }), Err(Malformed::Range));
    assert_eq!(core(&Said { vendors: &[(0, 0)], ..Said::default() }), Err(Malformed::Id));
    assert_eq!(core(&Said { vendors: &[(0, 5)], ..Said::default() }), Err(Malformed::Id));
    assert_eq!(core(&Said { restrictions: &[(0, 1, (1, 2))], ..Said::default() }), Err(Malformed::Id));
    assert_eq!(core(&Said { restrictions: &[(1, 3, (1, 2))], ..Said::default() }), Err(Malformed::Restriction));
    assert_eq!(core(&Said { restrictions: &[(1, 0, (2, 1))], ..Said::default() }), Err(Malformed::Range));

    let whole = core_segment(&Said { vendors: &[(1, 900)], restrictions: &[(2, 0, (1, 9))], ..Said::default() });
    for length in 0..whole.0.len() {
        let text = Segment(whole.0[..length - length % 6].into()).text();
        assert!(decode(&text).is_err(), "{length} bits are enough");
    }
    // More entries than there is text for.
    let many = Segment(whole.0[..213].into()).number(1, 16).number(1, 1).number(4_095, 12).number(0, 600);
    assert_eq!(decode(&many.text()), Err(Malformed::Id));
    let many = Segment(whole.0[..213].into()).number(65_535, 16).number(0, 1).number(0, 600);
    assert_eq!(decode(&many.text()), Err(Malformed::Truncated));
    // Letters after Z, and the consent platforms that there are none of.
    let mut letters = whole.clone();
    letters.0.replace_range(108..114, "011010");
    assert_eq!(decode(&letters.text()), Err(Malformed::Letter));
    let mut platform = whole;
    platform.0.replace_range(78..90, "000000000001");
    assert_eq!(decode(&platform.text()), Err(Malformed::Id));
    assert_eq!(decode("BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA"), Err(Malformed::Version));
    assert_eq!(decode("COw4XqLOw4XqLAAAAAENAXCAAAAAAAAAAAAAAAAAAAAA="), Err(Malformed::Alphabet));
    assert_eq!(decode(&"C".repeat(STRING_BYTES_MAX + 1)), Err(Malformed::TooLong));
}

#[test]
fn sets_of_vendors_are_asked_and_walked_without_being_written_out() {
    let said = Said { vendors: &[(5, 5), (10, 65_535), (2, 2)], ..Said::default() };
    let text = core_segment(&said).text();
    let vendors = decode(&text).unwrap().vendor_consents();
    assert_eq!(vendors.runs().collect::<Vec<_>>(), [(5, 5), (10, 65_535), (2, 2)]);
    for (id, is_in) in
        [(0, false), (1, false), (2, true), (5, true), (6, false), (9, false), (10, true), (65_535, true)]
    {
        assert_eq!(vendors.has(id), is_in, "{id}");
    }
    // The same as a bit field.
    let field = Segment::default().number(1, 3).number(20, 16).number(0, 1).ids(&[2, 5, 6, 7, 20], 20).text();
    let text = [text, field].join(".");
    let vendors = decode(&text).unwrap().vendors_disclosed().unwrap();
    assert_eq!(vendors.runs().collect::<Vec<_>>(), [(2, 2), (5, 7), (20, 20)]);
    assert!(vendors.has(2) && vendors.has(20) && !vendors.has(21) && !vendors.has(0) && !vendors.is_empty());
}

/// The statement of a string with purposes 1, 4 and 6, and that of a string without purposes.
const OF_CORE: &str = "+personalization +advertising +storage -contextual -analytics";
const NOTHING: &str = "-contextual -analytics -personalization -advertising -storage";

#[test]
fn the_publisher_speaks_before_the_vendor_and_the_vendor_before_all() {
    let said = Said { purposes: &[1, 4, 6], vendors: &[(10, 20)], ..Said::default() };
    let core = core_segment(&said).text();
    let with_publisher = [core.clone(), disclosed(&[(10, 20)]), publisher(&[1, 8])].join(".");
    let without = [core, disclosed(&[(10, 20)])].join(".");
    let policy = Policy::default();
    let of_publisher = "+analytics +storage -contextual -personalization -advertising";
    assert_eq!(says(&with_publisher, &policy), of_publisher);
    assert_eq!(says(&without, &policy), OF_CORE);

    let vendor = |number| Policy { vendor: Some(number), ..Policy::default() };
    assert_eq!(says(&with_publisher, &vendor(15)), of_publisher);
    assert_eq!(says(&without, &vendor(15)), OF_CORE);
    assert_eq!(says(&without, &vendor(9)), NOTHING);
    // A policy without the core purposes as a last resort.
    let [publisher_tc, vendor_first, _] = policy.basis_order;
    let strict = Policy { basis_order: [publisher_tc, vendor_first, publisher_tc], ..policy };
    assert_eq!(says(&without, &strict), NOTHING);
}

#[test]
fn a_vendor_needs_to_be_shown_agreed_to_and_not_restricted() {
    fn said(restrictions: &'static [(u64, u64, (u64, u64))]) -> Said {
        Said { purposes: &[1, 4, 6], vendors: &[(10, 20)], restrictions, ..Said::default() }
    }
    let policy = Policy { vendor: Some(15), ..Policy::default() };
    let without_six = "+advertising +storage -contextual -analytics -personalization";
    for (restrictions, expected) in [
        (&[][..], OF_CORE),
        (&[(6, 0, (15, 15))], without_six),
        (&[(6, 2, (14, 16))], without_six),
        (&[(6, 1, (14, 16)), (4, 0, (16, 20))], OF_CORE),
    ] {
        let text = [core_segment(&said(restrictions)).text(), disclosed(&[(1, 900)])].join(".");
        assert_eq!(says(&text, &policy), expected);
    }
    // The list is missing, or empty, or the string is older than the duty.
    let core = core_segment(&said(&[])).text();
    let old = |days_ago| core_segment(&Said { version: 4, days_ago, ..said(&[]) }).text();
    for (text, expected) in [
        ([core.clone(), disclosed(&[(1, 14), (16, 99)])].join("."), NOTHING),
        ([core.clone(), disclosed(&[])].join("."), NOTHING),
        (old(60), OF_CORE),
        ([old(1), disclosed(&[])].join("."), NOTHING),
    ] {
        assert_eq!(says(&text, &policy), expected);
    }
    // For the publisher's own processing a segment without vendors is a warning and no more.
    let own = statement(&[core, disclosed(&[])].join("."), &Policy::default(), TODAY_MS);
    assert_eq!((own.warning, own.granted.is_empty()), (Some(Warning::NoDisclosedVendors), false));
}

#[test]
fn what_the_framework_calls_invalid_grants_nothing() {
    let policy = Policy::default();
    for (version, days_ago, has_vendors, is_valid) in [
        // 2026-02-28 is ten days ago: strings of the fourth policy before that need not say which vendors were shown.
        (4, 11, false, true),
        (4, 10, false, false),
        (4, 10, true, true),
        (5, 11, false, false),
        (5, 11, true, true),
        (6, 0, true, true),
        (3, 0, true, false),
        (2, 0, true, false),
        (2, 300, false, false),
        (0, 0, true, false),
    ] {
        let said = Said { version, days_ago, purposes: &[1, 6, 8], ..Said::default() };
        let mut text = [core_segment(&said).text(), publisher(&[1, 6, 8])].join(".");
        if has_vendors {
            text = [text, disclosed(&[(1, 9)])].join(".");
        }
        let expected = if is_valid {
            "+analytics +personalization +storage -contextual -advertising"
        } else {
            "-functional -analytics -personalization -advertising -sensitive -storage framework"
        };
        assert_eq!(says(&text, &policy), expected, "policy {version}, {days_ago} days ago, vendors: {has_vendors}");
    }
}

#[test]
fn legitimate_interest_is_no_permission() {
    let said = Said { interests: &[2, 4, 6, 7, 8, 9, 10, 11], ..Said::default() };
    assert_eq!(says(&[core_segment(&said).text(), disclosed(&[])].join("."), &Policy::default()), NOTHING);
}

#[test]
fn a_string_of_another_service_or_time_grants_nothing() {
    // An old string still denies.
    for (is_shared, days_ago, expected) in [
        (true, 0, "-functional -analytics -personalization -advertising -sensitive -storage framework"),
        (false, 395, "+personalization +storage -contextual -analytics -advertising"),
        (false, 396, "-contextual -analytics -advertising too_old"),
        (false, -1, "+personalization +storage -contextual -analytics -advertising"),
        (false, -2, "-contextual -analytics -advertising from_the_future"),
    ] {
        let said = Said { purposes: &[1, 6], is_shared, days_ago, ..Said::default() };
        assert_eq!(says(&[core_segment(&said).text(), disclosed(&[])].join("."), &Policy::default()), expected);
    }
    assert_eq!(Void::ALL.len(), 3);
}

#[test]
fn no_change_of_a_string_grants_without_being_read() {
    let said = Said { purposes: &[1, 4, 6], vendors: &[(10, 20)], ..Said::default() };
    let text = [core_segment(&said).text(), disclosed(&[(10, 20)]), publisher(&[1, 8])].join(".");
    for at in 0..text.len() {
        for byte in [b'A', b'.', b'_', b'~', b'=', 0, 255] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = byte;
            let changed = String::from_utf8_lossy(&bytes);
            let statement = statement(&changed, &Policy::default(), TODAY_MS);
            assert!(decode(&changed).is_ok() || statement.granted.is_empty());
        }
        let statement = statement(&text[..at], &Policy::default(), TODAY_MS);
        assert!(decode(&text[..at]).is_ok() || statement.granted.is_empty());
    }
}
