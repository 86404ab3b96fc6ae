//! The page that is shown, for the engine that lacks nothing.
//!
//! Takes what a page knows of its own request; gives its visitor, as an edge makes one, and the cookies to set. Smaller engines leave this to
//! `pkg-config/npm/arrival.js`, which is held to it.

use alloc::string::String;

use super::engine::Engine;
use super::written::Said;
use crate::bundle::Bundle;
use crate::bundle::manifest::From;
use crate::engine::{Given, Visitor};
use crate::page::{Arrival, Request, SetCookie, arrive, contact_cookie};
#[cfg(feature = "contact")]
use crate::page::{contact_memory, dismissed};
use crate::words::write_number;

impl Engine {
    /// The cookies to set once the page is decided, three lines each: its name, its value, and for how many seconds it is kept.
    /// `is_used` is whether a decision drew by the device's id.
    pub(super) fn cookies(&mut self, is_used: bool) -> String {
        let of_contacts = self.contact_cookie();
        let cookies = self.seat.arrival.iter().flat_map(|arrival| arrival.cookies(is_used)).chain(of_contacts);
        lines(cookies)
    }

    /// Notes that the visitor dismissed content of the page that was shown: the cookies to set, as above.
    #[cfg(feature = "contact")]
    pub(super) fn dismiss(&mut self, content: &str) -> Option<String> {
        let program = self.bundle.program();
        let (arrival, permitted) = (self.seat.arrival.as_ref()?, self.seat.visitor.permitted()?);
        let content = program.content_position(content)?;
        let (cookie, memory) = dismissed(program, &arrival.visit, permitted, content);
        self.memory = memory.or(self.memory.take());
        Some(lines(cookie))
    }
}

/// Three lines for each cookie.
fn lines(cookies: impl IntoIterator<Item = SetCookie>) -> String {
    let mut lines = String::new();
    for cookie in cookies {
        for text in [&*cookie.name, &cookie.value] {
            lines.push_str(text);
            lines.push('\n');
        }
        write_number(&mut lines, cookie.max_age_seconds);
        lines.push('\n');
    }
    lines
}

impl Engine {
    /// The cookie with the contacts of this device, once the page shows what was decided. Without permission for it the page remembers.
    fn contact_cookie(&mut self) -> Option<SetCookie> {
        let arrival = self.seat.arrival.as_ref()?;
        let permitted = self.seat.visitor.permitted()?;
        let program = self.bundle.program();
        #[cfg(feature = "contact")]
        {
            self.memory = contact_memory(program, permitted, &self.seat.shows);
        }
        contact_cookie(program, &arrival.visit, permitted, &self.seat.shows)
    }
}

/// Takes the visitor of a page.
pub(super) fn meet(visitor: &mut Visitor, bundle: &Bundle, said: &Said<'_>, memory: Option<String>) -> Arrival {
    let header = |name: &str| {
        let text = match name {
            "cookie" => said.cookie,
            "accept-language" => said.accept_language,
            "user-agent" => said.user_agent,
            "sec-gpc" if said.gpc => "1",
            _ => return None,
        };
        Some(String::from(text))
    };
    let Said { path, query, country, region, randomness, now_ms, .. } = *said;
    let request = Request { path, query, country, region, header: &header, now_ms, randomness, edit: None };
    let (mut arrival, _) = arrive(bundle, &request, None);
    arrival.visit.contact_memory = memory;
    // A page cannot see the headers of its own request. They were not read, so the value is unknown and not absent.
    let attributes = &bundle.program().manifest().attributes;
    let unseen = attributes.iter();
    let unseen = unseen.filter(|attribute| matches!(&attribute.from, From::Header(name) if header(name).is_none()));
    arrival.visit.unknown.extend(unseen.map(|attribute| attribute.name.clone()));

    let mut each = |each: &mut dyn FnMut(usize, Given<'_>)| {
        for (position, attribute) in attributes.iter().enumerate() {
            if let Some(value) = arrival.visit.attributes.get(&attribute.name) {
                each(position, Given::from(value));
            }
        }
    };
    visitor.meet(bundle, &arrival.visit, arrival.grants.clone(), &mut each, now_ms);
    arrival
}
