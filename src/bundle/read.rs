//! Reading the manifest.
//!
//! Takes postcard bytes, gives a [`Manifest`], or `None` for anything else. Each primitive is read by postcard in one place and the
//! shape is spelled out here: a derived reader would put its own copy of each primitive at each field, which is a fifth of the engine.

use alloc::string::String;
use alloc::vec::Vec;

use postcard::Deserializer;
use postcard::de_flavors::Slice;
use serde::Deserialize;

use super::manifest::{AttributeEntry, DefaultValue, DetailEntry, EventEntry, EventRules, From, Manifest, Rate};
use crate::consent::cmp::{self, Group};
use crate::consent::gpp;
use crate::consent::policy::SignalPolicy;
use crate::consent::sources::{Source, Sources, Usercentrics};
use crate::consent::table::{AgeRule, Regime, RegionTable};
use crate::consent::tcf;

pub(super) fn manifest(bytes: &[u8]) -> Option<Manifest> {
    let mut reader = Reader { postcard: Deserializer::from_bytes(bytes), is_whole: true };
    let manifest = Manifest {
        site: reader.text(),
        attributes: reader.list(attribute),
        default_locale: reader.text(),
        locales: reader.texts(),
        fallback: reader.list(|reader| (reader.text(), reader.list(|reader| reader.half_word()))),
        markets: reader.list(|reader| (reader.text(), reader.texts())),
        keep_when_stale: reader.truth(),
        cookie: reader.text(),
        regions: RegionTable {
            version: reader.text(),
            rows: reader.list(regime),
            codes: reader.list(|reader| (reader.text(), reader.half_word())),
            child_directed: reader.truth(),
            signals: Sources {
                used: reader.list(source),
                policy: signal_policy(&mut reader),
                in_pages: reader.truth(),
                usercentrics: Usercentrics { event: reader.text(), groups: groups(&mut reader) },
            },
        },
        events: reader.truth().then(|| events(&mut reader)),
    };
    let is_at_end = reader.postcard.finalize().is_ok_and(<[u8]>::is_empty);
    (reader.is_whole && is_at_end).then_some(manifest)
}

fn attribute(reader: &mut Reader<'_>) -> AttributeEntry {
    AttributeEntry {
        name: reader.text(),
        value_type: reader.byte(),
        source: reader.byte(),
        purposes: reader.byte(),
        depth: reader.byte(),
        sensitive: reader.truth(),
        required: reader.truth(),
        range: reader.truth().then(|| (reader.signed(), reader.signed())),
        length_max: reader.word(),
        retention_seconds: reader.truth().then(|| reader.word()),
        closed: reader.half_word(),
        default: reader.truth().then(|| default(reader)),
        from: from(reader),
    }
}

fn default(reader: &mut Reader<'_>) -> DefaultValue {
    match reader.word() {
        0 => DefaultValue::Bool(reader.truth()),
        1 => DefaultValue::Number(reader.signed()),
        2 => DefaultValue::Text(reader.text()),
        3 => DefaultValue::List(reader.texts()),
        _ => DefaultValue::Bool(reader.fail()),
    }
}

fn from(reader: &mut Reader<'_>) -> From {
    match reader.word() {
        0 => From::Host,
        1 => From::Country,
        2 => From::Region,
        3 => From::Language,
        4 => From::Device,
        5 => From::Path,
        6 => From::Paths(reader.list(|reader| (reader.text(), reader.text()))),
        7 => From::Header(reader.text()),
        8 => From::Query(reader.text()),
        9 => From::Cookie(reader.text()),
        _ => reader.fail(),
    }
}

fn regime(reader: &mut Reader<'_>) -> Regime {
    Regime {
        code: reader.text(),
        models: core::array::from_fn(|_| reader.byte()),
        gpc_off: reader.byte(),
        without_consent: reader.truth().then(|| reader.byte()),
        child: age_rule(reader),
        teen: age_rule(reader),
        child_age_max: reader.byte(),
        grant_days_max: reader.half_word(),
        effective_from_ms: reader.signed(),
        parent: reader.half_word(),
    }
}

fn age_rule(reader: &mut Reader<'_>) -> AgeRule {
    AgeRule { model: reader.byte(), purposes: reader.byte() }
}

fn source(reader: &mut Reader<'_>) -> Source {
    Source { signal: reader.byte(), cookie: reader.text() }
}

fn groups(reader: &mut Reader<'_>) -> Vec<Group> {
    reader.list(|reader| Group { name: reader.text(), purposes: reader.byte() })
}

