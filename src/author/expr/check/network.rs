//! IP addresses and ranges, by the names of CEL's network library.

use std::net::{IpAddr, Ipv6Addr};

use super::{
    BAD_CONSTANT, Checked, Checker, Condition, Expr, Finding, Form, Function, Kind, Literal, Network, Part, REFUSED,
    TYPE_MISMATCH, Term, Type, Unary, Zone, error, fold, quote,
};
use crate::engine::expression::value::Value;

/// The kinds of addresses that have a function, and their ranges.
const KINDS: &[(&str, &[&str])] = &[
    ("isLoopback", &["127.0.0.0/8", "::1/128"]),
    ("isUnspecified", &["0.0.0.0/32", "::/128"]),
    ("isLinkLocalUnicast", &["169.254.0.0/16", "fe80::/10"]),
];

const WRITE_CIDR: &str = "write it as in cidr(\"10.0.0.0/8\")";

/// True if an address has a function of this name.
pub(super) fn is_kind(name: &str) -> bool {
    KINDS.iter().any(|(kind, _)| *kind == name)
}

impl Checker<'_, '_> {
    /// `ip(text)` and `isIP(text)`
    pub(super) fn ip(&mut self, whole: &Expr, function: &Function, argument: &Expr) -> Option<Checked> {
        let term = self.text_argument(whole, function, argument)?;
        if let Some(form) = Form::from_name(&function.name) {
            return Some(Checked::folded(Condition::Form(form, term)));
        }
        if let Term::Literal(Literal::Text(text)) = &term
            && address(text).is_none()
        {
            let what = format!("{} is not an IP address", quote(text));
            let finding = error(BAD_CONSTANT, &argument.span, what);
            return self.fail(match text.split_once('/') {
                Some(_) => finding.help("a range is written `cidr(\"…\").containsIP(address)`"),
                None => finding.help("write an IPv4 or IPv6 address without zone or port, as in \"192.0.2.1\""),
            });
        }
        Some(Checked::Value(Term::Unary(Unary::from_name(&function.name)?, Box::new(term)), Type::Ip))
    }

    /// `ip(x).family()`, `ip(x).isLoopback()`
    pub(super) fn ip_part(&mut self, whole: &Expr, target: &Expr, function: &Function) -> Option<Checked> {
        let says = format!(", and {}() needs an IP address", function.name);
        let term = match self.operand(whole, target)? {
            Checked::Value(term, Type::Ip) => term,
            text @ Checked::Value(_, Type::Text(_)) => {
                let finding = self.unfit(target, &text, &says).help("read the text as an address with ip()");
                return self.fail(finding.mended(format!("ip({})", self.slice(&target.span))));
            }
            other => return self.misfit(target, &other, &says, "write `ip(text)` in front of it"),
        };
        if function.name == "family" {
            return self.settled(whole, fold::term(Term::Part(Part::Family, Zone::Utc, Box::new(term))), Type::Int);
        }
        let ranges = KINDS.iter().find(|(kind, _)| *kind == function.name).map_or(&[][..], |(_, ranges)| ranges);
        let ranges = ranges.iter().filter_map(|range| parse(range));
        let within = ranges.map(|(range, _)| fold::condition(Condition::Within(term.clone(), range)));
        Some(Checked::folded(Condition::Or(within.collect())))
    }

    /// `cidr("…").containsIP(address)`
    pub(super) fn contains_ip(&mut self, whole: &Expr, range: &Expr, argument: &Expr) -> Option<Checked> {
        let network = match &range.kind {
            Kind::Call(None, function, arguments) if function.name == "cidr" => match arguments.as_slice() {
                [Expr { kind: Kind::Text(text), span, .. }] => self.network(text, span)?,
                _ => return self.refuse(&range.span, "the range must be a constant text", WRITE_CIDR),
            },
            Kind::Text(text) => {
                let finding = error(TYPE_MISMATCH, &range.span, "containsIP() needs a range");
                let mended = format!("cidr({})", quote(text));
                return self.fail(finding.help("read the text as a range with cidr()").mended(mended));
            }
            _ => return self.refuse(&range.span, "containsIP() needs a constant range", WRITE_CIDR),
        };
        match self.operand(whole, argument)? {
            Checked::Value(Term::Literal(Literal::Text(text)), _) if address(&text).is_none() => {
                let what = format!("{} is not an IP address", quote(&text));
                self.wrong(BAD_CONSTANT, &argument.span, what, "write one as in \"192.0.2.1\"")
            }
            Checked::Value(term, Type::Ip | Type::Text(_)) => {
                self.guard_term(&term, whole);
                Some(Checked::folded(Condition::Within(term, network)))
            }
            other => self.misfit(argument, &other, ", not an IP address", "use a text or ip(text)"),
        }
    }

