//! Values in their simplest form: arithmetic, times, versions and addresses of constants.

use std::net::IpAddr;

use super::super::times::{in_durations, in_timestamps, part_of_duration, part_of_timestamp};
use super::super::version::Version;
use super::super::{Arithmetic, Case, Condition, Form, Network, Part, Term, Zone};
use crate::author::site::Literal;

/// Why a constant has no value: CEL calls each of these an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Trouble {
    Overflow,
    DivisionByZero,
    /// Not a finite double: CEL has the value, but no author means it.
    NotFinite,
}

/// A term, and what is wrong with it as a constant. Then it stands as written: its value is unknown, or not finite.
pub(in super::super) type Folded = (Term, Option<Trouble>);

pub(in super::super) fn arithmetic(by: Arithmetic, left: Term, right: Term) -> Folded {
    let value = match (&left, &right) {
        (Term::Literal(one), Term::Literal(other)) => calculated(by, one, other),
        _ => None,
    };
    settled(value, || Term::Arithmetic(by, Box::new(left), Box::new(right)))
}

pub(in super::super) fn negate(of: Term) -> Folded {
    let value = match &of {
        Term::Literal(Literal::Int(number)) => Some(number.checked_neg().map(Literal::Int).ok_or(Trouble::Overflow)),
        Term::Literal(Literal::Double(number)) => Some(Ok(Literal::Double(-number))),
        Term::Literal(Literal::Duration(ms)) => Some(Ok(Literal::Duration(-ms))),
        _ => None,
    };
    settled(value, || Term::Negate(Box::new(of)))
}

pub(in super::super) fn to_int(of: Term) -> Folded {
    // Both ends are excluded: neither survives the way to a double and back everywhere.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let value = match &of {
        Term::Literal(Literal::Double(number)) => {
            let fits = -BEYOND < *number && *number < BEYOND;
            Some(if fits { Ok(Literal::Int(*number as i64)) } else { Err(Trouble::Overflow) })
        }
        Term::Literal(Literal::Timestamp(ms)) => Some(Ok(Literal::Int(ms.div_euclid(1_000)))),
        _ => None,
    };
    settled(value, || Term::ToInt(Box::new(of)))
}

pub(in super::super) fn to_double(of: Term) -> Term {
    match of {
        Term::Literal(Literal::Int(number)) => Term::Literal(Literal::Double(number as f64)),
        of => Term::ToDouble(Box::new(of)),
    }
}

pub(in super::super) fn cased(case: Case, of: Term) -> Term {
    match of {
        Term::Literal(Literal::Text(text)) => Term::Literal(Literal::Text(match case {
            Case::Lower => text.to_ascii_lowercase(),
            Case::Upper => text.to_ascii_uppercase(),
        })),
        of => Term::Cased(case, Box::new(of)),
    }
}

pub(in super::super) fn part(part: Part, zone: Zone, of: Term) -> Folded {
    let value = match &of {
        Term::Literal(Literal::Timestamp(ms)) => part_of_timestamp(part, &zone, *ms),
        Term::Literal(Literal::Duration(ms)) => part_of_duration(part, *ms),
        Term::Ip(text) => constant_text(text).and_then(address).map(|address| if address.is_ipv4() { 4 } else { 6 }),
        Term::Version(text) => {
            let number = constant_text(text).and_then(Version::parse).and_then(|version| match part {
                Part::Major => Some(version.major),
                Part::Minor => Some(version.minor),
                Part::Patch => Some(version.patch),
                _ => None,
            });
            match number.map(str::parse::<i64>) {
                Some(Err(_)) => return (Term::Part(part, zone, Box::new(of)), Some(Trouble::Overflow)),
                number => number.and_then(Result::ok),
            }
        }
        _ => None,
    };
    (value.map_or_else(|| Term::Part(part, zone, Box::new(of)), |number| Term::Literal(Literal::Int(number))), None)
}

pub(in super::super) fn form(form: Form, of: Term) -> Condition {
    match constant_text(&of) {
        Some(text) => Condition::Const(match form {
            Form::Semver => Version::parse(text).is_some(),
            Form::Ip => address(text).is_some(),
        }),
        None => Condition::Form(form, of),
    }
}

