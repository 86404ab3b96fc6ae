//! Random typed expressions, written twice: for rows, and for the other implementation.
//!
//! The two texts differ only where the languages do: names have no dots over there; an attribute that is absent is null over there, so
//! `has(x)` is `x != null`, and nothing is in a list that is absent.

use std::collections::BTreeMap;

use crate::dice::Dice;
use crate::panel::quoted;

/// Parts of the language. What is not listed in [`OFFERED`] is not generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Arithmetic,
    Null,
    Macros,
    Case,
    Conversions,
    Times,
    Libraries,
}

/// What the profile has so far.
pub(crate) const OFFERED: &[Feature] = &[
    Feature::Arithmetic,
    Feature::Null,
    Feature::Macros,
    Feature::Case,
    Feature::Conversions,
    Feature::Times,
    Feature::Libraries,
];

/// An expression in both languages.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

/// Makes expressions, and counts what they are made of.
pub(crate) struct Maker<'d> {
    dice: &'d mut Dice,
    /// How often each construct was used.
    pub(crate) used: BTreeMap<&'static str, usize>,
    /// The variable of the macro around the current place.
    item: bool,
    /// Whether the current place is below `==` or `!=` of conditions.
    compared: bool,
}

const INTS: [&str; 14] = [
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
const DOUBLES: [&str; 12] =
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
pub(crate) const VERSIONS: [&str; 14] = [
    "1.2.3",
    "1.10.0",
    "1.2.3-rc.1",
    "1.2.3-rc.10",
    "1.2.3-rc.a",
    "1.2.3+b1",
    "1.2.3-rc.1+b2",
    "2.0.0",
    "0.0.0",
    "1.2",
    "v1.2.3",
    "01.2.3",
    "1.2.3-",
    "1.2.3-01",
];
pub(crate) const ADDRESSES: [&str; 13] = [
    "10.1.2.3",
    "11.0.0.1",
    "192.168.0.1",
    "::1",
    "2001:db8::1",
    "2001:DB8:0:0:0:0:0:1",
    "fe80::1",
    "0.0.0.0",
    "255.255.255.255",
    "10.1.2",
    "010.1.2.3",
    "1::2::3",
    "10.1.2.3/8",
];
const NETWORKS: [(&str, &str); 8] = [
    ("10.0.0.0", "8"),
    ("0.0.0.0", "0"),
    ("192.168.0.0", "16"),
    ("192.168.0.1", "32"),
    ("2001:db8::", "32"),
    ("::", "0"),
    ("::1", "128"),
    ("fe80::", "10"),
];
const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "+05:30", "-02:00"];
const ORDERS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

fn same(text: impl Into<String>) -> Written {
    let ours: String = text.into();
    Written { theirs: ours.clone(), ours }
}

fn infix(left: &Written, operator: &str, right: &Written) -> Written {
    let both = |left: &str, right: &str| format!("({left} {operator} {right})");
    Written { ours: both(&left.ours, &right.ours), theirs: both(&left.theirs, &right.theirs) }
}

/// An order of doubles, which is false over there, too, when one of them is not a number; see the deviations.
fn ordered(left: &Written, operator: &str, right: &Written) -> Written {
    let plain = infix(left, operator, right);
    let may_be_none = |side: &Written| [" / ", " * ", " + ", " - "].iter().any(|made| side.theirs.contains(made));
    if matches!(operator, "==" | "!=") || !(may_be_none(left) || may_be_none(right)) {
        return plain;
    }
    let (l, r, order) = (&left.theirs, &right.theirs, &plain.theirs);
    // A negation is an error where a side is absent or an error, whatever the other side is.
    let is_number = |side: &str| format!("(-({side}) == -({side}))");
    let (l, r) = (is_number(l), is_number(r));
    Written { ours: plain.ours, theirs: format!("(({l} == {r}) ? ({l} ? {order} : false) : false)") }
}

fn around(before: &str, inner: &Written, after: &str) -> Written {
    let both = |inner: &str| format!("{before}{inner}{after}");
    Written { ours: both(&inner.ours), theirs: both(&inner.theirs) }
}

impl<'d> Maker<'d> {
    pub(crate) fn new(dice: &'d mut Dice) -> Self {
        Self { dice, used: BTreeMap::new(), item: false, compared: false }
    }

    /// A condition of any size.
    pub(crate) fn any(&mut self) -> Written {
        let depth = self.dice.between(1, 4);
        self.condition(depth)
    }

