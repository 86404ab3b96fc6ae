//! The visits of a person in sentences: what was permitted, read, chosen and left as it is. Each is complete by itself.

use super::answer::Answer;
use super::chosen::{Choice, Draw, Used};
use super::lang::Lang;
use super::markup::{list, paragraph};
use super::visit::{Reading, Visit};
use crate::cli::markup::html;
use crate::words::Purpose;

/// The list of visits.
pub(super) fn write(out: &mut String, answer: &Answer, lang: Lang) {
    if answer.visits.is_empty() {
        return;
    }
    *out += &format!("<section>\n<h2>{}</h2>\n", lang.say("Your visits", "Ihre Besuche"));
    for (at, visit) in answer.visits.iter().enumerate() {
        one(out, visit, &answer.visits[..at], lang);
    }
    *out += "</section>\n";
}

fn one(out: &mut String, visit: &Visit, before: &[Visit], lang: Lang) {
    *out += &format!("<article>\n<h3>{}</h3>\n", html(&title(visit, lang)));
    paragraph(out, &permitted(visit, before, lang));
    if !visit.has_values {
        let gone = lang.say(
            "What was chosen at this visit can no longer be read.",
            "Was bei diesem Besuch gewählt wurde, lässt sich nicht mehr lesen.",
        );
        paragraph(out, gone);
    } else {
        read(visit, lang).iter().for_each(|text| paragraph(out, text));
        chosen(out, visit, lang);
    }
    *out += "</article>\n";
}

fn title(visit: &Visit, lang: Lang) -> String {
    let [from, to] = [&visit.from, &visit.to].map(|time| Lang::local(time, visit.zone.as_deref()));
    let (day, pages) = (lang.day(&from), lang.pages(visit.pages));
    let zone = visit.zone.as_deref().and_then(|zone| zone.rsplit('/').next()).map(|place| place.replace('_', " "));
    let zone = zone.map_or("UTC".to_owned(), |place| lang.say(format!("{place} time"), format!("Zeit von {place}")));
    let hours = match (visit.is_exact, lang.hour(&from), lang.hour(&to)) {
        (true, from, to) if from == to => from.to_owned(),
        (true, from, to) => format!("{from}–{to}"),
        // The record tells the hour alone.
        (false, from, to) => {
            let until = to.get(..2).and_then(|hour| hour.parse::<u32>().ok()).unwrap_or_default() + 1;
            lang.say(format!("between {from} and {until}:00"), format!("zwischen {from} und {until}:00"))
        }
    };
    format!("{day}, {hours} ({zone}), {pages}")
}

/// What the person had permitted and refused at the time.
fn permitted(visit: &Visit, before: &[Visit], lang: Lang) -> String {
    let named = |names: &mut dyn Iterator<Item = &'static str>| -> String {
        let purposes = names.filter_map(Purpose::from_name);
        let purposes = purposes.filter(|one| !matches!(one, Purpose::Necessary | Purpose::Contextual));
        purposes.map(|one| lang.purpose(one)).collect::<Vec<_>>().join("; ")
    };
    let was_agreed = |name: &&'static str| before.iter().any(|visit| visit.agreed.contains(name));
    let permitted = named(&mut visit.permitted.iter().copied());
    let withdrawn = named(&mut visit.refused.iter().copied().filter(was_agreed));
    let refused = named(&mut visit.refused.iter().copied().filter(|name| !was_agreed(name)));
    let region = match visit.region.as_deref() {
        Some(code) => super::names::region(lang, code),
        None => lang.say("not known", "nicht bekannt").to_owned(),
    };
    let part = |text: String, en: &str, de: &str| match text.as_str() {
        "" => String::new(),
        text => format!(" {}: {text}.", lang.say(en, de)),
    };
    let none = || lang.say("nothing that needs a permission", "nichts, was eine Erlaubnis braucht").to_owned();
    let permitted = if permitted.is_empty() { none() } else { permitted };
    let region = lang.say(format!("Region: {region}."), format!("Region: {region}."));
    region
        + &part(permitted, "Permitted", "Erlaubt")
        + &part(withdrawn, "You had withdrawn", "Widerrufen hatten Sie")
        + &part(refused, "You had refused", "Abgelehnt hatten Sie")
}

/// What became of the data that was looked for.
fn read(visit: &Visit, lang: Lang) -> Vec<String> {
    let of = |state: &str| visit.read.iter().filter(|one| one.state == state).collect::<Vec<_>>();
    let names = |all: Vec<&Reading>| all.iter().map(|one| one.text.clone()).collect::<Vec<_>>().join("; ");
    let mut out = Vec::new();
    let mut say = |text: String, en: &str, de: &str| {
        if !text.is_empty() {
            out.push(format!("{}: {text}.", lang.say(en, de)));
        }
    };
    let known = of("known").into_iter().map(|one| format!("{}: {}", one.text, one.values.join(", ")));
    say(known.collect::<Vec<_>>().join("; "), "We read", "Gelesen haben wir");
    say(names(of("absent")), "We looked for these and found nothing", "Gesucht und nicht gefunden haben wir");
    say(names(of("unusable")), "Not usable, and not used", "Nicht brauchbar und nicht verwendet");
    say(names(of("not-kept")), "Read, but not written down", "Gelesen, aber nicht aufgeschrieben");
    let mut by_day = std::collections::BTreeMap::<&str, Vec<&Reading>>::new();
    for one in of("expired") {
        by_day.entry(one.deleted_after.as_deref().unwrap_or_default()).or_default().push(one);
    }
    for (day, all) in by_day {
        let (day, all) = (lang.day(day), names(all));
        out.push(lang.say(
            format!("Deleted after {day}, as its time was over: {all}."),
            format!("Gelöscht nach dem {day}, weil die Frist vorbei war: {all}."),
        ));
    }
    out
}

