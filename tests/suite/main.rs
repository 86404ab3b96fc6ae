//! The integration tests: one binary, a module per part of the product.
#![cfg(feature = "cli")]

mod hostile;
mod site;
mod ui;
