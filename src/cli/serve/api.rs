//! JSON for the panel: the site, and one page for one visitor with every why and why not.
//!
//! Takes the shared state and a choice, gives values. It decides by the same calls as a page does.

use serde_json::{Value, json};

use super::choice::Choice;
use super::pages;
use super::state::{Live, Loaded, State};
use super::visitor::{FIRST, faults, see};
use crate::author::diagnostic::Diagnostic;
use crate::author::site::Visitor;
use crate::cli::deliver::Reads;
use crate::cli::render::severity;
use crate::cli::replay::as_json;
use crate::consent::Grants;
use crate::consent::table::{Regime, RegionTable};
use crate::engine::write_page;
use crate::explain::{IfAllGranted, explain, if_all_granted, words};
use crate::page::{Asked, Begun, Person, Scratch, Who, arrive, begin, slots_at};
use crate::words::time::{DAY, format_rfc3339};
use crate::words::{Age, Depth, Purpose, Purposes, hex};

/// The state of the preview, with the keys that the Worker has: `GET /__selvedge/health`.
pub(super) fn health(state: &State) -> Value {
    let mut health = match &state.live().loaded {
        None => json!({ "ok": false, "reason": "the site has errors; `selvedge check` says which", "absent": {} }),
        Some(loaded) => {
            let release = &loaded.opened.release;
            let revocations = if loaded.opened.revocations.is_some() { "used" } else { "none" };
            json!({
                "ok": true, "release": hex(release.digest()), "version": release.version(),
                "root": release.floor().root, "stale": false, "overlay": null,
                "overlay_stale": false, "revocations": revocations, "absent": {},
            })
        }
    };
    let Reads { engine, formats } = Reads::OWN;
    (health["engine"], health["formats"]) = (json!(engine), json!(formats));
    health
}

/// The data that the panel needs once for each version: `GET /__selvedge/api/site`.
pub(super) fn site(state: &State) -> Value {
    let live = state.live();
    let diagnostics: Vec<Value> = live.diagnostics.iter().map(|found| diagnostic(&live, found)).collect();
    let mut answer = json!({
        "version": live.version,
        "broken": live.is_broken(),
        "diagnostics": diagnostics,
        "folder": state.folder.display().to_string(),
        "origin": state.origin(&live),
    });
    let Some(loaded) = &live.loaded else { return answer };
    let RegionTable { codes, rows, .. } = &loaded.opened.bundle.program().manifest().regions;
    let regions = codes.iter().map(|(code, row)| json!({ "code": code, "regime": regime(rows, (*row).into()) }));
    let visitors = loaded.site.visitors.iter().map(|Visitor { name, description, visit, .. }| {
        json!({ "name": name, "description": description, "region": visit.region, "locale": visit.locale })
    });
    let purposes = Purpose::ALL.iter().map(|purpose| {
        let text = loaded.site.consent.texts.get(purpose).map_or_else(|| words::purpose(*purpose), String::as_str);
        json!({ "name": purpose.name(), "text": text })
    });
    let slots = loaded.site.slots.iter().map(|slot| {
        json!({
            "name": slot.name, "page": slot.page, "selector": slot.selector, "change": slot.change.name(),
            "description": slot.description, "place": place(&slot.place),
        })
    });
    answer["name"] = json!(loaded.site.name);
    answer["visitors"] = visitors.collect();
    answer["regions"] = regions.collect();
    answer["default_region"] = json!(state.region(loaded));
    answer["purposes"] = purposes.collect();
    answer["locales"] = json!(loaded.site.locales.all);
    answer["default_locale"] = json!(loaded.site.locales.default);
    answer["slots"] = slots.collect();
    answer["pages"] = json!(state.pages(&live).map(|folder| pages::list(&folder)).unwrap_or_default());
    answer
}

