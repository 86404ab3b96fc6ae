//! Which visitor a preview is for: `selvedge-…` query parameters.
//!
//! The same words serve `curl`, the panel and a link that one person sends to another. Nothing is kept between requests.

use crate::words::{Age, Depth, Purpose, Purposes, parse_hex, time};

pub(super) const VISITOR_HEADER: &str = "x-selvedge-visitor";
/// The parameters, each with its effect. The help text and the panel's notes are made of them.
pub(super) const PARAMETERS: [(&str, &str); 11] = [
    ("selvedge-visitor", "a visitor of visitors/*.toml, or `first`"),
    ("selvedge-region", "the region whose law applies: DE, US-CA"),
    ("selvedge-locale", "the visitor's language: de, en-GB"),
    ("selvedge-grant", "purposes to grant, separated by commas"),
    ("selvedge-deny", "purposes to deny"),
    ("selvedge-gpc", "1 sends Global Privacy Control, 0 does not"),
    ("selvedge-minor", "the visitor's age, if the site knows it: child, teen, adult, or unknown"),
    ("selvedge-depth", "the most personal kind of data that decisions may use: contextual, declared, behavioural, …"),
    ("selvedge-now", "the time of the visit: 2026-12-01T09:00:00Z"),
    ("selvedge-id", "the id that experiments assign by"),
    ("selvedge-draw", "any number; another one draws other arms for visits without an id"),
];

/// The choices of a preview. Everything is optional; what is missing is as the visitor's file, or the real request, says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// The visitor's name. `first` is a visitor who was never here.
    pub(super) visitor: Option<String>,
    pub(super) region: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) grant: Purposes,
    pub(super) deny: Purposes,
    pub(super) gpc: Option<bool>,
    /// `Some(None)` removes the age of the visitor's file.
    pub(super) minor: Option<Option<Age>>,
    pub(super) depth: Option<Depth>,
    pub(super) now_ms: Option<i64>,
    pub(super) id: Option<String>,
    pub(super) draw: String,
    /// True if anything was asked for: if not, it is a visit like any other.
    pub(super) is_preview: bool,
    /// The faults of the choices, in words.
    pub(super) faults: Vec<String>,
    /// The parameters as they came, for a redirect to carry on.
    pub(super) parameters: String,
}

impl Choice {
    /// Splits a query into the choice and the part that the page itself sees.
    pub(super) fn from_query(query: &str, visitor_header: Option<&str>) -> (Self, String) {
        let mut choice = Self::default();
        let (mut parameters, mut rest) = (Vec::new(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name.strip_prefix("selvedge-") {
                Some(name) => {
                    choice.set(name, &decode(value));
                    parameters.push(pair);
                }
                None => rest.push(pair),
            }
        }
        if let Some(visitor) = visitor_header {
            choice.set("visitor", visitor);
        }
        (Self { parameters: parameters.join("&"), ..choice }, rest.join("&"))
    }

    fn set(&mut self, name: &str, value: &str) {
        self.is_preview = true;
        let text = || Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        match name {
            "visitor" => self.visitor = text(),
            "region" => self.region = text().map(|region| region.to_ascii_uppercase()),
            "locale" => self.locale = text(),
            "grant" => self.grant = self.purposes(value),
            "deny" => self.deny = self.purposes(value),
            "gpc" => self.gpc = text().and_then(|value| self.word(name, &value, vec![("1", true), ("0", false)])),
            "minor" => {
                let words = Age::ALL.iter().map(|age| (age.name(), Some(*age))).chain([("unknown", None)]);
                self.minor = text().and_then(|value| self.word(name, &value, words.collect()));
            }
            "depth" => {
                let words = Depth::ALL.iter().map(|depth| (depth.name(), *depth));
                self.depth = text().and_then(|value| self.word(name, &value, words.collect()));
            }
            "id" => self.id = text(),
            "draw" => self.draw = value.to_owned(),
            "now" => {
                self.now_ms = time::parse_rfc3339(value.trim());
                let what = "is not a time with its offset; write it like 2026-12-01T09:00:00+01:00";
                let is_wrong = self.now_ms.is_none() && !value.trim().is_empty();
                self.faults.extend(is_wrong.then(|| format!("`{value}` {what}")));
            }
            other => {
                let known = PARAMETERS.map(|(name, _)| name).join(", ");
                self.faults.push(format!("there is no parameter `selvedge-{other}`; the parameters are {known}"));
            }
        }
    }

    fn word<T>(&mut self, name: &str, value: &str, words: Vec<(&'static str, T)>) -> Option<T> {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let found = words.into_iter().find(|(word, _)| *word == value);
        if found.is_none() {
            self.faults
                .push(format!("`{value}` is not a value of `selvedge-{name}`; the values are {}", known.join(", ")));
        }
        found.map(|(_, meant)| meant)
    }

    fn purposes(&mut self, names: &str) -> Purposes {
        let mut purposes = Purposes::NONE;
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match Purpose::from_name(name) {
                Some(purpose) => purposes = purposes.with(purpose),
                None => {
                    let known: Vec<&str> = Purpose::ALL.iter().map(|purpose| purpose.name()).collect();
                    self.faults.push(format!("`{name}` is not a purpose; the purposes are {}", known.join(", ")));
                }
            }
        }
        purposes
    }
}

/// Decodes `%xx` and `+`; what is malformed stays as it is.
pub(super) fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    String::from_utf8(percent_decode(&spaced)).unwrap_or(spaced)
}

