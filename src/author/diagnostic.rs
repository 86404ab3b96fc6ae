//! The findings about an author's files, as plain data. A finding says where, what, why, how to fix it, and whose it is.
//! Nothing here prints: the terminal does (`cli::render`).

use super::place::Place;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The site does not build.
    Error,
    /// It builds, but a person should look at it.
    Warning,
}

/// One finding. Its place is in a file, unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic<P = Place> {
    /// A stable code (`SV1001`): 1xxx data, 2xxx audiences and rules, 4xxx content, 5xxx governance and privacy, 7xxx locale
    /// and time, 9xxx files.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: P,
    /// The fault, in one sentence without a full stop.
    pub what: String,
    /// Why it matters or what the rule is, if `what` does not say so already.
    pub why: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
    /// The text that would stand in place of the span, where it can be computed.
    pub mended: Option<String>,
    /// The team that owns the object.
    pub owner: Option<String>,
}

impl<P> Diagnostic<P> {
    /// An error with nothing but its code, its place and its sentence.
    pub fn error(code: &'static str, place: P, what: impl Into<String>) -> Self {
        let (why, help, mended, owner) = (None, None, None, None);
        Self { code, severity: Severity::Error, place, what: what.into(), why, help, mended, owner }
    }

    /// The same as a warning.
    pub fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// With the reason.
    pub fn why(self, why: impl Into<String>) -> Self {
        Self { why: Some(why.into()), ..self }
    }

    /// With the way out.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// With the text that would stand in place of the span.
    pub fn mended(self, text: impl Into<String>) -> Self {
        Self { mended: Some(text.into()), ..self }
    }

    /// With the name that was probably meant, and how it is written in place of the span.
    pub fn meant(self, name: &str, written: impl Into<String>) -> Self {
        self.help(format!("did you mean `{name}`?")).mended(written)
    }
}
