//! How a row's words are said in a program: the operator of each.

use super::{Arithmetic, Case, Comparison, Form, Network, Quantifier, TextTest};
use crate::bundle::Operator;

impl Comparison {
    /// The operator, whether its sides trade places, and whether it is inverted: everything is said with `==`, `<` and `<=`.
    pub(crate) const fn operator(self) -> (Operator, bool, bool) {
        match self {
            Self::Equal => (Operator::Equal, false, false),
            Self::NotEqual => (Operator::Equal, false, true),
            Self::Less => (Operator::Less, false, false),
            Self::LessOrEqual => (Operator::LessOrEqual, false, false),
            Self::Greater => (Operator::Less, true, false),
            Self::GreaterOrEqual => (Operator::LessOrEqual, true, false),
        }
    }

    /// The comparison with its sides swapped.
    pub(super) const fn mirrored(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

impl Arithmetic {
    pub(crate) const fn operator(self) -> Operator {
        match self {
            Self::Add => Operator::Add,
            Self::Subtract => Operator::Subtract,
            Self::Multiply => Operator::Multiply,
            Self::Divide => Operator::Divide,
            Self::Modulo => Operator::Modulo,
        }
    }
}

impl TextTest {
    pub(crate) const fn operator(self) -> Operator {
        match self {
            Self::StartsWith => Operator::StartsWith,
            Self::EndsWith => Operator::EndsWith,
            Self::Contains => Operator::Contains,
            Self::Glob => Operator::Glob,
        }
    }
}

impl Quantifier {
    pub(crate) const fn operator(self) -> Operator {
        match self {
            Self::All => Operator::All,
            Self::Exists => Operator::Exists,
            Self::ExistsOne => Operator::ExistsOne,
        }
    }
}

impl Form {
    pub(crate) const fn operator(self) -> Operator {
        match self {
            Self::Semver => Operator::IsSemver,
            Self::Ip => Operator::IsIp,
        }
    }
}

impl Case {
    pub(crate) const fn operator(self) -> Operator {
        match self {
            Self::Lower => Operator::Lower,
            Self::Upper => Operator::Upper,
        }
    }
}

impl Network {
    /// Its first address and its prefix as a program has them: version 4 stands in the place that version 6 maps it to.
    pub(crate) const fn bits(self) -> (u128, u8) {
        match self.address {
            std::net::IpAddr::V4(four) => (four.to_ipv6_mapped().to_bits(), self.prefix.saturating_add(96)),
            std::net::IpAddr::V6(six) => (six.to_bits(), self.prefix),
        }
    }
}
