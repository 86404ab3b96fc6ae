//! Hosts that leak, each in one way: what a proof of non-interference is worth is how many of them it finds.
//!
//! A leaky host is the real one with one output spoiled. Where an engine would have to be wrong inside, the wrong answer comes from asking
//! the right one with what it should not have seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use selvedge::cli::prove::Host;
use selvedge::consent::{Grants, grants};
use selvedge::engine::bucket::{Domain, point};
use selvedge::engine::permit;
use selvedge::page::{self};
use selvedge::report::interference::{Asked, Fact, Outputs, Plan, System, search};
use selvedge::words::{Choice, PurposeKey, Value, Visit};
use selvedge::words::{Purpose, Unit};

use super::shop::Shop;
use crate::sites;

/// A way to leak.
pub(super) struct Leak {
    name: &'static str,
    spoil: fn(&mut Scene<'_>, &mut Outputs),
}

/// The real host with one leak.
pub(super) struct Leaky<'s> {
    pub(super) host: Host<'s>,
    pub(super) shop: &'s Shop,
    pub(super) leak: &'s Leak,
}

/// A room with something to remember in.
#[derive(Default)]
pub(super) struct Room {
    real: <Host<'static> as System>::Room,
    memory: BTreeMap<String, String>,
}

impl System for Leaky<'_> {
    type Room = Room;

    fn outputs(&self, room: &mut Room, asked: &Asked<'_>) -> Outputs {
        let mut outputs = self.host.outputs(&mut room.real, asked);
        let (visit, slots) = self.seen(asked);
        let now_ms = visit.now.map_or(0, |now| now.0);
        let grants = grants(&self.shop.site.regions, &visit, now_ms);
        let hidden = self.hidden(&visit, &grants, now_ms);
        let mut scene = Scene { host: &self.host, asked, visit, grants, hidden, slots, memory: &mut room.memory };
        (self.leak.spoil)(&mut scene, &mut outputs);
        outputs
    }
}

impl Leaky<'_> {
    /// The visit behind either door, and the slots that are asked for.
    fn seen(&self, asked: &Asked<'_>) -> (Visit, Vec<String>) {
        match asked {
            Asked::Visit(visit, slots) => ((*visit).clone(), slots.iter().map(|slot| (*slot).to_owned()).collect()),
            Asked::Request(request) => {
                let header = |name: &str| request.headers.get(name).cloned();
                let facts = page::Request {
                    path: &request.path,
                    query: &request.query,
                    country: request.country.as_deref(),
                    region: request.region.as_deref(),
                    header: &header,
                    now_ms: request.now_ms,
                    randomness: &request.randomness,
                    edit: None,
                };
                let visit = page::arrive(&self.shop.opened.bundle, &facts, None).0.visit;
                (visit, self.shop.site.slots.iter().map(|slot| slot.name.clone()).collect())
            }
        }
    }

    /// Attributes that no purpose may read.
    fn hidden(&self, visit: &Visit, grants: &Grants, now_ms: i64) -> Vec<String> {
        let bundle = &self.shop.opened.bundle;
        let permitted = permit(bundle, visit, grants, now_ms);
        let is_hidden = |at: &usize| Purpose::ALL.iter().all(|purpose| permitted.withholds(*at, *purpose));
        let attributes = &bundle.program().manifest().attributes;
        (0..attributes.len()).filter(is_hidden).map(|at| attributes[at].name.clone()).collect()
    }
}

/// What a leak can get at.
pub(super) struct Scene<'a> {
    host: &'a Host<'a>,
    asked: &'a Asked<'a>,
    visit: Visit,
    grants: Grants,
    hidden: Vec<String>,
    slots: Vec<String>,
    memory: &'a mut BTreeMap<String, String>,
}

impl Scene<'_> {
    /// The real host's output for another visit.
    fn instead(&self, output: &str, change: impl FnOnce(&mut Visit, &[String])) -> String {
        let mut visit = self.visit.clone();
        change(&mut visit, &self.hidden);
        let slots: Vec<&str> = self.slots.iter().map(String::as_str).collect();
        let outputs = self.host.outputs(&mut Default::default(), &Asked::Visit(&visit, &slots));
        outputs.into_iter().find(|(name, _)| *name == output).expect("an output of every visit").1
    }

    fn decisions(&self, change: impl FnOnce(&mut Visit, &[String])) -> String {
        self.instead("decisions", change)
    }

    /// Hidden attributes that are there, with their values.
    fn there(&self) -> Vec<(&str, &Value)> {
        let hidden = self.hidden.iter().filter_map(|name| Some((name.as_str(), self.visit.attributes.get(name)?)));
        hidden.filter(|(_, value)| **value != Value::Null).collect()
    }

    fn cookie(&self, name: &str) -> Option<String> {
        let Asked::Request(request) = self.asked else { return None };
        let pairs = request.headers.get("cookie")?.split("; ").filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }

    /// What the page noted.
    fn events(&self) -> impl Iterator<Item = &serde_json::Value> {
        let events = match self.asked {
            Asked::Request(request) => request.events.as_slice(),
            Asked::Visit(..) => &[],
        };
        events.iter()
    }

    fn uncovered_id(&self) -> Option<&str> {
        let identity = &self.visit.identity;
        let ids = [
            (Unit::Account, &identity.account),
            (Unit::Visitor, &identity.visitor),
            (Unit::Session, &identity.session),
        ];
        ids.into_iter()
            .find(|(unit, id)| !self.grants.allows_unit(*unit) && id.is_some())
            .and_then(|(_, id)| id.as_deref())
    }
}

