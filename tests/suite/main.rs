//! One binary for every test that goes through the public API.
#![cfg(feature = "cli")]

mod allocations;
mod bundle;
mod command;
mod engine;
mod hostile;
mod intake;
mod model;
mod site;
mod sites;
mod trust;
mod ui;
