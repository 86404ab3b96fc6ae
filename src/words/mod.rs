//! The vocabulary that every room shares: purposes and reasons, the visit, and how texts, numbers and digests are written.
//!
//! Start with [`Purpose`] and [`Visit`]. This room imports nothing of Selvedge, so that each other room can import it.

#![forbid(unsafe_code)]

pub mod base64;
pub(crate) mod bytes;
mod choice;
mod fault;
mod hex;
mod json;
mod limits;
mod map;
mod purposes;
pub(crate) mod record;
pub(crate) mod sha256;
mod signals;
mod splitmix;
pub mod time;
pub mod visit;
mod vocabulary;

pub use choice::{Choice, PARENT};
pub use fault::Fault;
pub(crate) use fault::{check, fault, other_format};
pub use hex::{hex, parse_hex, write_hex};
pub use json::{write_number, write_text};
pub use limits::*;
pub use map::Map;
pub use purposes::Purposes;
pub use signals::{Signal, Signals};
pub use splitmix::splitmix;
#[cfg(feature = "author")]
pub use visit::Recalled;
pub use visit::{Contact, Identity, Instant, Link, PurposeKey, Revoked, Value, Visit};
pub(crate) use vocabulary::vocabulary;
pub use vocabulary::{
    Action, Age, Barred, Cause, Change, ContactClass, Depth, Detail, Purpose, Reason, Source, Unit, ValueType,
    WhenStale,
};
