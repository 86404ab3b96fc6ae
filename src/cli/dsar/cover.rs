//! The beginning of the page: who asked, how much there is, what decided, and what a person should not miss.

use super::answer::Answer;
use super::lang::Lang;
use super::markup::{linked, list, listed};
use super::visit::Visit;
use super::visits;

pub(super) fn write(out: &mut String, answer: &Answer, lang: Lang) {
    let ids: Vec<String> = answer
        .subjects
        .iter()
        .map(|one| {
            let unit = match one.unit {
                Some("device") => lang.say("device ", "Gerät "),
                Some("account") => lang.say("account ", "Konto "),
                _ => lang.say("id ", "Kennung "),
            };
            format!("{unit}{}", one.id)
        })
        .collect();
    let (ids, made) = (listed(lang, &ids), lang.day(&answer.made));
    let name = answer.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let lead = lang.say(
        format!("{name}You asked for your data: {ids}. This is our answer of {made}, under Art. 15 and 20 of the GDPR."),
        format!("{name}Sie haben nach Ihren Daten gefragt: {ids}. Das ist unsere Antwort vom {made} nach Art. 15 und 20 DSGVO."),
    );
    *out += &format!("<p class=lead>{}</p>\n", linked(&lead));
    let mut points = visited(answer, lang);
    points.extend(tests(answer, lang));
    let withdrawn: Vec<String> = answer
        .consents
        .iter()
        .filter_map(|one| {
            let last = one.steps.last().filter(|step| step.state == "withdrawn")?;
            let day = lang.day(&last.by);
            Some(lang.say(format!("{} (by {day})", one.text), format!("{} (spätestens am {day})", one.text)))
        })
        .collect();
    if !withdrawn.is_empty() {
        let withdrawn = withdrawn.join("; ");
        points.push(lang.say(
            format!("You withdrew a consent: {withdrawn}. Since then we do not use your data for this."),
            format!("Sie haben eine Einwilligung widerrufen: {withdrawn}. Seitdem nutzen wir Ihre Daten dafür nicht."),
        ));
    }
    if answer.data.iter().any(|one| one.is_special) {
        points.push(lang.say(
            "Some of this data is of a special category, such as health. It is marked below.".to_owned(),
            "Einige dieser Daten gehören zu einer besonderen Kategorie, etwa Gesundheit. Sie sind unten gekennzeichnet.".to_owned(),
        ));
    }
    if !answer.noted.is_empty() {
        let count = lang.counted(answer.noted.len() as u64, ["note", "notes"], ["Notiz", "Notizen"]);
        points.push(lang.say(
            format!("We also hold {count} of what you were shown or did; see below your visits."),
            format!("Wir haben außerdem {count} darüber, was Ihnen gezeigt wurde oder was Sie taten; siehe nach Ihren Besuchen."),
        ));
    }
    for one in &answer.erased {
        let (day, lines) = (lang.day(&one.on), lang.counted(one.lines as u64, ["line", "lines"], ["Zeile", "Zeilen"]));
        points.push(lang.say(
            format!("On your request we erased {lines} of our log on {day}. Nothing of what stood there is left."),
            format!("Auf Ihren Wunsch haben wir am {day} {lines} unseres Protokolls gelöscht. Von dem, was dort stand, ist nichts geblieben."),
        ));
    }
    list(out, &points);
}

