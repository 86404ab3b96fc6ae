//! Rows of conditions: every construct of the profile, well typed and guarded where the checker asks for it.

use selvedge::author::site::Literal;
use selvedge::words::ValueType;

use super::dice::Dice;
use super::terms::{FORMS, TIMES};
use super::write::cel;

/// Texts that are equal, parts of each other, or sorted in ways that surprise.
pub(crate) const TEXTS: [&str; 14] = [
    "a",
    "ab",
    "abc",
    "",
    "Größe",
    "größe",
    "e\u{301}",
    "é",
    "\u{10ffff}",
    "\u{ffff}",
    "DE",
    "de",
    "it's \"so\" \\ <b>",
    "日本",
];
/// Whole numbers around which comparisons turn.
pub(crate) const INTS: [i64; 15] = [
    0,
    1,
    -1,
    2,
    3,
    7,
    30,
    1_000,
    -1_000,
    9_007_199_254_740_991,
    -9_007_199_254_740_991,
    9_007_199_254_740_992,
    9_007_199_254_740_993,
    i64::MAX,
    i64::MIN + 1,
];
/// Doubles around which comparisons turn.
pub(crate) const DOUBLES: [f64; 14] =
    [0.0, -0.0, 0.5, -0.5, 1.0, 2.5, 3.0, 29.999_999, 1e15, 9.007_199_254_740_992e15, 1e300, -1e300, 5e-324, 0.1];

/// Choices and negations nest without brackets, so this is well below what the checker takes.
const NESTING_MAX: usize = 14;

/// An attribute as a row needs to know it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) value_type: ValueType,
    pub(crate) values: Vec<String>,
    /// May be absent, so ordering needs `has()`.
    pub(crate) guarded: bool,
}

/// What a row may mention.
pub(crate) struct Ground<'g> {
    pub(crate) attributes: &'g [Known],
    /// Audiences that exist already.
    pub(crate) audiences: &'g [String],
}

/// A term: its text, and the attributes that must be present where it is ordered, measured or searched.
pub(super) struct Term {
    pub(super) text: String,
    pub(super) guards: Vec<String>,
}

