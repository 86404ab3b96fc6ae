//! A recorded decision in plain words: what was shown, why, from which data, and what would have changed it.
//!
//! It tells what the person permitted at the time, and nothing that they did not.

use std::collections::BTreeMap;

use super::again::Again;
use super::recorded::Recorded;
use super::values::{Values, in_words};
use crate::cli::open::Opened;
use crate::explain::{Asked, SlotExplanation, explain, without_each};
use crate::words::Depth;

#[derive(Default)]
pub(in crate::cli) struct Told {
    /// The explanations of its decisions; none without the debug file of its bundle.
    pub(in crate::cli) explanations: Vec<SlotExplanation>,
    /// The content that slots decided by the person's history would show without it. `None` is the site's own content.
    pub(in crate::cli) without_history: BTreeMap<String, Option<String>>,
}

pub(in crate::cli) fn told(again: &Again<'_>, opened: &Opened) -> Told {
    let bundle = again.bundle();
    let permitted = again.permitted();
    let page = again.page(&permitted);
    let (visit, grants, now_ms) = (&again.visit, &again.grants, again.now_ms);
    let asked = Asked { bundle, visit, grants, now_ms, slots: again.slots() };
    let mut told = Told::default();
    for (decision, hidden) in page.decisions.iter().zip(&again.page_without_history().decisions) {
        if let Some(debug) = &opened.debug {
            let mut explanation = explain(bundle, debug, &permitted, &page, decision, visit);
            explanation.otherwise = without_each(asked, &explanation);
            told.explanations.push(explanation);
        }
        if let Some(slot) = decision.slot.filter(|_| decision.depth >= Depth::Behavioural) {
            let content = hidden.content.map(|content| bundle.program().content_name(content).to_owned());
            told.without_history.insert(bundle.program().slot(slot as usize).name.to_owned(), content);
        }
    }
    told
}

/// A record as text that ends with a newline.
pub(in crate::cli) fn text(recorded: &Recorded, opened: &Opened, values: &Values, told: &Told) -> String {
    let mut out = format!("{} (record {})\n", recorded.at, recorded.id);
    let regime = recorded.regime.as_deref().filter(|regime| !regime.is_empty()).unwrap_or("the strictest");
    out += &format!("  Law of the region: {regime}. Rules: bundle {}, engine {}.\n", recorded.bundle, recorded.engine);
    for slot in &recorded.slots {
        match told.explanations.iter().find(|explanation| explanation.slot == slot.slot) {
            Some(explanation) => {
                out += &format!("  {}: {} {}\n", slot.slot, explanation.headline, explanation.because);
                let differing = explanation.otherwise.iter().filter(|otherwise| otherwise.differs);
                let sentences: Vec<&str> = differing.map(|otherwise| otherwise.sentence.as_str()).collect();
                out.extend(sentences.iter().map(|sentence| format!("    {sentence}\n")));
                if sentences.is_empty() && !explanation.otherwise.is_empty() {
                    out += "    Without any one of the permissions that were given, the same would show.\n";
                }
            }
            None => {
                let reason = slot.decision.get("reason").and_then(serde_json::Value::as_str).unwrap_or_default();
                out += &format!("  {}: {}, {reason}.\n", slot.slot, shown(slot.content()));
            }
        }
        if let Some(content) = told.without_history.get(&slot.slot) {
            let is_same = content.as_deref() == slot.content();
            let sight = if is_same { "the same".to_owned() } else { shown(content.as_deref()) };
            out += &format!("    With your history hidden you would see {sight}.\n");
        }
    }
    if !recorded.inputs.is_empty() {
        out += "  Read for it:\n";
    }
    for (name, shown) in &recorded.inputs {
        let attribute = opened.bundle.program().manifest().attributes.iter().find(|attribute| attribute.name == *name);
        let value = match (shown.as_str(), values.inputs.get(name)) {
            ("absent", _) => "there was none".into(),
            ("unknown", _) => "not known".into(),
            ("too_old", _) => "past its retention, and not read".into(),
            ("old_feed", _) => "of a feed that was too old, and not read".into(),
            (_, Some(value)) => in_words(value, attribute.map(|attribute| attribute.value_type())),
            (_, None) => "read, and not kept".into(),
        };
        out += &format!("    {name}: {value}\n");
    }
    out
}

fn shown(content: Option<&str>) -> String {
    content.map_or("the origin’s own content".to_owned(), |content| format!("`{content}`"))
}

/// Where two records part, and what that means for what was shown.
pub(super) fn difference(recorded: &Recorded, logged: &str, found: &str) -> String {
    let same = logged.bytes().zip(found.bytes()).take_while(|(logged, found)| logged == found).count();
    let from = |line: &str| {
        let start = line.floor_char_boundary(same.saturating_sub(24));
        line.get(start..).unwrap_or_default().chars().take(80).collect::<String>()
    };
    let mut out = format!("from byte {same} on: logged `{}`, found `{}`", from(logged), from(found));
    let fields =
        |line: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).unwrap_or_default();
    let (ours, theirs) = (fields(found), fields(logged));
    for field in theirs.keys().filter(|field| !ours.contains_key(*field)) {
        out += &format!("; it has a field `{field}`, which this version does not write");
    }
    let Ok(found) = Recorded::read(found) else { return out };
    let mut is_shown_otherwise = false;
    for (logged, found) in recorded.slots.iter().zip(&found.slots) {
        if logged.content() != found.content() {
            is_shown_otherwise = true;
            let (was, would_be) = (shown(logged.content()), shown(found.content()));
            out += &format!("; {} was {was} and would be {would_be}", logged.slot);
        }
    }
    if !is_shown_otherwise && recorded.slots.len() == found.slots.len() {
        out.push_str("; every slot would show what was logged");
    }
    out
}
