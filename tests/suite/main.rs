//! One binary for every test that goes through the public API.
#![cfg(feature = "cli")]

mod trust;