    fn condition(&mut self, depth: usize) -> Written {
        if depth == 0 || self.dice.percent(35) {
            return self.atom(depth);
        }
        let next = depth - 1;
        match self.dice.below(12) {
            0..=2 => self.binary("&&", next),
            3..=5 => self.binary("||", next),
            6..=7 => {
                self.count("!");
                around("!(", &self.condition(next), ")")
            }
            8 => {
                self.count("? : of conditions");
                let test = self.condition(next);
                let (yes, no) = (self.condition(next), self.condition(next));
                choice(&test, &yes, &no)
            }
            9 => self.binary("==", next),
            10 => self.binary("!=", next),
            _ if self.has(Feature::Macros) && !self.item => self.quantified(next),
            _ => self.atom(next),
        }
    }

    fn binary(&mut self, operator: &'static str, depth: usize) -> Written {
        self.count(operator);
        let before = self.compared;
        self.compared |= matches!(operator, "==" | "!=");
        let (left, right) = (self.condition(depth), self.condition(depth));
        self.compared = before;
        infix(&left, operator, &right)
    }

    fn atom(&mut self, depth: usize) -> Written {
        match self.dice.below(20) {
            0 => {
                self.count("constant");
                same(if self.dice.percent(50) { "true" } else { "false" })
            }
            1 => {
                // A truth that is absent is an error wherever it is asked for, as null is none over there.
                let Written { ours, theirs } = self.attribute("a bool attribute", &["v.b0", "v.b1"]);
                if self.compared {
                    // By itself it would be a value that may be absent; see the deviations.
                    return Written { ours: format!("({ours} && {ours})"), theirs: format!("({theirs} && {theirs})") };
                }
                Written { ours, theirs: format!("!(!{theirs})") }
            }
            2 => self.bools(),
            3 => self.presence(),
            4..=6 => self.numbers(depth),
            7..=9 => self.texts(depth),
            10..=11 => self.searched(depth),
            12..=13 => self.member(depth),
            14 => self.guarded(),
            15 if self.has(Feature::Times) => self.moments(depth),
            16 if self.has(Feature::Null) => self.nothing(),
            17 if self.has(Feature::Libraries) => self.versions(),
            18 if self.has(Feature::Libraries) => self.addresses(),
            19 if self.has(Feature::Libraries) => self.patterns(depth),
            _ => self.numbers(depth),
        }
    }

    fn versions(&mut self) -> Written {
        let (one, other) = (self.version(), self.version());
        let ordered = |after: &str, theirs: &str| Written {
            ours: format!("(semver({}).{after})", one.ours),
            theirs: format!("(versionOrder({}, {}) {theirs})", one.theirs, other.theirs),
        };
        let other_one = format!("semver({})", other.ours);
        match self.dice.below(5) {
            0 => {
                self.count("isSemver");
                Written { ours: format!("isSemver({})", one.ours), theirs: format!("isVersion({})", one.theirs) }
            }
            1 => {
                self.count("isLessThan");
                ordered(&format!("isLessThan({other_one})"), "< 0")
            }
            2 => {
                self.count("isGreaterThan");
                ordered(&format!("isGreaterThan({other_one})"), "> 0")
            }
            3 => {
                self.count("compareTo");
                let test = format!("{} {}", self.dice.pick(&ORDERS), self.dice.pick(&["-1", "0", "1"]));
                ordered(&format!("compareTo({other_one}) {test}"), &test)
            }
            _ => {
                self.count("a part of a version");
                let (part, number) = self.dice.pick(&[("major", 0), ("minor", 1), ("patch", 2)]);
                let test = format!("{} {}", self.dice.pick(&ORDERS), self.dice.pick(&["1", "2", "10"]));
                Written {
                    ours: format!("(semver({}).{part}() {test})", one.ours),
                    theirs: format!("(versionPart({}, {number}) {test})", one.theirs),
                }
            }
        }
    }

    fn version(&mut self) -> Written {
        if self.dice.percent(75) {
            self.attribute("a version", &["v.v0", "v.v1"])
        } else {
            same(quoted(self.dice.pick(&VERSIONS[..9])))
        }
    }

    fn addresses(&mut self) -> Written {
        let address = self.attribute("an address", &["v.a0", "v.a1"]);
        match self.dice.below(4) {
            0 => {
                self.count("isIP");
                Written { ours: format!("isIP({})", address.ours), theirs: format!("isAddress({})", address.theirs) }
            }
            1 => {
                self.count("family");
                let test = self.dice.pick(&["== 4", "!= 4", "> 4"]);
                Written {
                    ours: format!("(ip({}).family() {test})", address.ours),
                    theirs: format!("(addressFamily({}) {test})", address.theirs),
                }
            }
            _ => {
                self.count("containsIP");
                let (network, prefix) = self.dice.pick(&NETWORKS);
                let inner = if self.dice.percent(50) { address.ours } else { format!("ip({})", address.ours) };
                Written {
                    ours: format!("cidr(\"{network}/{prefix}\").containsIP({inner})"),
                    theirs: format!("isWithin(\"{network}\", {prefix}, {})", address.theirs),
                }
            }
        }
    }

