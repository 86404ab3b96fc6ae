//! One binary for every test that goes through the public API.
#![cfg(feature = "cli")]

mod bundle;
mod command;
mod engine;
mod hostile;
mod intake;
mod model;
mod prove;
mod site;
mod sites;
mod trust;
mod ui;
