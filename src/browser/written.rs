//! A visitor as `pkg-config/npm/desk.js` writes them: by numbers, in a fixed order.
//!
//! Takes bytes, gives what the visitor says, and their attributes one by one. It has no sentence for a fault: what does not fit goes to
//! [`Engine::meet`](super::Engine::meet) by its names. It never trusts a length.
//!
//! ```text
//! u8 purposes granted   u8 purposes denied   u8 gpc   cookie, region, locale, ids from page to account   f64 now
//! (u16 attribute, u8 kind, value)… to the end
//!
//! 1 false   2 true   3 f64   4 text   5 u32 items, texts   6 u16 item of the attribute's closed set
//! ```
//! A text is a `u32` length and its UTF-8. Numbers are little-endian.

use alloc::string::String;
use alloc::vec::Vec;

use crate::bundle::words::{Purpose, Purposes};
use crate::engine::{Given, PurposeKey, Visit};

/// The length of a text that is not there.
const NO_TEXT: u32 = u32::MAX;

/// What is left to read.
pub(super) struct Written<'w>(pub(super) &'w [u8]);

impl<'w> Written<'w> {
    /// Reads what a visitor says apart from attributes, over what the one before said; gives the time.
    pub(super) fn visit(&mut self, visit: &mut Visit) -> Option<i64> {
        let [granted, denied, gpc] = self.array()?;
        let (granted, denied) = (Purposes::from_bits(granted), Purposes::from_bits(denied));
        if visit.grants.is_empty() {
            visit.grants.extend(Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), None)));
        }
        for (purpose, choice) in &mut visit.grants {
            *choice = (granted.has(purpose.0) || denied.has(purpose.0)).then(|| granted.has(purpose.0));
        }
        visit.signals.gpc = gpc == 1;
        let ids = &mut visit.identity;
        for text in [
            &mut visit.signals.cookie,
            &mut visit.region,
            &mut visit.locale,
            &mut ids.page,
            &mut ids.session,
            &mut ids.visitor,
            &mut ids.account,
        ] {
            self.text_over(text)?;
        }
        self.array().map(|now| f64::from_le_bytes(now) as i64)
    }

    /// Hands over every attribute; `None` if the bytes end inside one.
    pub(super) fn attributes(&mut self, each: &mut dyn FnMut(usize, Given<'_>)) -> Option<()> {
        while !self.0.is_empty() {
            let [low, high, kind] = self.array()?;
            let attribute = usize::from(u16::from_le_bytes([low, high]));
            match kind {
                1 | 2 => each(attribute, Given::Bool(kind == 2)),
                3 => each(attribute, Given::number(f64::from_le_bytes(self.array()?))),
                4 => each(attribute, Given::Text(self.text()?)),
                5 => {
                    let count = u32::from_le_bytes(self.array()?);
                    let items: Option<Vec<String>> = (0..count).map(|_| self.text().map(String::from)).collect();
                    each(attribute, Given::List(&items?));
                }
                6 => each(attribute, Given::Member(u16::from_le_bytes(self.array()?))),
                _ => return None,
            }
        }
        Some(())
    }

    fn text_over(&mut self, text: &mut Option<String>) -> Option<()> {
        if self.0.first_chunk() == Some(&NO_TEXT.to_le_bytes()) {
            *text = None;
            return self.take(4).map(drop);
        }
        let text = text.get_or_insert_default();
        text.clear();
        text.push_str(self.text()?);
        Some(())
    }

    fn text(&mut self) -> Option<&'w str> {
        let length = u32::from_le_bytes(self.array()?);
        core::str::from_utf8(self.take(length as usize)?).ok()
    }

    // These two are most of what reading does, and a few instructions: built for size, they would stay calls.
    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    #[inline(always)]
    fn take(&mut self, length: usize) -> Option<&'w [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}
