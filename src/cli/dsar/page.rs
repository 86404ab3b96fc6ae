//! The answer as one page that needs nothing else, reads in five minutes and prints well: a cover, then the visits.

use super::answer::{Answer, Receiver};
use super::cover;
use super::kinds::Kind;
use super::lang::Lang;
use super::markup::{capital, heading, list, paragraph, table};
use super::visits;
use crate::cli::markup::html;

/// The most values of one kind that are told with their days: a reader sees what we know, and a cover stays a few pages long.
const SAID_MAX: usize = 4;
/// The most lines of what was shown and done on the page.
const NOTED_MAX: usize = 100;

/// The page.
pub(super) fn write(answer: &Answer, lang: Lang) -> String {
    let name = answer.controller.as_ref().map_or("", |controller| controller.name.as_str());
    let title = match name {
        "" => lang.say("Your data".to_owned(), "Ihre Daten".to_owned()),
        name => lang.say(format!("Your data at {name}"), format!("Ihre Daten bei {name}")),
    };
    let is_plain = |letter: &char| letter.is_alphanumeric() || " &.,-’'".contains(*letter);
    let running: String = format!("{title}, {}", lang.day(&answer.made)).chars().filter(is_plain).collect();
    let head = HEAD.replace("{lang}", lang.tag()).replace("{title}", &html(&title)).replace("{running}", &running);
    let mut out = head + &format!("<main>\n<h1>{}</h1>\n", html(&title));
    cover::write(&mut out, answer, lang);
    controller(&mut out, answer, lang);
    purposes(&mut out, answer, lang);
    data(&mut out, answer, lang);
    receivers(&mut out, answer, lang);
    kept(&mut out, answer, lang);
    missing(&mut out, answer, lang);
    rights(&mut out, answer, lang);
    visits::write(&mut out, answer, lang);
    noted(&mut out, answer, lang);
    files(&mut out, lang);
    out + "</main>\n</body>\n</html>\n"
}

fn controller(out: &mut String, answer: &Answer, lang: Lang) {
    let Some(controller) = &answer.controller else { return };
    heading(out, lang.say("Who answers for your data", "Wer für Ihre Daten verantwortlich ist"));
    let rows = [
        (lang.say("Controller", "Verantwortlicher"), Some(&controller.name)),
        (lang.say("Address", "Anschrift"), controller.address.as_ref()),
        (lang.say("Email", "E-Mail"), controller.email.as_ref()),
        (lang.say("Representative in the EU", "Vertreter in der EU"), controller.representative.as_ref()),
        (lang.say("Data protection officer", "Datenschutzbeauftragte Person"), controller.officer.as_ref()),
        (lang.say("Supervisory authority", "Aufsichtsbehörde"), controller.authority.as_ref()),
    ];
    let rows = rows.into_iter().filter_map(|(what, text)| Some(vec![what.to_owned(), text?.clone()]));
    let joint =
        controller.joint.iter().map(|one| vec![lang.say("Together with", "Gemeinsam mit").to_owned(), one.clone()]);
    table(out, "facts", lang.say("Who answers", "Verantwortlich"), &[], &rows.chain(joint).collect::<Vec<_>>());
}

fn purposes(out: &mut String, answer: &Answer, lang: Lang) {
    if answer.purposes.is_empty() {
        return;
    }
    heading(out, lang.say("What we use your data for", "Wofür wir Ihre Daten verwenden"));
    let head = [
        lang.say("Purpose", "Zweck"),
        lang.say("What that means", "Was das heißt"),
        lang.say("Legal basis, and what you said", "Rechtsgrundlage, und was Sie sagten"),
    ];
    let rows = answer.purposes.iter().map(|one| {
        let bases = [one.basis, one.condition].into_iter().flatten().collect::<Vec<_>>().join("; ");
        let said = answer.consents.iter().find(|said| said.purpose == one.purpose).filter(|_| one.asks);
        let said = said.map(|said| format!("\n{}.", capital(&said.words(lang)))).unwrap_or_default();
        vec![capital(one.name), one.text.clone(), format!("{}{said}", capital(&bases))]
    });
    table(out, "uses", lang.say("Purposes", "Zwecke"), &head, &rows.collect::<Vec<_>>());
}

