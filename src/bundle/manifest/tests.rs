//! Tests that reading gives exactly what was written.

use super::*;
use crate::consent::platforms::Group;
use crate::consent::policy::SignalPolicy;
use crate::consent::sources::{self, Sources, Usercentrics};
use crate::consent::table::{AgeRule, Regime};
use crate::consent::tcf;

/// Every kind of part. Texts that only repeat others are left out.
fn example() -> Manifest {
    let text = |text: &str| String::from(text);
    let defaults = [
        None,
        Some(DefaultValue::Bool(true)),
        Some(DefaultValue::Number(-300)),
        Some(DefaultValue::Text(text("größe"))),
        Some(DefaultValue::List(alloc::vec![text(""), text("b")])),
    ];
    let froms = [
        From::Host,
        From::Country,
        From::Region,
        From::Language,
        From::Device,
        From::Path,
        From::Paths(alloc::vec![(text("/a/*"), text("a")), (text("*"), text("b"))]),
        From::Header(text("x-plan")),
        From::Query(text("q")),
        From::Cookie(text("c")),
    ];
    let attributes =
        froms.into_iter().zip(defaults.into_iter().cycle()).zip(0_u8..).map(|((from, default), n)| AttributeEntry {
            name: alloc::format!("request.{n}"),
            value_type: n,
            source: 2 * n,
            purposes: 255 - n,
            depth: 3,
            sensitive: n % 2 == 0,
            required: n % 3 == 0,
            range: (n > 3).then_some((i64::MIN, i64::from(n))),
            length_max: if n == 5 { u32::MAX } else { u32::from(n) },
            retention_seconds: (n > 6).then_some(86_400),
            closed: u16::from(n) * 300,
            default,
            from,
        });
    let detail = |name, value_type, required, range, length_max, values| {
        let name = text(name);
        DetailEntry { name, value_type, required, range, length_max, values }
    };
    Manifest {
        attributes: attributes.collect(),
        default_locale: text("en"),
        locales: alloc::vec![text("de"), text("en")],
        fallback: alloc::vec![(text("de-CH"), alloc::vec![0, 1, 65_535])],
        markets: alloc::vec![(text("dach"), alloc::vec![text("DE"), text("AT")]), (text("none"), alloc::vec![])],
        keep_when_stale: true,
        regions: RegionTable {
            version: text("2026-11-01"),
            rows: alloc::vec![
                Regime::default(),
                Regime {
                    code: text("DE"),
                    models: [0, 1, 2, 3, 4, 5, 6, 200],
                    without_consent: Some(1),
                    child: AgeRule { model: 4, purposes: 0xf0 },
                    grant_days_max: 395,
                    ..Regime::default()
                },
            ],
            codes: alloc::vec![(text("DE"), 1)],
            child_directed: true,
            signals: Sources {
                in_pages: true,
                usercentrics: Usercentrics {
                    event: text("ucEvent"),
                    groups: alloc::vec![Group { name: text("Maps"), purposes: 4 }],
                },
                used: alloc::vec![sources::Source {
                    signal: 3,
                    cookie: text("OptanonConsent"),
                    groups: alloc::vec![Group { name: text("C0002"), purposes: 8 }],
                }],
                policy: SignalPolicy {
                    tcf: tcf::Policy { vendor: Some(755), ..tcf::Policy::default() },
                    ..SignalPolicy::default()
                },
            },
        },
        events: Some(EventRules {
            late_seconds: 86_400,
            early_seconds: 300,
            rate: Some(Rate { events: 60, seconds: 60 }),
            kinds: alloc::vec![
                EventEntry { name: text("seen"), details: Vec::new() },
                EventEntry {
                    name: text("sold"),
                    details: alloc::vec![
                        detail("by", 4, true, None, u32::MAX, alloc::vec![text("card"), text("post")]),
                        detail("count", 1, false, Some((-1, 99)), 0, Vec::new()),
                    ],
                },
            ],
        }),
        ..Manifest::default()
    }
}

/// Serde's derived reader is the oracle: on the bytes themselves, on each of their beginnings, and with each byte changed.
#[test]
fn agrees_with_the_derived_reader() {
    let example = example();
    let bytes = postcard::to_allocvec(&example).expect("postcard");
    assert_eq!(read::<Manifest>(&bytes), Some(example));
    let check = |bytes: &[u8]| {
        let theirs = postcard::take_from_bytes(bytes).ok().filter(|(_, rest)| rest.is_empty());
        assert_eq!(read::<Manifest>(bytes), theirs.map(|(manifest, _)| manifest), "{bytes:?}");
    };
    (0..bytes.len()).for_each(|end| check(&bytes[..end]));
    check(&[&bytes[..], &[0]].concat());
    for at in 0..bytes.len() {
        for byte in [0, 1, 2, 9, 10, 0x7f, 0x80, 0xff, bytes[at] ^ 1] {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            check(&bytes);
        }
    }
}
