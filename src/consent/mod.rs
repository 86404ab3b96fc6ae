//! Signals and regimes in, grants out.
pub mod table;
