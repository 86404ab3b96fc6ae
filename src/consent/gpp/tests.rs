//! Headers, sections and their statements about a site's purposes.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::*;
use crate::consent::bits::STRING_BYTES_MAX;
use crate::consent::bits::tests::text;
use crate::consent::statement::Statement;
use crate::consent::statement::tests::said;
use crate::words::{Age, Purpose};

fn fibonacci(mut value: u32) -> String {
    let numbers = core::iter::successors(Some((1, 2)), |(number, next)| Some((*next, number + next)));
    let numbers: Vec<u32> = numbers.map(|(number, _)| number).take_while(|number| *number <= value).collect();
    let digits = numbers.iter().rev().map(|number| {
        let fits = *number <= value;
        value -= if fits { *number } else { 0 };
        if fits { '1' } else { '0' }
    });
    digits.collect::<Vec<char>>().iter().rev().collect::<String>() + "1"
}

/// A whole string with these sections, ascending.
fn string(sections: &[(u32, &str)]) -> String {
    let mut bits = format!("000011000001{:012b}", sections.len());
    let mut last = 0;
    for (id, _) in sections {
        bits += &format!("0{}", fibonacci(id - last));
        last = *id;
    }
    sections.iter().fold(text(&bits), |string, (_, section)| string + "~" + section)
}

fn sections(text: &str) -> Vec<(u16, Section<'_>)> {
    let mut sections = Vec::new();
    decode(text).unwrap().sections(|id, section| sections.push((id, section)));
    sections
}

fn ids(text: &str) -> Vec<u16> {
    sections(text).iter().map(|(id, _)| *id).collect()
}

/// A section of codes after its version.
fn codes(version: u8, codes: &str) -> String {
    let bits: Vec<String> = codes.bytes().map(|code| format!("{:02b}", code - b'0')).collect();
    text(&format!("{version:06b}{}", bits.concat()))
}

fn says_in(text: &str, applicable: Applicable) -> Statement {
    statement(text, &Policy::default(), &tcf::Policy::default(), applicable, 0)
}

fn says(text: &str) -> Statement {
    says_in(text, Applicable::ALL)
}

#[test]
fn headers_of_the_specification_are_read() {
    for (text, expected) in [
        ("DBAA", &[][..]),
        ("DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", &[2]),
        ("DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN", &[2, 6]),
    ] {
        assert_eq!(ids(text), expected, "{text}");
    }
}

#[test]
fn ids_are_distances_from_the_one_before() {
    // A published reader takes the last of these for section 13: Florida instead of Nebraska.
    assert_eq!(ids("DBADTTLA~1NYN~BAAWWZKA.QA~BClFoaZA.YA"), [6, 12, 19]);
    assert_eq!(prefix(19), Some("usne"));
}

#[test]
fn headers_that_do_not_fit_are_refused() {
    for (text, malformed) in [
        ("", Malformed::Empty),
        ("D", Malformed::Truncated),
        ("CBAA", Malformed::Section),
        ("DCAA", Malformed::Version),
        ("DBAB", Malformed::Truncated),
        ("DBABMA", Malformed::Section),
        ("DBAA~1YNN", Malformed::Section),
        ("DBABMA~", Malformed::Empty),
        ("DBACNYA~1YNN~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", Malformed::Version),
        ("DB=A", Malformed::Alphabet),
        ("DBAA.AA", Malformed::Alphabet),
    ] {
        assert_eq!(decode(text), Err(malformed), "{text}");
    }
    // A range of thousands of sections is no work, and is not there.
    let many = format!("000011000001{:012b}1{}{}", 1, fibonacci(1), fibonacci(60_000));
    assert_eq!(decode(&(text(&many) + "~1YNN")), Err(Malformed::Section));
    let past = format!("000011000001{:012b}1{}{}", 1, fibonacci(60_000), fibonacci(60_000));
    assert_eq!(decode(&(text(&past) + "~1YNN")), Err(Malformed::Id));
    assert_eq!(decode(&format!("DBAA{}", "~A".repeat(STRING_BYTES_MAX))), Err(Malformed::TooLong));
}

