//! Values of rows: numbers, times, durations, texts, versions and addresses, and every way to ask them.
//!
//! Nothing here is constant as a whole, so that no row is refused for a constant without a value.

use selvedge::words::ValueType;

use super::dice::Dice;
use super::rows::{Ground, TEXTS, Term};
use super::write::cel;

/// Moments around which conditions turn: the decision, changes of clocks, ends of years and of time.
pub(crate) const TIMES: [i64; 16] = [
    super::NOW_MS,
    super::NOW_MS - 1,
    super::NOW_MS + 1,
    super::NOW_MS - 30 * 86_400_000,
    super::NOW_MS + 3_600_000,
    1_793_491_199_999,
    1_793_491_200_000,
    1_806_195_600_000,
    951_782_400_000,
    0,
    -1,
    -86_400_001,
    1_798_761_599_999,
    4_102_444_800_000,
    -62_135_596_800_000,
    253_402_300_799_999,
];
const MOMENTS: [&str; 6] = [
    "2026-11-15T12:00:00Z",
    "2026-11-15T13:00:00.001+01:00",
    "2026-10-25T00:59:59.999Z",
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
];
const DURATIONS: [&str; 8] = ["0s", "1ms", "-1.5s", "720h", "1h30m", "-24h", "2562047h", "-2562047h47m16.854s"];
const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "UTC",
    "+05:30",
    "-09:30",
    "02:00",
];
const CLOCK: [&str; 10] = [
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
];
const PATTERNS: [&str; 8] = ["*", "a*", "*b", "*a*", "a*c", "", "Gr*e", "**"];
/// Texts that are versions or addresses, or nearly.
pub(crate) const FORMS: [&str; 20] = [
    "1.2.0",
    "1.2.0-rc.1",
    "1.2.0-rc.11",
    "1.2.0+build",
    "1.10.0",
    "2.0.0-0",
    "99999999999999999999.0.0",
    "9223372036854775808.0.1",
    "1.2",
    "v1.2.0",
    "01.2.0",
    "192.0.2.1",
    "10.0.0.1",
    "127.0.0.1",
    "::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "10.0.0.01",
];
const NETWORKS: [&str; 8] =
    ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32", "::/0", "::1/128", "10.0.0.0/9", "fe80::/10"];
const ORDERS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];

/// How deep values nest in values.
const DEPTH: usize = 2;

