//! Strings of the Global Privacy Platform: a header, and a section for each law that it names.
//!
//! Takes a string that anyone may have written, gives its sections with every field, or why it is malformed. It never copies the
//! string. A section of a number that is not assigned yet is passed over: what it would say is not known.

mod canada;
mod fields;
mod statement;
#[cfg(test)]
mod tests;
mod us;

use super::bits::{Coding, Ids, Malformed, Reader, Runs, STRING_BYTES_MAX};
use super::tcf::{self, TcString};
use super::usp::{self, Usp};

pub use canada::{CanadaCore, TcfCanada};
pub use fields::Field;
pub use statement::{Applicable, Policy, statement};
pub use us::{Codes, Us};

/// A decoded string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GppString<'t> {
    /// The numbers of the sections, ascending.
    pub section_ids: Ids<'t>,
    text: &'t [u8],
}

/// One section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section<'t> {
    /// 2: transparency and consent in Europe.
    TcfEurope(TcString<'t>),
    /// 5: transparency and consent in Canada.
    TcfCanada(TcfCanada<'t>),
    /// 6: US Privacy.
    Usp(Usp),
    /// 7 to 27: the United States, as a whole or one of them.
    Us(Us<'t>),
    /// A number that is not assigned.
    Unknown,
}

/// Reads a string.
///
/// # Errors
/// Whatever the specifications do not allow, in the header or in any section that is known.
pub fn decode(text: &str) -> Result<GppString<'_>, Malformed> {
    let text = text.as_bytes();
    if text.len() > STRING_BYTES_MAX {
        return Err(Malformed::TooLong);
    }
    let mut header = Reader::new(parts(text).next().unwrap_or_default())?;
    let (kind, version) = (header.number(6), header.number(6));
    header.enough()?;
    match (kind, version) {
        (3, 1) => {}
        (3, _) => return Err(Malformed::Version),
        _ => return Err(Malformed::Section),
    }
    let string = GppString { section_ids: Ids::entries(&mut header, Coding::Fibonacci)?, text };
    let mut sections = string.parts();
    for (id, text) in sections.by_ref() {
        section(id, text)?;
    }
    // Neither a section without a number nor a number without a section.
    if sections.is_spent() { Ok(string) } else { Err(Malformed::Section) }
}

impl<'t> GppString<'t> {
    /// The sections with their numbers, in the order of the string.
    pub fn sections(&self) -> impl Iterator<Item = (u16, Section<'t>)> + use<'t> {
        // All of them were read once.
        self.parts().filter_map(|(id, text)| Some((id, section(id, text).ok()?)))
    }

    fn parts(&self) -> Parts<'t, impl Iterator<Item = &'t [u8]> + use<'t>> {
        let mut texts = parts(self.text);
        texts.next();
        Parts { ids: self.section_ids.runs(), run: (1, 0), texts }
    }
}

fn parts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'~')
}

/// Sections as numbers and texts.
struct Parts<'t, T> {
    ids: Runs<'t>,
    /// What is left of the current run of numbers.
    run: (u32, u32),
    texts: T,
}

impl<'t, T: Iterator<Item = &'t [u8]>> Iterator for Parts<'t, T> {
    type Item = (u16, &'t [u8]);

    fn next(&mut self) -> Option<(u16, &'t [u8])> {
        let id = self.id()?;
        // A number without a text is put back, for `is_spent` to find.
        let Some(text) = self.texts.next() else {
            self.run.0 = id;
            return None;
        };
        Some((id as u16, text))
    }
}

impl<'t, T: Iterator<Item = &'t [u8]>> Parts<'t, T> {
    fn id(&mut self) -> Option<u32> {
        if self.run.0 > self.run.1 {
            let (first, last) = self.ids.next()?;
            self.run = (first.into(), last.into());
        }
        self.run.0 += 1;
        Some(self.run.0 - 1)
    }

    /// Whether numbers and texts have come to an end together.
    fn is_spent(&mut self) -> bool {
        self.id().is_none() && self.texts.next().is_none()
    }
}

fn section(id: u16, text: &[u8]) -> Result<Section<'_>, Malformed> {
    match (id, fields::layout(id)) {
        (2, _) => tcf::decode_section(text).map(Section::TcfEurope),
        (5, _) => canada::decode(text).map(Section::TcfCanada),
        (6, _) => usp::decode_section(text).map(Section::Usp),
        (_, Some(layout)) => us::decode(id, layout, text).map(Section::Us),
        _ if text.is_empty() => Err(Malformed::Empty),
        _ => Ok(Section::Unknown),
    }
}

/// The prefix of a section in the platform's interfaces: `usca`.
#[must_use]
pub fn prefix(id: u16) -> Option<&'static str> {
    match id {
        2 => Some("tcfeuv2"),
        5 => Some("tcfcav1"),
        6 => Some("uspv1"),
        _ => fields::layout(id).map(|layout| layout.prefix),
    }
}
