//! The questions that an atom asks about one attribute, in the few shapes whose answers fall into cells.
//!
//! Takes an atom and the thing it is about, gives what its answer depends on. An atom without a shape here is opaque, and is
//! only tried on candidates.

use std::net::Ipv6Addr;

use crate::author::expr::evaluate::constant;
use crate::author::expr::{
    Arithmetic, Case, Comparison, Condition, Form, Network, Part, Quantifier, Term, TextTest, Unary, Zone,
};
use crate::author::site::Literal;
use crate::engine::expression::value::Value;
use crate::words::time;

/// The questions.
#[derive(Clone, Debug)]
pub(super) enum Ask<'c> {
    /// Presence, or its truth.
    Presence,
    /// On which side of these whole numbers it is, or of these doubles.
    Whole(Vec<i64>),
    /// The same of a whole number that is calculated with.
    Sum(Vec<i64>),
    Double(f64),
    /// The size, compared with these numbers.
    Size(Vec<i64>),
    Text(Kind, String, Option<Case>),
    Version(String),
    Semver,
    Network(Network),
    Address,
    Member(&'c str),
    Each(Quantifier, &'c Condition),
    Part(Part, &'c Zone, i64),
    Opaque,
}

/// The kinds of questions about a text; each set of them is answered completely or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Equal,
    Starts,
    Ends,
    Contains,
    /// A glob with more than one star.
    Glob,
    Size,
    /// Before or after it in the order of texts.
    Order,
    Lower,
    Upper,
    Version,
    Address,
    Other,
}

/// `subject` is the attribute, the time or the item that the atom is about.
pub(super) fn asks<'c>(atom: &'c Condition, subject: &Term) -> Vec<Ask<'c>> {
    match atom {
        Condition::Const(_) => Vec::new(),
        Condition::Attribute(_) | Condition::Has(_) => vec![Ask::Presence],
        Condition::Compare(by, left, right) => match (constant(left), constant(right)) {
            (_, Some(value)) => compared(*by, left, &value, subject),
            (Some(value), None) => compared(*by, right, &value, subject),
            (None, None) => vec![Ask::Opaque],
        },
        Condition::In(item, Term::List(items)) if constant(item).is_none() => {
            items.iter().flat_map(|other| compared(Comparison::Equal, item, &other.value(), subject)).collect()
        }
        Condition::In(Term::Literal(Literal::Text(item)), list) if list == subject => vec![Ask::Member(item)],
        Condition::In(item, list) => match (constant(item), constant(list)) {
            (None, Some(Value::List(items))) => {
                items.iter().flat_map(|text| compared(Comparison::Equal, item, &Value::text(text), subject)).collect()
            }
            _ => vec![Ask::Opaque],
        },
        Condition::Text(test, of, argument) => match (constant(of), constant(argument)) {
            (None, Some(Value::Text(argument))) => {
                let test = match test {
                    TextTest::StartsWith => Kind::Starts,
                    TextTest::EndsWith => Kind::Ends,
                    TextTest::Contains => Kind::Contains,
                    TextTest::Glob => Kind::Glob,
                };
                let text = |case| vec![Ask::Text(test, argument.read(), case)];
                cased(of, subject).map_or_else(|| vec![Ask::Opaque], text)
            }
            // A text that can start or end a constant, or lie within it, is a part of it.
            (Some(Value::Text(whole)), None) if argument == subject && whole.len() <= PARTS_OF_MAX => {
                parts_of(*test, &whole.read()).map(|part| Ask::Text(Kind::Equal, part, None)).collect()
            }
            _ => vec![Ask::Opaque],
        },
        Condition::Form(Form::Semver, term) if term == subject => vec![Ask::Semver],
        Condition::Form(Form::Ip, term) if term == subject => vec![Ask::Address],
        Condition::Within(term, network) if unwrapped(term) == subject => vec![Ask::Network(*network)],
        Condition::Each(quantifier, list, body) if list == subject => vec![Ask::Each(*quantifier, body)],
        _ => vec![Ask::Opaque],
    }
}

/// The longest constant whose parts are listed.
const PARTS_OF_MAX: usize = 24;

fn parts_of(test: TextTest, whole: &str) -> impl Iterator<Item = String> {
    let ends: Vec<usize> = whole.char_indices().map(|(at, _)| at).chain([whole.len()]).collect();
    let pairs: Vec<(usize, usize)> =
        ends.iter().flat_map(|from| ends.iter().map(move |to| (*from, *to))).filter(|(from, to)| from <= to).collect();
    let whole = whole.to_owned();
    pairs.into_iter().filter_map(move |(from, to)| {
        let fits = match test {
            TextTest::StartsWith => from == 0,
            TextTest::EndsWith => to == whole.len(),
            TextTest::Contains => true,
            TextTest::Glob => false,
        };
        fits.then(|| whole[from..to].to_owned())
    })
}

