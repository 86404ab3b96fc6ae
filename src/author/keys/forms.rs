//! The form of a text: its pattern for editors, its check, and the finding of a text that does not fit.

use crate::author::names::in_latin;

/// The form of a text.
pub(crate) struct Form {
    /// The rule that a text of another form breaks.
    pub(crate) code: &'static str,
    /// The form as JSON Schema has it.
    pub(crate) pattern: &'static str,
    /// A text of this form.
    pub(crate) example: &'static str,
    /// True if a text has it.
    pub(crate) fits: fn(&str) -> bool,
    /// The message about a malformed text, which replaces `{}`.
    pub(crate) wrong: &'static str,
    /// Why it is so; empty where that is plain.
    pub(crate) why: &'static str,
    /// How to write it.
    pub(crate) help: &'static str,
    /// The text that was probably meant.
    pub(crate) meant: fn(&str) -> Option<String>,
    /// The part of a text of this form that probably means something else, and the text that was meant.
    pub(crate) doubt: fn(&str) -> Option<(&str, String)>,
}

/// A form without a reason to tell and without guesses at what was meant.
pub(super) const fn form(
    code: &'static str,
    pattern: &'static str,
    example: &'static str,
    fits: fn(&str) -> bool,
    wrong: &'static str,
    help: &'static str,
) -> Form {
    let meant = |text: &str| in_latin(text).map(|(latin, _)| latin);
    Form { code, pattern, example, fits, wrong, why: "", help, meant, doubt: |_| None }
}

impl Form {
    /// With the reason.
    pub(super) const fn why(self, why: &'static str) -> Self {
        Self { why, ..self }
    }

    /// With a guess at what was meant.
    pub(super) const fn meant(self, meant: fn(&str) -> Option<String>) -> Self {
        Self { meant, ..self }
    }
}

/// Seconds of `30d`: a whole number over 0 and one of s, m, h, d.
pub(crate) fn seconds(text: &str) -> Option<u32> {
    const HUNDRED_YEARS: u64 = 36_525 * 86_400;
    let unit = match text.bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => return None,
    };
    let digits = text.get(..text.len() - 1).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let seconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=HUNDRED_YEARS).contains(&seconds).then(|| u32::try_from(seconds).ok())?
}

/// Days of `395d`, at most ten years.
pub(crate) fn days(text: &str) -> Option<u32> {
    let digits = text.strip_suffix('d').filter(|digits| !digits.starts_with('0'))?;
    let days = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    (1..=3_650).contains(&days).then_some(days)
}

/// Minutes after midnight of `21:00`.
pub(crate) fn clock(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str, most: u16| {
        let is_two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|number| is_two && *number <= most)
    };
    Some(60 * number(hours, 23)? + number(minutes, 59)?)
}

#[cfg(test)]
mod tests {
    use super::super::files::forms::*;
    use super::*;

    #[test]
    fn durations() {
        let cases = [("30d", Some(2_592_000)), ("1s", Some(1)), ("15m", Some(900)), ("2h", Some(7_200))];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text}");
        }
        for text in ["0d", "d", "-1d", "1.5h", "30", "40000d", "", "1é", "99999999999999999999d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn pattern_and_check_of_a_form_agree() {
        // Names of other things have the form of a layer, and details the form of events.
        let forms = [
            &SITE,
            &LAYER,
            &EVENT,
            &LOCALE,
            &ORIGIN,
            &PATHS,
            &COOKIE,
            &EMAIL,
            &PAGE,
            &RETENTION,
            &WINDOW,
            &LOG_DAYS,
            &DAY,
            &REASON,
            &SALT,
            &WINDOW_EVENT,
        ];
        let long = "a".repeat(65);
        let odd =
            ["", " ", "-", "A b", "a@b", "a@b.c", "/", "//x", "/a b", "*", "é", "3650d", "3651d", "0d", "de_DE", &long];
        for form in forms {
            let pattern =
                jsonschema::validator_for(&serde_json::json!({ "pattern": form.pattern })).expect("is a schema");
            assert!((form.fits)(form.example), "{}", form.example);
            for text in odd.iter().chain(&[form.example, &long[1..]]).chain(&forms.map(|other| other.example)) {
                let said = pattern.is_valid(&serde_json::json!(text));
                assert_eq!(said, (form.fits)(text), "{text:?} as {}", form.pattern);
            }
        }
    }
}