#[test]
fn a_section_that_is_not_assigned_is_passed_over() {
    let text = string(&[(6, "1YYN"), (50, "anything!")]);
    assert_eq!(ids(&text), [6, 50]);
    assert_eq!(said(says(&text)), "-advertising");
}

#[test]
fn both_layouts_of_the_national_section_are_read() {
    // Six notices, three opt-outs, 12 or 16 codes of sensitive data, 2 or 3 of minors, four more.
    let first = ["111111", "122", "210012001200", "12", "2100"].concat();
    let second = ["111111", "122", "2100120012001122", "120", "2100"].concat();
    for (version, codes_of, sensitive, minors) in [
        (1, &first, "210012001200", "12"),
        (2, &first, "2100120012000000", "120"),
        (2, &second, "2100120012001122", "120"),
        (1, &second, "210012001200", "12"),
    ] {
        let text = string(&[(7, &codes(version, codes_of))]);
        let (_, Section::Us(us)) = sections(&text)[0] else { panic!("{text}") };
        let read = |field| us.codes(field).unwrap().iter().map(|code| char::from(b'0' + code)).collect::<String>();
        assert_eq!(us.codes(Field::Version).unwrap().version(), version);
        assert_eq!(read(Field::SensitiveDataProcessing), sensitive);
        assert_eq!(read(Field::KnownChildSensitiveDataConsents), minors);
        assert_eq!(read(Field::TargetedAdvertisingOptOut), "2");
        assert_eq!(read(Field::PersonalDataConsents), "2");
        assert_eq!(read(Field::MspaServiceProviderMode), "0");
    }
    assert_eq!(decode(&string(&[(7, &codes(3, &second))])), Err(Malformed::Version));
    assert_eq!(decode(&string(&[(7, &codes(2, &second[..20]))])), Err(Malformed::Truncated));
}

/// California: three notices, sale, sharing, nine codes of sensitive data, two of minors, four more.
fn california(sale: u8, sharing: u8, sensitive: &str, minors: &str) -> String {
    codes(1, &format!("111{sale}{sharing}{sensitive:0<9}{minors:0<2}0100"))
}

#[test]
fn codes_grant_and_deny_the_same_everywhere() {
    for (sale, sharing, sensitive, expected) in [
        (0, 0, "000000000", ""),
        (2, 0, "", "+advertising"),
        (2, 2, "", "+advertising"),
        (1, 2, "", "-advertising"),
        (2, 1, "", "-advertising"),
        (3, 2, "", "-advertising"),
        (0, 0, "020000000", "+sensitive"),
        (0, 0, "222222221", "-sensitive"),
        (0, 0, "300000000", "-sensitive"),
    ] {
        assert_eq!(said(says(&string(&[(8, &california(sale, sharing, sensitive, ""))]))), expected);
    }
}

#[test]
fn every_section_of_the_united_states_has_its_opt_outs_in_place() {
    for id in 7..28_u16 {
        let layout = fields::layout(id).unwrap();
        for field in [Field::SaleOptOut, Field::SharingOptOut, Field::TargetedAdvertisingOptOut] {
            let mut written = String::new();
            for other in layout.fields {
                match other {
                    Field::Version | Field::MspaVersion => {}
                    Field::SensitiveDataProcessing => written += &"0".repeat(layout.sensitive.into()),
                    Field::KnownChildSensitiveDataConsents => written += &"0".repeat(layout.minors.into()),
                    _ => written.push(if *other == field { '1' } else { '0' }),
                }
            }
            let version = if id == 7 { 2 } else { 1 };
            let statement = says(&string(&[(id.into(), &codes(version, &written))]));
            let is_there = layout.fields.contains(&field);
            assert_eq!(statement.denied.has(Purpose::Advertising), is_there, "{} {field}", prefix(id).unwrap());
        }
    }
}