fn chosen(out: &mut String, visit: &Visit, lang: Lang) {
    if visit.choices.is_empty() {
        paragraph(out, lang.say("Nothing was chosen for you.", "Für Sie wurde nichts gewählt."));
    } else {
        paragraph(
            out,
            lang.say("In place of the usual content we showed:", "Statt des üblichen Inhalts haben wir gezeigt:"),
        );
        list(out, &by_reason(&visit.choices, lang));
    }
    let places = |all: &[String]| all.join("; ");
    if !visit.withheld.is_empty() {
        let places = places(&visit.withheld);
        paragraph(
            out,
            &lang.say(
                format!("As everybody sees it, because you had not permitted more: {places}."),
                format!("Wie es alle sehen, weil Sie mehr nicht erlaubt hatten: {places}."),
            ),
        );
    }
    if !visit.unchanged.is_empty() {
        let places = places(&visit.unchanged);
        paragraph(out, &lang.say(format!("As everybody sees it: {places}."), format!("Wie es alle sehen: {places}.")));
    }
}

/// The choices, those with the same reason together.
fn by_reason(choices: &[Choice], lang: Lang) -> Vec<String> {
    let mut all: Vec<(String, String)> = Vec::new();
    for choice in choices {
        let shown = format!("{}: {}", choice.place, shown(choice, lang));
        let reason = because(lang, choice);
        match all.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, together)) => *together += &format!("\n{shown}"),
            None => all.push((reason, shown)),
        }
    }
    all.into_iter().map(|(reason, shown)| format!("{reason}\n{shown}")).collect()
}

/// The content of a choice in its own words.
pub(super) fn shown(choice: &Choice, lang: Lang) -> String {
    match (choice.content.as_deref(), choice.shown.as_deref()) {
        (None, _) => lang.say("the usual content", "der übliche Inhalt").to_owned(),
        (_, Some("")) => lang.say("nothing; the place was left empty", "nichts; die Stelle blieb leer").to_owned(),
        (_, Some(words)) => lang.quoted(words),
        (Some(name), None) => {
            let name = lang.quoted(name);
            lang.say(format!("{name} (its text is not at hand)"), format!("{name} (der Text liegt nicht vor)"))
        }
    }
}

/// What decided, in a sentence.
pub(super) fn because(lang: Lang, choice: &Choice) -> String {
    let data = choice.because.iter().map(|one| used(one, lang)).collect::<Vec<_>>().join("; ");
    let time = if choice.by_time { lang.say("; the time of day", "; die Uhrzeit") } else { "" };
    let by_data = match data.as_str() {
        "" => String::new(),
        data if choice.one_of => lang.say(
            format!("Decided by one or more of these: {data}{time}."),
            format!("Ausschlaggebend war mindestens eines davon: {data}{time}."),
        ),
        data => lang.say(format!("Decided by: {data}{time}."), format!("Ausschlaggebend: {data}{time}.")),
    };
    match (&choice.draw, choice.by) {
        (Some(draw), _) => {
            let part = match data.as_str() {
                "" => String::new(),
                data => lang.say(format!(" In the test because of: {data}."), format!(" Im Test wegen: {data}.")),
            };
            drawn(draw, lang) + &part
        }
        (None, "unknown") => lang
            .say(
                "Which data decided can no longer be told.",
                "Welche Daten ausschlaggebend waren, lässt sich nicht mehr sagen.",
            )
            .to_owned(),
        (None, "everybody") => lang.say("No data decided.", "Keine Daten waren ausschlaggebend.").to_owned(),
        (None, _) => by_data,
    }
}

/// The draw of a test.
pub(super) fn drawn(draw: &Draw, lang: Lang) -> String {
    if let Some(holdout) = &draw.holdout {
        let group = lang.quoted(holdout);
        return lang.say(
            format!("A draw put you in the group {group}. It always sees the usual content, so that we can compare."),
            format!("Das Los hat Sie der Gruppe {group} zugeteilt. Sie sieht immer den üblichen Inhalt, damit wir vergleichen können."),
        );
    }
    let test = lang.quoted(draw.experiment.as_deref().unwrap_or_default());
    let Some(_) = draw.arm else {
        return lang.say(
            format!("A draw left you out of the test {test}."),
            format!("Das Los hat Sie beim Test {test} ausgelassen."),
        );
    };
    let share = draw.percent.map(|percent| super::value::grouped(lang, &percent.to_string()));
    let share = share.map(|share| {
        lang.say(format!(" ({share} of 100 in the test see it)"), format!(" ({share} von 100 im Test sehen es)"))
    });
    let share = share.unwrap_or_default();
    lang.say(
        format!("Chosen by lot, in the test {test}{share}."),
        format!("Durch das Los gewählt, im Test {test}{share}."),
    )
}

fn used(one: &Used, lang: Lang) -> String {
    match (one.state, &one.value, &one.deleted_after) {
        (_, Some(value), _) => format!("{}: {value}", one.text),
        (_, _, Some(day)) => {
            let day = lang.day(day);
            lang.say(format!("{} (deleted after {day})", one.text), format!("{} (nach dem {day} gelöscht)", one.text))
        }
        ("absent", ..) => lang.say(format!("{}: there was none", one.text), format!("{}: nicht vorhanden", one.text)),
        _ => lang.say(format!("{} (not on record)", one.text), format!("{} (nicht aufgezeichnet)", one.text)),
    }
}
