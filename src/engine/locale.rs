//! Which locales to try for a visitor.
//!
//! Takes the site's locales and the visitor's BCP 47 tag, gives a chain that always ends in the default. Explicit fallbacks
//! come first, then the tag without its last subtag (RFC 4647 §3.4 lookup). It never parses more of a tag than its hyphens.

use alloc::vec::Vec;

use crate::bundle::manifest::Manifest;

/// Positions in `manifest.locales`, best first, none twice.
pub(super) fn chain(manifest: &Manifest, wanted: Option<&str>) -> Vec<u16> {
    let mut chain = Vec::new();
    chain_into(manifest, wanted, &mut chain);
    chain
}

/// As [`chain`], in the room of the one before.
pub(super) fn chain_into(manifest: &Manifest, wanted: Option<&str>, chain: &mut Vec<u16>) {
    let find = |tag: &str| manifest.locales.iter().position(|locale| locale.eq_ignore_ascii_case(tag));
    chain.clear();
    let mut push = |position: usize| {
        if let Ok(position) = u16::try_from(position)
            && !chain.contains(&position)
        {
            chain.push(position);
        }
    };
    let mut tag = wanted.unwrap_or_default();
    while !tag.is_empty() {
        find(tag).into_iter().for_each(&mut push);
        for (_, fallback) in manifest.fallback.iter().filter(|(locale, _)| locale.eq_ignore_ascii_case(tag)) {
            fallback.iter().for_each(|position| push(usize::from(*position)));
        }
        tag = shorter(tag);
    }
    find(&manifest.default_locale).into_iter().for_each(&mut push);
}

/// The site's own name for a known tag. Its chain is that of the tag. A tag may say more of a person than a site uses.
pub(crate) fn known<'m>(manifest: &'m Manifest, wanted: Option<&str>) -> Option<&'m str> {
    let names = || manifest.locales.iter().chain(manifest.fallback.iter().map(|(locale, _)| locale));
    let mut tag = wanted.unwrap_or_default();
    while !tag.is_empty() {
        if let Some(name) = names().find(|name| name.eq_ignore_ascii_case(tag)) {
            return Some(name);
        }
        tag = shorter(tag);
    }
    None
}

/// The tag without its last subtag.
fn shorter(tag: &str) -> &str {
    let tag = tag.rsplit_once('-').map_or("", |(head, _)| head);
    // A single-letter subtag (`-x-`, `-u-`) is removed together with the one that it introduces.
    if tag.len() >= 2 && tag.as_bytes().get(tag.len() - 2) == Some(&b'-') {
        tag.get(..tag.len() - 2).unwrap_or_default()
    } else {
        tag
    }
}