fn compared<'c>(by: Comparison, term: &'c Term, with: &Value<'_>, subject: &Term) -> Vec<Ask<'c>> {
    let equality = matches!(by, Comparison::Equal | Comparison::NotEqual);
    if let Value::Text(text) = with {
        let test = if equality { Kind::Equal } else { Kind::Order };
        return match cased(term, subject) {
            Some(case) if case.is_none() || equality => vec![Ask::Text(test, text.read(), case)],
            _ => vec![Ask::Opaque],
        };
    }
    match (term, with) {
        (Term::Unary(Unary::Version, of), Value::Version(version)) if **of == *subject => {
            vec![Ask::Version(version.read())]
        }
        (Term::Unary(Unary::Ip, of), Value::Ip(address)) if **of == *subject => {
            let address = Ipv6Addr::from_bits(*address).to_canonical();
            vec![Ask::Network(Network { address, prefix: if address.is_ipv4() { 32 } else { 128 } })]
        }
        (Term::Part(Part::Family, _, of), Value::Int(_)) if unwrapped(of) == subject => vec![Ask::Address],
        (Term::Part(part, zone, of), Value::Int(number)) if **of == *subject => vec![Ask::Part(*part, zone, *number)],
        (_, Value::Bool(_)) if term == subject => vec![Ask::Presence],
        (Term::Unary(Unary::ToInt, of), Value::Int(number)) if **of == *subject => {
            // The cut toward zero moves at whole numbers; what a time counts is seconds.
            let near = [-1, 0, 1].map(|step| number.saturating_add(step));
            let doubles = near.iter().map(|near| Ask::Double(*near as f64));
            let edges = [-TWO_63, TWO_63].map(Ask::Double);
            let moments = near.iter().map(|near| near.saturating_mul(time::SECOND));
            let whole = near.iter().copied().chain(moments).collect();
            doubles.chain(edges).chain([Ask::Whole(whole)]).collect()
        }
        (Term::Unary(Unary::ToDouble, of), Value::Double(number)) if **of == *subject => {
            vec![Ask::Double(*number), around(*number)]
        }
        (_, Value::Double(number)) if term == subject => vec![Ask::Double(*number), around(*number)],
        (_, Value::Double(number)) => {
            // Infinite is as good as beyond every sum.
            let number = number.clamp(-TWO_63 * TWO_63, TWO_63 * TWO_63);
            thresholds(term, subject, number.floor() as i128, number.ceil() as i128)
        }
        (_, Value::Int(number)) if term == subject => {
            // A whole number may lie between two doubles.
            let nearest = *number as f64;
            let near = [nearest.next_down(), nearest, nearest.next_up()];
            let exact = nearest as i128 == i128::from(*number);
            let doubles = near.into_iter().filter(|near| !exact || *near == nearest).map(Ask::Double);
            doubles.chain([Ask::Whole(vec![*number])]).collect()
        }
        (_, Value::Int(number) | Value::Timestamp(number) | Value::Duration(number)) => {
            thresholds(term, subject, i128::from(*number), i128::from(*number))
        }
        _ => vec![Ask::Opaque],
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

fn around(number: f64) -> Ask<'static> {
    Ask::Whole(vec![number.floor() as i64, number.ceil() as i64])
}

/// The points where `scale · x + offset` passes a number between `low` and `high`, which are equal or neighbours.
fn thresholds<'c>(term: &Term, subject: &Term, low: i128, high: i128) -> Vec<Ask<'c>> {
    let Some(line) = line(term, subject).filter(|line| line.scale != 0) else { return vec![Ask::Opaque] };
    let edges = line.edges.iter().flat_map(|edge| [-1, 0, 1].map(|step| edge + step));
    let passed = [low, high].into_iter().flat_map(|mark| {
        let whole = (mark - line.offset).div_euclid(line.scale);
        [whole - 1, whole, whole + 1]
    });
    let marks = passed.chain(edges).map(|mark| mark.clamp(i64::MIN.into(), i64::MAX.into()) as i64).collect();
    vec![if line.size { Ask::Size(marks) } else { Ask::Sum(marks) }]
}

/// A whole number that grows evenly with the subject and cannot overflow.
struct Line {
    scale: i128,
    offset: i128,
    size: bool,
    /// For a time, the points where a step leaves the calendar. From there it is unknown.
    edges: Vec<i128>,
}

fn line(term: &Term, subject: &Term) -> Option<Line> {
    let plain = |scale, offset| Line { scale, offset, size: false, edges: Vec::new() };
    let line = match term {
        _ if term == subject => plain(1, 0),
        Term::Size(of) if **of == *subject => Line { size: true, ..plain(1, 0) },
        Term::Literal(Literal::Int(number) | Literal::Duration(number)) => plain(0, i128::from(*number)),
        Term::Unary(Unary::Negate, of) => {
            let of = line(of, subject)?;
            Line { scale: -of.scale, offset: -of.offset, ..of }
        }
        Term::Arithmetic(by, left, right) => {
            let (left, right) = (line(left, subject)?, line(right, subject)?);
            let size = left.size || right.size;
            let (scale, offset) = match by {
                Arithmetic::Add => (left.scale + right.scale, left.offset + right.offset),
                Arithmetic::Subtract => (left.scale - right.scale, left.offset - right.offset),
                Arithmetic::Multiply if left.scale == 0 => (left.offset * right.scale, left.offset * right.offset),
                Arithmetic::Multiply if right.scale == 0 => (left.scale * right.offset, left.offset * right.offset),
                _ => return None,
            };
            let ends = [time::TIMESTAMP_MIN, time::MAX].map(|end| (i128::from(end) - offset) * scale.signum());
            let edges = if scale.abs() == 1 { ends.to_vec() } else { Vec::new() };
            Line { scale, offset, size, edges: [left.edges, right.edges, edges].concat() }
        }
        _ => return None,
    };
    // Attributes are within ±2^53: beyond this some step could overflow.
    let most = line.scale.checked_abs()?.checked_mul(1 << 53)?.checked_add(line.offset.checked_abs()?)?;
    (most < i128::from(i64::MAX)).then_some(line)
}

fn unwrapped(term: &Term) -> &Term {
    match term {
        Term::Unary(Unary::Ip, of) => of,
        _ => term,
    }
}

/// The case in which the subject is looked at, if the term is the subject or its letters in one case.
fn cased(term: &Term, subject: &Term) -> Option<Option<Case>> {
    match term {
        Term::Cased(case, of) if **of == *subject => Some(Some(*case)),
        _ => (term == subject).then_some(None),
    }
}