    fn network(&mut self, text: &str, span: &std::ops::Range<usize>) -> Option<Network> {
        let Some((range, written)) = parse(text) else {
            let finding = error(BAD_CONSTANT, span, format!("{} is not a range of IP addresses", quote(text)));
            return self.fail(match address(text) {
                Some(one) => {
                    let all = if one.is_ipv4() { 32 } else { 128 };
                    finding.help("write how many leading bits count").mended(quote(&format!("{text}/{all}")))
                }
                None => finding
                    .help("write an address, a slash and a number of bits, as in \"10.0.0.0/8\" or \"2001:db8::/32\""),
            });
        };
        if range.address != written {
            let plain = format!("{}/{}", range.address, range.prefix);
            let what = format!("{} is the range {plain}: only the first {} bits count", quote(text), range.prefix);
            let finding = error(BAD_CONSTANT, span, what).help("write the range in that form").mended(quote(&plain));
            self.report(finding.warning());
        }
        Some(range)
    }

    /// A text that a function reads.
    pub(super) fn text_argument(&mut self, whole: &Expr, function: &Function, argument: &Expr) -> Option<Term> {
        match self.operand(whole, argument)? {
            Checked::Value(term, Type::Text(_)) => {
                self.guard_term(&term, whole);
                Some(term)
            }
            other => {
                let says = format!(", and {}() reads a text", function.name);
                if !matches!(argument.kind, Kind::Int(_) | Kind::Double(_)) {
                    return self.misfit(argument, &other, &says, "give it a text");
                }
                let written = self.slice(&argument.span);
                let version = super::version::meant(written).filter(|_| function.name == "semver");
                let mended = quote(version.as_deref().unwrap_or(written));
                self.fail(self.unfit(argument, &other, &says).help("put a text in quotes").mended(mended))
            }
        }
    }
}

/// Functions of CEL's network library that this profile leaves out.
pub(super) fn left_out(whole: &Expr, name: &str) -> Option<Finding> {
    let help = match name {
        "cidr" => "use the range directly: `cidr(\"10.0.0.0/8\").containsIP(text)`",
        "containsCIDR" | "isCIDR" | "prefixLength" | "masked" => "a range is a constant here, for containsIP() alone",
        "isGlobalUnicast" | "isLinkLocalMulticast" | "isCanonical" | "isPrivate" => {
            "write the ranges that you mean, as in `cidr(\"10.0.0.0/8\").containsIP(text)`"
        }
        _ => return None,
    };
    Some(error(REFUSED, &whole.span, format!("this profile of CEL has no {name}() here")).help(help))
}

/// An address as CEL's network library reads it: no zone, and no IPv4 address in the form of an IPv6 one.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    Value::text(text).address().map(|bits| Ipv6Addr::from_bits(bits).to_canonical())
}

/// The network around an address: the bits past the prefix are zero.
fn network(address: IpAddr, prefix: u8) -> Option<Network> {
    let (bits, prefix_bits) = Network { address, prefix }.bits();
    let kept = bits & !u128::MAX.checked_shr(prefix_bits.into()).unwrap_or(0);
    (prefix_bits <= 128).then(|| Network { address: Ipv6Addr::from_bits(kept).to_canonical(), prefix })
}

/// A range, and the address that it was written with.
fn parse(text: &str) -> Option<(Network, IpAddr)> {
    let (written, prefix) = text.split_once('/')?;
    let written = address(written)?;
    // No sign and no leading zero: as many bits as they look like.
    let plain = prefix.bytes().all(|byte| byte.is_ascii_digit()) && (prefix == "0" || !prefix.starts_with('0'));
    let prefix = prefix.parse().ok().filter(|_| plain)?;
    Some((network(written, prefix)?, written))
}
