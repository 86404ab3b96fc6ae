//! The binary: all file, clock, terminal and socket I/O.

pub mod keys;
pub mod publish;
pub mod render;
