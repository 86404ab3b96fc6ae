//! Plain words for the closed vocabularies: purposes, ages, depths, laws, permissions and cache policies.

use crate::consent::Basis;
use crate::consent::platforms::Platform;
use crate::consent::table::Model;
use crate::engine::CachePolicy;
use crate::words::{Age, Depth, Purpose, Signal};

/// Somebody without a file.
pub const FIRST_VISIT: &str = "Was never here before, and has not been asked anything.";

/// What a purpose is for, where the site has no sentence of its own.
pub fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Necessary => "What the visitor asked for",
        Purpose::Contextual => "Choosing content from the request itself",
        Purpose::Functional => "Remembering how the visitor wants the site",
        Purpose::Analytics => "Measuring how the site is used",
        Purpose::Personalization => "Choosing content from what is known of the visitor",
        Purpose::Advertising => "Choosing or measuring advertising",
        Purpose::Sensitive => "Health, belief and other special data",
        Purpose::Storage => "Reading from and writing to the device",
    }
}

/// How old the visitor is, as far as the site was told.
pub fn age(age: Option<Age>, child_directed: bool) -> &'static str {
    match age {
        Some(Age::Child) if child_directed => "a child, as the site is made for children",
        Some(Age::Child) => "known to be a child",
        Some(Age::Teen) => "known to be in their teens",
        Some(Age::Adult) => "known to be of age",
        None => "not known: the law for adults holds",
    }
}

/// How personal decisions may be at most.
pub fn depth(depth: Depth) -> &'static str {
    match depth {
        Depth::None => "nothing about the visit is read",
        Depth::Contextual => "only the request itself is read",
        Depth::Declared => "also what the visitor told the site is read",
        Depth::Behavioural => "also what the visitor did is read",
        Depth::Inferred => "also what was concluded about the visitor is read",
        Depth::Sensitive => "no limit beside consent",
    }
}

/// What the law of the region says of a purpose.
pub fn model(model: Model) -> &'static str {
    match model {
        Model::Exempt => "no consent needed",
        Model::Notice => "notice, may object",
        Model::OptOut => "opt-out",
        Model::OptIn => "opt-in",
        Model::OptInExplicit => "opt-in by name",
        Model::StrictlyRequired => "only what was asked for",
        Model::Prohibited => "never",
    }
}

/// What the law of the region says of a purpose for visitors of this age.
pub fn age_model(model: Model) -> &'static str {
    match model {
        Model::OptInExplicit => "a parent’s permission, at this age",
        Model::Prohibited => "never, at this age",
        _ => "opt-in, at this age",
    }
}

/// Where a permission, or its absence, comes from.
pub fn basis(basis: Basis, granted: bool) -> String {
    let words = match (basis, granted) {
        (Basis::Regime, true) => "allowed by law",
        (Basis::Regime, false) => "nobody agreed",
        (Basis::Call, true) => "agreed, on this site",
        (Basis::Call, false) => "denied, on this site",
        (Basis::Cookie, true) => "agreed, in the consent cookie",
        (Basis::Cookie, false) => "denied, in the consent cookie",
        (Basis::Gpc, _) => "switched off by Global Privacy Control",
        (Basis::Signal(Signal::Usp), _) => "opted out, in the US Privacy string",
        (Basis::Signal(signal), true) => return format!("agreed, in {}", place(signal)),
        (Basis::Signal(signal), false) => return format!("denied, in {}", place(signal)),
        (Basis::Malformed(signal), _) => return format!("denied: {} cannot be read", place(signal)),
        (Basis::Revoked, _) => "withdrawn on another device",
        (Basis::Minor, _) => "withheld, as the visitor is not of age",
        (Basis::Expired, true) => "allowed by law; what was agreed is too old to count",
        (Basis::Expired, false) => "agreed too long ago to count",
        (Basis::MalformedCookie, _) => "denied: the consent cookie cannot be read",
    };
    words.to_owned()
}

fn place(signal: Signal) -> &'static str {
    match signal {
        Signal::Tcf => "the TC string",
        Signal::Gpp => "the GPP string",
        Signal::Usp => "the US Privacy string",
        _ => Platform::of(signal).map_or("a consent signal", |platform| platform.about.place),
    }
}

/// How far a page may be cached, and why.
pub fn cache(policy: CachePolicy) -> &'static str {
    match policy {
        CachePolicy::Origin => "nothing of the visit was read",
        CachePolicy::Revalidate => "only the request was read: this browser may keep it, and asks again",
        CachePolicy::NoStore => "the visitor’s own data was read, or an arm drawn: nobody keeps it",
    }
}