    /// Patterns that other functions can say.
    fn patterns(&mut self, depth: usize) -> Written {
        self.count("glob");
        let text = self.text(depth);
        let other = &text.theirs;
        let (pattern, theirs) = match self.dice.below(5) {
            0 => ("a*", format!("({other}).startsWith(\"a\")")),
            1 => ("*b", format!("({other}).endsWith(\"b\")")),
            2 => ("*ö*", format!("({other}).contains(\"ö\")")),
            3 => {
                let both = format!("({other}).startsWith(\"a\") && ({other}).endsWith(\"c\")");
                ("a*c", format!("({both} && size({other}) > 1)"))
            }
            _ => ("ab", format!("({other}).startsWith(\"ab\") && size({other}) == 2")),
        };
        Written { ours: format!("({}).glob(\"{pattern}\")", text.ours), theirs: format!("({theirs})") }
    }

    fn presence(&mut self) -> Written {
        self.count("has()");
        let name = self.dice.pick(&["v.b0", "v.i0", "v.d0", "v.s0", "v.y", "v.l0", "o.i", "o.s", "w.i", "r.i"]);
        Written { ours: format!("has({name})"), theirs: format!("({} != null)", theirs(name)) }
    }

    fn nothing(&mut self) -> Written {
        self.count("null");
        let attribute = self.attribute("an attribute", &["v.i0", "v.s0", "v.d0", "o.i", "o.s", "w.i", "v.b0"]);
        let operator = self.dice.pick(&["==", "!="]);
        if self.dice.percent(70) {
            infix(&attribute, operator, &same("null"))
        } else {
            infix(&same("null"), operator, &attribute)
        }
    }

    /// Bool attributes compared, with each other or with constants, where absence is a value.
    fn bools(&mut self) -> Written {
        self.count("bool against bool");
        let (left, operator) = (self.attribute("a bool attribute", &["v.b0", "v.b1"]), self.dice.pick(&["==", "!="]));
        let right = match self.dice.below(3) {
            0 => same("true"),
            1 => same("false"),
            _ => self.attribute("a bool attribute", &["v.b0", "v.b1"]),
        };
        infix(&left, operator, &right)
    }

    fn numbers(&mut self, depth: usize) -> Written {
        let operator = self.dice.pick(&ORDERS);
        match self.dice.below(4) {
            0 | 1 => {
                self.count("int against int");
                let (left, right) = (self.int(depth), self.int(depth));
                infix(&left, operator, &right)
            }
            2 => {
                self.count("double against double");
                let (left, right) = (self.double(depth), self.double(depth));
                ordered(&left, operator, &right)
            }
            // Beyond 2^53 the other one compares in doubles; see the deviations.
            _ => {
                self.count("int against double");
                let (left, right) = (self.small_int(), self.double(depth));
                if self.dice.percent(50) { ordered(&left, operator, &right) } else { ordered(&right, operator, &left) }
            }
        }
    }

    fn texts(&mut self, depth: usize) -> Written {
        let operator = self.dice.pick(&ORDERS);
        if self.dice.percent(25) {
            self.count("a symbol against its set");
            let operator = self.dice.pick(&["==", "!="]);
            let value = same(self.dice.pick(&["\"a\"", "\"b\"", "\"c\""]));
            return infix(&self.attribute("a symbol attribute", &["v.y"]), operator, &value);
        }
        self.count("text against text");
        let (left, right) = (self.text(depth), self.text(depth));
        infix(&left, operator, &right)
    }

    fn searched(&mut self, depth: usize) -> Written {
        let function = self.dice.pick(&["startsWith", "endsWith", "contains"]);
        self.count(function);
        let (subject, argument) = (self.text(depth), self.text(depth));
        let both = |subject: &str, argument: &str| format!("({subject}).{function}({argument})");
        Written { ours: both(&subject.ours, &argument.ours), theirs: both(&subject.theirs, &argument.theirs) }
    }

    fn member(&mut self, depth: usize) -> Written {
        match self.dice.below(4) {
            0 => {
                self.count("number in a list");
                let (item, other) = (self.small_int(), self.dice.pick(&INTS[..11]));
                infix(&item, "in", &same(format!("[{other}, {}, 2.5]", self.dice.pick(&INTS[..11]))))
            }
            1 => {
                self.count("text in a list");
                let item = self.text(depth);
                let list = self.listed();
                infix(&item, "in", &same(list))
            }
            _ => {
                self.count("text in a list attribute");
                let (item, list) = (self.text(depth), self.list(depth, true));
                infix(&item, "in", &list)
            }
        }
    }

