//! What any bytes may do to us: nothing.
//!
//! Each target takes bytes, reads them as something that comes from outside, and follows it as far as a host would. It never
//! returns anything: a panic, a wrong promise or a run without end is the finding. The same functions run over the kept corpus in
//! the ordinary tests.

pub mod consent;
mod ground;
pub mod index;
mod patch;
pub mod program;
pub mod request;
pub mod row;
pub mod site;
pub mod trust;
pub mod visit;

/// What is done with the bytes of an input.
pub type Run = fn(&[u8]);

/// Every target by the name of its corpus.
pub const TARGETS: [(&str, Run); 8] = [
    ("row", row::run),
    ("site", site::run),
    ("program", program::run),
    ("index", index::run),
    ("trust", trust::run),
    ("visit", visit::run),
    ("request", request::run),
    ("consent", consent::run),
];