impl Ground<'_> {
    /// A row.
    pub(crate) fn row(&self, dice: &mut Dice) -> String {
        loop {
            let depth = dice.pick(&[0, 0, 1, 1, 2, 3]);
            let row = self.condition(dice, depth);
            // A row with several macros in macros may be refused for what it costs.
            if nesting(&row) <= NESTING_MAX && row.matches("(y, ").count() <= 1 {
                return row;
            }
        }
    }

    /// A condition in brackets.
    fn condition(&self, dice: &mut Dice, depth: usize) -> String {
        if depth == 0 {
            return self.atom(dice);
        }
        let part = |dice: &mut Dice| self.condition(dice, depth - 1);
        match dice.below(7) {
            0 => format!("!({})", part(dice)),
            1 => format!("(({}) && ({}))", part(dice), part(dice)),
            2 => format!("(({}) || ({}) || ({}))", part(dice), part(dice), part(dice)),
            3 => format!("(({}) ? ({}) : ({}))", part(dice), part(dice), part(dice)),
            4 => format!("(({}) == ({}))", part(dice), part(dice)),
            5 => format!("(({}) != ({}))", part(dice), part(dice)),
            _ => format!("(({}) && !({}))", part(dice), part(dice)),
        }
    }

    fn atom(&self, dice: &mut Dice) -> String {
        for _ in 0..20 {
            if let Some(atom) = self.try_atom(dice) {
                return atom;
            }
        }
        "true".into()
    }

    /// `None` where the site lacks what the drawn atom needs.
    fn try_atom(&self, dice: &mut Dice) -> Option<String> {
        Some(match dice.below(30) {
            20.. => self.worked_out(dice)?,
            0 => format!("has({})", dice.choose(self.attributes).name),
            1 => format!("!has({})", dice.choose(self.attributes).name),
            2 if !self.audiences.is_empty() => format!("audience.{}", dice.choose(self.audiences)),
            2 => dice.pick(&["true", "false"]).to_string(),
            3 => self.guard(self.one(dice, ValueType::Bool)?, |text| text.to_owned()),
            4 => {
                let (one, operator) = (self.one(dice, ValueType::Bool)?.text, dice.pick(&["==", "!="]));
                match self.one(dice, ValueType::Bool) {
                    Some(other) if dice.percent(50) => format!("{one} {operator} {}", other.text),
                    _ => format!("{one} {operator} {}", dice.pick(&["true", "false"])),
                }
            }
            5..=9 => self.numbers(dice)?,
            10..=12 => self.sizes(dice)?,
            13..=16 => self.texts(dice)?,
            _ => self.members(dice)?,
        })
    }

    fn numbers(&self, dice: &mut Dice) -> Option<String> {
        let value_type = dice.pick(&[ValueType::Int, ValueType::Double]);
        let term = self.number_term(dice, value_type)?;
        if dice.percent(15) {
            let list = match dice.below(3) {
                0 => "[1, 2.0, 3]".to_owned(),
                1 => format!("[{}, {}]", number(dice), number(dice)),
                _ => format!("(({}) ? [] : [{}, 2])", self.atom(dice), number(dice)),
            };
            return Some(format!("({} in {list})", term.text));
        }
        let operator = dice.pick(&["<", "<=", ">", ">=", "==", "!="]);
        let other_type = dice.pick(&[ValueType::Int, ValueType::Double]);
        let other = match self.number_term(dice, other_type) {
            Some(other) if dice.percent(35) => other,
            _ => Term { text: number(dice), guards: Vec::new() },
        };
        Some(self.relation(dice, term, operator, other))
    }

    fn number_term(&self, dice: &mut Dice, value_type: ValueType) -> Option<Term> {
        let one = self.one(dice, value_type)?;
        if !dice.percent(15) {
            return Some(one);
        }
        let other = match self.one(dice, value_type) {
            Some(other) if dice.percent(50) => other,
            _ if value_type == ValueType::Int => Term { text: int(dice), guards: Vec::new() },
            _ => Term { text: double(dice), guards: Vec::new() },
        };
        Some(self.choice(dice, one, other))
    }

    fn sizes(&self, dice: &mut Dice) -> Option<String> {
        let of = match dice.below(4) {
            0 => self.list_term(dice)?,
            1 => self.one(dice, ValueType::List)?,
            2 => self.one(dice, ValueType::String)?,
            _ => {
                let literal = Term { text: cel(dice.pick(&TEXTS)), guards: Vec::new() };
                let one = self.one(dice, ValueType::String)?;
                self.choice(dice, literal, one)
            }
        };
        let size = if dice.percent(50) { format!("size({})", of.text) } else { format!("({}).size()", of.text) };
        let count = dice.pick(&["0", "1", "2", "3", "2.5", "-1"]).to_string();
        let operator = dice.pick(&["<", "<=", ">", ">=", "==", "!="]);
        let text =
            if dice.percent(20) { format!("({size} in [1, 2])") } else { format!("({size} {operator} {count})") };
        Some(self.guard(Term { text, guards: of.guards }, |text| text.to_owned()))
    }

    fn list_term(&self, dice: &mut Dice) -> Option<Term> {
        let literal = dice.pick(&["[\"a\", \"b\"]", "[]", "[\"a\"]", "[\"Größe\", \"\", \"ab\"]"]);
        let literal = Term { text: (*literal).to_owned(), guards: Vec::new() };
        let open = |known: &&Known| known.value_type == ValueType::List && known.values.is_empty();
        let lists: Vec<&Known> = self.attributes.iter().filter(open).collect();
        let one = if lists.is_empty() { None } else { Some(term(dice.pick(&lists))) }?;
        Some(if dice.percent(50) { self.choice(dice, literal, one) } else { self.choice(dice, one, literal) })
    }

    fn texts(&self, dice: &mut Dice) -> Option<String> {
        let one = match dice.below(5) {
            0 => self.one(dice, ValueType::Symbol)?,
            1 => {
                let (one, other) = (self.one(dice, ValueType::String)?, self.one(dice, ValueType::String)?);
                self.choice(dice, one, other)
            }
            _ => self.one(dice, ValueType::String)?,
        };
        let symbol = self.attributes.iter().find(|known| known.name == one.text && !known.values.is_empty());
        if let Some(symbol) = symbol {
            let (value, operator) = (cel(dice.choose(&symbol.values).as_str()), dice.pick(&["==", "!="]));
            let start = dice.pick(&TEXTS);
            return Some(match dice.below(4) {
                0 => format!("{} {operator} {value}", one.text),
                1 => format!("{value} {operator} {}", one.text),
                2 => format!("({} in [{value}, {}])", one.text, cel(&symbol.values[0])),
                _ => self.guard(one, |text| format!("{text}.startsWith({})", cel(start))),
            });
        }
        let other = match self.one(dice, ValueType::String) {
            Some(other) if dice.percent(30) => other,
            _ => Term { text: cel(dice.pick(&TEXTS)), guards: Vec::new() },
        };
        Some(match dice.below(3) {
            0 => {
                let operator = dice.pick(&["<", "<=", ">", ">=", "==", "!="]);
                self.relation(dice, one, operator, other)
            }
            1 => {
                let function = dice.pick(&["startsWith", "endsWith", "contains"]);
                let (subject, argument) = if dice.percent(70) { (one, other) } else { (other, one) };
                let text = format!("({}).{function}({})", subject.text, argument.text);
                let guards = [subject.guards, argument.guards].concat();
                self.guard(Term { text, guards }, |text| text.to_owned())
            }
            _ => format!("({} in [{}, {}])", one.text, cel(dice.pick(&TEXTS)), cel(dice.pick(&TEXTS))),
        })
    }

    fn members(&self, dice: &mut Dice) -> Option<String> {
        let list = match dice.below(3) {
            0 => self.list_term(dice)?,
            _ => self.one(dice, ValueType::List)?,
        };
        let closed = self.attributes.iter().find(|known| known.name == list.text && !known.values.is_empty());
        Some(match (closed, self.one(dice, ValueType::String)) {
            (Some(closed), _) => format!("({} in {})", cel(dice.choose(&closed.values).as_str()), list.text),
            (None, Some(item)) if dice.percent(40) => format!("({} in {})", item.text, list.text),
            _ => format!("({} in {})", cel(dice.pick(&TEXTS)), list.text),
        })
    }

    /// `==` and `!=` are total; an order is not.
    fn relation(&self, dice: &mut Dice, one: Term, operator: &str, other: Term) -> String {
        let (left, right) = if dice.percent(70) { (one, other) } else { (other, one) };
        let text = format!("({} {operator} {})", left.text, right.text);
        if matches!(operator, "==" | "!=") {
            return text;
        }
        self.guard(Term { text, guards: [left.guards, right.guards].concat() }, |text| text.to_owned())
    }

    fn choice(&self, dice: &mut Dice, one: Term, other: Term) -> Term {
        let text = format!("(({}) ? {} : {})", self.atom(dice), one.text, other.text);
        Term { text, guards: [one.guards, other.guards].concat() }
    }

    pub(super) fn guard(&self, term: Term, write: impl Fn(&str) -> String) -> String {
        let mut parts: Vec<String> = term.guards.iter().map(|name| format!("has({name})")).collect();
        parts.push(write(&term.text));
        if parts.len() == 1 { parts.remove(0) } else { format!("({})", parts.join(" && ")) }
    }

    /// An attribute of this type, if there is one.
    pub(super) fn one(&self, dice: &mut Dice, value_type: ValueType) -> Option<Term> {
        let found: Vec<&Known> = self.attributes.iter().filter(|known| known.value_type == value_type).collect();
        if found.is_empty() { None } else { Some(term(dice.pick(&found))) }
    }
}

