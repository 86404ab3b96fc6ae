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

    /// The days from one to another: `3 to 28 November 2026`. A year that is `usual` is left out.
    pub(super) fn span(self, from: &str, to: &str, usual: &str) -> String {
        self.between(from, to, usual, self.say(" to ", " bis "))
    }

    /// The same with another word or mark between the days.
    pub(super) fn between(self, from: &str, to: &str, usual: &str, mark: &str) -> String {
        let part = |text: &str, end: usize| text.get(..end).unwrap_or_default().to_owned();
        let (from_day, to_day) = (self.day(from), self.day(to));
        let short = |day: &str, time: &str| {
            let year = format!(" {}", part(time, 4));
            let is_usual = part(time, 4) == part(usual, 4);
            if is_usual { day.strip_suffix(&year).unwrap_or(day).to_owned() } else { day.to_owned() }
        };
        if part(from, 10) == part(to, 10) {
            return short(&to_day, to);
        }
        let first = match () {
            () if part(from, 7) == part(to, 7) => from_day.split(' ').next().unwrap_or_default().to_owned(),
            () if part(from, 4) == part(to, 4) => {
                from_day.rsplit_once(' ').map_or(from_day.clone(), |(day, _)| day.to_owned())
            }
            () => short(&from_day, from),
        };
        format!("{first}{mark}{}", short(&to_day, to))
    }

    /// A moment as the clocks of a zone have it, in the form of RFC 3339 without its offset; in UTC if there is no such zone.
    pub(super) fn local(time: &str, zone: Option<&str>) -> String {
        let local = || {
            let zone = jiff::tz::TimeZone::get(zone?).ok()?;
            let at = jiff::Timestamp::from_millisecond(parse_rfc3339(time)?).ok()?.to_zoned(zone);
            Some(at.strftime("%Y-%m-%dT%H:%M:%S").to_string())
        };
        local().unwrap_or_else(|| time.to_owned())
    }

    /// `14:05` of such a time.
    pub(super) fn hour(self, time: &str) -> &str {
        time.get(11..16).unwrap_or_default()
    }

    /// `1 visit`, `3 visits`: of one and of many, in both languages.
    pub(super) fn counted(self, count: u64, en: [&str; 2], de: [&str; 2]) -> String {
        let [one, many] = self.say(en, de);
        format!("{} {}", super::value::grouped(self, &count.to_string()), if count == 1 { one } else { many })
    }

    /// A text of somebody else in quotation marks.
    pub(super) fn quoted(self, text: &str) -> String {
        self.say(format!("“{text}”"), format!("„{text}“"))
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
        self.counted(count as u64, ["page", "pages"], ["Seite", "Seiten"])
    }

    pub(super) fn basis(self, basis: LawfulBasis) -> &'static str {
        match basis {
            LawfulBasis::Consent => self.say("your consent (Art. 6(1)(a))", "Ihre Einwilligung (Art. 6 Abs. 1 a)"),
            LawfulBasis::Contract => {
                self.say("our contract with you (Art. 6(1)(b))", "unser Vertrag mit Ihnen (Art. 6 Abs. 1 b)")
            }
            LawfulBasis::LegalObligation => {
                self.say("a law obliges us (Art. 6(1)(c))", "eine gesetzliche Pflicht (Art. 6 Abs. 1 c)")
            }
            LawfulBasis::VitalInterests => {
                self.say("somebody’s vital interests (Art. 6(1)(d))", "lebenswichtige Interessen (Art. 6 Abs. 1 d)")
            }
            LawfulBasis::PublicTask => {
                self.say("a task in the public interest (Art. 6(1)(e))", "eine öffentliche Aufgabe (Art. 6 Abs. 1 e)")
            }
            LawfulBasis::LegitimateInterests => {
                self.say("our legitimate interests (Art. 6(1)(f))", "unsere berechtigten Interessen (Art. 6 Abs. 1 f)")
            }
        }
    }

    pub(super) fn condition(self, condition: SpecialBasis) -> &'static str {
        match condition {
            SpecialBasis::ExplicitConsent => {
                self.say("your explicit consent (Art. 9(2)(a))", "Ihre ausdrückliche Einwilligung (Art. 9 Abs. 2 a)")
            }
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
            Purpose::Functional => self.say("remembering your settings", "Merken Ihrer Einstellungen"),
            Purpose::Analytics => self.say("counting what helps", "Zählen hilfreicher Inhalte"),
            Purpose::Personalization => self.say("content chosen for you", "für Sie gewählte Inhalte"),
            Purpose::Advertising => self.say("advertising", "Werbung"),
            Purpose::Sensitive => self.say("special data such as health", "besondere Daten wie Gesundheit"),
            Purpose::Storage => self.say("keeping data on your device", "Daten auf Ihrem Gerät"),
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
    // A clause that belongs to what stands before it is no remark, nor is what a number is counted in.
    let goes_on = |rest: &str| {
        let word = rest.split(' ').next().unwrap_or_default();
        [
            "dass", "ob", "die", "der", "das", "den", "wo", "zu", "auf", "für", "mit", "in", "that", "who", "which",
            "where",
        ]
        .contains(&word)
    };
    let sentence = first_sentence(text);
    let comma = sentence.match_indices(", ").find(|(at, _)| !goes_on(&sentence[at + 2..])).map(|(at, _)| at);
    let ends = [sentence.find(": "), sentence.find(" ("), comma];
    let end = ends.into_iter().flatten().min().unwrap_or(sentence.len());
    sentence[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_once() {
        for (from, to, en, de) in [
            ("2026-11-03", "2026-11-03", "3 November", "3. November"),
            ("2026-11-03", "2026-11-28", "3 to 28 November", "3. bis 28. November"),
            ("2026-10-03", "2026-11-28", "3 October to 28 November", "3. Oktober bis 28. November"),
            ("2025-12-30", "2026-01-02", "30 December 2025 to 2 January", "30. Dezember 2025 bis 2. Januar"),
        ] {
            assert_eq!(Lang::En.span(from, to, "2026-11-30"), en);
            assert_eq!(Lang::De.span(from, to, "2026-11-30"), de);
        }
        assert_eq!(Lang::En.span("2026-11-03", "2026-11-28", ""), "3 to 28 November 2026");
    }

    #[test]
    fn times_are_those_of_the_place() {
        assert_eq!(Lang::local("2026-11-03T18:05:00Z", Some("Europe/Berlin")), "2026-11-03T19:05:00");
        assert_eq!(Lang::local("2026-11-03T23:05:00Z", Some("Europe/Berlin")), "2026-11-04T00:05:00");
        assert_eq!(Lang::local("2026-11-03T18:05:00Z", None), "2026-11-03T18:05:00Z");
        assert_eq!(Lang::local("2026-11-03T18:05:00Z", Some("Nowhere")), "2026-11-03T18:05:00Z");
    }
}
