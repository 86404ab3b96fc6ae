//! An analysis in plain sentences, in English and German.

use std::fmt::Write as _;

use super::judge::{Analysis, ArmResult, GoalResult, Number, StudyResult};
use super::line::Left;
use crate::measure::Cannot;
use crate::measure::verdict::{FaultKind, What, Why};
use crate::words::vocabulary;

vocabulary! {
    /// The language of the sentences.
    #[derive(Default)]
    Language {
        /// English.
        #[default]
        English = "en",
        /// German.
        German = "de",
    }
}

/// The whole analysis, for people.
pub fn text(analysis: &Analysis, language: Language) -> String {
    let mut text = String::new();
    let is = Tongue(language);
    match &analysis.days {
        Some([first, last]) => {
            let lines = analysis.lines;
            text += &is.say(
                &format!("{lines} lines from {first} to {last}\n"),
                &format!("{lines} Zeilen vom {first} bis {last}\n"),
            );
        }
        None => text += &is.say("no exposures and no events\n", "keine Einblendungen und keine Ereignisse\n"),
    }
    for study in &analysis.studies {
        text.push('\n');
        is.study(&mut text, study);
    }
    let of = &analysis.decisions;
    let decided: u64 = of.decided.values().sum();
    if decided > 0 {
        let control: u64 = of.control.values().sum();
        text += &is.say(
            &format!(
                "\n{decided} decisions = {} impressions + {control} control + {} unseen + {} without an exposure (not permitted, not on the page, or lost)\n",
                of.impressions, of.unseen, of.without_exposure
            ),
            &format!(
                "\n{decided} Entscheidungen = {} Einblendungen + {control} Kontrolle + {} ungesehen + {} ohne Einblendung (nicht erlaubt, nicht auf der Seite oder verloren)\n",
                of.impressions, of.unseen, of.without_exposure
            ),
        );
    }
    if !analysis.left.is_empty() {
        text += &is.say("\nleft out:\n", "\nausgelassen:\n");
    }
    for (why, count) in &analysis.left {
        let first = count.first.as_ref().map(|at| is.say(&format!(", first at {at}"), &format!(", zuerst in {at}")));
        let names: Vec<&str> = count.names.keys().map(String::as_str).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let _ = writeln!(text, "  {:>9}  {}{names}{}", count.count, is.left(*why), first.unwrap_or_default());
    }
    text
}

/// The sentences of one language.
pub(super) struct Tongue(pub(super) Language);

impl Tongue {
    pub(super) fn say(&self, english: &str, german: &str) -> String {
        match self.0 {
            Language::English => english.to_owned(),
            Language::German => german.to_owned(),
        }
    }

    fn study(&self, text: &mut String, study: &StudyResult) {
        let (name, days) = (&study.name, study.running_days);
        let kind = if study.of == "holdout" { ("holdout", "Vergleichsgruppe") } else { ("experiment", "Experiment") };
        *text += &self.say(&format!("{} {name}, {days} days\n", kind.0), &format!("{} {name}, {days} Tage\n", kind.1));
        for arm in &study.arms {
            let (units, share) = (arm.units, arm.share * 100.0);
            let arm = self.arm(&arm.name);
            *text += &self.say(
                &format!("  {arm}: {units} units, {share} % planned\n"),
                &format!("  {arm}: {units} Einheiten, {share} % geplant\n"),
            );
        }
        for result in &study.results {
            self.result(text, study, result);
        }
    }

    fn result(&self, text: &mut String, study: &StudyResult, result: &ArmResult) {
        let _ = writeln!(text, "  {}: {}", self.arm(&result.arm), self.what(study, result));
        for why in &result.verdict.reasons {
            let _ = writeln!(text, "    {}", self.why(why));
        }
        for goal in &result.goals {
            let _ = writeln!(text, "    {}", self.goal(goal));
        }
    }