fn data(out: &mut String, answer: &Answer, lang: Lang) {
    if answer.data.is_empty() {
        return;
    }
    heading(
        out,
        lang.say(
            "What we know about you, where it comes from, and its end",
            "Was wir über Sie wissen, woher es kommt, und wann es endet",
        ),
    );
    let head = [
        lang.say("Data", "Daten"),
        lang.say("What it said, when read", "Was sie besagten, wann gelesen"),
        lang.say("Used for", "Verwendet für"),
        lang.say("Kept at the latest until", "Aufbewahrt bis spätestens"),
    ];
    let rows = answer.data.iter().map(|one| {
        let mark = if one.is_special { lang.say(" (special category)", " (besondere Kategorie)") } else { "" };
        let source = if one.source.is_empty() {
            String::new()
        } else {
            format!("\n{}: {}", lang.say("Source", "Herkunft"), one.source)
        };
        vec![format!("{}{mark}{source}", one.text), said(one, answer, lang), one.purposes.join("; "), end(one, lang)]
    });
    table(out, "data", lang.say("Data", "Daten"), &head, &rows.collect::<Vec<_>>());
}

/// The values on record, each with the days on which it was read.
fn said(one: &Kind, answer: &Answer, lang: Lang) -> String {
    let words = |said: &super::kinds::Said| {
        format!("{} ({})", said.value, lang.between(&said.from, &said.to, &answer.made, "–"))
    };
    let count = one.said.len();
    let mut parts: Vec<String> = match count {
        0..=SAID_MAX => one.said.iter().map(words).collect(),
        _ => {
            let first = one.said.iter().take(SAID_MAX - 2).map(words);
            let rest = count - SAID_MAX + 1;
            let rest =
                lang.say(format!("{rest} others, see your visits"), format!("{rest} weitere, siehe Ihre Besuche"));
            first.chain([rest]).chain(one.said.last().map(words)).collect()
        }
    };
    if let Some(day) = &one.deleted_after {
        let day = lang.day(day);
        let which = match parts.is_empty() {
            true => lang.say("every value", "alle Werte"),
            false => lang.say("earlier values", "frühere Werte"),
        };
        parts.push(lang.say(
            format!("{which}: deleted, the last after {day}"),
            format!("{which}: gelöscht, die letzten nach dem {day}"),
        ));
    }
    if parts.is_empty() {
        parts.push(
            lang.say("read, but the value is not on record", "gelesen, der Wert ist nicht aufgezeichnet").to_owned(),
        );
    }
    parts.join("; ")
}

/// How long a kind of data is there.
fn end(one: &Kind, lang: Lang) -> String {
    let until = one.until.as_ref().map(|day| lang.day(day));
    let until = until.map(|day| lang.say(format!("{day} (record)"), format!("{day} (Protokoll)")));
    let parts: Vec<String> = until.into_iter().chain([one.kept.clone()]).filter(|text| !text.is_empty()).collect();
    parts.join("\n")
}

fn receivers(out: &mut String, answer: &Answer, lang: Lang) {
    heading(out, lang.say("Who else receives it", "Wer sie noch erhält"));
    let mut points: Vec<String> = answer.recipients.iter().map(|one| receiver(one, answer, lang)).collect();
    let is_alone =
        |to: &&super::answer::Abroad| !answer.recipients.iter().any(|one| Some(&one.name) == to.recipient.as_ref());
    points.extend(answer.transfers.iter().filter(is_alone).map(|to| capital(&abroad(to, lang))));
    if points.is_empty() {
        points.push(lang.say("Nobody is stated.", "Niemand ist angegeben.").to_owned());
    }
    list(out, &points);
}

