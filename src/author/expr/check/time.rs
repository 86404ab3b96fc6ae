//! Times and durations: constants, getters, and what people write in their place.

use super::super::times::{Unread, meant_duration};
use super::{
    Arithmetic, BAD_CONSTANT, Checked, Checker, Expr, Finding, Function, Kind, Literal, Operator, Part, SYNTAX,
    TYPE_MISMATCH, Term, Type, Zone, error, fold, quote, times,
};
use crate::author::zones;
use crate::words::time::format_rfc3339;

impl Checker<'_, '_> {
    /// `timestamp("…")` and `duration("…")`
    pub(super) fn time_constant(&mut self, whole: &Expr, function: &Function, arguments: &[Expr]) -> Option<Checked> {
        let name = function.name.as_str();
        let is_timestamp = name == "timestamp";
        let [argument] = arguments else {
            let help =
                if is_timestamp { "write `timestamp(\"2026-12-01T00:00:00Z\")`" } else { "write `duration(\"72h\")`" };
            return self.shape(whole, format!("`{name}` takes one text"), help);
        };
        if let Kind::Text(text) = &argument.kind {
            let read = if is_timestamp {
                times::timestamp(text).map(Literal::Timestamp)
            } else {
                times::duration(text).map(Literal::Duration)
            };
            return match read {
                Ok(literal) => Some(Checked::constant(literal)),
                Err(unread) => self.fail(bad_time(is_timestamp, text, unread, argument)),
            };
        }
        // `2026-12-24` without quotes is a subtraction, and `20261224` a day in August 1970.
        let digits = self.slice(&argument.span);
        let day = match digits.len() {
            8 if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))
                    .filter(|_| digits.starts_with("20"))
            }
            _ => matches!(argument.kind, Kind::Binary(Operator::Calculate(Arithmetic::Subtract), ..))
                .then(|| digits.to_owned()),
        };
        if let Some(meant) = day.filter(|_| is_timestamp).and_then(|day| meant_timestamp(&day)) {
            let finding = error(TYPE_MISMATCH, &argument.span, format!("`{digits}` is a number, not a date"));
            let finding = finding.why("timestamp() takes a number as seconds since 1970");
            return self.fail(finding.help("write the date as a text").mended(quote(&meant)));
        }
        match (self.operand(whole, argument)?, is_timestamp) {
            // CEL takes what is one already, and seconds since 1970.
            (Checked::Value(term, Type::Timestamp), true) => {
                self.guard_term(&term, whole);
                Some(Checked::Value(term, Type::Timestamp))
            }
            (Checked::Value(term, Type::Duration), false) => Some(Checked::Value(term, Type::Duration)),
            (Checked::Value(Term::Literal(Literal::Int(seconds)), _), true) => {
                match seconds.checked_mul(1_000).and_then(times::in_timestamps) {
                    Some(ms) => Some(Checked::constant(Literal::Timestamp(ms))),
                    None => self.fail(bad_time(true, &seconds.to_string(), Unread::OutOfRange, argument)),
                }
            }
            (checked, _) => {
                let says = format!(", and {name}() needs a constant text");
                let help = match is_timestamp {
                    true => "give the attribute the type `timestamp` in attributes.toml, and use it directly",
                    false => "write the duration as a text, as in duration(\"72h\")",
                };
                self.misfit(argument, &checked, &says, help)
            }
        }
    }

    /// `time.getHours("Europe/Berlin")`
    pub(super) fn getter(&mut self, part: Part, whole: &Expr, target: &Expr, arguments: &[Expr]) -> Option<Checked> {
        let checked = self.operand(whole, target)?;
        let Checked::Value(term, of @ (Type::Timestamp | Type::Duration)) = checked else {
            let help = "use it on `now`, or on an attribute of the type `timestamp`";
            return self.misfit(target, &checked, &format!(", and {part}() reads a timestamp"), help);
        };
        let of_duration = matches!(part, Part::Hours | Part::Minutes | Part::Seconds | Part::Milliseconds);
        if of == Type::Duration && !of_duration {
            let help = "a duration has getHours, getMinutes, getSeconds and getMilliseconds";
            return self.wrong(TYPE_MISMATCH, &whole.span, format!("a duration has no {part}()"), help);
        }
        let zone = match arguments {
            [] => Zone::Utc,
            [zone] if of == Type::Timestamp => self.zone(zone)?,
            _ => {
                let help = "write `now.getHours(\"Europe/Berlin\")`";
                return self.shape(whole, format!("{part}() takes one zone at most"), help);
            }
        };
        self.guard_term(&term, whole);
        self.settled(whole, fold::term(Term::Part(part, zone, Box::new(term))), Type::Int)
    }

    fn zone(&mut self, argument: &Expr) -> Option<Zone> {
        let Kind::Text(name) = &argument.kind else {
            let help = "write it as in \"Europe/Berlin\", \"+02:00\" or \"UTC\"";
            return self.wrong(TYPE_MISMATCH, &argument.span, "a zone must be a constant text", help);
        };
        if let Some(zone) = times::zone(name) {
            if let Some(place) = zones::without_summer(name) {
                let what = format!("{} is one offset from UTC all year", quote(name));
                let finding = error(BAD_CONSTANT, &argument.span, what).warning().why(zones::WITHOUT_SUMMER);
                self.report(finding.help(format!("write {}, or the offset", quote(place))).mended(quote(place)));
            }
            return Some(zone);
        }
        let finding = error(BAD_CONSTANT, &argument.span, format!("{} is not a time zone", quote(name)));
        if let Some(offset) = meant_offset(name) {
            // `Etc/GMT+1` is the name of UTC-1: never what is meant.
            return self.fail(finding.help("write only the offset").mended(quote(&offset)));
        }
        if self.full() {
            // Looking for similar names is the slowest part of a check.
            return None;
        }
        self.fail(match zones::meant(name) {
            Some(near) => finding.help(format!("did you mean {}?", quote(&near))).mended(quote(&near)),
            None => finding.help(zones::HELP),
        })
    }

    /// Sums and differences of times that CEL does not have.
    pub(super) fn no_time(&self, by: Arithmetic, whole: &Expr, left: (&Expr, &Type), right: (&Expr, &Type)) -> Finding {
        let time = |of: &Type| matches!(of, Type::Timestamp | Type::Duration);
        if matches!(by, Arithmetic::Add | Arithmetic::Subtract) {
            for (value, of, beside) in [(right.0, right.1, left), (left.0, left.1, right)] {
                if time(of) {
                    continue;
                }
                let (one, other) = (self.short(value), self.short(beside.0));
                let what = format!("`{one}` is {}, and `{other}` is {}", of.noun(), beside.1.noun());
                let finding = error(TYPE_MISMATCH, &value.span, what)
                    .help("write a length of time as a duration, as in duration(\"720h\") for 30 days");
                let meant = if let Kind::Text(text) = &value.kind { meant_duration(text) } else { None };
                return finding.mended_where(meant.map(|meant| format!("duration({})", quote(&meant))));
            }
        }
        let what = match (by, left.1, right.1) {
            (Arithmetic::Add, Type::Timestamp, Type::Timestamp) => "two timestamps have no sum".to_owned(),
            (Arithmetic::Subtract, Type::Duration, Type::Timestamp) => {
                "a timestamp cannot be taken from a duration".to_owned()
            }
            _ => format!("CEL does not multiply or divide times: `{}`", by.name()),
        };
        error(TYPE_MISMATCH, &whole.span, what)
            .help("a timestamp and a duration can be added or subtracted, and two timestamps subtracted; write any other result")
    }

    /// A constant beside a time that is not written as one.
    pub(super) fn as_time(&self, literal: &Expr, beside: Type, last: bool) -> Option<String> {
        let meant_timestamp = |text: &str| {
            let start = meant_timestamp(text)?;
            // A day that something lasts up to is over at its end.
            let is_day = last && !text.contains(':');
            Some(if is_day { start.replace("T00:00:00Z", "T23:59:59.999Z") } else { start })
        };
        match (&literal.kind, beside) {
            (Kind::Text(text), Type::Timestamp) => {
                let meant = times::timestamp(text).map_or_else(|_| meant_timestamp(text), |_| Some(text.clone()));
                meant.map(|meant| format!("timestamp({})", quote(&meant)))
            }
            (Kind::Int(number), Type::Timestamp) => {
                // Seconds reach 10^11 in the year 5138. A larger number is in milliseconds.
                let ms = if number.unsigned_abs() < 100_000_000_000 { number.checked_mul(1_000)? } else { *number };
                times::in_timestamps(ms).map(|ms| format!("timestamp({})", quote(&format_rfc3339(ms))))
            }
            // `2026-01-01` without quotes is a subtraction.
            (Kind::Binary(Operator::Calculate(Arithmetic::Subtract), ..), Type::Timestamp) => {
                meant_timestamp(self.slice(&literal.span)).map(|meant| format!("timestamp({})", quote(&meant)))
            }
            (Kind::Text(text), Type::Duration) => {
                let meant = times::duration(text).map_or_else(|_| meant_duration(text), |_| Some(text.clone()));
                meant.map(|meant| format!("duration({})", quote(&meant)))
            }
            _ => None,
        }
    }

    /// `now()`, `today()`, `NOW()`, `date()`.
    pub(super) fn now_meant(&self, whole: &Expr, function: &Function, arguments: &[Expr]) -> Option<Finding> {
        let name = function.name.to_ascii_lowercase();
        if !matches!(name.as_str(), "now" | "today" | "current_timestamp" | "current_date" | "getdate" | "utcnow")
            || !arguments.is_empty()
        {
            return None;
        }
        let finding = error(SYNTAX, &whole.span, format!("`{}` is not a function", function.name));
        Some(finding.help("the time of the decision is the name `now`").mended("now"))
    }
}

