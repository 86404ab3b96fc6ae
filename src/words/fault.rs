//! Why bytes that a signature vouches for cannot be read.

use alloc::string::String;

/// Why bytes are not a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub part: &'static str,
    /// What is wrong there. Hosts that count every byte know where, and `selvedge verify` says the rest, of the same file.
    #[cfg(feature = "author")]
    pub what: &'static str,
}

#[cfg(feature = "author")]
impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.part, self.what)
    }
}

#[cfg(feature = "author")]
impl core::error::Error for Fault {}

impl Fault {
    /// The part alone, as in `bundle: slots`.
    #[must_use]
    pub fn brief(&self) -> String {
        ["bundle: ", self.part].concat()
    }
}

#[cfg_attr(not(feature = "author"), expect(unused_variables, reason = "the sentence is told natively only"))]
pub(crate) const fn fault(part: &'static str, what: &'static str) -> Fault {
    Fault {
        part,
        #[cfg(feature = "author")]
        what,
    }
}
