//! One binary for every test that goes through the public API.
#![cfg(feature = "cli")]

mod hostile;
mod site;
mod trust;
mod ui;
