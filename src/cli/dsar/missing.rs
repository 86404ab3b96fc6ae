//! Everything that a package does not hold, and why: in the package itself, so that its reader knows.

use super::Desk;
use super::answer::text_of;
use crate::cli::Outcome;
use crate::cli::log::Search;

impl Desk<'_> {
    /// Says it in the answer, and to the operator where that is theirs to change.
    pub(super) fn missing(&mut self, search: &Search, expired: u64) {
        let lang = self.lang;
        let mut all: Vec<(&'static str, String)> = Vec::new();
        let mut say = |code, en: String, de: String| all.push((code, lang.say(en, de)));
        if let count @ 1.. = search.unlinked {
            say(
                "unlinked",
                format!(
                    "{count} records in our log carry no id, because the visitor had not permitted one. We cannot tell whose they are, so they are in nobody’s answer."
                ),
                format!(
                    "{count} Aufzeichnungen in unserem Protokoll haben keine Kennung, weil die Person keine erlaubt hatte. Wir können nicht sagen, von wem sie sind. Darum stehen sie in keiner Antwort."
                ),
            );
        }
        if let count @ 1.. = search.of_others + self.withheld as u64 {
            let accounts = search.accounts().max(1);
            say(
                "other-account",
                format!(
                    "{count} records come from this device while an account was signed in, or from data of an account (accounts: at least {accounts}). We give them only to whoever proves to be that account."
                ),
                format!(
                    "{count} Aufzeichnungen stammen von diesem Gerät, während ein Konto angemeldet war, oder aus Daten eines Kontos (Konten: mindestens {accounts}). Wir geben sie nur an die Person, die nachweist, dass es ihr Konto ist."
                ),
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
            );
        }
        if let count @ 1.. = search.unreadable {
            say(
                "unreadable",
                format!("{count} lines of our log are damaged and could not be read."),
                format!("{count} Zeilen unseres Protokolls sind beschädigt und nicht lesbar."),
            );
        }
        for (bundle, count) in &self.lost {
            say(
                "no-bundle",
                format!(
                    "{count} of your records need the rules of that time ({bundle}), which we did not find. What you saw is here; the values behind it and the reasons are not."
                ),
                format!(
                    "Zu {count} Ihrer Aufzeichnungen fehlen uns die Regeln der damaligen Zeit ({bundle}). Was Sie sahen, steht hier; die Werte dahinter und die Gründe nicht."
                ),
            );
        }
        if let count @ 1.. = self.without_values {
            say(
                "no-values",
                format!(
                    "Of {count} of your records we kept no values, only that they were read. The reasons cannot be shown in full."
                ),
                format!(
                    "Zu {count} Ihrer Aufzeichnungen haben wir keine Werte behalten, nur dass sie gelesen wurden. Die Gründe lassen sich nicht ganz zeigen."
                ),
            );
        }
        let gone = self.expired.iter().map(|(attribute, days)| {
            let [first, last] =
                [days.iter().min(), days.iter().max()].map(|day| lang.day(day.map_or("", String::as_str)));
            let what = match attribute {
                Some(name) => text_of(lang, self.site.as_ref(), name),
                None => lang.say("the exact time and the ids", "die genaue Zeit und die Kennungen").to_owned(),
            };
            let days = if first == last { last } else { format!("{first} – {last}") };
            format!("{what} ({days})")
        });
        let gone = gone.collect::<Vec<_>>().join("; ");
        if !gone.is_empty() {
            say(
                "expired-values",
                format!(
                    "Data that your records held, or may have held, is past the time for which we keep it. Nobody can read it any longer. With its last day it is: {gone}."
                ),
                format!(
                    "Für Daten, die Ihre Aufzeichnungen enthielten oder enthalten haben können, ist die Frist vorbei. Niemand kann sie mehr lesen. Mit ihrem letzten Tag sind das: {gone}."
                ),
            );
        }
        if let count @ 1.. = self.broken {
            say(
                "broken",
                format!(
                    "{count} of your records do not open, or come out otherwise when we make them again. We are looking into it."
                ),
                format!(
                    "{count} Ihrer Aufzeichnungen lassen sich nicht öffnen, oder sie kommen beim Nachrechnen anders heraus. Wir gehen dem nach."
                ),
            );
        }
        if let count @ 1.. = expired {
            say(
                "expired",
                format!(
                    "{count} lines of our log were past their time and are deleted. Whether any was about you nobody can tell any longer."
                ),
                format!(
                    "{count} Zeilen unseres Protokolls waren über ihre Frist und sind gelöscht. Ob eine davon Sie betraf, kann niemand mehr sagen."
                ),
            );
        }
        if self.answer.controller.is_none() {
            say(
                "no-controller",
                "This package does not say who answers for the data: it was made without the site’s files.".to_owned(),
                "Dieses Paket sagt nicht, wer für die Daten verantwortlich ist: es wurde ohne die Dateien der Seite erstellt.".to_owned(),
            );
            anstream::eprintln!(
                "warning: the answer names no controller; name the site with --site, and [controller] in its consent.toml"
            );
            self.worst(Outcome::Findings);
        }
        all.into_iter().for_each(|(code, text)| self.answer.miss(code, text));
    }
}
