//! Plain words for the closed vocabularies: purposes, ages, depths, laws, permissions and cache policies.

use crate::consent::Basis;
use crate::consent::platforms::Platform;
use crate::consent::table::Model;
use crate::engine::CachePolicy;
use crate::words::{Age, Depth, Purpose, Signal};

/// A visitor without a file.
pub const FIRST_VISIT: &str = "Has never visited, and was not asked for consent.";

/// The use of a purpose, if the site has no sentence of its own.
pub fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Necessary => "Providing the service that the visitor asked for",
        Purpose::Contextual => "Choosing content from the request itself",
        Purpose::Functional => "Remembering the visitor’s settings",
        Purpose::Analytics => "Measuring how the site is used",
        Purpose::Personalization => "Choosing content from data about the visitor",
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
        Some(Age::Teen) => "known to be a teenager",
        Some(Age::Adult) => "known to be an adult",
        None => "not known: the law for adults applies",
    }
}

/// How personal decisions may be at most.
pub fn depth(depth: Depth) -> &'static str {
    match depth {
        Depth::None => "no data of the visit is read",
        Depth::Contextual => "only the request itself is read",
        Depth::Declared => "data that the visitor gave the site is read too",
        Depth::Behavioural => "data about the visitor’s behaviour is read too",
        Depth::Inferred => "conclusions about the visitor are read too",
        Depth::Sensitive => "only consent limits the data",
    }
}

/// The law of the region about a purpose.
pub fn model(model: Model) -> &'static str {
    match model {
        Model::Exempt => "no consent needed",
        Model::Notice => "notice, may object",
        Model::OptOut => "opt-out",
        Model::OptIn => "opt-in",
        Model::OptInExplicit => "opt-in for exactly this",
        Model::StrictlyRequired => "only what the visitor asked for",
        Model::Prohibited => "never",
    }
}

/// The law of the region about a purpose, for visitors of this age.
pub fn age_model(model: Model) -> &'static str {
    match model {
        Model::OptInExplicit => "a parent’s permission, at this age",
        Model::Prohibited => "never, at this age",
        _ => "opt-in, at this age",
    }
}

/// The source of a permission, or of its absence.
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
        (Basis::Minor, _) => "not allowed at the visitor’s age",
        (Basis::Expired, true) => "allowed by law; the visitor’s consent is too old to count",
        (Basis::Expired, false) => "the visitor’s consent is too old to count",
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
        CachePolicy::Origin => "no data of the visit was read",
        CachePolicy::Revalidate => "only the request was read: this browser may keep the page, and checks it each time",
        CachePolicy::NoStore => {
            "the visitor’s data was read, or an arm drawn: no browser and no cache may keep the page"
        }
    }
}