impl Ground<'_> {
    /// A condition on values that are worked out; `None` where the site lacks what it needs.
    pub(super) fn worked_out(&self, dice: &mut Dice) -> Option<String> {
        let term = match dice.below(13) {
            0..=2 => self.compared(dice, |it, dice| it.int(dice, DEPTH), |dice| small(dice).to_string())?,
            3 => self.compared(
                dice,
                |it, dice| it.double(dice, DEPTH),
                |dice| dice.pick(&["0.5", "3.0", "-1e300"]).to_string(),
            )?,
            4 | 5 => self.compared(dice, |it, dice| it.time(dice, DEPTH), moment)?,
            6 => self.compared(dice, |it, dice| it.duration(dice, DEPTH), length)?,
            7 => self.compared(dice, |it, dice| it.text(dice, DEPTH), |dice| cel(dice.pick(&TEXTS)))?,
            8 => self.searched(dice)?,
            9 => self.version_test(dice)?,
            10 => self.address_test(dice)?,
            11 => {
                let attribute = &dice.choose(self.attributes).name;
                plain(format!("({attribute} {} null)", dice.pick(&["==", "!="])))
            }
            _ => self.quantified(dice, &[])?,
        };
        Some(self.guard(term, str::to_owned))
    }

    fn compared(
        &self,
        dice: &mut Dice,
        value: impl Fn(&Self, &mut Dice) -> Option<Term>,
        constant: impl Fn(&mut Dice) -> String,
    ) -> Option<Term> {
        let one = value(self, dice)?;
        if dice.percent(15) {
            let text = format!("({} in [{}, {}])", one.text, constant(dice), constant(dice));
            return Some(Term { text, guards: one.guards });
        }
        let other = if dice.percent(50) { plain(constant(dice)) } else { value(self, dice)? };
        let (left, right) = if dice.percent(70) { (one, other) } else { (other, one) };
        Some(joined(&left, dice.pick(&ORDERS), &right))
    }

    fn int(&self, dice: &mut Dice, depth: usize) -> Option<Term> {
        if depth == 0 {
            return match self.one(dice, ValueType::Int) {
                Some(one) if dice.percent(80) => Some(one),
                _ => Some(plain(format!("now.{}()", dice.pick(&CLOCK)))),
            };
        }
        Some(match dice.below(10) {
            0 | 1 => self.int(dice, 0)?,
            2 | 3 => {
                let (one, by) = (self.int(dice, depth - 1)?, dice.pick(&["+", "-", "*", "/", "%"]));
                let other = if dice.percent(50) { self.int(dice, depth - 1)? } else { plain(small(dice).to_string()) };
                joined(&one, by, &other)
            }
            4 => wrapped("-", &self.int(dice, depth - 1)?, ""),
            5 => wrapped("int", &self.double(dice, depth - 1)?, ""),
            6 => wrapped("int", &self.time(dice, depth - 1)?, ""),
            7 => wrapped("size", &self.text(dice, depth - 1)?, ""),
            8 => {
                let zone = if dice.percent(60) { cel(dice.pick(&ZONES)) } else { String::new() };
                wrapped("", &self.time(dice, depth - 1)?, &format!(".{}({zone})", dice.pick(&CLOCK)))
            }
            _ => wrapped("", &self.duration(dice, 1)?, &format!(".{}()", dice.pick(&CLOCK[6..]))),
        })
    }

    fn double(&self, dice: &mut Dice, depth: usize) -> Option<Term> {
        if depth == 0 {
            return self.one(dice, ValueType::Double);
        }
        Some(match dice.below(5) {
            0 => self.double(dice, 0)?,
            1 | 2 => {
                let (one, by) = (self.double(dice, depth - 1)?, dice.pick(&["+", "-", "*", "/"]));
                let constant = dice.pick(&["0.0", "-0.0", "2.0", "-0.5", "1e300", "5e-324"]);
                let other = if dice.percent(50) { self.double(dice, depth - 1)? } else { plain(constant.to_string()) };
                joined(&one, by, &other)
            }
            3 => wrapped("-", &self.double(dice, depth - 1)?, ""),
            _ => wrapped("double", &self.int(dice, depth - 1)?, ""),
        })
    }

    fn time(&self, dice: &mut Dice, depth: usize) -> Option<Term> {
        if depth == 0 {
            return match self.one(dice, ValueType::Timestamp) {
                Some(one) if dice.percent(70) => Some(one),
                _ => Some(plain("now".to_owned())),
            };
        }
        Some(match dice.below(4) {
            0 | 1 => self.time(dice, 0)?,
            2 => joined(&self.time(dice, depth - 1)?, dice.pick(&["+", "-"]), &self.duration(dice, 0)?),
            _ => {
                let (one, other) = (self.time(dice, 0)?, plain(moment(dice)));
                let test = self.test(dice);
                Term {
                    text: format!("({} ? {} : {})", test.text, one.text, other.text),
                    guards: [test.guards, one.guards].concat(),
                }
            }
        })
    }

    fn duration(&self, dice: &mut Dice, depth: usize) -> Option<Term> {
        if depth == 0 {
            return Some(plain(length(dice)));
        }
        Some(match dice.below(4) {
            0 => joined(&self.time(dice, depth - 1)?, "-", &self.time(dice, depth - 1)?),
            1 => joined(&self.time(dice, 0)?, "-", &plain(moment(dice))),
            2 => {
                joined(&plain("duration(\"0s\")".into()), "-", &joined(&self.time(dice, 0)?, "-", &self.time(dice, 0)?))
            }
            _ => joined(
                &joined(&self.time(dice, 0)?, "-", &self.time(dice, 0)?),
                dice.pick(&["+", "-"]),
                &self.duration(dice, 0)?,
            ),
        })
    }

    fn text(&self, dice: &mut Dice, depth: usize) -> Option<Term> {
        let one = self.one(dice, ValueType::String)?;
        Some(match dice.below(3) {
            _ if depth == 0 => one,
            0 => one,
            1 => wrapped("", &self.text(dice, depth - 1)?, dice.pick(&[".lowerAscii()", ".upperAscii()"])),
            _ => {
                let test = self.test(dice);
                let text = format!("({} ? {} : {})", test.text, one.text, cel(dice.pick(&FORMS)));
                Term { text, guards: [test.guards, one.guards].concat() }
            }
        })
    }

    /// A small condition without audiences, which values cannot ask.
    fn test(&self, dice: &mut Dice) -> Term {
        match (self.one(dice, ValueType::Bool), self.time(dice, 0)) {
            (Some(one), _) if dice.percent(50) => one,
            (_, Some(time)) if dice.percent(50) => joined(&time, dice.pick(&["<", ">="]), &plain(moment(dice))),
            _ => plain(format!("has({})", dice.choose(self.attributes).name)),
        }
    }

    fn searched(&self, dice: &mut Dice) -> Option<Term> {
        let one = self.text(dice, DEPTH)?;
        if dice.percent(40) {
            return Some(wrapped("", &one, &format!(".glob({})", cel(dice.pick(&PATTERNS)))));
        }
        let function = dice.pick(&["startsWith", "endsWith", "contains"]);
        let other = if dice.percent(50) { self.text(dice, 1)? } else { plain(cel(dice.pick(&TEXTS))) };
        let text = format!("({}).{function}({})", one.text, other.text);
        Some(Term { text, guards: [one.guards, other.guards].concat() })
    }

    fn version(&self, dice: &mut Dice) -> Option<Term> {
        Some(wrapped("semver", &self.text(dice, 1)?, ""))
    }

    fn version_test(&self, dice: &mut Dice) -> Option<Term> {
        let one = self.version(dice)?;
        let constant = plain(format!("semver({})", cel(dice.pick(&FORMS[..8]))));
        let other = if dice.percent(70) { constant } else { self.version(dice)? };
        let (left, right) = if dice.percent(70) { (one, other) } else { (other, one) };
        let guards = [left.guards.clone(), right.guards.clone()].concat();
        let text = match dice.below(5) {
            0 => return Some(wrapped("isSemver", &self.text(dice, 1)?, "")),
            1 => return Some(joined(&left, dice.pick(&["==", "!="]), &right)),
            2 => format!("{}.{}({})", left.text, dice.pick(&["isLessThan", "isGreaterThan"]), right.text),
            3 => format!(
                "({}.compareTo({}) {} {})",
                left.text,
                right.text,
                dice.pick(&ORDERS),
                dice.between(0, 2) as i64 - 1
            ),
            _ => {
                let one = self.version(dice)?;
                let part = dice.pick(&["major", "minor", "patch"]);
                return Some(joined(
                    &wrapped("", &one, &format!(".{part}()")),
                    dice.pick(&ORDERS),
                    &plain("1".to_owned()),
                ));
            }
        };
        Some(Term { text, guards })
    }

    fn address_test(&self, dice: &mut Dice) -> Option<Term> {
        let one = self.text(dice, 1)?;
        Some(match dice.below(6) {
            0 => wrapped("isIP", &one, ""),
            1 => joined(&wrapped("ip", &one, ".family()"), dice.pick(&ORDERS), &plain("4".to_owned())),
            2 => wrapped("ip", &one, dice.pick(&[".isLoopback()", ".isUnspecified()", ".isLinkLocalUnicast()"])),
            3 => joined(&wrapped("ip", &one, ""), dice.pick(&["==", "!="]), &wrapped("ip", &self.text(dice, 1)?, "")),
            4 => wrapped(&format!("cidr({}).containsIP", cel(dice.pick(&NETWORKS))), &one, ""),
            _ => wrapped(&format!("cidr({}).containsIP", cel(dice.pick(&NETWORKS))), &wrapped("ip", &one, ""), ""),
        })
    }

    /// A macro; `outer` are the names of items around it.
    fn quantified(&self, dice: &mut Dice, outer: &[&str]) -> Option<Term> {
        let name = ["x", "y"][outer.len()];
        let by = dice.pick(&["all", "exists", "exists_one", "existsOne"]);
        if dice.percent(30) {
            let (list, body) = match dice.below(4) {
                0 => (
                    "[1, 2, 0, -1]",
                    joined(&self.int(dice, 1)?, dice.pick(&["+", "/", "%", "*"]), &plain(name.to_owned())),
                ),
                1 => ("[0.5, 2.0]", joined(&self.double(dice, 1)?, dice.pick(&["+", "/"]), &plain(name.to_owned()))),
                2 => ("[]", plain(name.to_owned())),
                _ => ("[\"a\", \"ab\", \"Größe\"]", wrapped("size", &plain(format!("{name}.upperAscii()")), "")),
            };
            let order = dice.pick(&ORDERS);
            let against = if list.contains('.') { "1.0" } else { "2" };
            return Some(Term {
                text: format!("{list}.{by}({name}, {} {order} {against})", body.text),
                guards: body.guards,
            });
        }
        let list = self.one(dice, ValueType::List)?;
        let is_closed = self.attributes.iter().any(|known| known.name == list.text && !known.values.is_empty());
        let mut items = outer.to_vec();
        items.push(name);
        // An item of a closed set has no order, and equals only its values.
        let body = match is_closed {
            true => plain(format!("{name}.lowerAscii().glob({})", cel(dice.pick(&PATTERNS)))),
            false => self.body(dice, &items)?,
        };
        Some(Term {
            text: format!("{}.{by}({name}, {})", list.text, body.text),
            guards: [list.guards, body.guards].concat(),
        })
    }

    fn body(&self, dice: &mut Dice, items: &[&str]) -> Option<Term> {
        let item = dice.pick(items);
        let text = cel(dice.pick(&["a", "ab", "", "größe"]));
        Some(match dice.below(9) {
            0 => plain(format!("{item}.startsWith({text})")),
            1 => plain(format!("{item}.lowerAscii() == {text}.lowerAscii()")),
            2 => plain(format!("size({item}) > {}", small(dice))),
            3 => plain(format!("{item}.glob({})", cel(dice.pick(&PATTERNS)))),
            4 => plain(format!("({item} == {text} || !{item}.contains(\"b\"))")),
            5 => {
                let other = self.one(dice, ValueType::String)?;
                Term {
                    text: format!("({item} < {0} ? isSemver({item}) : {0}.endsWith({item}))", other.text),
                    guards: other.guards,
                }
            }
            6 => {
                let list = self.one(dice, ValueType::List)?;
                Term { text: format!("{item} in {}", list.text), guards: Vec::new() }
            }
            7 if items.len() == 1 => self.quantified(dice, items)?,
            _ => {
                let other = self.int(dice, 1)?;
                Term { text: format!("size({item}) {} {}", dice.pick(&ORDERS), other.text), guards: other.guards }
            }
        })
    }
}

fn plain(text: String) -> Term {
    Term { text, guards: Vec::new() }
}

fn joined(one: &Term, by: &str, other: &Term) -> Term {
    Term {
        text: format!("({} {by} {})", one.text, other.text),
        guards: [one.guards.clone(), other.guards.clone()].concat(),
    }
}

fn wrapped(before: &str, one: &Term, after: &str) -> Term {
    Term { text: format!("{before}({}){after}", one.text), guards: one.guards.clone() }
}

/// Never 0: nothing is divided by it.
fn small(dice: &mut Dice) -> i64 {
    dice.pick(&[1, 2, -1, 3, 7, 30, 1_000, i64::MAX, i64::MIN + 1])
}

fn moment(dice: &mut Dice) -> String {
    format!("timestamp({})", cel(dice.pick(&MOMENTS)))
}

fn length(dice: &mut Dice) -> String {
    format!("duration({})", cel(dice.pick(&DURATIONS)))
}