fn signal_policy(reader: &mut Reader<'_>) -> SignalPolicy {
    SignalPolicy {
        tcf: tcf_policy(reader),
        gpp: gpp::Policy {
            sale: reader.byte(),
            sharing: reader.byte(),
            targeted_advertising: reader.byte(),
            sensitive_data_processing: reader.byte(),
        },
        cmp: cmp::Policy {
            onetrust: groups(reader),
            cookiebot: groups(reader),
            didomi: groups(reader),
            google: groups(reader),
        },
    }
}

fn tcf_policy(reader: &mut Reader<'_>) -> tcf::Policy {
    tcf::Policy {
        basis_order: core::array::from_fn(|_| reader.byte()),
        vendor: reader.truth().then(|| reader.half_word()),
        max_age_days: reader.half_word(),
        disclosed_vendors_from_ms: reader.signed(),
        needs: core::array::from_fn(|_| tcf::Needs { purposes: reader.word(), special_features: reader.half_word() }),
    }
}

fn events(reader: &mut Reader<'_>) -> EventRules {
    EventRules {
        late_seconds: reader.word(),
        early_seconds: reader.word(),
        rate: reader.truth().then(|| Rate { events: reader.word(), seconds: reader.word() }),
        kinds: reader.list(|reader| EventEntry { name: reader.text(), details: reader.list(detail) }),
    }
}

fn detail(reader: &mut Reader<'_>) -> DetailEntry {
    DetailEntry {
        name: reader.text(),
        value_type: reader.byte(),
        required: reader.truth(),
        range: reader.truth().then(|| (reader.signed(), reader.signed())),
        length_max: reader.word(),
        values: reader.texts(),
    }
}

/// Reads on after a fault, and gives nothing but defaults then: one question at the end replaces one after every field.
struct Reader<'b> {
    postcard: Deserializer<'b, Slice<'b>>,
    is_whole: bool,
}

impl<'b> Reader<'b> {
    fn byte(&mut self) -> u8 {
        self.primitive()
    }

    /// A truth value, or whether an optional value follows.
    fn truth(&mut self) -> bool {
        self.primitive()
    }

    fn half_word(&mut self) -> u16 {
        self.primitive()
    }

    /// A number, a length, or the number of a variant.
    fn word(&mut self) -> u32 {
        self.primitive()
    }

    fn signed(&mut self) -> i64 {
        self.primitive()
    }

    fn text(&mut self) -> String {
        String::from(self.primitive::<&str>())
    }

    fn texts(&mut self) -> Vec<String> {
        self.list(Self::text)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        for _ in 0..self.word() {
            if !self.is_whole {
                break;
            }
            items.push(item(self));
        }
        items
    }

    #[inline(never)]
    fn primitive<T: Deserialize<'b> + Default>(&mut self) -> T {
        match T::deserialize(&mut self.postcard) {
            Ok(primitive) if self.is_whole => primitive,
            _ => self.fail(),
        }
    }

    #[cold]
    fn fail<T: Default>(&mut self) -> T {
        self.is_whole = false;
        T::default()
    }
}

#[cfg(all(test, feature = "author"))]
mod tests {
    use super::*;

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
        let attributes = froms.into_iter().zip(defaults.into_iter().cycle()).zip(0_u8..).map(|((from, default), n)| {
            AttributeEntry {
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
            }
        });
        Manifest {
            site: text("shop"),
            attributes: attributes.collect(),
            default_locale: text("en"),
            locales: alloc::vec![text("de"), text("en")],
            fallback: alloc::vec![(text("de-CH"), alloc::vec![0, 1, 65_535])],
            markets: alloc::vec![(text("dach"), alloc::vec![text("DE"), text("AT")]), (text("none"), alloc::vec![])],
            keep_when_stale: true,
            cookie: text("selvedge-consent"),
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
                    used: alloc::vec![Source { signal: 3, cookie: text("OptanonConsent") }],
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
                            DetailEntry {
                                name: text("by"),
                                value_type: 4,
                                required: true,
                                range: None,
                                length_max: u32::MAX,
                                values: alloc::vec![text("card"), text("post")],
                            },
                            DetailEntry {
                                name: text("count"),
                                value_type: 1,
                                required: false,
                                range: Some((-1, 99)),
                                length_max: 0,
                                values: Vec::new(),
                            },
                        ],
                    },
                ],
            }),
        }
    }

    /// Serde's derived reader is the oracle: on the bytes themselves, on each of their beginnings, and with each byte changed.
    #[test]
    fn agrees_with_the_derived_reader() {
        let example = example();
        let bytes = postcard::to_allocvec(&example).expect("postcard");
        assert_eq!(manifest(&bytes), Some(example));
        let check = |bytes: &[u8]| {
            let theirs = postcard::take_from_bytes(bytes).ok().filter(|(_, rest)| rest.is_empty());
            assert_eq!(manifest(bytes), theirs.map(|(manifest, _)| manifest), "{bytes:?}");
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
}