pub(super) fn percent_decode(text: &str) -> Vec<u8> {
    let mut pieces = text.split('%');
    let mut decoded = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        match piece.get(..2).and_then(parse_hex::<1>) {
            Some(byte) => decoded.extend(byte.iter().chain(&piece.as_bytes()[2..])),
            None => decoded.extend(b"%".iter().chain(piece.as_bytes())),
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_falls_into_the_choice_and_the_pages_own() {
        let query = "utm_campaign=mend-1&selvedge-visitor=returning-de&selvedge-grant=storage,analytics&selvedge-now=2026-12-01T09%3A00%3A00%2B01%3A00&q=a%20b&selvedge-gpc=1&selvedge-region=us-ca&selvedge-minor=teen&selvedge-depth=declared";
        let (choice, rest) = Choice::from_query(query, None);
        assert_eq!(rest, "utm_campaign=mend-1&q=a%20b");
        assert_eq!(choice.visitor.as_deref(), Some("returning-de"));
        assert_eq!(choice.region.as_deref(), Some("US-CA"));
        assert_eq!(choice.grant, Purposes::NONE.with(Purpose::Storage).with(Purpose::Analytics));
        assert_eq!(choice.now_ms, Some(1_796_112_000_000));
        assert_eq!(choice.gpc, Some(true));
        assert_eq!((choice.minor, choice.depth), (Some(Some(Age::Teen)), Some(Depth::Declared)));
        assert!(choice.is_preview && choice.faults.is_empty());
        assert!(!Choice::from_query("page=2", None).0.is_preview);
        // A header names the visitor too.
        assert_eq!(Choice::from_query("", Some("returning-de")).0.visitor, choice.visitor);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let (choice, _) = Choice::from_query(
            "selvedge-grant=personalisation&selvedge-now=noon&selvedge-visiter=x&selvedge-minor=12&selvedge-depth=deep",
            None,
        );
        assert_eq!(choice.faults.len(), 5, "{:?}", choice.faults);
        assert!(choice.faults[0].contains("personalization"), "{:?}", choice.faults);
    }

    #[test]
    fn malformed_escapes_stay() {
        for (text, expected) in [("a%2", "a%2"), ("%zz", "%zz"), ("%C3%A9+x", "é x"), ("%ff", "%ff"), ("%é1", "%é1")]
        {
            assert_eq!(decode(text), expected, "{text}");
        }
    }
}
