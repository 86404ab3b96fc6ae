//! The consent cookie of a preview: the answers of the previewed visitor, under another name.
//!
//! The page's data block names this cookie in place of the site's, so the loader finds the previewed visitor's answers in
//! it. A choice made in a preview goes there too. The site's real cookie on this machine is not read and not written.

use sha2::{Digest as _, Sha256};

use crate::consent::{Basis, Grants, cookie};
use crate::page::SetCookie;
use crate::words::{Depth, Purpose, Purposes, hex};

/// How long an answer in a preview is kept. Each load of the preview writes it again.
const SECONDS_MAX: u32 = 600;

/// A name for the previewed visitor's cookie: two previews side by side have two.
pub(super) fn name(choice: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(choice).into();
    format!("selvedge-preview-{}", hex(&digest[..4]))
}

/// The cookie that leaves the visitor's answers with the browser, or takes away those of an earlier preview.
pub(super) fn cookie(name: String, grants: &Grants) -> SetCookie {
    let is_said = |purpose: &Purpose| !matches!(grants.basis(*purpose), Basis::Regime | Basis::Expired);
    let said: Purposes = Purpose::ALL.iter().copied().filter(is_said).collect();
    if said.is_empty() {
        return SetCookie { name: name.into(), value: String::new(), max_age_seconds: 0 };
    }
    let granted = said.and(grants.granted());
    let depth = Some(grants.depth).filter(|depth| *depth < Depth::Sensitive);
    let parental = granted.iter().filter(|purpose| grants.allows_by_parent(*purpose)).collect();
    let denied = said.and(!granted);
    let choices = cookie::Choices { epoch: grants.epoch, granted, parental, denied, day: None, depth };
    SetCookie { name: name.into(), value: cookie::write(&choices), max_age_seconds: SECONDS_MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_previews_have_two_cookies() {
        assert_ne!(name("visitor=a"), name("visitor=b"));
        assert_eq!(name("visitor=a"), name("visitor=a"));
    }
}
