//! This file counts what pages lack in this isolate: elements of slots, and a place for the data block.
//!
//! It logs the first page that lacks one, and every thousandth. The health of the deployment names all slots, or the block by its id. A redesign would otherwise end an experiment without a word.

use std::cell::RefCell;
use std::rc::Rc;

use super::Host;
use super::log::{self, Stage};

const PAGES_BETWEEN_LINES: u32 = 1_000;

thread_local! {
    static PAGES: RefCell<Vec<(String, u32)>> = const { RefCell::new(Vec::new()) };
}

/// Counts a page that lacks what this slot needs, or the data block.
pub(super) fn note(host: &Rc<Host>, stage: Stage, slot: &str, why: &str) {
    let pages = PAGES.with_borrow_mut(|all| {
        if let Some((_, pages)) = all.iter_mut().find(|(known, _)| known == slot) {
            *pages = pages.saturating_add(1);
            return *pages;
        }
        all.push((slot.to_owned(), 1));
        1
    });
    if pages % PAGES_BETWEEN_LINES == 1 {
        let reason = format!("{slot}: {why} ({pages} so far in this isolate)");
        log::failure(host, stage, &reason);
    }
}

/// Everything that some page lacked, with the number of such pages.
pub(super) fn all() -> Vec<(String, u32)> {
    PAGES.with_borrow(Clone::clone)
}
