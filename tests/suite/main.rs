//! One binary for every test that goes through the public API.
#![cfg(feature = "cli")]

mod bundle;
mod engine;
mod intake;
mod model;
mod sites;
mod trust;
