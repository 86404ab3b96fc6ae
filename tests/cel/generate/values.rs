//! Numbers, texts, lists, moments and durations.

use super::{Maker, Written, around, choice, infix, same, theirs};
use crate::panel::quoted;

pub(super) const INTS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "5",
    "-7",
    "10",
    "100",
    "-100",
    "1000",
    "4294967296",
    "9007199254740991",
    "-9007199254740991",
];
/// Where sums and products no longer fit.
const LARGE_INTS: [&str; 4] = ["9223372036854775807", "-9223372036854775808", "4611686018427387904", "3037000500"];
pub(super) const DOUBLES: [&str; 12] =
    ["0.0", "-0.0", "0.5", "-1.5", "1.0", "2.0", "3.0", "0.1", "1e10", "1e300", "-1e-300", "9007199254740992.0"];
pub(crate) const TEXTS: [&str; 12] = ["", "a", "b", "ab", "abc", "A", "aB", "Größe", "日本", "z", "😀", "a\"\\\n"];
/// As they are written, and in UTC; see the deviations.
pub(crate) const MOMENTS: [(&str, &str); 7] = [
    ("2026-11-15T12:00:00Z", "2026-11-15T12:00:00Z"),
    ("2026-11-15T11:59:59.999Z", "2026-11-15T11:59:59.999Z"),
    ("2026-03-29T01:30:00+01:00", "2026-03-29T00:30:00Z"),
    ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
    ("2000-02-29T00:00:00-05:30", "2000-02-29T05:30:00Z"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
];
const SPANS: [&str; 9] = ["0s", "1s", "-1s", "1ms", "90m", "1h30m", "-24h", "1.5s", "86400s"];
const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "+05:30", "-02:00"];

