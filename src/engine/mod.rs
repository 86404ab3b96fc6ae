//! Context in, decision out.
pub mod visit;
pub use visit::{Identity, Signals, Value, Visit};
