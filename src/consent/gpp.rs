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

use super::bits::{Coding, Ids, Malformed, Reader, STRING_BYTES_MAX};
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
    text: &'t str,
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
    if text.len() > STRING_BYTES_MAX {
        return Err(Malformed::TooLong);
    }
    let header = text.split('~').next().unwrap_or_default();
    let mut reader = Reader::new(header.as_bytes())?;
    if reader.number(6)? != 3 {
        return Err(Malformed::Section);
    }
    if reader.number(6)? != 1 {
        return Err(Malformed::Version);
    }
    let string = GppString { section_ids: Ids::entries(&mut reader, Coding::Fibonacci)?, text };
    let mut count = 0;
    for (id, text) in string.parts() {
        section(id, text)?;
        count += 1;
    }
    // The numbers may be ranges of thousands, the parts are in the text.
    let announced = string.section_ids.runs().map(|(first, last)| usize::from(last - first) + 1).sum::<usize>();
    if announced == count && text.split('~').count() == count + 1 { Ok(string) } else { Err(Malformed::Section) }
}

impl<'t> GppString<'t> {
    /// The sections with their numbers, in the order of the string.
    pub fn sections(&self) -> impl Iterator<Item = (u16, Section<'t>)> + use<'t> {
        // All of them were read once.
        self.parts().filter_map(|(id, text)| Some((id, section(id, text).ok()?)))
    }

    fn parts(&self) -> impl Iterator<Item = (u16, &'t str)> + use<'t> {
        let ids = self.section_ids.runs().flat_map(|(first, last)| first..=last);
        ids.zip(self.text.split('~').skip(1))
    }
}

fn section(id: u16, text: &str) -> Result<Section<'_>, Malformed> {
    Ok(match id {
        2 => Section::TcfEurope(tcf::decode_section(text)?),
        5 => Section::TcfCanada(canada::decode(text)?),
        6 => Section::Usp(usp::decode(text)?),
        _ => match fields::layout(id) {
            Some(layout) => Section::Us(us::decode(id, layout, text)?),
            None if text.is_empty() => return Err(Malformed::Empty),
            None => Section::Unknown,
        },
    })
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
