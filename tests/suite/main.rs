//! One binary for every test that goes through the public API.
#![cfg(feature = "cli")]

mod allocations;
mod audit;
mod bundle;
mod cel;
mod classified;
mod command;
mod conflicts;
mod consent;
mod documentation;
mod draws;
mod engine;
mod events;
mod explain;
mod expression;
mod format;
mod fuzz;
mod golden;
mod help;
mod hostile;
mod intake;
mod interference;
mod keys;
mod model;
mod passage;
mod prove;
mod records;
mod register;
mod releases;
mod report;
mod revoke;
mod rooms;
mod site;
mod sites;
mod trust;
mod ui;