pub(in super::super) fn within_network(of: Term, network: Network) -> Condition {
    let text = match &of {
        Term::Ip(text) => constant_text(text),
        of => constant_text(of),
    };
    match text.and_then(address) {
        Some(address) => Condition::Const(holds(network, address)),
        None => Condition::Within(of, network),
    }
}

/// An address as CEL's network library reads it: no zone, and no IPv4 address in the form of an IPv6 one.
pub(in super::super) fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().filter(|address| !matches!(address, IpAddr::V6(six) if six.to_ipv4_mapped().is_some()))
}

/// The network around an address: the bits past the prefix are zero.
pub(in super::super) fn network(address: IpAddr, prefix: u8) -> Option<Network> {
    let (bits, width) = bits(address);
    if prefix > width {
        return None;
    }
    let kept = bits & !u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
    let address = match address {
        IpAddr::V4(_) => IpAddr::V4(((kept >> 96) as u32).into()),
        IpAddr::V6(_) => IpAddr::V6(kept.into()),
    };
    Some(Network { address, prefix })
}

fn holds(range: Network, found: IpAddr) -> bool {
    found.is_ipv4() == range.address.is_ipv4() && network(found, range.prefix) == Some(range)
}

/// An address as the leading bits of 128, and how many of them it has.
fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(four) => (u128::from(four.to_bits()) << 96, 32),
        IpAddr::V6(six) => (six.to_bits(), 128),
    }
}

fn constant_text(term: &Term) -> Option<&str> {
    match term {
        Term::Literal(Literal::Text(text)) => Some(text),
        _ => None,
    }
}

fn settled(value: Option<Result<Literal, Trouble>>, otherwise: impl FnOnce() -> Term) -> Folded {
    match value {
        Some(Ok(literal)) => (Term::Literal(literal), None),
        Some(Err(trouble)) => (otherwise(), Some(trouble)),
        None => (otherwise(), None),
    }
}

fn calculated(by: Arithmetic, one: &Literal, other: &Literal) -> Option<Result<Literal, Trouble>> {
    use Arithmetic::{Add, Divide, Modulo, Multiply, Subtract};
    use Literal::{Double, Duration, Int, Timestamp};
    let within = |ms: Option<i64>, range: fn(i64) -> Option<i64>, literal: fn(i64) -> Literal| {
        Some(ms.and_then(range).map(literal).ok_or(Trouble::Overflow))
    };
    match (by, one, other) {
        (Divide | Modulo, Int(_), Int(0)) => Some(Err(Trouble::DivisionByZero)),
        (by, Int(one), Int(other)) => {
            let result = match by {
                Add => one.checked_add(*other),
                Subtract => one.checked_sub(*other),
                Multiply => one.checked_mul(*other),
                Divide => one.checked_div(*other),
                Modulo => one.checked_rem(*other),
            };
            Some(result.map(Int).ok_or(Trouble::Overflow))
        }
        (by, Double(one), Double(other)) => {
            let result = match by {
                Add => one + other,
                Subtract => one - other,
                Multiply => one * other,
                Divide => one / other,
                Modulo => return None,
            };
            Some(if result.is_finite() { Ok(Double(result)) } else { Err(Trouble::NotFinite) })
        }
        (Subtract, Timestamp(one), Timestamp(other)) => within(one.checked_sub(*other), in_durations, Duration),
        (Add, Timestamp(one), Duration(other)) | (Add, Duration(one), Timestamp(other)) => {
            within(one.checked_add(*other), in_timestamps, Timestamp)
        }
        (Subtract, Timestamp(one), Duration(other)) => within(one.checked_sub(*other), in_timestamps, Timestamp),
        (Add, Duration(one), Duration(other)) => within(one.checked_add(*other), in_durations, Duration),
        (Subtract, Duration(one), Duration(other)) => within(one.checked_sub(*other), in_durations, Duration),
        _ => None,
    }
}
