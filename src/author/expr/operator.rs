//! The operators of rows, and how a program says each of them.

use super::Network;
use crate::bundle::Operator;
use crate::words::vocabulary;

vocabulary! {
    /// `== != < <= > >=`
    Comparison {
        /// `==`
        Equal = "==",
        /// `!=`
        NotEqual = "!=",
        /// `<`
        Less = "<",
        /// `<=`
        LessOrEqual = "<=",
        /// `>`
        Greater = ">",
        /// `>=`
        GreaterOrEqual = ">=",
    }
}

impl Comparison {
    /// The operator, whether its sides are swapped, and whether it is inverted. Every comparison is built from `==`, `<` and
    /// `<=`.
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

macro_rules! operators {
    ($($(#[$meta:meta])* $name:ident { $($member:ident = $operator:ident),+ })+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $(#[doc = concat!("[`Operator::", stringify!($operator), "`]")] $member),+ }

        impl $name {
            pub(crate) const fn operator(self) -> Operator {
                match self { $(Self::$member => Operator::$operator),+ }
            }

            pub(super) const fn name(self) -> &'static str {
                self.operator().name()
            }

            pub(super) fn from_name(name: &str) -> Option<Self> {
                [$(Self::$member),+].into_iter().find(|member| member.name() == name)
            }
        }
    )+ };
}

operators! {
    /// `+ - * / %`
    Arithmetic { Add = Add, Subtract = Subtract, Multiply = Multiply, Divide = Divide, Modulo = Modulo }
    /// `-x`, `int(x)`, `double(x)`, `semver(text)`, `ip(text)`. `int` cuts a double toward zero, and gives a time in seconds since
    /// 1970. A result out of range is unknown, and so is a text that is no version or address.
    Unary { Negate = Negate, ToInt = ToInt, ToDouble = ToDouble, Version = Version, Ip = Ip }
    /// The text functions. In a pattern of `glob`, `*` is any run of characters, as in the page patterns of slots.
    TextTest { StartsWith = StartsWith, EndsWith = EndsWith, Contains = Contains, Glob = Glob }
    /// How many items a body must hold for.
    Quantifier { All = All, Exists = Exists, ExistsOne = ExistsOne }
    /// The form of a text: a strict semantic version, as semver.org defines it, or an IPv4 or IPv6 address.
    Form { Semver = IsSemver, Ip = IsIp }
    /// A case of ASCII letters.
    Case { Lower = Lower, Upper = Upper }
}

impl Quantifier {
    /// The quantifier with this name in one of CEL's libraries.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::from_name(if name == "existsOne" { "exists_one" } else { name })
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
