//! The US Privacy string: four characters, out of use since 2024, and still in cookies. Takes the string, gives its four
//! fields, or why it is malformed. It grants nothing, because the lack of an opt-out is no permission.

use super::bits::Malformed;
use super::statement::Statement;
use crate::words::{Purpose, Purposes, vocabulary};

vocabulary! {
    /// What a character says.
    Answer {
        /// The law does not apply.
        NotApplicable = "-",
        /// Yes.
        Yes = "Y",
        /// No.
        No = "N",
    }
}

/// A decoded string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usp {
    /// True if notice was given, and the opportunity to opt out.
    pub notice: Answer,
    /// True if the visitor opted out of the sale of data.
    pub opt_out_sale: Answer,
    /// True if the transaction is covered by the industry's agreement.
    pub lspa_covered: Answer,
}

/// Reads a string of version 1.
///
/// # Errors
/// Another version, another length, or another character than `Y`, `N` and `-`.
pub fn decode(text: &str) -> Result<Usp, Malformed> {
    decode_section(text.as_bytes())
}

/// Reads a string as the section of another one.
pub(super) fn decode_section(text: &[u8]) -> Result<Usp, Malformed> {
    let malformed = match text {
        [] => Malformed::Empty,
        [version, ..] if *version != b'1' => Malformed::Version,
        [_, answers @ ..] if answers.len() == 3 && answers.iter().all(|byte| b"-YN".contains(byte)) => {
            let answer = |at: usize| match answers.get(at) {
                Some(b'Y') => Answer::Yes,
                Some(b'N') => Answer::No,
                _ => Answer::NotApplicable,
            };
            return Ok(Usp { notice: answer(0), opt_out_sale: answer(1), lspa_covered: answer(2) });
        }
        _ => Malformed::Form,
    };
    Err(malformed)
}

/// The statement of `text`. An opt-out of sale denies advertising. Anything else says nothing.
pub fn statement(text: &str) -> Statement {
    decode(text).map_or_else(Into::into, of_string)
}

pub(super) fn of_string(usp: Usp) -> Statement {
    let opted_out = usp.opt_out_sale == Answer::Yes;
    let denied = if opted_out { Purposes::NONE.with(Purpose::Advertising) } else { Purposes::NONE };
    Statement::default().denying(denied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_opt_out_says_something() {
        for text in ["1---", "1NNN", "1YNY", "1YNN", "1-N-"] {
            assert_eq!(statement(text), Statement::default(), "{text}");
        }
        for text in ["1YYN", "1NYY", "1-Y-"] {
            let statement = statement(text);
            assert!(statement.denied.has(Purpose::Advertising) && statement.granted.is_empty(), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, malformed) in [
            ("", Malformed::Empty),
            ("1YN", Malformed::Form),
            ("1YNNN", Malformed::Form),
            ("1yNN", Malformed::Form),
            ("2YNN", Malformed::Version),
            ("1YÄ", Malformed::Form),
        ] {
            assert_eq!(decode(text), Err(malformed), "{text}");
        }
    }
}