    /// What to do, in capitals.
    pub(super) fn what(&self, study: &StudyResult, result: &ArmResult) -> String {
        let (english, german) = match (result.verdict.what, study.of) {
            (What::Ship, "holdout") => ("KEEP PERSONALIZING", "WEITER PERSONALISIEREN"),
            (What::Ship, _) => ("SHIP", "ÜBERNEHMEN"),
            (What::Stop, _) => ("STOP", "BEENDEN"),
            (What::KeepRunning, _) => ("KEEP RUNNING", "WEITERLAUFEN LASSEN"),
            (What::CannotTell, _) => ("CANNOT TELL", "KEINE AUSSAGE"),
        };
        self.say(english, german)
    }

    pub(super) fn arm(&self, name: &str) -> String {
        match name {
            "held back" => self.say(name, "zurückgehalten"),
            "personalized" => self.say(name, "personalisiert"),
            name => name.to_owned(),
        }
    }

    pub(super) fn goal(&self, goal: &GoalResult) -> String {
        let name = &goal.goal;
        let mut said = match &goal.relative {
            Ok(number) => {
                let (estimate, between) = self.percent(number);
                self.say(
                    &format!("`{name}`: {estimate}, between {between} with 95 % confidence at all looks."),
                    &format!("`{name}`: {estimate}, mit 95 % Sicherheit bei jedem Blick zwischen {between}."),
                )
            }
            Err(why) => {
                let why = self.cannot(why);
                self.say(&format!("`{name}`: cannot tell: {why}."), &format!("`{name}`: keine Aussage: {why}."))
            }
        };
        if let Some(margin) = goal.margin {
            let margin = margin * 100.0;
            said += &self.say(&format!(" Tolerated: {margin} % worse."), &format!(" Erlaubt: {margin} % schlechter."));
        }
        if let Some(total) = &goal.total {
            let money = |cents: f64| format!("{:.0} {}", cents / 100.0, total.currency);
            let (all, low, high) =
                (money(total.number.estimate), money(total.number.interval.low), money(total.number.interval.high));
            said += &self.say(
                &format!(" In total {all}, between {low} and {high}."),
                &format!(" Insgesamt {all}, zwischen {low} und {high}."),
            );
        }
        said
    }

    fn percent(&self, number: &Number) -> (String, String) {
        let one = |value: f64| self.number(format!("{:+.1} %", value * 100.0));
        let and = self.say("and", "und");
        (one(number.estimate), format!("{} {and} {}", one(number.interval.low), one(number.interval.high)))
    }

    /// A number as the language writes it.
    pub(super) fn number(&self, text: String) -> String {
        match self.0 {
            Language::English => text,
            Language::German => text.replace('.', ","),
        }
    }

    pub(super) fn why(&self, why: &Why) -> String {
        match why {
            Why::SampleRatio { p } => self.say(
                &format!("The arms do not have their planned shares (p = {p:.1e}). Find out who is missing before you read any number."),
                &format!("Die Gruppen haben nicht ihre geplanten Anteile (p = {p:.1e}). Klären Sie, wer fehlt, bevor Sie eine Zahl lesen."),
            ),
            Why::Fault(fault) => {
                let (share, limit) = (fault.share * 100.0, fault.limit * 100.0);
                let what = match fault.kind {
                    FaultKind::Bots => ("exposures of bots", "Einblendungen für Bots"),
                    FaultKind::Lost => ("lost records", "verlorene Zeilen"),
                    FaultKind::TwoArms => ("units with two arms", "Einheiten in zwei Gruppen"),
                    FaultKind::NotMeasured => ("visitors without consent to measurement", "Besucher ohne Zustimmung zur Messung"),
                    FaultKind::Unreadable => ("lines that cannot be read", "unlesbare Zeilen"),
                    FaultKind::Duplicates => ("outcomes that arrived twice", "doppelt eingegangene Ereignisse"),
                };
                self.number(self.say(
                    &format!("{share:.1} % are {}; at most {limit:.1} % do no harm.", what.0),
                    &format!("{share:.1} % sind {}; höchstens {limit:.1} % schaden nicht.", what.1),
                ))
            }
            Why::Cannot { metric, why } => {
                let (of, why) = (metric.as_ref().map(|metric| format!("`{metric}`: ")).unwrap_or_default(), self.cannot(why));
                self.say(&format!("{of}{why}."), &format!("{of}{why}."))
            }
            Why::TooEarly { units, days } => {
                self.say(&format!("It is too early: {units} units and {days} days are missing."), &format!("Es ist zu früh: {units} Einheiten und {days} Tage fehlen."))
            }
            Why::Better { metric } => self.say(&format!("`{metric}` is proven better."), &format!("`{metric}` ist nachweislich besser.")),
            Why::Worse { metric } => self.say(&format!("`{metric}` is proven worse."), &format!("`{metric}` ist nachweislich schlechter.")),
            Why::NotProven { metric } => self.say(
                &format!("`{metric}` is not yet proven to be within its margin."),
                &format!("Für `{metric}` ist noch nicht bewiesen, dass die Grenze hält."),
            ),
            Why::NoneBetter => self.say("The primary goal is not proven better.", "Das Hauptziel ist nicht nachweislich besser."),
            Why::GuardrailsHold => self.say("Every guardrail is proven to hold.", "Alle Schutzziele halten nachweislich."),
            Why::AtItsEnd => self.say("It has reached its planned end.", "Das geplante Ende ist erreicht."),
        }
    }

