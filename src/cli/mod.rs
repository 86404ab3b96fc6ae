//! The binary: all file, clock, terminal and socket I/O is here.

pub mod keys;
pub mod publish;
