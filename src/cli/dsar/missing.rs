//! Everything that a package does not hold, and why: in the package itself, so that its reader knows.

use super::Desk;
use crate::cli::Outcome;
use crate::cli::log::Search;
use crate::words::Source;

impl Desk<'_> {
    /// Says it in the answer, and to the operator where that is theirs to change.
    pub(super) fn missing(&mut self, search: &Search, expired: u64) {
        let lang = self.teller.lang;
        let mut all: Vec<(&'static str, String, Vec<String>)> = Vec::new();
        let mut say = |code, en: String, de: String, parts| all.push((code, lang.say(en, de), parts));
        let records = |count| lang.counted(count, ["record", "records"], ["Aufzeichnung", "Aufzeichnungen"]);
        let lines = |count| lang.counted(count, ["line", "lines"], ["Zeile", "Zeilen"]);
        if let count @ 1.. = search.unlinked {
            let records = records(count);
            say(
                "unlinked",
                format!(
                    "{records} of our log: without an id, because the visitor had permitted none. We cannot tell whose they are; some may be yours. They are in nobody’s answer."
                ),
                format!(
                    "{records} unseres Protokolls: ohne Kennung, weil die Person keine erlaubt hatte. Wir können nicht sagen, von wem sie sind; einige können von Ihnen sein. Sie stehen in keiner Antwort."
                ),
                Vec::new(),
            );
        }
        let [of_records, of_lines] = [search.of_others + self.withheld[0], self.withheld[1]];
        if of_records + of_lines > 0 {
            let accounts = lang.counted(search.accounts().max(1) as u64, ["account", "accounts"], ["Konto", "Konten"]);
            let what = match of_lines {
                0 => records(of_records),
                _ => format!(
                    "{} {} {}",
                    records(of_records),
                    lang.say("and", "und"),
                    lang.counted(of_lines, ["other line", "other lines"], ["weitere Zeile", "weitere Zeilen"])
                ),
            };
            say(
                "other-account",
                format!(
                    "{what} of this device: made while an account was signed in, or from data of an account (at least {accounts}). We give them only to whoever proves to be that account."
                ),
                format!(
                    "{what} dieses Geräts: entstanden, während ein Konto angemeldet war, oder aus Daten eines Kontos (mindestens {accounts}). Wir geben sie nur an die Person, die nachweist, dass es ihr Konto ist."
                ),
                Vec::new(),
            );
        }
        if !search.closed().is_empty() {
            let epochs = search.closed();
            say(
                "lost-key",
                format!(
                    "Records that were written with key {epochs} could not be searched, because we no longer have that key. Nobody can tell whose they are."
                ),
                format!(
                    "Aufzeichnungen mit dem Schlüssel {epochs} konnten nicht durchsucht werden, weil wir diesen Schlüssel nicht mehr haben. Niemand kann sagen, von wem sie sind."
                ),
                Vec::new(),
            );
        }
        if !search.unmeasured().is_empty() {
            let numbers = search.unmeasured();
            say(
                "lost-measurement-key",
                format!(
                    "Lines of what was shown and done with measurement key {numbers} could not be searched, because we no longer have that key. Nobody can tell whose they are."
                ),
                format!(
                    "Zeilen über Gezeigtes und Getanes mit dem Messschlüssel {numbers} konnten nicht durchsucht werden, weil wir diesen Schlüssel nicht mehr haben. Niemand kann sagen, von wem sie sind."
                ),
                Vec::new(),
            );
        }
        if let count @ 1.. = search.unreadable {
            let lines = lines(count);
            say(
                "unreadable",
                format!("Damaged, and not readable: {lines} of our log."),
                format!("Beschädigt und nicht lesbar: {lines} unseres Protokolls."),
                Vec::new(),
            );
        }
        for (bundle, count) in &self.lost {
            let records = records(*count as u64);
            say(
                "no-bundle",
                format!(
                    "{records} of yours: the rules of that time are not at hand ({bundle}). What you saw is here; the values behind it and the reasons are not."
                ),
                format!(
                    "{records} von Ihnen: die Regeln der damaligen Zeit fehlen uns ({bundle}). Was Sie sahen, steht hier; die Werte dahinter und die Gründe nicht."
                ),
                Vec::new(),
            );
        }
        if let count @ 1.. = self.without_values {
            let records = records(count as u64);
            say(
                "no-values",
                format!(
                    "{records} of yours: we kept no values, only that they were read. The reasons cannot be shown in full."
                ),
                format!(
                    "{records} von Ihnen: wir haben keine Werte behalten, nur dass sie gelesen wurden. Die Gründe lassen sich nicht ganz zeigen."
                ),
                Vec::new(),
            );
        }
        let gone = self.expired.iter().map(|(attribute, days)| {
            let [first, last] =
                [days.iter().min(), days.iter().max()].map(|day| lang.day(day.map_or("", String::as_str)));
            let what = match attribute {
                Some(name) => self.teller.label(name),
                None => lang.say("the exact time and the ids", "die genaue Zeit und die Kennungen").to_owned(),
            };
            let days = if first == last { last } else { format!("{first} – {last}") };
            format!("{what} ({days})")
        });
        let gone: Vec<String> = gone.collect();
        if let count @ 1.. = self.of_expired {
            let records = records(count);
            say(
                "expired-values",
                format!(
                    "{records} of yours: some of the data that was read, or may have been, is deleted, because its time is over. Nobody can read it any longer. Each visit below says what and when; answer.json lists it."
                ),
                format!(
                    "{records} von Ihnen: ein Teil der Daten, die gelesen wurden oder gelesen worden sein können, ist gelöscht, weil die Frist vorbei ist. Niemand kann sie mehr lesen. Jeder Besuch unten sagt, was und wann; answer.json zählt es auf."
                ),
                gone,
            );
        }
        if let count @ 1.. = self.broken {
            let records = records(count as u64);
            say(
                "broken",
                format!(
                    "{records} of yours: they do not open, or come out otherwise when we make them again. We are looking into it."
                ),
                format!(
                    "{records} von Ihnen: nicht zu öffnen, oder beim Nachrechnen kommt etwas anderes heraus. Wir gehen dem nach."
                ),
                Vec::new(),
            );
        }
        if let count @ 1.. = expired {
            let lines = lines(count);
            say(
                "expired",
                format!(
                    "{lines} of our log: deleted, because their time was over. Nobody can tell any longer whether any was about you."
                ),
                format!(
                    "{lines} unseres Protokolls: gelöscht, weil ihre Frist vorbei war. Ob eine davon Sie betraf, kann niemand mehr sagen."
                ),
                Vec::new(),
            );
        }
        let site = self.teller.site.iter().flat_map(|site| &site.attributes);
        let (feeds, accounts): (Vec<_>, Vec<_>) = site
            .filter(|one| matches!(one.source, Source::Feed | Source::Account))
            .partition(|one| one.source == Source::Feed);
        let mut systems: Vec<String> = Vec::new();
        if !accounts.is_empty() {
            systems.push(lang.say("your account", "Ihr Konto").to_owned());
        }
        for feed in feeds.iter().filter_map(|one| one.feed.as_deref()).map(|feed| lang.quoted(feed)) {
            if !systems.contains(&feed) {
                systems.push(feed);
            }
        }
        let systems = if systems.is_empty() { String::new() } else { format!(" ({})", systems.join(", ")) };
        say(
            "elsewhere",
            format!(
                "This answer is what the log of our website holds. It does not hold what your device keeps itself, what our other systems keep{systems}, nor the list of withdrawals. Ask us for those, too."
            ),
            format!(
                "Diese Antwort ist, was das Protokoll unserer Website enthält. Sie enthält nicht, was Ihr Gerät selbst aufbewahrt, was unsere anderen Systeme aufbewahren{systems}, und nicht die Liste der Widerrufe. Fragen Sie uns auch danach."
            ),
            Vec::new(),
        );
        if self.answer.controller.is_none() {
            say(
                "no-controller",
                "This package does not say who answers for the data: it was made without the site’s files.".to_owned(),
                "Dieses Paket sagt nicht, wer für die Daten verantwortlich ist: es wurde ohne die Dateien der Seite erstellt.".to_owned(),
                Vec::new(),
            );
            anstream::eprintln!(
                "warning: the answer names no controller; name the site with --site, and [controller] in its consent.toml"
            );
            self.worst(Outcome::Findings);
        }
        all.into_iter().for_each(|(code, text, parts)| self.answer.miss(code, text, parts));
    }
}