    fn cannot(&self, why: &Cannot) -> String {
        let german = match why {
            Cannot::OneArm => "es gibt nur eine Gruppe, und ein Vergleich braucht zwei".to_owned(),
            Cannot::TooFew { units, needed } => format!("es gibt {units} Einheiten, und {needed} sind nötig"),
            Cannot::NoVariance => "alle Einheiten haben denselben Wert, also lässt sich der Zufall nicht messen".into(),
            Cannot::OneUnitRules { share } => {
                format!(
                    "eine Einheit trägt {:.0} % der Streuung, also sagt ein Mittelwert nichts über die anderen",
                    share * 100.0
                )
            }
            Cannot::NoBaseline => "der Mittelwert der Kontrolle ist nicht klar von null verschieden".into(),
            Cannot::NotFinite { .. } | Cannot::Negative { .. } | Cannot::Contradiction { .. } => {
                "die Summen widersprechen sich".into()
            }
            Cannot::TooLarge { .. } => "eine Summe ist zu groß, um genau gezählt zu werden".into(),
            Cannot::Outside { .. } => "eine Einstellung liegt außerhalb ihrer Grenzen".into(),
        };
        self.say(&why.to_string(), &german)
    }

    fn left(&self, why: Left) -> String {
        let (english, german) = match why {
            Left::Unreadable => ("lines that are no line of a log", "Zeilen, die keine Zeilen eines Logs sind"),
            Left::UnknownForm => ("lines of an unknown form", "Zeilen unbekannter Form"),
            Left::NoDay => ("lines without a day", "Zeilen ohne Tag"),
            Left::Future => ("lines of a day that has not come yet", "Zeilen eines Tages, der noch nicht da ist"),
            Left::NoId => {
                ("lines without an id: consent does not cover one", "Zeilen ohne ID: die Zustimmung deckt keine")
            }
            Left::NoEpoch => ("lines without a consent epoch", "Zeilen ohne Zustimmungsepoche"),
            Left::UnknownExperiment => {
                ("exposures of experiments that no file has", "Einblendungen unbekannter Experimente")
            }
            Left::UnknownArm => ("exposures of arms that no file has", "Einblendungen unbekannter Gruppen"),
            Left::UnknownEvent => {
                ("events that events.toml does not have", "Ereignisse, die nicht in events.toml stehen")
            }
            Left::ImpossibleValue => ("events with an impossible value", "Ereignisse mit unmöglichem Wert"),
            Left::OtherCurrency => ("events in another currency", "Ereignisse in anderer Währung"),
            Left::Duplicate => ("outcomes that arrived twice", "doppelt eingegangene Ereignisse"),
            Left::SecondArm => ("units that saw two arms", "Einheiten in zwei Gruppen"),
            Left::OutsideWindow => ("outcomes outside of the window", "Ereignisse außerhalb des Fensters"),
            Left::NotExposed => {
                ("outcomes of units that were never exposed", "Ereignisse von Einheiten ohne Einblendung")
            }
        };
        self.say(english, german)
    }
}