impl Maker<'_> {
    pub(super) fn int(&mut self, depth: usize) -> Written {
        if depth == 0 {
            return self.small_int();
        }
        let next = depth - 1;
        match self.dice.below(10) {
            0..=2 => {
                let operator = self.dice.pick(&["+", "-", "*", "/", "%"]);
                self.count(match operator {
                    "+" => "int +",
                    "-" => "int -",
                    "*" => "int *",
                    "/" => "int /",
                    _ => "int %",
                });
                let (left, right) = (self.int(next), self.int(next));
                infix(&left, operator, &right)
            }
            3 => {
                self.count("-int");
                around("-(", &self.int(next), ")")
            }
            4 => {
                self.count("a large int");
                same(self.dice.pick(&LARGE_INTS))
            }
            5 => {
                self.count("int(double)");
                around("int(", &self.double(next), ")")
            }
            6 => self.part(next),
            7 => {
                self.count("size of a text");
                let text = self.text(next);
                around("size(", &text, ")")
            }
            8 => {
                self.count("size of a list");
                let list = self.list(next, false);
                around("(", &list, ").size()")
            }
            9 => {
                self.count("? : of ints");
                let test = self.condition(next);
                let (yes, no) = (self.int(next), self.int(next));
                choice(&test, &yes, &no)
            }
            _ => self.small_int(),
        }
    }

    /// Within ±2^53.
    pub(super) fn small_int(&mut self) -> Written {
        if self.dice.percent(60) {
            self.attribute("an int attribute", &["v.i0", "v.i1", "w.i", "r.i"])
        } else {
            self.count("an int");
            same(self.dice.pick(&INTS))
        }
    }

    pub(super) fn double(&mut self, depth: usize) -> Written {
        let next = depth.saturating_sub(1);
        match self.dice.below(8) {
            0..=1 if depth > 0 => {
                let operator = self.dice.pick(&["+", "-", "*", "/"]);
                self.count(match operator {
                    "+" => "double +",
                    "-" => "double -",
                    "*" => "double *",
                    _ => "double /",
                });
                let (left, right) = (self.double(next), self.double(next));
                infix(&left, operator, &right)
            }
            2 if depth > 0 => {
                self.count("-double");
                around("-(", &self.double(next), ")")
            }
            3 if depth > 0 => {
                self.count("double(int)");
                around("double(", &self.int(next), ")")
            }
            4 if depth > 0 => {
                self.count("? : of doubles");
                let test = self.condition(next);
                let (yes, no) = (self.double(next), self.double(next));
                choice(&test, &yes, &no)
            }
            5..=6 => self.attribute("a double attribute", &["v.d0", "v.d1"]),
            _ => {
                self.count("a double");
                same(self.dice.pick(&DOUBLES))
            }
        }
    }

    pub(super) fn text(&mut self, depth: usize) -> Written {
        if self.item && self.dice.percent(40) {
            self.count("the item of a macro");
            return same("x");
        }
        let next = depth.saturating_sub(1);
        match self.dice.below(8) {
            0 if depth > 0 => {
                self.count("? : of texts");
                let test = self.condition(next);
                let (yes, no) = (self.text(next), self.text(next));
                choice(&test, &yes, &no)
            }
            1 => {
                let function = self.dice.pick(&["lowerAscii", "upperAscii"]);
                self.count(function);
                let text = self.text(next);
                around("(", &text, &format!(").{function}()"))
            }
            2..=5 => self.attribute("a text attribute", &["v.s0", "v.s1"]),
            _ => {
                self.count("a text");
                same(quoted(self.dice.pick(&TEXTS)))
            }
        }
    }

    /// A list of texts. Nothing is in one that is absent: over there it is empty where something is looked for.
    pub(super) fn list(&mut self, depth: usize, holds: bool) -> Written {
        match self.dice.below(5) {
            0 if depth > 0 => {
                self.count("? : of lists");
                let test = self.condition(depth - 1);
                let (yes, no) = (self.list(depth - 1, holds), self.list(depth - 1, holds));
                choice(&test, &yes, &no)
            }
            1 => {
                self.count("a list");
                same(self.listed())
            }
            _ => {
                self.count("a list attribute");
                let name = self.dice.pick(&["v.l0", "v.l1"]);
                let other = theirs(name);
                let empty = format!("({other} == null ? [] : {other})");
                Written { ours: name.to_owned(), theirs: if holds { empty } else { other } }
            }
        }
    }

    /// Some texts; never none: see the deviations.
    pub(super) fn listed(&mut self) -> String {
        let mut items: Vec<String> = self.dice.some(&TEXTS).into_iter().map(quoted).collect();
        items.truncate(4);
        if items.is_empty() {
            items.push(quoted("a"));
        }
        format!("[{}]", items.join(", "))
    }

    pub(super) fn moment(&mut self, depth: usize) -> Written {
        let next = depth.saturating_sub(1);
        match self.dice.below(8) {
            0..=1 if depth > 0 => {
                self.count("moment ± duration");
                let (moment, span) = (self.moment(next), self.span(next));
                infix(&moment, self.dice.pick(&["+", "-"]), &span)
            }
            2 if depth > 0 => {
                self.count("? : of moments");
                let test = self.condition(next);
                let (yes, no) = (self.moment(next), self.moment(next));
                choice(&test, &yes, &no)
            }
            3 => {
                self.count("now");
                same("now")
            }
            4..=5 => self.attribute("a moment attribute", &["v.w0"]),
            _ => {
                self.count("timestamp()");
                let (ours, theirs) = self.dice.pick(&MOMENTS);
                let both = |moment: &str| format!("timestamp(\"{moment}\")");
                Written { ours: both(ours), theirs: both(theirs) }
            }
        }
    }

    pub(super) fn span(&mut self, depth: usize) -> Written {
        let next = depth.saturating_sub(1);
        match self.dice.below(6) {
            0..=1 if depth > 0 => {
                self.count("moment - moment");
                let (left, right) = (self.moment(next), self.moment(next));
                infix(&left, "-", &right)
            }
            2 if depth > 0 => {
                self.count("duration ± duration");
                let (left, right) = (self.span(next), self.span(next));
                infix(&left, self.dice.pick(&["+", "-"]), &right)
            }
            _ => {
                self.count("duration()");
                same(format!("duration(\"{}\")", self.dice.pick(&SPANS)))
            }
        }
    }

    /// A part of a moment or duration, or the seconds of one.
    pub(super) fn part(&mut self, depth: usize) -> Written {
        match self.dice.below(6) {
            0 => {
                self.count("int(moment)");
                around("int(", &self.moment(depth), ")")
            }
            1 => {
                let getter = self.dice.pick(&["getHours", "getMinutes", "getSeconds"]);
                self.count("a part of a duration");
                around("(", &self.span(depth), &format!(").{getter}()"))
            }
            _ => {
                let getter = self.dice.pick(&[
                    "getFullYear",
                    "getMonth",
                    "getDate",
                    "getDayOfMonth",
                    "getDayOfWeek",
                    "getDayOfYear",
                    "getHours",
                    "getMinutes",
                    "getSeconds",
                    "getMilliseconds",
                ]);
                self.count(getter);
                let moment = self.moment(depth);
                // Named zones end in 2070 here; see the deviations.
                let zones = if moment.ours.contains("9999") { &ZONES[3..] } else { &ZONES[..] };
                let zone = if self.dice.percent(50) { String::new() } else { quoted(self.dice.pick(zones)) };
                around("(", &moment, &format!(").{getter}({zone})"))
            }
        }
    }
}
