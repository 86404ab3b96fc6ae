//! One page: a request in, everything that a host does because of it out. The same for every host.
//!
//! Start with [`begin`] and [`Begun::finish`]: the two steps of a page, around the content that a host fetches between them.
//!
//! ```text
//! begin   request ─► arrive: settle consent, read the visit ─► permit ─► decide ─► edits ─► the chunks they need
//! finish  chunks ──► changes, data block, headers, cookies, log lines, audit record
//! ```
//!
//! A host finds the elements of the slots, and a [`Passage`] changes them in the bytes of the page as it passes. Beacons
//! that a page sends later come to [`receive`]. Nothing here knows a type of a host's requests, and nothing here touches a
//! document.

#![forbid(unsafe_code)]

mod arrive;
mod beacon;
mod before;
mod begin;
mod block;
mod client;
mod contact;
mod cookies;
mod edit;
mod element;
mod ending;
mod escape;
mod extent;
mod finish;
mod headers;
mod journey;
mod kinds;
mod nest;
mod number;
mod passage;
mod pattern;
mod platforms;
mod request;
mod state;
mod tags;

pub use arrive::{Arrival, CONSENT_SECONDS, ID_COOKIE, ID_SECONDS_MAX, STATE_COOKIE, STATE_SECONDS, arrive, is_id};
pub use beacon::receive;
pub use begin::{Asked, Begun, Scratch, Who, begin};
pub use block::{BLOCK_ID, Deployment, static_block};
pub use client::is_known;
pub use contact::{CONTACT_COOKIE, contact_cookie, contact_memory, contact_of, dismissed};
pub use cookies::SetCookie;
pub use edit::{Edit, fits, slots_at, wanted};
pub use element::{HTML_NAMESPACE, SlotChange, refused};
pub use escape::{escape_attribute, escape_text};
pub use finish::{Answer, Change, Host, Recording};
pub use headers::{
    CACHE_CONTROL, Encoding, VARY, asks_for_page, begins_like_page, cache_control, is_from, is_page, is_replaced,
};
pub use journey::{Course, JOURNEY_COOKIE, Pins, join};
pub use passage::Passage;
pub use pattern::{matches, normal_path, without_dots};
pub use request::{AccountFrom, Person, Request, country_of};
