//! The result of a proof of non-interference, in words for people who answer for privacy.
//!
//! It leaves out no value: the author of the fix needs all of them.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::report::interference::{Case, Counterexample, Door, Fact, Plan, Report};
use crate::words::time::format_rfc3339;

/// The whole report. `again` gives the command that tries the first so many pairs once more.
pub(super) fn words(report: &Report, plan: Plan, seconds: f64, again: impl FnOnce(u64) -> String) -> String {
    let Report { pairs, requests, differing, outputs, found } = report;
    let rate = *pairs as f64 / seconds.max(0.001);
    let mut text = format!(
        "{pairs} pairs from seed {}, {requests} of them HTTP requests: {differing} hidden facts differ, {outputs} outputs compared \
         ({rate:.0} pairs a second)\n",
        plan.seed
    );
    match found {
        None => text += "no output shows what consent hides\n",
        Some(found) => {
            text += &shown(found);
            text += &format!("\nto see it again\n  {}\n", again(found.pair + 1));
        }
    }
    text
}

fn shown(found: &Counterexample) -> String {
    let Counterexample { pair, visitor, twin, hidden, past, output: (name, values) } = found;
    let place = place(name);
    let mut text = format!("\nHidden data shows in {place} (pair {pair}).\n\nwhat is hidden\n");
    for (fact, why) in hidden {
        let of = |facts: &BTreeMap<Fact, Json>| facts.get(fact).map_or("not there".to_owned(), Json::to_string);
        text += &format!("  {fact}: {why}\n");
        text += &format!("    the visitor’s: {}\n    a twin’s:      {}\n", of(&visitor.facts), of(&twin.facts));
    }
    if *past {
        text += "  the past: the visitor had permitted everything until just now, and the twin has no past. The present permissions are below\n";
    }
    text += if hidden.is_empty() {
        "\nApart from that past the two are the same visitor, and must get the same answer: a withdrawal leaves nothing behind.\n"
    } else {
        "\nIn everything else the two are equal, and no answer may tell them apart.\n"
    };
    text += "\nthe visitor, reduced to what this case needs\n";
    for line in told(visitor, hidden) {
        text += &format!("  {line}\n");
    }
    let at = values[0].bytes().zip(values[1].bytes()).take_while(|(one, other)| one == other).count();
    text += &format!("\nwhere it shows: {place}, from byte {at}\n");
    for (whose, value) in ["the visitor’s", "the twin’s   "].iter().zip(values) {
        text += &format!("  {whose} {}\n", around(value, at));
    }
    text
}

/// The place of an output, for people who have not read the source.
fn place(output: &str) -> &str {
    match output {
        "decisions" => "what is chosen, or why",
        "decisions of a kept visitor" => "what a browser chooses for a visitor whom it already knows",
        "decisions of an old bundle" => "decisions of an expired bundle, or its log",
        "cache policy" => "whether the page may be cached",
        "explanation" | "sentences" => "the explanation",
        "panel" => "what the panel says about permissions",
        "log" => "the log",
        "audit record" => "the audit record",
        "edits" => "the changes to the page",
        "data block" => "the data block of the page",
        "headers" => "the headers of the answer, cookies among them",
        "page" => "the bytes of the page",
        "events" => "what is kept of the page’s events",
        other => other,
    }
}

/// The known facts of a visitor, one line each, without the hidden ones.
fn told(visitor: &Case, hidden: &[(Fact, String)]) -> Vec<String> {
    let comes = match visitor.door {
        Door::Visit => {
            format!("asks for {}", if visitor.slots.is_empty() { "no slot".into() } else { visitor.slots.join(", ") })
        }
        Door::Request => "comes as an HTTP request".into(),
    };
    let shown = visitor.facts.iter().filter(|(fact, _)| !hidden.iter().any(|(other, _)| other == *fact));
    let line = |(fact, known): (&Fact, &Json)| match (fact, known) {
        (Fact::Now, _) => format!("at {}", format_rfc3339(visitor.now_ms())),
        (Fact::Region, Json::String(region)) => format!("in {region}"),
        (Fact::Grant(purpose), Json::Bool(true)) => format!("permits {purpose}"),
        (Fact::Grant(purpose), _) => format!("refuses {purpose}"),
        (Fact::Gpc, Json::String(value)) => format!("sends Sec-GPC: {value}"),
        _ => format!("{fact} = {known}"),
    };
    std::iter::once(comes).chain(shown.map(line)).collect()
}

/// The text about a byte, in whole characters, with an ellipsis where there is more.
fn around(text: &str, at: usize) -> String {
    let (from, until) = (text.floor_char_boundary(at.saturating_sub(60)), text.ceil_char_boundary(at + 60));
    let (before, after) = (if from > 0 { "…" } else { "" }, if until < text.len() { "…" } else { "" });
    format!("{before}{}{after}", text.get(from..until).unwrap_or_default().replace('\n', "⏎"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::data;
    use super::*;

    fn case(visits: Option<i64>) -> Case {
        let visits = visits.map(|visits| (Fact::Attribute("visitor.visits".into()), json!(visits)));
        let facts = [(Fact::Now, json!(0)), (Fact::Region, json!("DE"))].into_iter().chain(visits);
        Case {
            door: Door::Visit,
            facts: facts.collect(),
            slots: vec!["home.hero".into()],
            cookie: "consent".into(),
            signals: BTreeMap::new(),
        }
    }

    fn found() -> Counterexample {
        let why = "it is kept on the device, but `storage` is not granted";
        Counterexample {
            pair: 6,
            visitor: case(Some(4)),
            twin: case(None),
            hidden: vec![(Fact::Attribute("visitor.visits".into()), why.into())],
            past: false,
            output: ("log", ["{\"v\":1} größer".into(), "{\"v\":1} grün".into()]),
        }
    }

    #[test]
    fn a_counterexample_says_what_is_hidden_why_and_where_it_shows() {
        let report = Report { pairs: 7, found: Some(found()), ..Report::default() };
        let plan = Plan { pairs: 10, seed: 3, threads: 1 };
        let text = words(&report, plan, 0.5, |pairs| format!("again {pairs}"));
        let expected = "
Hidden data shows in the log (pair 6).

what is hidden
  attribute visitor.visits: it is kept on the device, but `storage` is not granted
    the visitor’s: 4
    a twin’s:      not there

In everything else the two are equal, and no answer may tell them apart.

the visitor, reduced to what this case needs
  asks for home.hero
  at 1970-01-01T00:00:00Z
  in DE

where it shows: the log, from byte 11
  the visitor’s {\"v\":1} größer
  the twin’s    {\"v\":1} grün

to see it again
  again 7
";
        let (_, rest) = text.split_once('\n').expect("more than a line");
        assert_eq!(rest, expected);
        let data = data(&report, plan, 0, 0.5);
        assert_eq!(data["counterexample"]["visitor"]["context"]["attributes"]["visitor.visits"], 4);
        assert_eq!(data["counterexample"]["twin"]["context"]["attributes"], json!({}));
        assert_eq!(data["counterexample"]["hidden"][0]["fact"], "attribute visitor.visits");
        assert_eq!((&data["pairs"], &data["seed"]), (&json!(7), &json!(3)));
    }

    #[test]
    fn a_past_alone_is_said_to_be_one() {
        let found = Counterexample { twin: case(Some(4)), hidden: Vec::new(), past: true, ..found() };
        let text = shown(&found);
        assert!(text.contains("the visitor had permitted everything until just now"), "{text}");
        assert!(text.contains("a withdrawal leaves nothing behind"), "{text}");
        assert!(text.contains("attribute visitor.visits = 4"), "{text}");
    }
}