/// How deep brackets stand in brackets; those in texts do not matter here.
fn nesting(row: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for character in row.chars() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn term(known: &Known) -> Term {
    Term { text: known.name.clone(), guards: if known.guarded { vec![known.name.clone()] } else { Vec::new() } }
}

fn number(dice: &mut Dice) -> String {
    if dice.percent(50) { int(dice) } else { double(dice) }
}

fn int(dice: &mut Dice) -> String {
    dice.pick(&INTS).to_string()
}

/// With a point or an exponent, so that it stays a double.
fn double(dice: &mut Dice) -> String {
    format!("{:?}", dice.pick(&DOUBLES))
}

/// A constant of this type.
pub(crate) fn literal(dice: &mut Dice, value_type: ValueType, values: &[String]) -> Literal {
    let text = |dice: &mut Dice| match values {
        [] if dice.percent(25) => dice.pick(&FORMS).to_owned(),
        [] => dice.pick(&TEXTS).to_owned(),
        values => dice.choose(values).clone(),
    };
    match value_type {
        ValueType::Bool => Literal::Bool(dice.percent(50)),
        ValueType::Int => Literal::Int(dice.pick(&INTS[..11]) + dice.below(3) as i64 - 1),
        ValueType::Double => Literal::Double(dice.pick(&DOUBLES)),
        ValueType::String | ValueType::Symbol => Literal::Text(text(dice)),
        ValueType::Timestamp => Literal::Timestamp(dice.pick(&TIMES)),
        ValueType::List => Literal::List((0..dice.below(4)).map(|_| text(dice)).collect()),
    }
}