#[test]
fn known_minors_are_told_by_age() {
    let minor = |id: u32, codes: &str| says(&string(&[(id, codes)])).minor;
    assert_eq!(minor(8, &california(0, 0, "", "00")), None);
    // California asks for those under 16 together.
    assert_eq!(minor(8, &california(0, 0, "", "10")), Some(Age::Child));
    assert_eq!(minor(8, &california(0, 0, "", "02")), Some(Age::Child));
    // The national section has those under 13 second.
    let national = |minors: &str| codes(2, &format!("111111000{:0<16}{minors}0100", ""));
    assert_eq!(minor(7, &national("201")), Some(Age::Teen));
    assert_eq!(minor(7, &national("210")), Some(Age::Child));
    // Virginia has one code, and it is about children. Delaware names those first.
    let virginia = codes(1, "11100000000002100");
    assert_eq!(minor(9, &virginia), Some(Age::Child));
    let delaware = |minors: &str| codes(1, &format!("11100{:0<9}{minors}0100", ""));
    assert_eq!(minor(17, &delaware("00001")), Some(Age::Teen));
    assert_eq!(minor(17, &delaware("20001")), Some(Age::Child));
}

#[test]
fn global_privacy_control_is_a_part_of_its_own() {
    let with = |part: &str| string(&[(8, &(california(0, 0, "", "") + part))]);
    let has_gpc = ["", ".QA", ".YA"].map(|part| says(&with(part)).gpc);
    assert_eq!(has_gpc, [false, false, true]);
    // It is a setting of the browser, whichever law the section is of.
    assert!(says_in(&with(".YA"), Applicable::region("US-TX")).gpc);
    assert_eq!(said(says_in(&with(".YA"), Applicable::NONE)), "");
    // A cookie of another type, twice, empty, and none.
    assert_eq!(decode(&with(".AA")), Err(Malformed::Segment));
    assert_eq!(decode(&with(".YA.YA")), Err(Malformed::Segment));
    assert_eq!(decode(&with(".")), Err(Malformed::Empty));
    let virginia = codes(1, "11100000000002100") + ".YA";
    assert_eq!(decode(&string(&[(9, &virginia)])), Err(Malformed::Segment));
}

#[test]
fn sections_with_a_header_of_their_own_are_read_as_those_without() {
    // Maryland: the agreement's version, then eight codes. The header has number 24, version 1 and a list of parts.
    let core = codes(1, "10111120");
    let header = text(&format!("{:06b}{:06b}{:012b}", 24, 1, 0));
    for gpc in ["", ".YA"] {
        let with = string(&[(24, &format!("{header}.{core}{gpc}"))]);
        let without = string(&[(24, &format!("{core}{gpc}"))]);
        assert_eq!(says(&with), says(&without));
        assert_eq!(said(says(&with)), "-advertising");
        assert_eq!(says(&with).gpc, gpc == ".YA");
    }
    assert_eq!(decode(&string(&[(24, &header)])), Err(Malformed::Truncated));
    let later = text(&format!("{:06b}{:06b}{:012b}", 24, 2, 0));
    assert!(decode(&string(&[(24, &format!("{later}.{core}"))])).is_err());
    // The official library writes any version of the agreement, that of a section's number too.
    for written in ["DBABEYA~YQBA.QA", "DBABUYA~ZQBA.AAA", "DBABCYA~aQBA.AAA", "DBABSYA~bQBA.AAA"] {
        assert!(decode(written).is_ok(), "{written}");
    }
    let written = "DBAELHD48A~CR3vhPyL_N4Y~BIVJLCT.YA~B3Ha64NS~BQyrGfL1.QAA~0myE.Y~ZBnV.YAAA";
    let sections = sections(written);
    let Some((25, Section::Us(indiana))) = sections.last() else { panic!("{written}") };
    assert!(!indiana.has_header);
    assert_eq!(indiana.codes(Field::SaleOptOut).unwrap().iter().next(), Some(3));
    // Kentucky keeps sensitive data in a part of its own.
    let kentucky = codes(1, "101112200") + "." + &text("1010101010101001");
    assert_eq!(said(says(&string(&[(26, &kentucky)]))), "+advertising -sensitive");
}