fn receiver(one: &Receiver, answer: &Answer, lang: Lang) -> String {
    let role = one.role.map(|role| format!(" ({role})")).unwrap_or_default();
    let contact = one.contact.as_ref().map(|contact| format!(", {contact}")).unwrap_or_default();
    let what = if one.what.is_empty() { String::new() } else { format!(" {}", one.what) };
    let gets = if one.data.len() == answer.data.len() || one.purposes.is_empty() {
        lang.say("It can receive all the data named above.", "Die Stelle kann alle oben genannten Daten erhalten.")
            .to_owned()
    } else {
        let others: Vec<&str> =
            answer.data.iter().filter(|kind| !one.data.contains(&kind.label)).map(|kind| kind.label.as_str()).collect();
        if others.len() < one.data.len() {
            let others = others.join("; ");
            lang.say(
                format!("It can receive all the data named above except: {others}."),
                format!("Die Stelle kann alle oben genannten Daten erhalten außer: {others}."),
            )
        } else {
            let data = one.data.join("; ");
            lang.say(format!("It can receive: {data}."), format!("Die Stelle kann erhalten: {data}."))
        }
    };
    let all: Vec<String> = answer
        .transfers
        .iter()
        .filter(|to| to.recipient.as_ref() == Some(&one.name))
        .map(|to| capital(&abroad(to, lang)))
        .collect();
    let all = match all.is_empty() {
        true => lang
            .say(
                "Our records name no transfer to another country.",
                "Unsere Unterlagen nennen keine Übermittlung in ein anderes Land.",
            )
            .to_owned(),
        false => all.join(" "),
    };
    format!("{}{role}{contact}.{what} {gets} {all}", one.name)
}

/// A transfer as a sentence without its capital.
fn abroad(to: &super::answer::Abroad, lang: Lang) -> String {
    let outside = match to.in_eea {
        Some(false) => {
            lang.say(" (outside the European Economic Area)", " (außerhalb des Europäischen Wirtschaftsraums)")
        }
        _ => "",
    };
    let (country, safeguard) = (&to.country, to.safeguard.trim_end_matches('.'));
    lang.say(
        format!("the data goes to: {country}{outside}. It is protected by: {safeguard}."),
        format!("die Daten gehen nach: {country}{outside}. Geschützt sind sie durch: {safeguard}."),
    )
}

fn kept(out: &mut String, answer: &Answer, lang: Lang) {
    if answer.log.is_empty() {
        return;
    }
    heading(out, lang.say("How long we keep records, and why", "Wie lange wir Aufzeichnungen behalten, und warum"));
    let points = answer.log.iter().filter(|one| one.until.is_some()).map(|one| {
        let (what, days) = (capital(one.what), lang.days(one.days));
        let until = one.until.as_ref().map(|day| lang.day(day));
        let until = until.map(|day| {
            lang.say(format!("; of yours, the last until {day}"), format!("; von Ihnen die letzte bis {day}"))
        });
        let purpose = one
            .purpose
            .as_ref()
            .map(|text| format!(" {}", lang.say(format!("What for: {text}"), format!("Wofür: {text}"))));
        let basis = one.basis.map(|basis| format!(" {}: {basis}.", lang.say("Legal basis", "Rechtsgrundlage")));
        format!(
            "{what}: {days}{}.{}{}",
            until.unwrap_or_default(),
            purpose.unwrap_or_default(),
            basis.unwrap_or_default()
        )
    });
    list(out, &points.collect::<Vec<_>>());
}

fn missing(out: &mut String, answer: &Answer, lang: Lang) {
    heading(out, lang.say("What is missing here, and why", "Was hier fehlt, und warum"));
    list(out, &answer.missing.iter().map(|one| one.text.clone()).collect::<Vec<_>>());
}

