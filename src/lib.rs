//! Selvedge personalizes web pages at the edge of the network and in the browser, using only the data each visitor
//! agreed to.
//!
//! # Architecture
//!
//! The folders are the pipeline, in order. Follow a visitor's data through them, or an author's file:
//!
//! ```text
//! author files ─ author ─ compile ─ bundle ─ sign ─┐                   build time: may be slow, finds every fault
//!   (TOML + HTML in git)                           │ publish
//!                                                  ▼
//!       sync ─ trust ──────────► page: begin ─► chunks ─► finish      at the edge and in the browser: never fails
//!                                 │  settle consent → visit → permit → decide → edits
//!  host: request, clock, dice ────┘                         │
//!                                                           └─► changes, data block, headers, cookies, log lines ─► host
//! ```
//!
//! | module | takes | gives | never |
//! |---|---|---|---|
//! | [`author`] | what people write | a checked site, or every fault of every file; proofs about its conditions | decides for a visitor |
//! | [`compile`] | a checked site | bundle bytes, the same for the same site | fails |
//! | [`bundle`] | bytes that [`trust`] vouches for | a checked, borrowed view | decodes a rule |
//! | [`trust`] | root, head, payloads, answers to its jobs | [`Verified`](trust::Verified) payloads, or a reason | does cryptography or I/O itself |
//! | [`words`] | nothing | the vocabulary: purposes, reasons, the visit, how texts and numbers are written | imports another room |
//! | [`sync`] | outcomes and the time | which file to ask for, when | does I/O |
//! | [`consent`] | signals, region, time | [`Grants`](consent::Grants) | guesses: silence falls to the region's law |
//! | [`engine`] | a [`Permitted`](engine::Permitted) context | decisions with reasons | fails, or reads what is hidden |
//! | [`page`] | a request, later the content that it asked for | the answer: changes, data block, headers, cookies, log lines | parses a cookie before permission that is not about consent |
//! | [`log`] | decisions, events | lines and audit records as values, as far as each kind may be written | shows a value of the visit |
//! | [`explain`] | a decision, and the names and rows behind its rules | why, and why not, as plain data and sentences | reads what the decision may not read |
//! | `measure` | counts and sums of each arm | numbers with their intervals, a verdict, or why neither can be told | reads a log, or rolls dice |
//! | [`report`] | a site, its bundle, visits | what they mean, as plain data | prints |
//! | `edge` | Cloudflare's `Request` | the rewritten `Response` | is imported by anything |
//! | `browser` | JavaScript objects | decisions and edits for the SDK | is imported by anything |
//! | `cli` | files, clock, terminal, sockets | the `selvedge` command | is imported by anything |
//!
//! Two types make the wrong thing impossible to write. The engine only reads a [`Permitted`](engine::Permitted), and only
//! [`permit`](engine::permit) makes one: consent is part of evaluation, not a check in front of it. The bundle reader only
//! reads [`Verified`](trust::Verified) bytes, and only a hash in a signed release makes them. In a page the SDK's `trust.js` does what
//! [`trust`] does, and is the only caller of the door that takes verified bytes.
//!
//! # Never here
//!
//! - In the core (everything but `author`, `compile`, `explain`, `measure`, `report`, `edge`, `browser`, `cli`): a clock, randomness, a file, a socket, `unsafe`, `std`. All
//!   of it comes as arguments; effects go out as values.
//! - A feature that changes a decision. Features add doors (`cli`, `edge`, `browser`); every door gives the same bytes for the
//!   same visit, checked by shared vectors.
//! - A float in a bucket, a time without a zone, a page that breaks because of us.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::todo)
)]

extern crate alloc;

#[cfg(feature = "author")]
pub mod author;
#[cfg(all(feature = "browser", target_arch = "wasm32"))]
pub mod browser;
pub mod bundle;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "author")]
pub mod compile;
pub mod consent;
#[cfg(all(feature = "edge", target_arch = "wasm32"))]
pub mod edge;
pub mod engine;
#[cfg(feature = "author")]
pub mod explain;
pub mod log;
#[cfg(feature = "cli")]
pub mod measure;
pub mod page;
#[cfg(feature = "author")]
pub mod report;
pub mod sync;
pub mod trust;
pub mod words;
