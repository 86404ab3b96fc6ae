//! Reads the cookies of consent platforms, and Google's consent mode. Each has its own file, and its row in [`PLATFORMS`].
//! Takes a cookie's value as it stands in the header, and the site's table of groups, gives a statement. A group that the
//! table does not name, and a value that is no choice of the visitor, count as no answer. A value that cannot be read
//! denies. Usercentrics keeps its answers where no server sees them, so the browser's bridge passes them on as purposes.
//!
//! A new platform is a row of [`Signal`], a file here with its row below, a table in `signals.toml`, and a function in
//! `pkg-config/npm/cmp.js` that listens to it on pages.

mod cookiebot;
mod days;
mod didomi;
pub mod google;
mod onetrust;
mod pairs;
mod tally;
#[cfg(all(test, feature = "author"))]
mod tests;
mod text;

use alloc::string::{String, ToString};
#[cfg(feature = "author")]
use alloc::vec::Vec;

use super::bits::{Malformed, STRING_BYTES_MAX};
use super::statement::Statement;
use crate::words::record::record;
use crate::words::{Map, Purposes, Signal};
use tally::Tally;

/// Every platform.
pub static PLATFORMS: [&Platform; 4] =
    [&onetrust::PLATFORM, &cookiebot::PLATFORM, &didomi::PLATFORM, &google::PLATFORM];

/// A consent platform.
#[derive(Debug)]
pub struct Platform {
    /// Its signal.
    pub signal: Signal,
    /// The cookie with the moment of the choice, if the first one does not have it.
    pub chosen_cookie: Option<&'static str>,
    /// The cookie that replaces the first one on newer sites, in another format. The first one is out of date beside it.
    pub newer_cookie: Option<&'static str>,
    /// True if its groups are the site's own, so that who agrees to one agrees by name.
    pub is_by_name: bool,
    /// Reads an answer.
    pub read: fn(&Answer<'_>, &[Group]) -> Statement,
    /// The texts about it, for people and tools.
    #[cfg(feature = "author")]
    pub about: About,
}

/// The texts about a platform, for people and tools.
#[cfg(feature = "author")]
#[derive(Debug)]
pub struct About {
    /// Its name, and the name of its cookie.
    pub name: &'static str,
    /// The place of the visitor's answer, in the middle of a sentence.
    pub place: &'static str,
    /// The description of its table in `consent.toml`.
    pub table: &'static str,
    /// Other rules of how it is read.
    pub note: &'static str,
    /// The names of its groups where they are the same on every site.
    pub parts: Option<fn() -> Vec<&'static str>>,
    /// How the platform writes an answer. `None` for one that no text holds.
    pub write: Option<Write>,
}

/// Writes an answer as a platform does: for each group whether it is on, and whether there is something unusual about it.
pub type Write = fn(&[(&str, bool)], bool) -> String;

impl Platform {
    /// The platform of a signal; `None` for those of standards, whose parts have a meaning of their own.
    #[inline(never)] // Four places call it.
    pub fn of(signal: Signal) -> Option<&'static Self> {
        PLATFORMS.iter().find(|platform| platform.signal == signal).copied()
    }
}

/// The values that arrived from a platform.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The value of its cookie.
    pub text: &'a str,
    /// The value of its [second one](Platform::chosen_cookie).
    pub chosen: Option<&'a str>,
    /// Types of Google Consent Mode.
    pub types: &'a Map<String, String>,
}

record! {
    /// A group of a consent platform, and the purposes that it stands for.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Group {
        /// Its name with the platform.
        pub name: String,
        /// The purposes, as bits, that need it; a purpose that needs several groups needs all of them.
        pub purposes: u8,
    }
}

impl Group {
    /// A group with the purposes that need it.
    pub fn new(name: &str, purposes: Purposes) -> Self {
        Self { name: name.to_string(), purposes: purposes.bits() }
    }
}

/// The facts of a value beside its groups.
#[derive(Clone, Copy, Default)]
struct Choice {
    /// True if a group that is on was chosen by the visitor. A group that is off stays off in any case.
    is_made: bool,
    /// True if the answer lists every group that the visitor was asked about.
    is_whole: bool,
    /// True if the visitor answered any group, of the site's map or not.
    is_answered: bool,
    /// The day of that, where the value has it.
    day: Option<u32>,
}

fn whole(value: &str, groups: &[Group], read: fn(&[u8], &mut Tally<'_>) -> Result<Choice, Malformed>) -> Statement {
    if value.len() > STRING_BYTES_MAX {
        return Malformed::TooLong.into();
    }
    let mut tally = Tally::new(groups);
    let choice = read(value.as_bytes(), &mut tally);
    choice.map_or_else(|malformed| Statement { gpc: tally.gpc, ..malformed.into() }, |choice| tally.statement(choice))
}

/// The written form of each group, joined by commas.
#[cfg(feature = "author")]
fn listed(groups: &[(&str, bool)], write: fn(&str, bool) -> String) -> String {
    groups.iter().map(|(name, is_on)| write(name, *is_on)).collect::<Vec<_>>().join(",")
}
