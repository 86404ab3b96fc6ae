//! Texts whose ASCII letters may be read in one case.
//!
//! Takes the bytes as they are; what is asked of a text sees each letter in its case, so that nothing is copied.

use core::cmp::Ordering;

use super::Fuel;

/// A text, and the case it is read in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'v> {
    /// As written, in any case.
    pub(super) bytes: &'v [u8],
    case: Case,
}

/// The case that ASCII letters are read in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Case {
    Kept,
    Lower,
    Upper,
}

/// The open ends of a pattern.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape {
    /// Anything may stand before it.
    pub(super) open_start: bool,
    /// Anything may stand after it.
    pub(super) open_end: bool,
    /// Its own `*` are any run of characters.
    pub(super) stars: bool,
}

impl<'v> Text<'v> {
    pub(super) fn new(text: &'v str) -> Self {
        Self::of(text.as_bytes())
    }

    /// Bytes that were checked to be a text.
    pub(super) fn of(bytes: &'v [u8]) -> Self {
        Self { bytes, case: Case::Kept }
    }

    /// The same text read in a case: the last one that is asked for counts.
    pub(super) fn cased(self, case: Case) -> Self {
        Self { case, ..self }
    }

    /// Other bytes in the same case.
    pub(super) fn with(self, bytes: &'v [u8]) -> Self {
        Self { bytes, ..self }
    }

    /// Bytes that both cases share.
    pub(crate) fn len(self) -> usize {
        self.bytes.len()
    }

    /// Characters: bytes that do not go on with one.
    pub(super) fn size(self) -> i64 {
        self.bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as i64
    }

    pub(super) fn compare(self, other: Self) -> Ordering {
        self.iter().cmp(other.iter())
    }

    /// A copy in its case.
    #[cfg(feature = "author")]
    pub(crate) fn read(self) -> alloc::string::String {
        alloc::string::String::from_utf8_lossy(&self.iter().collect::<alloc::vec::Vec<u8>>()).into_owned()
    }

    fn iter(self) -> impl Iterator<Item = u8> + 'v {
        self.bytes.iter().map(move |byte| self.case.of(*byte))
    }

    fn at(self, position: usize) -> Option<u8> {
        self.bytes.get(position).map(|byte| self.case.of(*byte))
    }

    /// True if the whole text fits a pattern. It goes back only to the last open place, so that the time is at worst the
    /// product of the lengths, which the fuel bounds.
    pub(super) fn matches(self, pattern: Self, shape: Shape, fuel: &mut Fuel) -> Option<bool> {
        let start = usize::from(shape.open_start);
        let end = start + pattern.len() + usize::from(shape.open_end);
        // `Some(None)` is any run, `None` the end of the pattern.
        let wanted = |at: usize| -> Option<Option<u8>> {
            let byte = at.checked_sub(start).and_then(|at| pattern.at(at));
            match byte {
                Some(b'*') if shape.stars => Some(None),
                Some(byte) => Some(Some(byte)),
                None => (at < end).then_some(None),
            }
        };
        let (mut at, mut taken) = (0, 0);
        let mut retry = None;
        while taken < self.len() {
            fuel.spend(1)?;
            match wanted(at) {
                Some(None) => {
                    at += 1;
                    if at == end {
                        return Some(true);
                    }
                    retry = Some((at, taken));
                }
                Some(Some(byte)) if self.at(taken) == Some(byte) => {
                    at += 1;
                    taken += 1;
                }
                _ => match retry {
                    Some((after, from)) => {
                        retry = Some((after, from + 1));
                        at = after;
                        taken = from + 1;
                    }
                    None => return Some(false),
                },
            }
        }
        fuel.spend(end - at)?;
        Some((at..end).all(|at| wanted(at) == Some(None)))
    }
}

impl Case {
    fn of(self, byte: u8) -> u8 {
        match self {
            Self::Kept => byte,
            Self::Lower => byte.to_ascii_lowercase(),
            Self::Upper => byte.to_ascii_uppercase(),
        }
    }
}
