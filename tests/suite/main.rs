//! One binary for every test that goes through the public API.
#![cfg(feature = "cli")]

mod allocations;
mod audit;
mod bundle;
mod cel;
mod command;
mod engine;
mod explain;
mod expression;
mod format;
mod fuzz;
mod hostile;
mod intake;
mod model;
mod prove;
mod report;
mod site;
mod sites;
mod trust;
mod ui;