/// One page for one visitor: `GET /__selvedge/api/decide?page=/&selvedge-visitor=…`.
pub(super) fn page(state: &State, path: &str, query: &str, choice: &Choice, agent: Option<&str>) -> Value {
    let live = state.live();
    let Some(loaded) = &live.loaded else { return json!({ "version": live.version, "decisions": [] }) };
    let choice = Choice { is_preview: true, ..choice.clone() };
    let header = |name: &str| (name == "user-agent").then(|| agent.map(str::to_owned)).flatten();
    let path = &crate::page::normal_path(path);
    let request = state.request(loaded, (path, query), &header, "");
    let find = |unit, id: &str| loaded.find(unit, id);
    let person = || Some(Person { account: None, find: &find });
    let as_is = Choice { grant: Purposes::NONE, deny: Purposes::NONE, ..choice.clone() };
    let unasked = see(loaded, &request, &as_is, |request| {
        arrive(&loaded.opened.bundle, request, person().as_ref()).0.grants.granted()
    });
    let mut scratch = Scratch::default();
    let seen = see(loaded, &request, &choice, |request| {
        let asked = Asked { person: person(), ..Asked::of(Who::Request(request)) };
        begin(&loaded.opened.bundle, &asked, &mut scratch)
    });
    let bundle = &loaded.opened.bundle;
    let (permitted, decided) = (seen.permitted(), seen.page());
    let mut written = String::new();
    write_page(&mut written, bundle, permitted, decided, &[]);
    let written: Value = serde_json::from_str(&written).unwrap_or_default();
    let if_granted = if_all_granted(bundle, seen.visit(), seen.now_ms(), &slots_at(bundle, path));
    let decisions = decided.decisions.iter().zip(if_granted).map(|(decision, if_granted)| {
        let explanation = explain(bundle, &loaded.debug, permitted, decided, decision, seen.visit());
        let selector = decision.slot.map(|slot| bundle.program().slot(slot as usize).selector);
        json!({
            "slot": explanation.slot,
            "selector": selector,
            "decision": written["decisions"][explanation.slot.as_str()],
            "cache": decision.cache_policy().name(),
            "if_all_granted": counterfactual(explanation.content.as_deref(), &if_granted, seen.grants().depth),
            "explanation": explanation,
        })
    });
    let decisions: Vec<Value> = decisions.collect();
    json!({
        "version": live.version,
        "path": path,
        "visitor": who(loaded, &seen, &choice),
        "purposes": purposes(&bundle.program().manifest().regions, seen.grants(), age(loaded, &seen), unasked),
        "attributes": attributes(loaded, &seen),
        "cache": written["cache"],
        "cache_words": words::cache(decided.cache_policy()),
        "bundle": written["bundle"],
        "decisions": decisions,
        "faults": faults(loaded, &choice),
    })
}

fn counterfactual(now: Option<&str>, then: &IfAllGranted, limit: Depth) -> Value {
    let with = if limit < Depth::Sensitive { "With every permission and no limit" } else { "With every permission" };
    let differs = now != then.content.as_deref();
    let by = then.experience.as_ref().map(|name| format!(" (by `{name}`)")).unwrap_or_default();
    let sentence = match &then.content {
        _ if !differs => format!("{with}, the same would show."),
        Some(content) => format!("{with}, `{content}` would show{by}."),
        None => format!("{with}, the origin’s own content would stay{by}."),
    };
    json!({ "differs": differs, "content": then.content, "experience": then.experience, "sentence": sentence })
}

fn who(loaded: &Loaded, seen: &Begun<'_>, choice: &Choice) -> Value {
    let regions = &loaded.opened.bundle.program().manifest().regions;
    let name = choice.visitor.as_deref().unwrap_or(FIRST);
    let named = loaded.site.visitors.iter().find(|visitor| visitor.name == name);
    json!({
        "name": name,
        "description": named.map_or(words::FIRST_VISIT, |visitor| &visitor.description),
        "region": seen.visit().region,
        "regime": regime(&regions.rows, seen.grants().regime),
        "table": regions.version,
        "locale": seen.visit().locale,
        "now": format_rfc3339(seen.now_ms()),
        "gpc": seen.visit().signals.gpc,
        "epoch": seen.grants().epoch,
        "minor": age(loaded, seen).map(Age::name),
        "minor_words": words::age(age(loaded, seen), regions.child_directed),
        "depth": seen.grants().depth.name(),
        "depth_words": words::depth(seen.grants().depth),
    })
}

/// The code of a row of the region table.
fn regime(rows: &[Regime], row: usize) -> Option<&str> {
    rows.get(row).map(|row| &*row.code)
}

/// The permission for each purpose, in words. `unasked` are the purposes that were granted without the panel's own answers.
pub(in crate::cli) fn purposes(
    regions: &RegionTable,
    grants: &Grants,
    age: Option<Age>,
    unasked: Purposes,
) -> Vec<Value> {
    let unknown = Regime::default();
    let regime = regions.rows.get(grants.regime).unwrap_or(&unknown);
    let purpose = |purpose: &Purpose| {
        let of_age = regime.model_of_age(age, *purpose);
        let by_age = of_age > regime.model(*purpose) || regime.asks_parent(age, *purpose);
        let model = regime.model(*purpose).max(of_age);
        let day = grants.day(*purpose).map(|day| format_rfc3339(i64::from(day) * DAY));
        let (granted, basis) = (grants.allows(*purpose), grants.basis(*purpose));
        json!({
            "name": purpose.name(),
            "granted": granted,
            "basis": basis.name(),
            "basis_words": words::basis(basis, granted),
            "by_parent": grants.allows_by_parent(*purpose),
            "inherited": unasked.has(*purpose),
            "model": model.name(),
            "model_words": if by_age { words::age_model(model) } else { words::model(model) },
            "by_age": by_age,
            "day": day.map(|day| day.chars().take(10).collect::<String>()),
            "gpc_off": regime.gpc_off().has(*purpose),
        })
    };
    Purpose::ALL.iter().map(purpose).collect()
}

