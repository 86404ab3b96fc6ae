//! JSON, written as it is found.
//!
//! Names and texts are ours or checked letters, so nothing has to be escaped.

use alloc::string::String;
use core::fmt::{Display, Write as _};

use crate::consent::bits::{Flags, Ids};
use crate::words::time::format_rfc3339;
use crate::words::write_number;

pub(super) struct Json<'o> {
    out: &'o mut String,
}

impl<'o> Json<'o> {
    pub(super) fn new(out: &'o mut String) -> Self {
        Self { out }
    }

    /// A value in brackets; what is in them is written by `inside`.
    pub(super) fn within(&mut self, brackets: [char; 2], inside: impl FnOnce(&mut Self)) {
        self.out.push(brackets[0]);
        inside(self);
        self.out.push(brackets[1]);
    }

    /// The text before the next value of a list, or before the next name.
    pub(super) fn next(&mut self) {
        if !self.out.ends_with(['{', '[']) {
            self.out.push(',');
        }
    }

    pub(super) fn name(&mut self, name: &str) {
        self.next();
        self.text(name);
        self.out.push(':');
    }

    /// A number, `true`, `false` or `null`.
    pub(super) fn plain(&mut self, value: impl Display) {
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{value}");
    }

    pub(super) fn text(&mut self, text: &str) {
        self.out.extend(["\"", text, "\""]);
    }

    pub(super) fn field(&mut self, name: &str, value: impl Display) {
        self.name(name);
        self.plain(value);
    }

    pub(super) fn text_field(&mut self, name: &str, text: &str) {
        self.name(name);
        self.text(text);
    }

    /// A moment, to the millisecond as JavaScript writes it.
    pub(super) fn moment(&mut self, name: &str, ms: i64) {
        let text = format_rfc3339(ms);
        let (to_seconds, rest) = text.split_at(text.len().min(19));
        self.name(name);
        self.out.extend(["\"", to_seconds, if rest == "Z" { ".000Z" } else { rest }, "\""]);
    }

    pub(super) fn list<T>(&mut self, name: &str, items: impl Iterator<Item = T>, each: impl Fn(&mut Self, T)) {
        self.name(name);
        self.within(['[', ']'], |json| {
            for item in items {
                json.next();
                each(json, item);
            }
        });
    }

    pub(super) fn flags(&mut self, name: &str, flags: Flags) {
        self.list(name, flags.iter(), |json, id| json.plain(id));
    }

    /// A small set as `count` truth values.
    pub(super) fn truths(&mut self, name: &str, flags: Flags, count: u8) {
        self.list(name, 1..=count, |json, id| json.plain(flags.has(id)));
    }

    /// The ids of sets together, ascending.
    pub(super) fn ids<'t>(&mut self, name: &str, sets: impl Iterator<Item = Ids<'t>>) {
        let mut seen = [0_u64; 1 << 10];
        for (first, last) in sets.flat_map(|set| set.runs()) {
            let (from, to) = (usize::from(first / 64), usize::from(last / 64));
            // Word by word: a hostile string has a thousand ranges of all ids.
            for (at, word) in seen.iter_mut().enumerate().take(to + 1).skip(from) {
                let above = if at == from { u64::MAX << (first % 64) } else { u64::MAX };
                let below = if at == to { u64::MAX >> (63 - last % 64) } else { u64::MAX };
                *word |= above & below;
            }
        }
        self.name(name);
        self.within(['[', ']'], |json| {
            for (at, word) in seen.iter().enumerate() {
                let mut left = *word;
                while left != 0 {
                    json.next();
                    // Without the machinery of formatting, as most of the output is lists of vendors.
                    write_number(json.out, at as u32 * 64 + left.trailing_zeros());
                    left &= left - 1;
                }
            }
        });
    }
}
