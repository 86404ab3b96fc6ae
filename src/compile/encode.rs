//! Bytes of sections.
//!
//! Takes numbers and texts, gives the little-endian layout of [`format`](crate::bundle::format).

use crate::bundle::format::{SECTIONS, Section, TEXT_BYTES_MAX};

/// One section under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Bytes {
    pub(super) fn u8(&mut self, number: u8) -> &mut Self {
        self.0.push(number);
        self
    }

    pub(super) fn u16(&mut self, number: usize) -> &mut Self {
        // The author's caps keep every count far below; a count that saturates cannot pass the reader's sums.
        self.0.extend(u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes());
        self
    }

    pub(super) fn u32(&mut self, number: usize) -> &mut Self {
        self.0.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
        self
    }

    pub(super) fn u16s<'n>(&mut self, numbers: impl IntoIterator<Item = &'n usize>) {
        numbers.into_iter().for_each(|number| _ = self.u16(*number));
    }

    pub(super) fn u32s<'n>(&mut self, numbers: impl IntoIterator<Item = &'n usize>) {
        numbers.into_iter().for_each(|number| _ = self.u32(*number));
    }

    pub(super) fn i32(&mut self, number: i32) -> &mut Self {
        self.0.extend(number.to_le_bytes());
        self
    }

    pub(super) fn i64(&mut self, number: i64) -> &mut Self {
        self.0.extend(number.to_le_bytes());
        self
    }
}

/// The sections of a program under construction.
pub(super) struct Sections(pub(super) [Bytes; SECTIONS]);

impl Default for Sections {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Bytes::default()))
    }
}

impl Sections {
    pub(super) fn of(&mut self, section: Section) -> &mut Bytes {
        &mut self.0[section as usize]
    }

    pub(super) fn put(&mut self, section: Section, bytes: Bytes) {
        *self.of(section) = bytes;
    }
}

/// A table of texts: count, lengths, bytes.
pub(super) fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Bytes {
    let (mut lengths, mut blob, mut count) = (Bytes::default(), Vec::<u8>::new(), 0);
    for text in texts {
        let text = text.as_ref();
        let end = text.floor_char_boundary(TEXT_BYTES_MAX);
        lengths.u16(end);
        blob.extend(&text.as_bytes()[..end]);
        count += 1;
    }
    let mut table = Bytes::default();
    table.u32(count);
    table.0.extend(lengths.0);
    table.0.extend(blob);
    table
}

/// A table of several texts a record: the first of each, then the second of each, and so on.
pub(super) fn columns<'t, const N: usize>(records: impl Iterator<Item = [&'t str; N]> + Clone) -> Bytes {
    texts((0..N).flat_map(|field| records.clone().map(move |texts| texts[field])))
}

/// Records of this width in planes: the first byte of each, then the second of each, and so on.
pub(super) fn planes(records: &Bytes, width: usize) -> Bytes {
    Bytes((0..width).flat_map(|plane| records.0.iter().skip(plane).step_by(width).copied()).collect())
}

/// A file: magic, format, lengths of the sections, the sections.
pub(super) fn file(magic: [u8; 4], format: u16, sections: &[Bytes]) -> Vec<u8> {
    let mut file = Bytes(magic.to_vec());
    file.u16(usize::from(format)).u16(0);
    for section in sections {
        file.u32(section.0.len());
    }
    for section in sections {
        file.0.extend(&section.0);
    }
    file.0
}
