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

    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
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

macro_rules! operators {
    ($($name:ident { $($member:ident = $operator:ident),+ })+) => { $(
        impl $name {
            pub(crate) const fn operator(self) -> Operator {
                match self { $(Self::$member => Operator::$operator),+ }
            }
        }
    )+ };
}

operators! {
    Arithmetic { Add = Add, Subtract = Subtract, Multiply = Multiply, Divide = Divide, Modulo = Modulo }
    TextTest { StartsWith = StartsWith, EndsWith = EndsWith, Contains = Contains, Glob = Glob }
    Quantifier { All = All, Exists = Exists, ExistsOne = ExistsOne }
    Form { Semver = IsSemver, Ip = IsIp }
    Case { Lower = Lower, Upper = Upper }
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
