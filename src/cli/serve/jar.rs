//! The consent cookie of a preview: what the previewed visitor said, under a name of its own.
//!
//! Takes a decided preview, gives its `Set-Cookie` and the page's data block with that name in it. The loader in the page then
//! finds the previewed visitor's answers where a real visitor's would be, and whatever somebody clicks in a preview stays in it:
//! the site's real cookie on this machine is neither read nor written.

use sha2::{Digest as _, Sha256};

use super::visitor::Seen;
use crate::consent::{Basis, cookie};
use crate::words::hex;
use crate::words::{Depth, Purpose, Purposes};

/// How long an answer in a preview is kept: each load of the preview writes it anew.
const SECONDS_MAX: u32 = 600;

/// A name for the previewed visitor's cookie: two previews side by side have two.
pub(super) fn name(choice: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(choice).into();
    format!("selvedge-preview-{}", hex(&digest[..4]))
}

/// The header that leaves the visitor's answers with the browser, or takes away those of an earlier preview.
pub(super) fn set_cookie(name: &str, seen: &Seen) -> String {
    let is_said = |purpose: &Purpose| !matches!(seen.grants.basis(*purpose), Basis::Regime | Basis::Expired);
    let said: Purposes = Purpose::ALL.iter().copied().filter(is_said).collect();
    if said.is_empty() {
        return format!("{name}=; Path=/; Max-Age=0; SameSite=Lax");
    }
    let granted = said.and(seen.grants.granted());
    let depth = Some(seen.grants.depth).filter(|depth| *depth < Depth::Sensitive);
    let choices = cookie::Choices { epoch: seen.grants.epoch, granted, denied: said.and(!granted), day: None, depth };
    format!("{name}={}; Path=/; Max-Age={SECONDS_MAX}; SameSite=Lax", cookie::write(&choices))
}

/// The data block with the preview's cookie in place of the site's.
pub(super) fn rename(block: &str, from: &str, to: &str) -> String {
    // The names of cookies hold nothing that JSON or HTML would escape; in a text the quotes would be.
    let key = |name: &str| format!(",\"cookie\":\"{name}\"");
    block.replacen(&key(from), &key(to), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_previews_have_two_cookies() {
        assert_ne!(name("visitor=a"), name("visitor=b"));
        assert_eq!(name("visitor=a"), name("visitor=a"));
    }

    #[test]
    fn only_the_cookies_name_changes() {
        let block = r#"{"page":{"slot":"\",\"cookie\":\"c\""},"epoch":1,"cookie":"c","site":"c"}"#;
        let renamed = rename(block, "c", "preview");
        assert_eq!(renamed, r#"{"page":{"slot":"\",\"cookie\":\"c\""},"epoch":1,"cookie":"preview","site":"c"}"#);
    }
}