fn set(outputs: &mut Outputs, name: &str, text: String) {
    outputs.iter_mut().filter(|(known, _)| *known == name).for_each(|(_, old)| old.clone_from(&text));
}

fn add(outputs: &mut Outputs, name: &str, text: impl AsRef<str>) {
    outputs.iter_mut().filter(|(known, _)| *known == name).for_each(|(_, old)| *old += text.as_ref());
}

fn grant(visit: &mut Visit, purposes: &[Purpose]) {
    visit.grants.extend(purposes.iter().map(|purpose| (PurposeKey(*purpose), Some(Choice::Granted))));
    visit.signals = Default::default();
}

fn sum(text: &str) -> u32 {
    text.bytes().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

pub(super) static LEAKS: [Leak; 34] = [
    Leak {
        name: "an arm is drawn by an id that consent does not cover",
        spoil: |scene, out| {
            let drawn = scene.decisions(|visit, hidden| {
                visit.attributes.retain(|name, _| !hidden.contains(name));
                grant(visit, &[Purpose::Analytics, Purpose::Storage]);
            });
            set(out, "decisions", drawn);
        },
    },
    Leak {
        name: "`has` answers for what is hidden",
        spoil: |scene, out| {
            let asked = scene.decisions(|visit, hidden| {
                visit.observed.clear();
                // Only that it is there.
                for (_, value) in visit.attributes.iter_mut().filter(|(name, _)| hidden.contains(name)) {
                    *value = Value::Int(1);
                }
                grant(visit, Purpose::ALL);
            });
            set(out, "decisions", asked);
        },
    },
    Leak {
        name: "what was decided before a withdrawal is remembered",
        spoil: |scene, out| {
            let fresh = out[0].1.clone();
            let kept = scene.memory.entry(scene.slots.join(" ")).or_insert(fresh).clone();
            set(out, "decisions", kept);
        },
    },
    Leak {
        name: "a cache key has a hidden value in it",
        spoil: |scene, out| {
            let key = sum(&format!("{:?}", scene.visit.attributes));
            add(out, "cache policy", format!(" key {key}"));
        },
    },
    Leak {
        name: "`Vary` names a header that was read though it is hidden",
        spoil: |scene, out| {
            let read = scene.there().iter().any(|(name, _)| *name == "request.tier");
            add(out, "headers", if read { "vary: x-tier\n" } else { "" });
        },
    },
    Leak {
        name: "an ETag is made of the whole visit",
        spoil: |scene, out| add(out, "headers", format!("etag: {}\n", sum(&format!("{:?}", scene.visit)))),
    },
    Leak {
        name: "a line of the log holds a hidden value",
        spoil: |scene, out| {
            let value = scene.there().first().map(|(_, value)| format!("{value:?}"));
            add(out, "log", value.unwrap_or_default());
        },
    },
    Leak {
        name: "the log has a line for each hidden value that is there",
        spoil: |scene, out| add(out, "log", "\n{}".repeat(scene.there().len())),
    },
    Leak {
        name: "the lines of the log are in the order of a hidden value",
        spoil: |scene, out| {
            if scene.there().iter().any(|(_, value)| sum(&format!("{value:?}")) % 2 == 1) {
                let log = out.iter().find(|(name, _)| *name == "log").expect("a log").1.clone();
                set(out, "log", log.lines().rev().collect::<Vec<_>>().join("\n"));
            }
        },
    },
    Leak {
        name: "how many rules were looked at is told, hidden ones answered",
        spoil: |scene, out| {
            let all = scene.decisions(|visit, _| grant(visit, Purpose::ALL));
            add(out, "explanation", format!("{} rules", all.matches("\"rule\":null").count()));
        },
    },
    Leak {
        name: "a cookie is set if a cookie that may not be read is there",
        spoil: |scene, out| {
            let storage = scene.grants.allows(Purpose::Storage);
            let there = !storage && scene.cookie("note").is_some();
            add(out, "headers", if there { "set-cookie: note=; Max-Age=0\n" } else { "" });
        },
    },
    Leak {
        name: "a sentence names the hidden value that stands in the way",
        spoil: |scene, out| {
            let words: Vec<String> = scene.there().iter().map(|(name, value)| format!("{name} is {value:?}")).collect();
            add(out, "sentences", words.join(", "));
        },
    },
    Leak {
        name: "the read set lists hidden attributes that are there",
        spoil: |scene, out| {
            let names: Vec<&str> = scene.there().iter().map(|(name, _)| *name).collect();
            add(out, "decisions", names.join(","));
        },
    },
    Leak {
        name: "a missing value has another reason than one that is there",
        spoil: |scene, out| {
            if scene.there().is_empty() {
                let decisions = out[0].1.replace("CONSENT_WITHHELD", "DATA_QUALITY");
                let decisions = decisions.replace("CONSENT_WITHDRAWN", "DATA_QUALITY");
                set(out, "decisions", decisions);
            }
        },
    },
    Leak {
        name: "the default stands in for a hidden value that is missing",
        spoil: |scene, out| {
            let decided = scene.decisions(|visit, hidden| {
                visit.unknown.extend(hidden.iter().filter(|name| visit.attributes.contains_key(*name)).cloned());
                visit.observed.clear();
                grant(visit, Purpose::ALL);
            });
            set(out, "decisions", decided);
        },
    },
    Leak {
        name: "retention is checked only where there is a value",
        spoil: |scene, out| {
            let decided = scene.decisions(|visit, _| {
                let there = visit.attributes.clone();
                visit.observed.retain(|name, _| there.get(name).is_some_and(|value| *value != Value::Null));
            });
            set(out, "decisions", decided);
        },
    },
    Leak {
        name: "the bad quality of a hidden value is reported",
        spoil: |scene, out| {
            let bad = scene.there().iter().any(|(_, value)| matches!(value, Value::Invalid | Value::List(_)));
            add(out, "log", if bad { "\n{\"kind\":\"quality\"}" } else { "" });
        },
    },
    Leak {
        name: "the log has the point of an id that consent does not cover",
        spoil: |scene, out| {
            let drawn = scene.uncovered_id().map(|id| point(Domain::Variant, "x", id, 10_000));
            add(out, "log", format!("{drawn:?}"));
        },
    },
    Leak {
        name: "the locale is that of a hidden attribute",
        spoil: |scene, out| {
            let edits = scene.instead("edits", |visit, hidden| {
                let name = "profile.language".to_owned();
                if let (true, Some(Value::Text(language))) = (hidden.contains(&name), visit.attributes.get(&name)) {
                    visit.locale = Some(language.clone());
                }
            });
            set(out, "edits", edits);
        },
    },
    Leak {
        name: "the market is that of a hidden country",
        spoil: |scene, out| {
            let decided = scene.decisions(|visit, hidden| {
                let name = "request.country".to_owned();
                if let (true, Some(Value::Text(country))) = (hidden.contains(&name), visit.attributes.get(&name)) {
                    visit.region = Some(country.clone());
                    grant(visit, &[Purpose::Contextual]);
                }
            });
            set(out, "decisions", decided);
        },
    },
    Leak {
        name: "the data block holds an id that consent does not cover",
        spoil: |scene, out| {
            let id = scene.uncovered_id().unwrap_or_default().to_owned();
            add(out, "data block", id);
        },
    },
    Leak {
        name: "the edits are in the order of a hidden value",
        spoil: |scene, out| {
            if scene.there().iter().any(|(_, value)| matches!(value, Value::Bool(true) | Value::Int(2..))) {
                let edits = out.iter().find(|(name, _)| *name == "edits").expect("edits").1.clone();
                set(out, "edits", edits.lines().rev().collect::<Vec<_>>().join("\n"));
            }
        },
    },
    Leak {
        name: "the state cookie is written back though nobody may read it",
        spoil: |scene, out| {
            let state = scene.cookie("selvedge-state").filter(|_| !scene.grants.allows(Purpose::Storage));
            add(out, "headers", format!("set-cookie: selvedge-state={}\n", state.unwrap_or_default()));
        },
    },
    Leak {
        name: "exposures are joined across a change of mind",
        spoil: |scene, out| {
            let id = scene.uncovered_id().map(str::to_owned);
            let known = scene.grants.allows(Purpose::Analytics).then_some(scene.visit.identity.account.clone());
            let before = scene.memory.get("id").cloned();
            if let Some(id) = known.flatten() {
                scene.memory.insert("id".into(), id);
            }
            let joined = before.filter(|_| !scene.grants.allows(Purpose::Analytics) && id.is_some());
            add(out, "log", joined.unwrap_or_default());
        },
    },
    Leak {
        name: "sensitive data is read without a grant by name",
        spoil: |scene, out| {
            let decided = scene
                .decisions(|visit, _| visit.grants.extend([(PurposeKey(Purpose::Sensitive), Some(Choice::Granted))]));
            set(out, "decisions", decided);
        },
    },
    Leak {
        name: "the device is read without `storage`",
        spoil: |scene, out| {
            let decided = scene
                .decisions(|visit, _| visit.grants.extend([(PurposeKey(Purpose::Storage), Some(Choice::Granted))]));
            set(out, "decisions", decided);
        },
    },
    Leak {
        name: "a permission for one purpose serves another",
        spoil: |scene, out| {
            let decided = scene.decisions(|visit, _| {
                if visit.grants.iter().any(|(_, choice)| *choice == Some(Choice::Granted)) {
                    grant(visit, &[Purpose::Personalization, Purpose::Functional, Purpose::Advertising]);
                }
            });
            set(out, "decisions of a kept visitor", decided);
        },
    },
    Leak {
        name: "the page has a comment for those with something hidden",
        spoil: |scene, out| {
            let mut comment = String::new();
            let _ = write!(comment, "<!-- {} -->", scene.there().len());
            add(out, "page", comment);
        },
    },
    Leak {
        name: "an audit record has a digest of a value that nobody may read",
        spoil: |scene, out| {
            let digest = scene.there().first().map(|(name, value)| sum(&format!("{name} {value:?}")));
            add(out, "audit record", format!("{digest:?}"));
        },
    },
    Leak {
        name: "an old bundle decides with what is hidden",
        spoil: |scene, out| {
            let old = scene.instead("decisions of an old bundle", |visit, _| grant(visit, Purpose::ALL));
            set(out, "decisions of an old bundle", old);
        },
    },
    Leak {
        name: "the locale is what the browser asks for though nothing contextual may be chosen",
        spoil: |scene, out| {
            let asked_for = match scene.asked {
                Asked::Request(request) => request.headers.get("accept-language").cloned(),
                Asked::Visit(visit, _) => visit.locale.clone(),
            };
            let edits = scene.instead("edits", |visit, _| visit.locale = asked_for);
            set(out, "edits", edits);
        },
    },
    Leak {
        name: "an event that is only counted is named",
        spoil: |scene, out| {
            let kept = out.iter().find(|(name, _)| *name == "events").map(|(_, text)| text.clone()).unwrap_or_default();
            let names = scene.events().map(|event| event["name"].to_string()).filter(|name| !kept.contains(name));
            add(out, "events", names.collect::<String>());
        },
    },
    Leak {
        name: "an event of another epoch is joined to the id of now",
        spoil: |scene, out| {
            let other = scene.events().filter(|event| event["epoch"] != scene.grants.epoch);
            let joined: String =
                other.map(|event| format!("{} {:?}", event["detail"], scene.visit.identity.visitor)).collect();
            add(out, "events", joined);
        },
    },
    Leak {
        name: "a consent string counts that the site does not use",
        spoil: |scene, out| add(out, "panel", format!("{:?}", scene.cookie("euconsent-v2"))),
    },
];

#[test]
fn every_leak_is_found() {
    let shop = Shop::new();
    // Without a leak nothing is found: what finds leaks everywhere finds none.
    let clean = search(&shop.maker(), &shop.host(), plan(sites::cases(500) as u64), &|_| {});
    super::assert_clean("the shop without a leak", &clean);

    let mut table = String::new();
    for leak in &LEAKS {
        let leaky = Leaky { host: shop.host(), shop: &shop, leak };
        let report = search(&shop.maker(), &leaky, plan(PAIRS_MAX), &|_| {});
        let found = report.found.unwrap_or_else(|| panic!("not found in {PAIRS_MAX} pairs: {}", leak.name));
        let differing: Vec<String> = found.visitor.differing(&found.twin).map(Fact::to_string).collect();
        let facts = found.visitor.facts.len();
        let past = if found.past { ", after a past" } else { "" };
        let _ = writeln!(
            table,
            "{:>4}  {:<70} {:<28} {} of {facts} facts{past}",
            found.pair + 1,
            leak.name,
            found.output.0,
            differing.join(", ")
        );
        assert!(differing.len() <= 2 && facts <= 12, "not small: {}\n{}", leak.name, found.visitor.json());
    }
    println!("pair  leak{:<67} shows in{:<20} what differs\n{table}{} leaks, all found", "", "", LEAKS.len());
}

/// Pairs within which every leak must be found.
const PAIRS_MAX: u64 = 2_000;

fn plan(pairs: u64) -> Plan {
    Plan { pairs, seed: 1, ..super::plan(0) }
}