/// How much there is, and what decided.
fn visited(answer: &Answer, lang: Lang) -> Vec<String> {
    let Some((first, last)) = answer.visits.first().zip(answer.visits.last()) else {
        return vec![
            lang.say(
                "We found no record that we can link to this id.",
                "Wir haben keine Aufzeichnung gefunden, die wir mit dieser Kennung verbinden können.",
            )
            .to_owned(),
        ];
    };
    let day = |time: &str, visit: &Visit| Lang::local(time, visit.zone.as_deref());
    let (from, to) = (day(&first.from, first), day(&last.to, last));
    let span = lang.span(&from, &to, "");
    let when = match from.get(..10) == to.get(..10) {
        true => lang.say(format!("On {span}"), format!("Am {span}")),
        false => lang.say(format!("From {span}"), format!("Vom {span}")),
    };
    let pages = lang.pages(answer.pages());
    let times = lang.counted(answer.visits.len() as u64, ["visit", "visits"], ["Besuch", "Besuchen"]);
    let mut points = vec![lang.say(
        format!("{when} our record holds {pages} that you opened, on {times}."),
        format!("{when} enthält unser Protokoll {pages}, die Sie geöffnet haben, bei {times}."),
    )];
    let count = |is: fn(&Visit) -> bool| answer.visits.iter().filter(|visit| is(visit)).count() as u64;
    let by_data = count(|visit| visit.choices.iter().any(|choice| choice.by == "data"));
    let by_lot = count(|visit| visit.choices.iter().any(|choice| choice.by == "draw"));
    let unknown = count(|visit| !visit.has_values || visit.choices.iter().any(|choice| choice.by == "unknown"));
    let visits = |count| lang.counted(count, ["visit", "visits"], ["Besuch", "Besuchen"]);
    let mut parts = Vec::new();
    if by_data > 0 {
        let visits = visits(by_data);
        parts.push(lang.say(
            format!("on {visits} data about you decided something that you saw"),
            format!("bei {visits} haben Daten über Sie mitbestimmt, was Sie sahen"),
        ));
    }
    if by_lot > 0 {
        let visits = visits(by_lot);
        parts.push(lang.say(format!("on {visits} a draw did"), format!("bei {visits} das Los")));
    }
    if unknown > 0 {
        let visits = visits(unknown);
        parts.push(lang.say(
            format!("on {visits} we can no longer tell all of it"),
            format!("bei {visits} lässt sich das nicht mehr ganz sagen"),
        ));
    }
    let rest = lang.say(
        "All the rest went by the request alone, such as its country and kind of device, or was as everybody sees it.",
        "Alles Übrige ging allein nach der Anfrage, etwa nach Land und Art des Geräts, oder war, wie es alle sehen.",
    );
    points.push(match parts.is_empty() {
        true => lang.say(
            "No data about you decided what you saw: it went by the request alone, such as its country and kind of device, or was as everybody sees it.",
            "Keine Daten über Sie haben bestimmt, was Sie sahen: Es ging allein nach der Anfrage, etwa nach Land und Art des Geräts, oder war, wie es alle sehen.",
        )
        .to_owned(),
        false => format!("{}. {rest}", super::markup::capital(&parts.join("; "))),
    });
    points.push(lang.say(
        "Programs chose, by fixed rules and draws, without a person looking. They chose texts and pictures of our pages; this record holds no other decision about you. What led to each choice is in the list of visits.".to_owned(),
        "Programme haben gewählt, nach festen Regeln und durch das Los, ohne dass ein Mensch hinsah. Sie haben Texte und Bilder unserer Seiten gewählt; eine andere Entscheidung über Sie enthält dieses Protokoll nicht. Was zu jeder Wahl führte, steht in der Liste der Besuche.".to_owned(),
    ));
    points
}

/// The tests that the person was in, each once.
fn tests(answer: &Answer, lang: Lang) -> Vec<String> {
    let mut told: Vec<(&str, Option<&str>)> = Vec::new();
    let mut points = Vec::new();
    for visit in &answer.visits {
        for choice in &visit.choices {
            let Some(draw) = &choice.draw else { continue };
            let name = draw.holdout.as_deref().or(draw.experiment.as_deref()).unwrap_or_default();
            let key = (name, draw.arm.as_deref());
            if told.contains(&key) {
                continue;
            }
            told.push(key);
            let day = lang.day(&Lang::local(&visit.from, visit.zone.as_deref()));
            if let Some(holdout) = &draw.holdout {
                let group = lang.quoted(holdout);
                points.push(lang.say(
                    format!("Since {day} or earlier a draw has you in the group {group}. It always sees the usual content, so that we can compare."),
                    format!("Spätestens seit {day} sind Sie durch das Los in der Gruppe {group}. Sie sieht immer den üblichen Inhalt, damit wir vergleichen können."),
                ));
                continue;
            }
            let (test, place) = (lang.quoted(name), &choice.place);
            if draw.arm.is_none() {
                points.push(lang.say(
                    format!("On {day} a draw left you out of a test, {test} ({place})."),
                    format!("Am {day} hat das Los Sie bei einem Test ausgelassen, {test} ({place})."),
                ));
                continue;
            }
            let shown = visits::shown(choice, lang);
            let share = draw.percent.map(|percent| super::value::grouped(lang, &percent.to_string()));
            let share = share.map(|share| {
                lang.say(
                    format!(" ({share} of 100 in the test see it)"),
                    format!(" ({share} von 100 im Test sehen das)"),
                )
            });
            let share = share.unwrap_or_default();
            points.push(lang.say(
                format!("On {day} you were in a test, {test} ({place}): by lot you saw {shown}{share}."),
                format!("Am {day} waren Sie in einem Test, {test} ({place}): Durch das Los sahen Sie {shown}{share}."),
            ));
        }
    }
    points
}