    /// What is optional is asked about first.
    fn guarded(&mut self) -> Written {
        self.count("has() && …");
        let order = self.dice.pick(&ORDERS);
        let (name, rest) = match self.dice.below(4) {
            0 => ("o.i", format!("o.i {order} {}", self.dice.pick(&INTS))),
            1 => ("o.d", format!("o.d {order} {}", self.dice.pick(&DOUBLES))),
            2 => ("o.s", format!("o.s.startsWith({})", quoted(self.dice.pick(&TEXTS)))),
            _ => ("o.s", format!("size(o.s) {order} 1")),
        };
        let unguarded = rest.replace(name, &theirs(name));
        if self.dice.percent(70) {
            Written {
                ours: format!("(has({name}) && {rest})"),
                theirs: format!("({} != null && {unguarded})", theirs(name)),
            }
        } else {
            Written {
                ours: format!("(!has({name}) || {rest})"),
                theirs: format!("({} == null || {unguarded})", theirs(name)),
            }
        }
    }

    /// A macro over a list attribute or a list that is written down.
    fn quantified(&mut self, depth: usize) -> Written {
        let name = self.dice.pick(&["all", "exists", "exists_one"]);
        self.count(name);
        let list = if self.dice.percent(60) {
            self.list(0, false)
        } else {
            self.count("a macro over a written list");
            same(self.listed())
        };
        self.item = true;
        let body = self.condition(depth.min(2));
        self.item = false;
        let both = |list: &str, body: &str| format!("{list}.{name}(x, {body})");
        Written { ours: both(&list.ours, &body.ours), theirs: both(&list.theirs, &body.theirs) }
    }

    fn moments(&mut self, depth: usize) -> Written {
        let operator = self.dice.pick(&ORDERS);
        if self.dice.percent(60) {
            self.count("moment against moment");
            let (left, right) = (self.moment(depth), self.moment(depth));
            infix(&left, operator, &right)
        } else {
            self.count("duration against duration");
            let (left, right) = (self.span(depth), self.span(depth));
            infix(&left, operator, &right)
        }
    }

    fn int(&mut self, depth: usize) -> Written {
        if depth == 0 {
            return self.small_int();
        }
        let next = depth - 1;
        match self.dice.below(10) {
            0..=2 if self.has(Feature::Arithmetic) => {
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
            3 if self.has(Feature::Arithmetic) => {
                self.count("-int");
                around("-(", &self.int(next), ")")
            }
            4 if self.has(Feature::Arithmetic) => {
                self.count("a large int");
                same(self.dice.pick(&LARGE_INTS))
            }
            5 if self.has(Feature::Conversions) => {
                self.count("int(double)");
                around("int(", &self.double(next), ")")
            }
            6 if self.has(Feature::Times) => self.part(next),
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
    fn small_int(&mut self) -> Written {
        if self.dice.percent(60) {
            self.attribute("an int attribute", &["v.i0", "v.i1", "w.i", "r.i"])
        } else {
            self.count("an int");
            same(self.dice.pick(&INTS))
        }
    }

    fn double(&mut self, depth: usize) -> Written {
        let next = depth.saturating_sub(1);
        match self.dice.below(8) {
            0..=1 if depth > 0 && self.has(Feature::Arithmetic) => {
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
            2 if depth > 0 && self.has(Feature::Arithmetic) => {
                self.count("-double");
                around("-(", &self.double(next), ")")
            }
            3 if depth > 0 && self.has(Feature::Conversions) => {
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

    fn text(&mut self, depth: usize) -> Written {
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
            1 if self.has(Feature::Case) => {
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
    fn list(&mut self, depth: usize, holds: bool) -> Written {
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
    fn listed(&mut self) -> String {
        let mut items: Vec<String> = self.dice.some(&TEXTS).into_iter().map(quoted).collect();
        items.truncate(4);
        if items.is_empty() {
            items.push(quoted("a"));
        }
        format!("[{}]", items.join(", "))
    }

    fn moment(&mut self, depth: usize) -> Written {
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

    fn span(&mut self, depth: usize) -> Written {
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
    fn part(&mut self, depth: usize) -> Written {
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

    fn attribute(&mut self, what: &'static str, names: &[&'static str]) -> Written {
        self.count(what);
        let name = self.dice.pick(names);
        Written { ours: name.to_owned(), theirs: theirs(name) }
    }

    fn has(&self, feature: Feature) -> bool {
        OFFERED.contains(&feature)
    }

    fn count(&mut self, construct: &'static str) {
        *self.used.entry(construct).or_default() += 1;
    }
}

fn choice(test: &Written, yes: &Written, no: &Written) -> Written {
    let both = |test: &str, yes: &str, no: &str| format!("({test} ? {yes} : {no})");
    Written { ours: both(&test.ours, &yes.ours, &no.ours), theirs: both(&test.theirs, &yes.theirs, &no.theirs) }
}

/// The name of an attribute over there.
pub(crate) fn theirs(name: &str) -> String {
    name.replace('.', "_")
}