/// How old the visitor counts as: on a site for children, one of unknown age is a child.
fn age(loaded: &Loaded, seen: &Begun<'_>) -> Option<Age> {
    let child_directed = loaded.opened.bundle.program().manifest().regions.child_directed;
    seen.visit().minor.or(child_directed.then_some(Age::Child))
}

/// The known attributes of the visitor, and whether any purpose of this visit may read them.
fn attributes(loaded: &Loaded, seen: &Begun<'_>) -> Vec<Value> {
    let entries = loaded.opened.bundle.program().manifest().attributes.iter().enumerate();
    let known = entries.filter_map(|(position, entry)| {
        let value = seen.visit().attributes.get(&entry.name)?;
        let purposes = Purpose::ALL.iter().filter(|purpose| seen.permitted().may_read(position, **purpose));
        Some(json!({
            "name": entry.name,
            "value": as_json(value),
            "source": entry.source().name(),
            "readable": purposes.count() > 0,
            "depth": entry.depth().name(),
            "too_deep": entry.depth() > seen.grants().depth,
        }))
    });
    known.collect()
}

fn diagnostic(live: &Live, found: &Diagnostic) -> Value {
    let source = live.sources.get(&found.place.file);
    let line = source.and_then(|text| text.lines().nth((found.place.line as usize).saturating_sub(1)));
    json!({
        "code": found.code,
        "severity": severity(found),
        "what": found.what,
        "why": found.why,
        "help": found.help,
        "mended": found.mended,
        "owner": found.owner,
        "source": line.map(str::trim_end),
        "place": place(&found.place),
    })
}

/// `file:line:column`.
fn place(place: &crate::author::site::Place) -> String {
    format!("{}:{}:{}", place.file, place.line, place.column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Value {
        page(&State::shop(None), "/", "", &Choice::from_query(query, None).0, None)
    }

    fn list(of: &Value) -> &[Value] {
        of.as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn purpose(page: &Value, name: &str) -> Value {
        list(&page["purposes"]).iter().find(|one| one["name"] == name).cloned().unwrap_or_default()
    }

    #[test]
    fn the_site_has_what_the_panel_is_made_of() {
        let site = site(&State::shop(None));
        assert_eq!(site["broken"], json!(false), "{}", site["diagnostics"]);
        for name in ["visitors", "regions", "purposes", "slots", "pages", "locales"] {
            assert!(!list(&site[name]).is_empty(), "{name}");
        }
        assert!(list(&site["pages"]).contains(&json!("/")));
    }

    #[test]
    fn a_page_has_each_decision_with_its_reasons() {
        let page = asked("selvedge-visitor=returning-de&selvedge-deny=storage");
        let storage = purpose(&page, "storage");
        assert_eq!((&storage["granted"], &storage["inherited"]), (&json!(false), &json!(true)), "{storage}");
        let decisions = list(&page["decisions"]);
        assert!(!decisions.is_empty());
        for entry in decisions {
            assert_eq!(entry["decision"]["content"], entry["explanation"]["content"]);
            assert!(entry["decision"]["reason"].is_string() && entry["selector"].is_string(), "{entry}");
            assert!(entry["explanation"]["because"].as_str().is_some_and(|because| because.ends_with('.')), "{entry}");
        }
        assert!(decisions.iter().any(|entry| entry["if_all_granted"]["differs"] == true), "storage decides something");
    }

    #[test]
    fn a_page_says_what_age_and_limit_do_and_since_when_a_grant_holds() {
        let child = asked("selvedge-visitor=returning-de&selvedge-region=CH&selvedge-minor=child");
        let personalization = purpose(&child, "personalization");
        assert_eq!((&personalization["basis"], &personalization["by_age"]), (&json!("minor"), &json!(true)));
        let shallow = asked("selvedge-visitor=returning-de&selvedge-depth=contextual");
        assert_eq!(shallow["visitor"]["depth"], "contextual");
        let deep = list(&shallow["attributes"]);
        assert!(deep.iter().any(|one| one["too_deep"] == true && one["readable"] == false), "{deep:?}");
        let said = shallow["decisions"].to_string();
        assert!(said.contains("With data as personal as `behavioural`"), "{said}");
        assert!(said.contains("With every permission and no limit"), "{said}");
    }

    #[test]
    fn an_unknown_visitor_is_a_fault_that_names_the_known_ones() {
        let faults = asked("selvedge-visitor=nobody")["faults"].take();
        assert!(faults[0].as_str().is_some_and(|fault| fault.contains("returning-de")), "{faults}");
    }
}
