//! Reasons of decisions, details behind them and causes of unknown values: what each means, what to do, and an example.
//!
//! The texts stand in `reasons.md` beside this file. `selvedge why` prints them, and the page of errors is made from them. A test
//! runs every example.

/// The text about a reason, a detail or a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReasonText {
    /// As decisions have it: `CONSENT_WITHHELD`.
    pub code: &'static str,
    /// The heading that it stands under.
    pub group: &'static str,
    /// Its meaning, in one sentence.
    pub title: &'static str,
    /// More of it, and what to do: a paragraph on one line. It may be empty.
    pub text: String,
    /// Commands with their output, as a terminal shows them.
    pub example: Option<&'static str>,
}

const TEXTS: &str = include_str!("reasons.md");

/// Every reason, then every detail, then every cause.
pub fn all() -> impl Iterator<Item = ReasonText> {
    TEXTS.split("\n# ").flat_map(|part| {
        let (group, body) = part.split_once('\n').unwrap_or((part, ""));
        let group = group.trim_start_matches("# ");
        body.split("\n## ").skip(1).filter_map(move |section| read(group, section))
    })
}

/// The one with this code, in small or capital letters.
pub fn find(written: &str) -> Option<ReasonText> {
    all().find(|reason| reason.code.eq_ignore_ascii_case(written.trim()))
}

/// A section: code, title, paragraphs, then a block of commands.
fn read(group: &'static str, section: &'static str) -> Option<ReasonText> {
    let (code, body) = section.split_once('\n')?;
    let (title, rest) = body.split_once('\n').unwrap_or((body, ""));
    let (text, example) = match rest.split_once("```console\n") {
        Some((text, block)) => (text, block.split_once("\n```").map(|(example, _)| example)),
        None => (rest, None),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    Some(ReasonText { code, group, title, text: words.join(" "), example })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Cause, Detail, Reason};

    #[test]
    fn every_reason_detail_and_cause_has_a_text_and_no_other() {
        let reasons = Reason::ALL.iter().map(|reason| reason.name());
        let details = Detail::ALL.iter().map(|detail| detail.name());
        let causes = Cause::ALL.iter().map(|cause| cause.name());
        let mut known: Vec<&str> = reasons.chain(details).chain(causes).collect();
        let mut written: Vec<&str> = all().map(|reason| reason.code).collect();
        known.sort_unstable();
        written.sort_unstable();
        assert_eq!(written, known);
    }

    #[test]
    fn a_text_is_read_in_its_parts() {
        let reason = find("consent_withheld").expect("is there");
        assert_eq!((reason.code, reason.group), ("CONSENT_WITHHELD", "Details behind a reason"));
        for reason in all() {
            let ReasonText { code, title, text, example, .. } = &reason;
            assert!(title.ends_with('.') && title.len() > 20, "{code}: {title}");
            assert!(text.is_empty() || text.ends_with('.'), "{code}: {text}");
            assert!(example.is_none_or(|example| example.starts_with("$ ")), "{code}: {example:?}");
        }
        assert_eq!(find("NO_SUCH_REASON"), None);
        // It shows only on a host whose bundle is too old.
        let without = all().filter(|reason| reason.example.is_none()).map(|reason| reason.code);
        assert_eq!(without.collect::<Vec<_>>(), ["STALE"]);
    }
}
