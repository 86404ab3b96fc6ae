//! `pkg-config/npm/arrival.js` reads a visitor from the page that is shown, and asks this for what it needs.
//!
//! Takes positions and texts; gives where a page has an attribute's value, and what the visitor who was met permits. It reads nothing of a
//! page itself: no header, no cookie, no query.

use alloc::string::String;

use super::engine::Engine;
use crate::bundle::manifest::From;
use crate::page;
use crate::words::{Source, Unit};

impl Engine {
    /// The purposes that the visitor permits, as bits. The ninth bit says whether decisions may draw by the device's id.
    pub(super) fn granted(&mut self) -> u32 {
        let permitted = self.seat.visitor.permitted();
        permitted.map_or(0, |permitted| {
            let grants = permitted.grants();
            u32::from(grants.granted().bits()) | u32::from(grants.allows_unit(Unit::Visitor)) << 8
        })
    }

    /// The attribute at this position, as a number; -1 past the last. The lowest three bits are its type, and the next four its place. One bit
    /// each says that it is of the device, that it is sensitive, and that it may be only so old. Its purposes begin at the 16th bit.
    pub(super) fn attribute(&mut self, position: usize) -> i32 {
        self.bundle.program().attribute(position).map_or(-1, |entry| {
            let place = match entry.from {
                From::Host | From::Feed(_) => 0,
                From::Country => 1,
                From::Region => 2,
                From::Language => 3,
                From::Device => 4,
                From::Path => 5,
                From::Paths(_) => 6,
                From::Header(_) => 7,
                From::Query(_) => 8,
                From::Cookie(_) => 9,
            };
            entry.value_type() as i32
                | place << 3
                | i32::from(entry.source() == Source::Device) << 7
                | i32::from(entry.sensitive) << 8
                | i32::from(entry.retention_seconds.is_some()) << 9
                | i32::from(entry.purposes) << 16
        })
    }

    /// The value that an attribute has on the page at `path`.
    pub(super) fn path_value(&self, attribute: usize, path: &str) -> Option<String> {
        match &self.bundle.program().attribute(attribute)?.from {
            From::Paths(patterns) => {
                let found = patterns.iter().find(|(pattern, _)| page::matches(pattern, path));
                found.map(|(_, value)| value.clone())
            }
            _ => None,
        }
    }

    /// True if the site has a locale for this tag, or says where to fall back to.
    pub(super) fn locale(&self, tag: &str) -> bool {
        page::is_known(tag, self.bundle.program().manifest())
    }

    /// The visitor who was met looks at the page.
    pub(super) fn shown(&mut self) {
        self.seat.is_shown = true;
    }
}
