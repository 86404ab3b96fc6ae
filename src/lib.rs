//! Selvedge personalizes web pages at the edge of the network and in the browser, using only the data each visitor
//! agreed to.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod apply;
#[cfg(feature = "author")]
pub mod author;
pub mod bundle;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "author")]
pub mod compile;
pub mod consent;
#[cfg(all(feature = "edge", target_arch = "wasm32"))]
pub mod edge;
pub mod engine;
pub mod intake;
pub mod sync;
pub mod time;
pub mod trust;