fn bad_time(is_timestamp: bool, text: &str, unread: Unread, argument: &Expr) -> Finding {
    let noun = if is_timestamp { "a timestamp" } else { "a duration" };
    let finding = |what: &str| error(BAD_CONSTANT, &argument.span, format!("{} {what}", quote(text)));
    match unread {
        Unread::TooFine => finding("is more precise than a millisecond")
            .why("this profile of CEL counts time in milliseconds")
            .help("round it to whole milliseconds"),
        Unread::OutOfRange if is_timestamp => {
            finding("is out of range").why("timestamps reach from the year 1 to the year 9999").help("correct the year")
        }
        Unread::OutOfRange => {
            finding("is out of range").why("durations reach 292 years either way").help("write a shorter one")
        }
        Unread::Form => {
            let finding = finding(&format!("is not {noun}"));
            let meant = if is_timestamp { meant_timestamp(text) } else { meant_duration(text) };
            let finding = if is_timestamp {
                finding.help("write a date, a time and an offset, as in \"2026-12-01T08:00:00Z\" or \"…+01:00\"")
            } else {
                finding.help("its units are h, m, s and ms, as in \"72h30m\"; a day has 24h")
            };
            finding.mended_where(meant.map(|meant| quote(&meant)))
        }
    }
}

/// `GMT+1`, `UTC-03:30` or `+2` as an offset.
fn meant_offset(text: &str) -> Option<String> {
    let upper = text.trim().to_ascii_uppercase();
    let bare = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper).trim();
    let sign = bare.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let (hours, minutes) = bare[1..].split_once(':').unwrap_or((&bare[1..], "00"));
    let offset = format!("{sign}{hours:0>2}:{minutes}");
    times::zone(&offset).filter(|_| !hours.is_empty()).map(|_| offset)
}

/// A date, or a time without its offset, as a time in UTC. A date with dots has its day in front.
fn meant_timestamp(text: &str) -> Option<String> {
    let text = text.trim();
    if let [day, month, year] = text.split('.').collect::<Vec<_>>()[..]
        && year.len() == 4
    {
        return meant_timestamp(&format!("{year}-{month:0>2}-{day:0>2}"));
    }
    let joined = text.replacen(' ', "T", 1);
    let candidates = ["T00:00:00Z", "Z", ":00Z", ""].map(|rest| format!("{joined}{rest}"));
    candidates.into_iter().find(|candidate| times::timestamp(candidate).is_ok())
}
