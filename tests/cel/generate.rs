//! Random typed expressions, written twice: for rows, and for the other implementation.
//!
//! The two texts differ only where the languages do: names have no dots over there; an attribute that is absent is null over there, so
//! `has(x)` is `x != null`, and nothing is in a list that is absent.

mod libraries;
mod values;

use std::collections::BTreeMap;

use crate::dice::Dice;
use crate::panel::quoted;
pub(crate) use libraries::{ADDRESSES, VERSIONS};
use values::{DOUBLES, INTS};
pub(crate) use values::{MOMENTS, TEXTS};

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
            _ if !self.item => self.quantified(next),
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
            15 => self.moments(depth),
            16 => self.nothing(),
            17 => self.versions(),
            18 => self.addresses(),
            19 => self.patterns(depth),
            _ => self.numbers(depth),
        }
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

    fn attribute(&mut self, what: &'static str, names: &[&'static str]) -> Written {
        self.count(what);
        let name = self.dice.pick(names);
        Written { ours: name.to_owned(), theirs: theirs(name) }
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
