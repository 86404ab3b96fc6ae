//! A visitor, or the page that is shown, as `pkg-config/npm/context.js` writes them: by numbers, in a fixed order.
//!
//! Takes bytes, gives the visitor's facts, and their attributes one by one. It has no message for a fault. JavaScript checks
//! its own objects and reports their faults before it writes. It never trusts a length.
//!
//! ```text
//! u8 purposes granted   u8 purposes denied (in both: granted by a parent)   u8 gpc   u8 age + 1   u8 depth + 1   cookie, region, locale, ids from page to account
//! u8 signals follow: their texts in the order of `Signals::TEXTS`, then u16 types, (type, state) each   f64 now
//! u16 unknown attributes, u16 each   u16 observed attributes, (u16 attribute, f64 when) each
//! u16 stale feeds, a text each
//! of an engine with `contact`:   u8 contacts are known   u16 contacts, (f64 when, channel, u8 class + 1, experience, content, u8 dismissed) each   state
//! of an engine with `identity`:   u16 links, (device, account, f64 when, u8 linked) each
//! (u16 attribute, u8 kind, value)… to the end
//!
//! 1 false   2 true   3 f64   4 text   5 u32 items, texts   6 u16 item of the attribute's closed set   7 what no attribute can be
//!
//! of a page:   u8 gpc   path, query, country, region, cookie, accept-language, user-agent, randomness   f64 now
//! ```
//! A text is a `u32` length and its UTF-8. Numbers are little-endian.

use alloc::string::String;
use alloc::vec::Vec;

use crate::bundle::manifest::AttributeEntry;
use crate::engine::Given;
use crate::words::{Age, Choice, ContactClass, Depth, Purpose, Purposes};
use crate::words::{Contact, Instant, Link, PurposeKey, Visit};

/// The length of a text that is not there.
const NO_TEXT: u32 = u32::MAX;

/// The facts that a page knows about its own request.
#[cfg(feature = "signals")]
pub(super) struct Said<'w> {
    pub(super) path: &'w str,
    pub(super) query: &'w str,
    pub(super) country: Option<&'w str>,
    pub(super) region: Option<&'w str>,
    pub(super) cookie: &'w str,
    pub(super) accept_language: &'w str,
    pub(super) user_agent: &'w str,
    pub(super) randomness: &'w str,
    pub(super) gpc: bool,
    pub(super) now_ms: i64,
}

/// The bytes that are left to read.
pub(super) struct Written<'w>(pub(super) &'w [u8]);

