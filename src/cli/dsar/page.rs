//! The answer as one page that needs nothing else, reads in five minutes and prints well: a cover, then the visits.

use serde_json::Value;

use super::answer::{Answer, Category, Kept};
use super::lang::Lang;
use super::visits;
use crate::cli::markup::html;
use crate::cli::table::Table;

/// The most values of one kind on the page: a reader sees what we know, and a cover stays a few pages long.
const VALUES_MAX: usize = 6;

/// The page.
pub(super) fn write(answer: &Answer, lang: Lang) -> String {
    let name = answer.controller.as_ref().map_or("", |controller| controller.name.as_str());
    let title = match name {
        "" => lang.say("Your data".to_owned(), "Ihre Daten".to_owned()),
        name => lang.say(format!("Your data at {name}"), format!("Ihre Daten bei {name}")),
    };
    let mut out = HEAD.replace("{lang}", lang.tag()).replace("{title}", &html(&title));
    out += &format!("<main>\n<h1>{}</h1>\n", html(&title));
    lead(&mut out, answer, lang);
    missing(&mut out, answer, lang);
    controller(&mut out, answer, lang);
    purposes(&mut out, answer, lang);
    data(&mut out, answer, lang);
    receivers(&mut out, answer, lang);
    kept(&mut out, answer, lang);
    rights(&mut out, answer, lang);
    files(&mut out, lang);
    visits::write(&mut out, answer, lang);
    out + "</main>\n</body>\n</html>\n"
}

fn lead(out: &mut String, answer: &Answer, lang: Lang) {
    let ids = answer.subjects.iter().map(|id| format!("<b>{}</b>", html(id))).collect::<Vec<_>>().join(", ");
    let made = lang.day(&answer.made);
    let made = html(&made);
    *out += &lang.say(
        format!("<p class=lead>You asked what we hold about {ids}. This is our answer of {made}, under Art. 15 and 20 of the GDPR.</p>\n"),
        format!("<p class=lead>Sie haben gefragt, was wir zu {ids} gespeichert haben. Das ist unsere Antwort vom {made} nach Art. 15 und 20 DSGVO.</p>\n"),
    );
    let mut points = Vec::new();
    let span = answer.visits.first().zip(answer.visits.last());
    match span {
        Some((first, last)) => {
            let (from, to) = (lang.day(&first.from), lang.day(&last.to));
            let (pages, visits) = (lang.pages(answer.pages()), answer.visits.len());
            let chosen = answer.visits.iter().filter(|visit| !visit.choices.is_empty()).count();
            let days = match from == to {
                true => lang.say(format!("On {from}"), format!("Am {from}")),
                false => lang.say(format!("Between {from} and {to}"), format!("Zwischen {from} und {to}")),
            };
            points.push(lang.say(
                format!("{days} our rules put together {pages} for you, in {}.", counted(visits, "visit", "visits")),
                format!(
                    "{days} haben unsere Regeln {pages} für Sie zusammengestellt, bei {}.",
                    counted(visits, "Besuch", "Besuchen")
                ),
            ));
            let others = visits - chosen;
            let chosen = lang.say(
                format!("In {} something was chosen by data about you.", counted(chosen, "visit", "visits")),
                format!("Bei {} wurde etwas nach Daten über Sie gewählt.", counted(chosen, "Besuch", "Besuchen")),
            );
            let others = match others {
                0 => "",
                _ => lang
                    .say(" In the others you saw what everybody sees.", " Bei den anderen sahen Sie, was alle sehen."),
            };
            points.push(format!("{chosen}{others}"));
        }
        None => points.push(lang.say(
            "We found no record that we can link to this id.".to_owned(),
            "Wir haben keine Aufzeichnung gefunden, die wir mit dieser Kennung verbinden können.".to_owned(),
        )),
    }
    if answer.data.iter().any(|one| one.is_special) {
        points.push(lang.say(
            "Some of this data is of a special category, such as health. It is marked below.".to_owned(),
            "Einige dieser Daten gehören zu einer besonderen Kategorie, etwa Gesundheit. Sie sind unten gekennzeichnet.".to_owned(),
        ));
    }
    if !answer.lines.is_empty() {
        let count = answer.lines.len();
        points.push(lang.say(
            format!("We also hold {} on what you were shown or did, in answer.json.", counted(count, "line", "lines")),
            format!(
                "Wir haben außerdem {} darüber, was Ihnen gezeigt wurde oder was Sie getan haben, in answer.json.",
                counted(count, "Zeile", "Zeilen")
            ),
        ));
    }
    if !answer.erased.is_empty() {
        let days = answer.erased.iter().map(|day| lang.day(day)).collect::<Vec<_>>().join(", ");
        points.push(lang.say(
            format!("On your request we erased records ({days}). Nothing is left of them."),
            format!("Auf Ihren Wunsch haben wir Aufzeichnungen gelöscht ({days}). Davon ist nichts geblieben."),
        ));
    }
    points.extend(span.map(|_| lang.say(
        "All choices are made by fixed rules, without a person looking. What led to each one is in the list of visits.".to_owned(),
        "Alle Entscheidungen treffen feste Regeln, ohne dass ein Mensch hinsieht. Was jeweils dazu führte, steht in der Liste der Besuche.".to_owned(),
    )));
    list(out, &points);
}

