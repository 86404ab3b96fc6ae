//! The visits of a person in sentences: what was looked at, what was chosen. A visit says only what is new since the one before.

use std::collections::BTreeSet;

use super::answer::{Answer, Choice, Visit};
use super::lang::Lang;
use super::page::{list, paragraph};
use crate::cli::markup::html;
use crate::words::Purpose;

/// The list of visits.
pub(super) fn write(out: &mut String, answer: &Answer, lang: Lang) {
    if answer.visits.is_empty() {
        return;
    }
    *out += &format!("<section>\n<h2>{}</h2>\n", lang.say("Your visits", "Ihre Besuche"));
    let mut before: Option<&Visit> = None;
    for visit in &answer.visits {
        one(out, visit, before, lang);
        before = Some(visit);
    }
    *out += "</section>\n";
}

fn one(out: &mut String, visit: &Visit, before: Option<&Visit>, lang: Lang) {
    let (day, from, to) = (lang.day(&visit.from), lang.hour(&visit.from), lang.hour(&visit.to));
    let until = if from == to { String::new() } else { format!("–{to}") };
    let title = format!("{day}, {from}{until} UTC, {}", lang.pages(visit.pages));
    *out += &format!("<article>\n<h3>{}</h3>\n", html(&title));
    let named =
        |name: &String| Purpose::from_name(name).filter(|one| !matches!(one, Purpose::Necessary | Purpose::Contextual));
    let permitted: Vec<&str> = visit.permitted.iter().filter_map(named).map(|one| lang.purpose(one)).collect();
    let region = visit.region.as_deref().unwrap_or(lang.say("not known", "nicht bekannt"));
    let permitted = if permitted.is_empty() {
        lang.say("nothing beyond that", "nichts darüber hinaus").to_owned()
    } else {
        permitted.join(", ")
    };
    let same = before.is_some_and(|before| before.permitted == visit.permitted && before.region == visit.region);
    if !same {
        paragraph(
            out,
            &lang.say(
                format!("Your region was {region}. You had permitted: {permitted}."),
                format!("Ihre Region war {region}. Erlaubt hatten Sie: {permitted}."),
            ),
        );
    }
    if visit.choices.is_empty() && !visit.has_values {
        let gone = lang.say(
            "What was chosen at this visit can no longer be read.",
            "Was bei diesem Besuch gewählt wurde, lässt sich nicht mehr lesen.",
        );
        paragraph(out, gone);
    } else if visit.choices.is_empty() {
        paragraph(out, lang.say("Nothing was chosen by data about you.", "Nichts wurde nach Daten über Sie gewählt."));
    } else {
        data_used(out, visit, before, lang);
        choices(out, visit, before, lang);
    }
    let places = visit.by_request.len();
    if places > 0 && before.is_none_or(|before| before.by_request != visit.by_request) {
        let names = visit.by_request.iter().cloned().collect::<Vec<_>>().join("; ");
        paragraph(
            out,
            &lang.say(
                format!("By the request alone, such as country and language, we chose: {names}."),
                format!("Nach der Anfrage allein, etwa Land und Sprache, haben wir gewählt: {names}."),
            ),
        );
    }
    *out += "</article>\n";
}

/// The data of a visit; of one that comes after another, what had changed.
fn data_used(out: &mut String, visit: &Visit, before: Option<&Visit>, lang: Lang) {
    let known = before.map(Visit::used).unwrap_or_default();
    let used = visit.used();
    let changed: Vec<&str> = used.difference(&known).map(String::as_str).collect();
    let (none, text) = (used.is_empty(), changed.join("; "));
    paragraph(
        out,
        &match (before, changed.is_empty()) {
            _ if !visit.has_values => lang
                .say(
                    "Which values we looked at is no longer on record.",
                    "Welche Werte wir angesehen haben, ist nicht mehr aufgezeichnet.",
                )
                .to_owned(),
            _ if none => lang
                .say(
                    "We looked for data about you, and there was none.",
                    "Wir haben Daten über Sie gesucht, und es gab keine.",
                )
                .to_owned(),
            (None, _) => lang.say(format!("We looked at: {text}."), format!("Angesehen haben wir: {text}.")),
            (Some(_), true) => lang
                .say(
                    "We looked at the same data as at the visit before.",
                    "Angesehen haben wir dieselben Daten wie beim Besuch davor.",
                )
                .to_owned(),
            (Some(_), false) => lang.say(
                format!("We looked at the data as before, and now: {text}."),
                format!("Angesehen haben wir die Daten wie zuvor, und nun: {text}."),
            ),
        },
    );
}

/// The choices of a visit, each with the data that decided it. A visit after another one names only the difference.
fn choices(out: &mut String, visit: &Visit, before: Option<&Visit>, lang: Lang) {
    let known = before.map(Visit::chosen).unwrap_or_default();
    let (mut seen, mut came) = (BTreeSet::new(), Vec::new());
    for choice in &visit.choices {
        let chosen = choice.words();
        if !known.contains(&chosen) && seen.insert(chosen.clone()) {
            // Data that was not there is in answer.json.
            let known = choice.used.iter().filter(|one| one.value.is_some());
            let used = known.map(|one| one.text.as_str()).collect::<Vec<_>>().join("; ");
            let used = if used.is_empty() {
                lang.say("no data was there", "es lagen keine Daten vor").to_owned()
            } else {
                used
            };
            came.push(
                lang.say(format!("{chosen}. Decided by: {used}."), format!("{chosen}. Danach entschieden: {used}.")),
            );
        }
    }
    let places: BTreeSet<&str> = visit.choices.iter().map(|choice| choice.place.as_str()).collect();
    let is_over = |choice: &&Choice| !places.contains(choice.place.as_str());
    let over =
        before.into_iter().flat_map(|before| before.choices.iter().filter(is_over).map(|choice| choice.place.as_str()));
    let over = over.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; ");
    match (came.is_empty(), over.is_empty()) {
        (false, _) => {
            paragraph(out, lang.say("In place of the usual we chose:", "Statt des Üblichen haben wir gewählt:"));
            list(out, &came);
        }
        (true, true) => paragraph(
            out,
            lang.say("The same was chosen as at the visit before.", "Gewählt wurde dasselbe wie beim Besuch davor."),
        ),
        (true, false) => {}
    }
    if !over.is_empty() {
        paragraph(out, &lang.say(format!("As usual again: {over}."), format!("Wieder wie üblich: {over}.")));
    }
    if !came.is_empty() && visit.chosen().intersection(&known).next().is_some() {
        paragraph(out, lang.say("The rest was as at the visit before.", "Das Übrige war wie beim Besuch davor."));
    }
}
