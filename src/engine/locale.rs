//! Which locales to try for a visitor.
//!
//! Takes the site's locales and the visitor's BCP 47 tag, gives a chain. Explicit fallbacks come first, then the tag without its last
//! subtag (RFC 4647 §3.4 lookup), then the fallbacks of every locale, then the default. A fallback can end the chain before. It never
//! parses more of a tag than its hyphens.

use alloc::string::String;
use alloc::vec::Vec;

use crate::bundle::manifest::{CHAIN_END, EVERY_LOCALE, Manifest};

/// Positions in `manifest.locales`, best first, none twice. [`CHAIN_END`] is last where the default must not stand in.
pub(super) fn chain(manifest: &Manifest, wanted: Option<&str>) -> Vec<u16> {
    let mut chain = Vec::new();
    chain_into(manifest, wanted, &mut chain);
    chain
}

/// As [`chain`], in the room of the one before.
pub(super) fn chain_into(manifest: &Manifest, wanted: Option<&str>, chain: &mut Vec<u16>) {
    chain.clear();
    let mut tag = wanted.unwrap_or_default();
    let mut is_every = tag.is_empty();
    while chain.last() != Some(&CHAIN_END) {
        let known = manifest.locales.iter().position(|locale| locale.eq_ignore_ascii_case(tag));
        let fallbacks = manifest.fallback.iter().filter(|(locale, _)| locale.eq_ignore_ascii_case(tag));
        for position in
            known.map(|at| at as u16).into_iter().chain(fallbacks.flat_map(|(_, chain)| chain.iter().copied()))
        {
            if chain.last() != Some(&CHAIN_END) && !chain.contains(&position) {
                chain.push(position);
            }
        }
        if is_every {
            // A visitor who names no language is shown the default.
            let default = manifest.locales.iter().position(|locale| *locale == manifest.default_locale);
            let default =
                default.map(|at| at as u16).filter(|at| !chain.contains(at) && chain.last() != Some(&CHAIN_END));
            chain.extend(default);
            break;
        }
        tag = shorter(tag);
        if tag.is_empty() {
            (tag, is_every) = (EVERY_LOCALE, true);
        }
    }
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
    // The chain of every locale is that of a tag that nobody knows.
    names().find(|name| *name == EVERY_LOCALE).filter(|_| wanted.is_some_and(|tag| !tag.is_empty())).map(String::as_str)
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn names(fallback: &[(&str, &[u16])], wanted: Option<&str>) -> String {
        let manifest = Manifest {
            default_locale: "en".into(),
            locales: vec!["de".into(), "en".into(), "fr".into(), "fr-CA".into()],
            fallback: fallback.iter().map(|(from, to)| ((*from).into(), to.to_vec())).collect(),
            ..Manifest::default()
        };
        let name = |at: u16| manifest.locales.get(usize::from(at)).map_or("control", String::as_str);
        chain(&manifest, wanted).into_iter().map(name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_chain_ends_in_the_default_or_where_the_site_says() {
        type Case = (&'static [(&'static str, &'static [u16])], Option<&'static str>, &'static str);
        const END: &[u16] = &[CHAIN_END];
        let cases: [Case; 14] = [
            (&[], Some("de-AT"), "de en"),
            (&[], Some("fr-CA-x-old"), "fr-CA fr en"),
            (&[], Some("ja"), "en"),
            (&[], None, "en"),
            (&[("lb", &[0])], Some("lb-LU"), "de en"),
            (&[("fr-CA", &[2, CHAIN_END])], Some("fr-CA"), "fr-CA fr control"),
            (&[("fr-CA", &[2, CHAIN_END])], Some("fr"), "fr en"),
            (&[("fr", END)], Some("FR-ca"), "fr-CA fr control"),
            (&[("*", END)], Some("de-AT"), "de control"),
            (&[("*", END)], Some("ja"), "control"),
            // Nobody said another language.
            (&[("*", END)], None, "en"),
            (&[("*", &[0])], Some("ja"), "de en"),
            (&[("*", &[0])], None, "en"),
            (&[("*", &[0, CHAIN_END]), ("lb", &[2])], Some("lb"), "fr de control"),
        ];
        for (fallback, wanted, expected) in cases {
            assert_eq!(names(fallback, wanted), expected, "{fallback:?} {wanted:?}");
        }
    }

    #[test]
    fn the_name_of_a_tag_has_its_chain() {
        let mut manifest = Manifest {
            default_locale: "en".into(),
            locales: vec!["de".into(), "en".into()],
            fallback: vec![("lb".into(), vec![0, CHAIN_END])],
            ..Manifest::default()
        };
        for has_every in [false, true] {
            for tag in ["de-AT", "lb-LU", "fr-CA", "", "x"] {
                let name = known(&manifest, Some(tag));
                assert_eq!(chain(&manifest, name), chain(&manifest, Some(tag)), "{tag} as {name:?}");
            }
            assert_eq!(known(&manifest, Some("fr")), has_every.then_some(EVERY_LOCALE));
            assert_eq!(known(&manifest, None), None);
            manifest.fallback.push((EVERY_LOCALE.into(), vec![CHAIN_END]));
        }
    }
}
