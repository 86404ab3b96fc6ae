//! Signals and regimes in, grants out. Takes the visitor's answers and the region's law. Answers come from `Sec-GPC`, our
//! consent cookie, an SDK call, and the strings and cookies of consent platforms. Gives [`Grants`]: what may be done now,
//! and the source of each permission. It never reads a header or a cookie jar itself, and never guesses. Without an answer
//! the region's law applies, and for an unknown region the strictest law.
//!
//! ```text
//! tcf gpp usp platforms ► Statement: granted, denied, silent ─┐
//! consent cookie, call ──────────────────────────────────────┼─ denied > granted > silent ─► Grants, each with its basis
//! Sec-GPC ─► what the region says that it switches off ──────┤
//! account, device ─► withdrawn on another device ────────────┤
//! region, time, age ─► Regime: what silence means ───────────┘
//! ```
//!
//! - **Several signals** may be there at once. A denial of any of them beats a grant of all others, also Global Privacy
//!   Control's.
//! - **Age of a grant.** One that is older than the regime's `max_grant_age_days` is silence. A denial never grows old.
//! - **By name.** The law may require consent to a category by its name. Then only the site's own words and the groups of
//!   its consent platform count. TCF, GPP, US Privacy and Google Consent Mode have no name for special categories or
//!   functional data, so they grant neither.
//! - **What cannot be read** denies what that signal could have granted, and nothing else.
//! - **A cookie that contradicts itself** is there twice, with different values. It cannot be read, and it also denies what
//!   one of the two values could have denied: contextual content, any depth, Global Privacy Control, an age of majority.
//! - **Minors.** An age band comes from the site or from a GPP string. The younger of the two counts, and a band is never
//!   concluded. The regime's model for the band holds beside the purpose's own, and what holds for teens holds for children
//!   too. A parent's permission counts only in the site's own words.
//! - **Storage.** The groups of a consent platform, and the types of Google Consent Mode, are about cookies. A granted one
//!   grants storage. If there are only denials, they deny it, unless a group stands for storage.
//! - **Other devices.** A [withdrawal](revocation) that was made elsewhere denies what no later choice grants again.
//! - **Reading.** Which grants let a decision read an attribute is one file: [`read`].
//! - **Depth.** The visitor may say how personal decisions may be at most; what is deeper is hidden like anything not permitted.
//!
//! The readers copy nothing, allocate nothing, and take time in proportion to a text of at most
//! [`STRING_BYTES_MAX`](bits::STRING_BYTES_MAX) bytes. Which of a signal's own purposes stand for ours are the rows of a [`policy`].

#![forbid(unsafe_code)]

pub mod bits;
pub mod cookie;
pub mod gpp;
mod grants;
mod kept;
pub mod kind;
pub mod platforms;
pub mod policy;
pub mod read;
pub mod revocation;
pub mod sources;
pub mod statement;
pub mod table;
pub mod tcf;
pub mod usp;

pub use grants::{Basis, CONTRADICTORY, Grants, Law, Recorded, RecordedGrants, grants};
pub use kept::Kept;
