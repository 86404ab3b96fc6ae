//! The command line: the only code that owns a terminal.
pub mod render;