fn missing(out: &mut String, answer: &Answer, lang: Lang) {
    heading(out, lang.say("What is missing here, and why", "Was hier fehlt, und warum"));
    let nothing = lang.say("Nothing that we know of.", "Nichts, von dem wir wissen.").to_owned();
    let points: Vec<String> = answer.missing.iter().map(|one| one.text.clone()).collect();
    list(out, if points.is_empty() { std::slice::from_ref(&nothing) } else { &points });
}

fn controller(out: &mut String, answer: &Answer, lang: Lang) {
    let Some(controller) = &answer.controller else { return };
    heading(out, lang.say("Who answers for your data", "Wer für Ihre Daten verantwortlich ist"));
    let rows = [
        (lang.say("Controller", "Verantwortlicher"), Some(&controller.name)),
        (lang.say("Address", "Anschrift"), controller.address.as_ref()),
        (lang.say("Email", "E-Mail"), controller.email.as_ref()),
        (lang.say("Representative in the Union", "Vertreter in der Union"), controller.representative.as_ref()),
        (lang.say("Data protection officer", "Datenschutzbeauftragte Person"), controller.officer.as_ref()),
        (lang.say("Supervisory authority", "Aufsichtsbehörde"), controller.authority.as_ref()),
    ];
    let mut table = Table::new::<&str>([]);
    rows.into_iter().filter_map(|(what, text)| Some([what, text?.as_str()])).for_each(|row| table.row(row));
    controller.joint.iter().for_each(|one| table.row([lang.say("Together with", "Gemeinsam mit"), one.as_str()]));
    *out += &table.html(lang.say("Who answers", "Verantwortlich"));
}

fn purposes(out: &mut String, answer: &Answer, lang: Lang) {
    if answer.purposes.is_empty() {
        return;
    }
    heading(out, lang.say("What we use your data for", "Wofür wir Ihre Daten verwenden"));
    let mut table = Table::new([lang.say("Purpose", "Zweck"), lang.say("Because", "Rechtsgrundlage")]);
    for one in &answer.purposes {
        let parts: Vec<&str> = [one.basis, one.condition].into_iter().flatten().collect();
        table.row([one.text.clone(), parts.join("; ")]);
    }
    *out += &table.html(lang.say("Purposes", "Zwecke"));
}

fn data(out: &mut String, answer: &Answer, lang: Lang) {
    if answer.data.is_empty() {
        return;
    }
    heading(
        out,
        lang.say(
            "What we know about you, where it comes from, how long it is used",
            "Was wir über Sie wissen, woher es kommt, wie lange es genutzt wird",
        ),
    );
    let head = [
        lang.say("Data", "Daten"),
        lang.say("What it said", "Was sie besagten"),
        lang.say("Source", "Herkunft"),
        lang.say("Used for at most", "Höchstens genutzt"),
    ];
    let mut table = Table::new(head);
    for one in &answer.data {
        let mark = if one.is_special { lang.say(" (special category)", " (besondere Kategorie)") } else { "" };
        table.row([format!("{}{mark}", one.text), said(one, lang), one.source.clone(), one.kept.clone()]);
    }
    *out += &table.html(lang.say("Data", "Daten"));
}

