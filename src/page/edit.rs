//! Decisions as edits of elements.

use alloc::vec::Vec;

use super::pattern::matches_bytes;
use crate::bundle::{BodyKind, Bundle, Slot, VariantRef};
use crate::engine::{Page, Permitted};
use crate::words::Change;

/// One change of one element.
#[derive(Clone, Debug)]
pub struct Edit<'b> {
    /// Where.
    pub slot: Slot<'b>,
    /// The content's name.
    pub content: &'b str,
    /// Its body.
    pub variant: VariantRef,
}

/// The slots of the page at `path`, for [`decide`](crate::engine::decide).
pub fn slots_at(bundle: &Bundle, path: &str) -> Vec<Option<u32>> {
    // Slots beside each other mostly have the same pages.
    let mut last = None;
    let is_here = |page| match last {
        Some((same, is_here)) if same == page => is_here,
        _ => last.insert((page, matches_bytes(page, path.as_bytes()))).1,
    };
    (0..)
        .zip(bundle.program().slot_pages().map(is_here))
        .filter_map(|(slot, is_here)| is_here.then_some(Some(slot)))
        .collect()
}

/// The changes that a page of decisions makes. Control changes nothing.
pub(super) fn edits<'b>(bundle: &'b Bundle, permitted: &Permitted<'_>, page: &Page) -> Vec<Edit<'b>> {
    let program = bundle.program();
    let edit = |decision: &crate::engine::Decision| {
        let content = decision.content?;
        let variant = bundle.index().variant(content, permitted.locales())?;
        let slot = program.slot(decision.slot? as usize);
        fits(slot.change, variant.kind).then(|| Edit { slot, content: program.content_name(content), variant })
    };
    page.decisions.iter().filter_map(edit).collect()
}

/// The chunks that edits need, each once.
pub(super) fn chunks(edits: &[Edit<'_>]) -> Vec<usize> {
    let mut chunks = Vec::new();
    for edit in edits {
        if let Err(at) = chunks.binary_search(&edit.variant.chunk) {
            chunks.insert(at, edit.variant.chunk);
        }
    }
    chunks
}

impl Edit<'_> {
    /// The edit's text in the bytes of its chunk.
    pub fn body<'c>(&self, chunk: &'c [u8]) -> Option<&'c str> {
        core::str::from_utf8(chunk.get(self.variant.range.clone())?).ok()
    }
}

/// True if a slot's change can show a body of this kind; the builder refuses what does not fit.
pub fn fits(change: Change, kind: BodyKind) -> bool {
    wanted(change).is_none_or(|wanted| wanted == kind)
}

/// The kind of body that a change shows; `None` for one that shows none.
pub fn wanted(change: Change) -> Option<BodyKind> {
    match change {
        Change::Inner | Change::Replace | Change::Before | Change::After => Some(BodyKind::Html),
        Change::Text | Change::Attribute => Some(BodyKind::Text),
        Change::Remove => None,
    }
}