fn rights(out: &mut String, answer: &Answer, lang: Lang) {
    heading(out, lang.say("Your rights", "Ihre Rechte"));
    let how = answer.objection.join(" ");
    let email = answer.controller.as_ref().and_then(|controller| controller.email.clone());
    let email = email.filter(|email| !how.contains(email.as_str()));
    let write = email.map(|email| lang.say(format!(" Write to {email}."), format!(" Schreiben Sie an {email}.")));
    let how = match (how.as_str(), &write, &answer.controller) {
        ("", None, None) => lang.say(
            " Write to whoever gave you this answer.".to_owned(),
            " Schreiben Sie an die Stelle, von der Sie diese Antwort haben.".to_owned(),
        ),
        ("", None, Some(_)) => {
            lang.say(" Write to the address above.".to_owned(), " Schreiben Sie an die Anschrift oben.".to_owned())
        }
        (how, write, _) => format!(
            "{}{}",
            if how.is_empty() { String::new() } else { format!(" {how}") },
            write.clone().unwrap_or_default()
        ),
    };
    let authority = answer.controller.as_ref().and_then(|controller| controller.authority.as_deref());
    let authority = authority.map(|name| format!(": {name}")).unwrap_or_default();
    let points = [
        lang.say(
            format!("To withdraw a consent, at any time (Art. 7), or to object to a use (Art. 21):{how} A withdrawal takes effect at once on the device where you make it. What was done until then stays lawful."),
            format!("Eine Einwilligung widerrufen, jederzeit (Art. 7), oder einer Nutzung widersprechen (Art. 21):{how} Ein Widerruf wirkt sofort auf dem Gerät, auf dem Sie ihn erklären. Was bis dahin geschah, bleibt rechtmäßig."),
        ),
        lang.say(
            "You can have wrong data corrected, data erased, and its use restricted (Art. 16 to 18). You can take the data with you: answer.json is a copy for machines (Art. 20).".to_owned(),
            "Sie können falsche Daten berichtigen, Daten löschen und ihre Nutzung einschränken lassen (Art. 16 bis 18). Sie können die Daten mitnehmen: answer.json ist eine Kopie für Programme (Art. 20).".to_owned(),
        ),
        lang.say(
            format!("You can complain to a supervisory authority (Art. 77){authority}. You may also go to the authority where you live or work, or to a court (Art. 79)."),
            format!("Sie können sich bei einer Aufsichtsbehörde beschweren (Art. 77){authority}. Sie können sich auch an die Behörde Ihres Wohn- oder Arbeitsorts wenden, oder an ein Gericht (Art. 79)."),
        ),
    ];
    list(out, &points);
}

fn files(out: &mut String, lang: Lang) {
    heading(out, lang.say("What is in this package", "Was in diesem Paket ist"));
    paragraph(
        out,
        lang.say(
            "answer.html is this page. answer.json is the same for machines, with every value and every reason, and answer.schema.json says what its fields mean. proof holds the records themselves, with which an expert can check all of it.",
            "answer.html ist diese Seite. answer.json ist dasselbe für Programme, mit jedem Wert und jedem Grund, und answer.schema.json sagt, was die Felder bedeuten. proof enthält die Aufzeichnungen selbst, mit denen Fachleute alles nachprüfen können.",
        ),
    );
}

/// Lines of what was shown and done.
fn noted(out: &mut String, answer: &Answer, lang: Lang) {
    if answer.noted.is_empty() {
        return;
    }
    heading(out, lang.say("What we also noted", "Was wir außerdem notiert haben"));
    let mut points: Vec<String> =
        answer.noted.iter().take(NOTED_MAX).map(|one| format!("{}: {}", lang.day(&one.on), one.text)).collect();
    if let rest @ 1.. = answer.noted.len().saturating_sub(NOTED_MAX) {
        points.push(
            lang.say(format!("{rest} more are in answer.json."), format!("{rest} weitere stehen in answer.json.")),
        );
    }
    list(out, &points);
}

const HEAD: &str = include_str!("head.html");
