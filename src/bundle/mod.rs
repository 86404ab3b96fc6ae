//! The format: the contract of both sides.
pub mod words;
