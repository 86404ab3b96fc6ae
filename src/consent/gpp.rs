//! Strings of the Global Privacy Platform: a header, and a section for each law that it names. Takes a string that anyone
//! may have written, gives its sections with every field, or why it is malformed. It never copies the string. A section with
//! a number that is not assigned yet is skipped, because its meaning is unknown.

mod fields;
mod statement;
#[cfg(test)]
mod tests;
mod us;

use super::bits::{Coding, Head, Ids, Malformed, Reader, STRING_BYTES_MAX, split};
use super::tcf::{self, TcString};
use super::usp::{self, Usp};

pub use fields::{Field, prefix};
pub use statement::{Applicable, Policy, statement};
pub use us::{Codes, Us};

/// A decoded string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GppString<'t>(&'t [u8]);

/// One section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section<'t> {
    /// 2: transparency and consent in Europe.
    TcfEurope(TcString<'t>),
    /// 5: transparency and consent in Canada.
    TcfCanada(TcString<'t>),
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
/// A header or a known section that the specifications do not allow.
pub fn decode(text: &str) -> Result<GppString<'_>, Malformed> {
    let text = text.as_bytes();
    match read(text, &mut |_, _| {}) {
        None => Ok(GppString(text)),
        Some(malformed) => Err(malformed),
    }
}

impl<'t> GppString<'t> {
    /// The numbers of the sections, ascending.
    pub fn section_ids(&self) -> Ids<'t> {
        let header = split(&mut Some(self.0), b'~');
        Ids::new(Reader::again(header, IDS_AT), Coding::Fibonacci, Head::Ranges)
    }

    /// Hands over the sections with their numbers, in the order of the string.
    pub fn sections(&self, mut each: impl FnMut(u16, Section<'t>)) {
        // It was read once.
        _ = read(self.0, &mut each);
    }
}

/// The bit where the numbers of the sections start, after the header's type and version.
const IDS_AT: usize = 12;

/// Reads a string and hands over its sections, those before a malformed one too.
fn read<'t>(text: &'t [u8], each: &mut dyn FnMut(u16, Section<'t>)) -> Option<Malformed> {
    if text.len() > STRING_BYTES_MAX {
        return Some(Malformed::TooLong);
    }
    let mut rest = Some(text);
    let mut header = Reader::new(split(&mut rest, b'~'));
    if header.number(6) != 3 {
        header.fail(Malformed::Section);
    }
    if header.number(6) != 1 {
        header.fail(Malformed::Version);
    }
    let mut ids = Ids::new(header, Coding::Fibonacci, Head::Ranges).runs();
    header.set(Coding::Fibonacci, Head::Ranges);
    if header.next_segment() {
        header.fail(Malformed::Alphabet);
    }
    while header.is_fine()
        && let Some((first, last)) = ids.next()
    {
        for id in first..=last {
            // Every number needs a section, and every section needs a number.
            if rest.is_none() {
                return Some(Malformed::Section);
            }
            match section(id, split(&mut rest, b'~')) {
                Ok(section) => each(id, section),
                Err(malformed) => return Some(malformed),
            }
        }
    }
    if rest.is_some() {
        header.fail(Malformed::Section);
    }
    header.fault()
}

fn section(id: u16, text: &[u8]) -> Result<Section<'_>, Malformed> {
    match id {
        2 => tcf::decode_as(text, tcf::Form::Section).map(Section::TcfEurope),
        5 => tcf::decode_as(text, tcf::Form::Canada).map(Section::TcfCanada),
        6 => usp::decode_section(text).map(Section::Usp),
        _ => match fields::layout(id) {
            Some(layout) => us::decode(id, layout, text).map(Section::Us),
            None if text.is_empty() => Err(Malformed::Empty),
            None => Ok(Section::Unknown),
        },
    }
}
