//! The languages of an answer: sentences in both, dates, lengths of time, the law's words.

use clap::ValueEnum;

use crate::author::site::{LawfulBasis, Role, SpecialBasis};
use crate::words::Purpose;
use crate::words::time::parse_rfc3339;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    /// English
    En,
    /// German
    De,
}

const MONTHS: [[&str; 12]; 2] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
];

impl Lang {
    pub(super) fn say<T>(self, en: T, de: T) -> T {
        match self {
            Self::En => en,
            Self::De => de,
        }
    }

    pub(super) fn tag(self) -> &'static str {
        self.say("en", "de")
    }

    /// The text of this language, or the one that the site wrote first.
    pub(super) fn text(self, first: &str, texts: &std::collections::BTreeMap<String, String>) -> String {
        texts.get(self.tag()).map_or(first, String::as_str).to_owned()
    }

    /// `1 December 2026` of a time or a day in the form of RFC 3339.
    pub(super) fn day(self, time: &str) -> String {
        let mut parts = time.split(['-', 'T']);
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let month = month.and_then(|month| month.parse::<usize>().ok()).and_then(|month| month.checked_sub(1));
        let month = month.and_then(|month| MONTHS[usize::from(self == Self::De)].get(month));
        match (year, month, day.and_then(|day| day.parse::<u32>().ok())) {
            (Some(year), Some(month), Some(day)) => {
                self.say(format!("{day} {month} {year}"), format!("{day}. {month} {year}"))
            }
            _ => time.to_owned(),
        }
    }

    /// `14:05` of such a time.
    pub(super) fn hour(self, time: &str) -> &str {
        time.get(11..16).unwrap_or_default()
    }

    pub(super) fn days(self, count: u32) -> String {
        match (self, count) {
            (Self::En, 1) => "1 day".into(),
            (Self::De, 1) => "1 Tag".into(),
            (_, count) => self.say(format!("{count} days"), format!("{count} Tage")),
        }
    }

    /// A length of time, in the largest unit that fits.
    pub(super) fn length(self, seconds: u32) -> String {
        if seconds.is_multiple_of(86_400) {
            return self.days(seconds / 86_400);
        }
        let units = [(3_600, "hours", "Stunden"), (60, "minutes", "Minuten"), (1, "seconds", "Sekunden")];
        let fits = units.into_iter().find(|(length, ..)| seconds.is_multiple_of(*length));
        let (length, en, de) = fits.unwrap_or(units[2]);
        format!("{} {}", seconds / length, self.say(en, de))
    }

    /// `1 page`, `3 pages`.
    pub(super) fn pages(self, count: usize) -> String {
        match (self, count) {
            (Self::En, 1) => "1 page".into(),
            (Self::De, 1) => "1 Seite".into(),
            (_, count) => self.say(format!("{count} pages"), format!("{count} Seiten")),
        }
    }

    pub(super) fn basis(self, basis: LawfulBasis) -> &'static str {
        match basis {
            LawfulBasis::Consent => self.say("you agreed", "Ihre Einwilligung"),
            LawfulBasis::Contract => self.say("our contract with you", "unser Vertrag mit Ihnen"),
            LawfulBasis::LegalObligation => self.say("a law obliges us", "eine gesetzliche Pflicht"),
            LawfulBasis::VitalInterests => self.say("somebody’s vital interests", "lebenswichtige Interessen"),
            LawfulBasis::PublicTask => self.say("a task in the public interest", "eine öffentliche Aufgabe"),
            LawfulBasis::LegitimateInterests => self.say("our legitimate interests", "unsere berechtigten Interessen"),
        }
    }

    pub(super) fn condition(self, condition: SpecialBasis) -> &'static str {
        match condition {
            SpecialBasis::ExplicitConsent => self.say("you agreed explicitly", "Ihre ausdrückliche Einwilligung"),
            SpecialBasis::EmploymentLaw => self.say("employment and social law", "Arbeits- und Sozialrecht"),
            SpecialBasis::VitalInterests => self.say("vital interests", "lebenswichtige Interessen"),
            SpecialBasis::NonProfit => {
                self.say("the work of a non-profit body", "die Tätigkeit einer gemeinnützigen Stelle")
            }
            SpecialBasis::MadePublic => self.say("you made it public", "von Ihnen veröffentlicht"),
            SpecialBasis::LegalClaims => self.say("legal claims", "Rechtsansprüche"),
            SpecialBasis::PublicInterest => {
                self.say("a substantial public interest", "ein erhebliches öffentliches Interesse")
            }
            SpecialBasis::HealthCare => self.say("health or social care", "Gesundheits- oder Sozialversorgung"),
            SpecialBasis::PublicHealth => self.say("public health", "öffentliche Gesundheit"),
            SpecialBasis::Research => self.say("archives, research or statistics", "Archive, Forschung oder Statistik"),
        }
    }

    pub(super) fn role(self, role: Role) -> &'static str {
        match role {
            Role::Processor => self.say("works for us only", "arbeitet nur in unserem Auftrag"),
            Role::Controller => self.say("decides for itself", "entscheidet selbst"),
            Role::Joint => self.say("decides together with us", "entscheidet gemeinsam mit uns"),
        }
    }

    /// A purpose in two or three words.
    pub(super) fn purpose(self, purpose: Purpose) -> &'static str {
        match purpose {
            Purpose::Necessary => self.say("what you asked for", "was Sie verlangt haben"),
            Purpose::Contextual => self.say("content that fits the request", "Inhalte passend zur Anfrage"),
            Purpose::Functional => self.say("remembering your settings", "Ihre Einstellungen merken"),
            Purpose::Analytics => self.say("counting what helps", "zählen, was hilft"),
            Purpose::Personalization => self.say("content chosen for you", "für Sie gewählte Inhalte"),
            Purpose::Advertising => self.say("advertising", "Werbung"),
            Purpose::Sensitive => self.say("special data such as health", "besondere Daten wie Gesundheit"),
            Purpose::Storage => self.say("keeping data on your device", "Daten auf Ihrem Gerät"),
        }
    }

    pub(super) fn source(self, source: &str) -> String {
        match source {
            "request" => {
                self.say("your browser sends it with each page", "Ihr Browser sendet es mit jeder Seite").into()
            }
            "page" => self.say("the page that you opened", "die Seite, die Sie geöffnet haben").into(),
            "device" => self.say("kept on your device", "auf Ihrem Gerät aufbewahrt").into(),
            "account" => self.say("your account", "Ihr Konto").into(),
            other => {
                let system = other.trim_start_matches("feed:");
                self.say(format!("another system of ours: {system}"), format!("ein anderes System von uns: {system}"))
            }
        }
    }

    /// How far two times are apart, in minutes.
    pub(super) fn minutes(from: &str, to: &str) -> i64 {
        let ms = |time| parse_rfc3339(time).unwrap_or_default();
        (ms(to) - ms(from)) / 60_000
    }
}

/// The first sentence of a text.
pub(super) fn first_sentence(text: &str) -> String {
    let end = text.find(". ").unwrap_or(text.len());
    text[..end].trim_end_matches(['.', ':']).to_owned()
}

/// The words of a text up to its first remark: a short name for it.
pub(super) fn label(text: &str) -> String {
    // A clause that belongs to what stands before it is no remark.
    let goes_on = |rest: &str| {
        let word = rest.split(' ').next().unwrap_or_default();
        ["dass", "ob", "die", "der", "das", "den", "wo", "that", "who", "which", "where"].contains(&word)
    };
    let sentence = first_sentence(text);
    let comma = sentence.match_indices(", ").find(|(at, _)| !goes_on(&sentence[at + 2..])).map(|(at, _)| at);
    let ends = [sentence.find(": "), sentence.find(" ("), comma];
    let end = ends.into_iter().flatten().min().unwrap_or(sentence.len());
    sentence[..end].to_owned()
}
