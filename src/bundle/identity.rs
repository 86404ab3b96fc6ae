//! Identity: whether people may link their devices to their account, and for how long.
//!
//! Takes and gives postcard bytes, as the [manifest](super::manifest) does. People agree to it by a choice of its own, so it belongs to
//! what consent depends on.

use crate::words::record::{read, record};
use crate::words::{Fault, check, fault};

record! {
    /// The site's linking, if it has one.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Linking {
        /// How long a link holds, in seconds. 0 is a site that links nothing.
        pub kept_seconds: u32,
    }
}

impl Linking {
    /// Reads it.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let linking: Self = read(bytes).ok_or(fault("identity", "is not postcard of this format"))?;
        check(linking.kept_seconds > 0, "identity", "links for no time").map(|()| linking)
    }

    /// True if links of devices and accounts count.
    pub fn is_on(&self) -> bool {
        self.kept_seconds > 0
    }
}
