//! Why bytes that a signature vouches for cannot be read.

use alloc::string::String;

use super::write_number;

/// Why bytes are not a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub part: &'static str,
    /// The format that a file is in, and the one that this engine reads, where they differ.
    pub formats: Option<[u16; 2]>,
    /// What is wrong there. Hosts that count every byte know where, and `selvedge verify` says the rest, of the same file.
    #[cfg(feature = "author")]
    pub what: &'static str,
}

#[cfg(feature = "author")]
impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.formats {
            Some(formats) => write!(f, "{}: {}", self.part, told(formats)),
            None => write!(f, "{}: {}", self.part, self.what),
        }
    }
}

#[cfg(feature = "author")]
impl core::error::Error for Fault {}

impl Fault {
    /// The part alone, as in `bundle: slots`. For another format it names both formats.
    pub fn brief(&self) -> String {
        match self.formats {
            Some(formats) => ["bundle: ", self.part, ": ", &told(formats)].concat(),
            None => ["bundle: ", self.part].concat(),
        }
    }
}

#[cfg_attr(not(feature = "author"), expect(unused_variables, reason = "the sentence is told natively only"))]
pub(crate) const fn fault(part: &'static str, what: &'static str) -> Fault {
    Fault {
        part,
        formats: None,
        #[cfg(feature = "author")]
        what,
    }
}

/// A fault, unless this holds.
pub(crate) fn check(holds: bool, part: &'static str, what: &'static str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault(part, what)) }
}

/// A file is in a format that this engine does not read.
pub(crate) const fn other_format(part: &'static str, found: u16, reads: u16) -> Fault {
    Fault { formats: Some([found, reads]), ..fault(part, "is in another format") }
}

fn told([found, reads]: [u16; 2]) -> String {
    let mut told = String::from("format ");
    write_number(&mut told, found.into());
    told.push_str(", this engine reads ");
    write_number(&mut told, reads.into());
    told
}