#[test]
fn only_sections_that_apply_grant() {
    let nothing = codes(2, &"0".repeat(32));
    let text = string(&[(7, &nothing), (9, &codes(1, "11120000000000100"))]);
    for (applicable, expected) in [
        (Applicable::ALL, "+advertising"),
        (Applicable::region("us-va"), "+advertising"),
        (Applicable::region("US-CA"), ""),
        (Applicable::region("US"), ""),
        (Applicable::region("DE"), ""),
        (Applicable::NONE, ""),
        (Applicable::sections(&[-1, 2]), ""),
        (Applicable::sections(&[7, 9]), "+advertising"),
    ] {
        assert_eq!(said(says_in(&text, applicable)), expected);
    }
    assert!(Applicable::region("CA-QC").has(5) && !Applicable::region("CA-QC").has(8));
    assert!(Applicable::region("US-RI").has(27) && Applicable::region("US-RI").has(6));
    assert!(Applicable::region("US-WY").has(7) && !Applicable::region("US-WY").has(8));
}

#[test]
fn an_opt_out_is_heard_wherever_the_network_puts_the_visitor() {
    for region in ["US-CA", "US", "US-NV", "US-TX", "us-va", "DE", "CA-QC", ""] {
        let heard = |text: &str| says_in(text, Applicable::region(region));
        assert_eq!(said(heard("DBABBg~BAUAAABA.QA")), "-advertising", "{region}");
        assert_eq!(said(heard(&string(&[(6, "1YYN")]))), "-advertising", "{region}");
        assert_eq!(said(heard(&string(&[(8, &california(0, 0, "100000000", ""))]))), "-sensitive", "{region}");
        // Texas says yes, California says no.
        let both = string(&[(8, &california(0, 1, "", "")), (16, &codes(1, "1112200000000010000"))]);
        assert_eq!(said(heard(&both)), "-advertising", "{region}");
        // A child of California stays one.
        assert_eq!(heard(&string(&[(8, &california(0, 0, "", "10"))])).minor, Some(Age::Child), "{region}");
    }
    // Europe's strings are answers under Europe's law.
    let europe = "DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA";
    assert_eq!(says_in(europe, Applicable::region("US-TX")), Statement::default());
}

#[test]
fn a_section_that_cannot_be_read_denies_even_where_it_does_not_apply() {
    let text = string(&[(8, &california(2, 2, "", "")), (9, "!")]);
    let statement = says_in(&text, Applicable::region("US-CA"));
    assert!(statement.granted.is_empty() && statement.fault.is_some());
}

/// Canada: purposes with express and with implied consent, no vendors.
fn canada(express: &[usize], implied: &[usize]) -> String {
    let ids = |ids: &[usize]| (1..=24).map(|id| if ids.contains(&id) { '1' } else { '0' }).collect::<String>();
    let head = format!("{:06b}{:036b}{:036b}{:012b}{:012b}{:06b}", 1, 0, 0, 31, 640, 1);
    let middle = format!("{:06b}{:06b}{:012b}{:06b}0{:012b}", 4, 13, 126, 2, 0);
    let empty_set = "0".repeat(17);
    text(&format!("{head}{middle}{}{}{empty_set}{empty_set}{:012b}", ids(express), ids(implied), 0))
}

#[test]
fn express_consent_of_canada_grants_and_implied_consent_is_silent() {
    // Purpose 1 is not used in Canada, so there is no answer about storage.
    assert_eq!(said(says(&string(&[(5, &canada(&[6, 8], &[4]))]))), "+analytics +personalization -contextual");
    let own = format!("{}.{}", canada(&[6, 8], &[4]), text(&format!("011{:024b}{:024b}{:06b}", 1 << 20, 0, 0)));
    assert!(said(says(&string(&[(5, &own)]))).starts_with("+advertising -"));
}