/// The values on record, each once. There are more in answer.json.
fn said(one: &Category, lang: Lang) -> String {
    let mut words: Vec<String> = Vec::new();
    for value in &one.values {
        let word = match value {
            Value::Bool(true) => lang.say("yes", "ja").to_owned(),
            Value::Bool(false) => lang.say("no", "nein").to_owned(),
            Value::String(text) if text.is_empty() => lang.say("(empty)", "(leer)").to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" + "),
            other => other.to_string(),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let rest = words.len().saturating_sub(VALUES_MAX);
    words.truncate(VALUES_MAX);
    let rest =
        if rest > 0 { lang.say(format!(", and {rest} more"), format!(" und {rest} weitere")) } else { String::new() };
    format!("{}{rest}", words.join(", "))
}

/// `1 visit`, `3 visits`.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn receivers(out: &mut String, answer: &Answer, lang: Lang) {
    heading(out, lang.say("Who else receives it", "Wer sie noch erhält"));
    let mut points: Vec<String> = answer
        .recipients
        .iter()
        .map(|one| {
            let role = one.role.map(|role| format!(" ({role})")).unwrap_or_default();
            format!("{}{role}: {}", one.name, one.what)
        })
        .collect();
    let abroad =
        |one: &String| lang.say(format!("Goes to another country: {one}"), format!("Geht in ein anderes Land: {one}"));
    points.extend(answer.transfers.iter().map(abroad));
    if points.is_empty() {
        points.push(lang.say("Nobody is stated.", "Niemand ist angegeben.").to_owned());
    }
    list(out, &points);
}

fn kept(out: &mut String, answer: &Answer, lang: Lang) {
    if answer.log.is_empty() {
        return;
    }
    heading(out, lang.say("How long we keep records", "Wie lange wir Aufzeichnungen behalten"));
    let line = |one: &Kept| format!("{}: {}", capital(one.what), lang.days(one.days));
    list(out, &answer.log.iter().map(line).collect::<Vec<_>>());
}

fn rights(out: &mut String, answer: &Answer, lang: Lang) {
    heading(out, lang.say("Your rights", "Ihre Rechte"));
    let mut points = vec![
        lang.say(
            "You can have wrong data corrected and data erased, and you can have its use restricted (Art. 16 to 18).",
            "Sie können falsche Daten berichtigen, Daten löschen und ihre Nutzung einschränken lassen (Art. 16 bis 18).",
        )
        .to_owned(),
        lang.say(
            "You can take the data with you: answer.json is a copy for machines (Art. 20).",
            "Sie können die Daten mitnehmen: answer.json ist eine Kopie für Programme (Art. 20).",
        )
        .to_owned(),
        lang.say(
            "You can withdraw a consent at any time; what was done until then stays lawful (Art. 7).",
            "Sie können eine Einwilligung jederzeit widerrufen; was bis dahin geschah, bleibt rechtmäßig (Art. 7).",
        )
        .to_owned(),
    ];
    let how = answer.objection.join(" ");
    points.push(match how.as_str() {
        "" => lang
            .say(
                "You can object to a use (Art. 21): write to the address above.",
                "Sie können einer Nutzung widersprechen (Art. 21): schreiben Sie an die Anschrift oben.",
            )
            .to_owned(),
        how => lang.say(
            format!("You can object to a use (Art. 21). {how}"),
            format!("Sie können einer Nutzung widersprechen (Art. 21). {how}"),
        ),
    });
    let authority = answer.controller.as_ref().and_then(|controller| controller.authority.as_deref());
    let authority = authority.map(|name| format!(": {name}")).unwrap_or_default();
    points.push(lang.say(
        format!("You can complain to a supervisory authority (Art. 77){authority}."),
        format!("Sie können sich bei einer Aufsichtsbehörde beschweren (Art. 77){authority}."),
    ));
    list(out, &points);
}

fn files(out: &mut String, lang: Lang) {
    heading(out, lang.say("What is in this package", "Was in diesem Paket ist"));
    list(
        out,
        &[
            lang.say("answer.html: this page.", "answer.html: diese Seite.").to_owned(),
            lang.say(
                "answer.json: the same for machines, with every value and every reason. answer.schema.json says what its fields mean.",
                "answer.json: dasselbe für Programme, mit jedem Wert und jedem Grund. answer.schema.json sagt, was die Felder bedeuten.",
            )
            .to_owned(),
            lang.say(
                "proof: the records themselves, with which an expert can check all of it.",
                "proof: die Aufzeichnungen selbst, mit denen Fachleute alles nachprüfen können.",
            )
            .to_owned(),
        ],
    );
}

fn heading(out: &mut String, text: &str) {
    *out += &format!("<h2>{}</h2>\n", html(text));
}

pub(super) fn paragraph(out: &mut String, text: &str) {
    *out += &format!("<p>{}</p>\n", html(text));
}

pub(super) fn list(out: &mut String, points: &[String]) {
    let points = points.iter().map(|text| format!("<li>{}</li>", html(text))).collect::<String>();
    *out += &format!("<ul>{points}</ul>\n");
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

const HEAD: &str = include_str!("head.html");