impl<'w> Written<'w> {
    /// Reads what a visitor says apart from attributes, over what the one before said; gives the time, and the bytes about consent if no
    /// platform says more.
    pub(super) fn visit(
        &mut self,
        visit: &mut Visit,
        attributes: &[AttributeEntry],
    ) -> Option<(i64, Option<&'w [u8]>)> {
        let all = self.0;
        let [granted, denied, gpc, age, depth] = self.array()?;
        let (granted, denied) = (Purposes::from_bits(granted), Purposes::from_bits(denied));
        if visit.grants.is_empty() {
            visit.grants.extend(Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), None)));
        }
        for (purpose, choice) in visit.grants.iter_mut() {
            *choice = match (granted.has(purpose.0), denied.has(purpose.0)) {
                (true, true) => Some(Choice::Parent),
                (true, false) => Some(Choice::Granted),
                (false, true) => Some(Choice::Denied),
                (false, false) => None,
            };
        }
        visit.signals.gpc = gpc == 1;
        visit.minor = age.checked_sub(1).and_then(Age::from_byte);
        visit.depth = depth.checked_sub(1).and_then(Depth::from_byte);
        for text in [&mut visit.signals.cookie, &mut visit.region] {
            self.text_over(text)?;
        }
        let consent = all.get(..all.len() - self.0.len());
        let ids = &mut visit.identity;
        for text in [&mut visit.locale, &mut ids.page, &mut ids.session, &mut ids.visitor, &mut ids.account] {
            self.text_over(text)?;
        }
        let has_more = self.signals(visit)?;
        let now_ms = self.instant()?;
        visit.unknown.clear();
        for _ in 0..self.half_word()? {
            let attribute = attributes.get(self.half_word()?)?;
            visit.unknown.push(attribute.name.clone());
        }
        visit.observed.clear();
        for _ in 0..self.half_word()? {
            let attribute = attributes.get(self.half_word()?)?;
            visit.observed.insert(attribute.name.clone(), Instant(self.instant()?));
        }
        visit.stale.clear();
        for _ in 0..self.half_word()? {
            visit.stale.push(self.text()?.into());
        }
        if cfg!(feature = "contact") {
            self.contacts(visit)?;
        }
        if cfg!(feature = "identity") {
            self.links(visit)?;
        }
        Some((now_ms, consent.filter(|_| !has_more)))
    }

    /// Reads contacts before.
    fn contacts(&mut self, visit: &mut Visit) -> Option<()> {
        let [are_known] = self.array()?;
        let mut contacts = Vec::new();
        for _ in 0..self.half_word()? {
            let at = Instant(self.instant()?);
            let channel = self.text_or_none()?.map(String::from);
            let [class] = self.array()?;
            let [experience, content] = [self.text_or_none()?, self.text_or_none()?].map(|text| text.map(String::from));
            let [dismissed] = self.array()?;
            let class = class.checked_sub(1).and_then(ContactClass::from_byte);
            contacts.push(Contact { at, channel, class, experience, content, dismissed: dismissed == 1 });
        }
        visit.contacts = (are_known == 1).then_some(contacts);
        self.text_over(&mut visit.contact_state)
    }

    /// Reads links between devices and accounts.
    fn links(&mut self, visit: &mut Visit) -> Option<()> {
        visit.identity.links.clear();
        for _ in 0..self.half_word()? {
            let [visitor, account] = [self.text()?, self.text()?].map(String::from);
            let at = Instant(self.instant()?);
            let [linked] = self.array()?;
            visit.identity.links.push(Link { visitor, account, at, linked: linked == 1 });
        }
        Some(())
    }

    /// Reads what consent platforms say, and whether they say anything; most visitors have one, in the site's own cookie.
    fn signals(&mut self, visit: &mut Visit) -> Option<bool> {
        let [follow] = self.array()?;
        if !cfg!(feature = "signals") {
            // Not to be read as silence.
            return (follow == 0).then_some(false);
        }
        let signals = &mut visit.signals;
        for text in signals.texts_mut() {
            if follow == 1 { self.text_over(text)? } else { *text = None }
        }
        signals.google.clear();
        for _ in 0..if follow == 1 { self.half_word()? } else { 0 } {
            signals.google.insert(self.text()?.into(), self.text()?.into());
        }
        Some(follow == 1)
    }

    /// Reads what a page says.
    #[cfg(feature = "signals")]
    pub(super) fn page(&mut self) -> Option<Said<'w>> {
        let [gpc] = self.array()?;
        Some(Said {
            gpc: gpc == 1,
            path: self.text_or_none()?.unwrap_or_default(),
            query: self.text_or_none()?.unwrap_or_default(),
            country: self.text_or_none()?,
            region: self.text_or_none()?,
            cookie: self.text_or_none()?.unwrap_or_default(),
            accept_language: self.text_or_none()?.unwrap_or_default(),
            user_agent: self.text_or_none()?.unwrap_or_default(),
            randomness: self.text_or_none()?.unwrap_or_default(),
            now_ms: self.instant()?,
        })
    }

    /// Hands over every attribute; `None` if the bytes end inside one.
    pub(super) fn attributes(&mut self, each: &mut dyn FnMut(usize, Given<'_>)) -> Option<()> {
        while !self.0.is_empty() {
            let attribute = self.half_word()?;
            let [kind] = self.array()?;
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
                7 => each(attribute, Given::Invalid),
                _ => return None,
            }
        }
        Some(())
    }

    fn text_over(&mut self, text: &mut Option<String>) -> Option<()> {
        match self.text_or_none()? {
            Some(found) => {
                let text = text.get_or_insert_default();
                text.clear();
                text.push_str(found);
            }
            None => *text = None,
        }
        Some(())
    }

    fn text_or_none(&mut self) -> Option<Option<&'w str>> {
        if self.0.first_chunk() == Some(&NO_TEXT.to_le_bytes()) {
            return self.take(4).map(|_| None);
        }
        self.text().map(Some)
    }

    fn instant(&mut self) -> Option<i64> {
        self.array().map(|now| f64::from_le_bytes(now) as i64)
    }

    fn half_word(&mut self) -> Option<usize> {
        self.array().map(|number| usize::from(u16::from_le_bytes(number)))
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
