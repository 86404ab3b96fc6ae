//! Reads the facts of the visit from request headers.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::bundle::manifest::{EVERY_LOCALE, Manifest};

/// Global Privacy Control: `Sec-GPC` is exactly `1`. Several headers arrive joined by commas; any `1` counts (W3C draft).
pub(super) fn is_gpc(value: &str) -> bool {
    value.split(',').any(|value| value.trim() == "1")
}

/// The kind of device, by Client Hints if there are any, else by the User-Agent's own conventions.
pub(super) fn device(header: &dyn Fn(&str) -> Option<String>) -> &'static str {
    let agent = header("user-agent").unwrap_or_default();
    let is_tablet = has(&agent, "iPad") || has(&agent, "Tablet") || (has(&agent, "Android") && !has(&agent, "Mobile"));
    let is_mobile = header("sec-ch-ua-mobile").is_some_and(|value| value.trim() == "?1") || has(&agent, "Mobi");
    match (is_tablet, is_mobile) {
        (true, _) => "tablet",
        (false, true) => "mobile",
        (false, false) => "desktop",
    }
}

/// True if a word stands in a text. The standard library's search is faster in long texts, and would be a hundredth of the engine for the
/// browser.
fn has(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part == word.as_bytes())
}

/// The visitor's first language as its primary subtag, in lower case.
pub(super) fn language(accept_language: &str) -> Option<String> {
    let first = tags(accept_language).into_iter().next()?;
    let primary = first.split('-').next()?;
    (primary != "*").then(|| primary.to_ascii_lowercase())
}

/// The first tag that the visitor accepts for which the site has a locale, or says where to fall back to (RFC 4647 §3.4, lookup). Without
/// one it is the first of all, on a site that says where every locale falls back to.
pub(super) fn locale(accept_language: &str, manifest: &Manifest) -> Option<String> {
    let tags = tags(accept_language);
    let first = || tags.first().filter(|_| is_known(EVERY_LOCALE, manifest));
    tags.iter().find(|tag| is_known(tag, manifest)).or_else(first).map(ToString::to_string)
}

/// True if the site has a locale for this tag, or says where to fall back to.
pub fn is_known(tag: &str, manifest: &Manifest) -> bool {
    let known = || manifest.locales.iter().chain(manifest.fallback.iter().map(|(locale, _)| locale));
    let has = |tag: &str| known().any(|locale| locale.eq_ignore_ascii_case(tag));
    let mut rest = tag;
    loop {
        if has(rest) {
            return true;
        }
        match rest.rsplit_once('-') {
            Some((head, _)) => rest = head,
            None => return false,
        }
    }
}

/// Language ranges by falling weight; equal weights keep their order, weight 0 is a refusal.
fn tags(accept_language: &str) -> Vec<&str> {
    let weighted = accept_language.split(',').take(32).filter_map(|range| {
        let mut parts = range.split(';');
        let tag = parts.next().map(str::trim).filter(|tag| !tag.is_empty())?;
        let quality = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1000), thousandths)?;
        (quality > 0).then_some((quality, tag))
    });
    // Inserting in place: a list of at most 32 does not repay the code of a sort.
    let mut tags: Vec<(u32, &str)> = Vec::new();
    for (quality, tag) in weighted {
        let at = tags.partition_point(|(before, _)| *before >= quality);
        tags.insert(at, (quality, tag));
    }
    tags.into_iter().map(|(_, tag)| tag).collect()
}

/// A quality value (`0.8`) in thousandths.
fn thousandths(quality: &str) -> Option<u32> {
    let (whole, fraction) = quality.trim().split_once('.').unwrap_or((quality.trim(), ""));
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let scale = [1000, 100, 10, 1];
    let fraction = fraction.parse::<u32>().unwrap_or(0) * scale.get(fraction.len())?;
    Some((whole * 1000 + fraction).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_language_is_taken_in_order_of_weight() {
        let manifest = Manifest {
            locales: alloc::vec!["de".to_string(), "en".to_string()],
            fallback: alloc::vec![("lb".to_string(), alloc::vec![0, 1])],
            ..Manifest::default()
        };
        let cases = [
            ("de-AT,de;q=0.9,en;q=0.5", Some("de-AT"), Some("de")),
            ("fr;q=0.4, en-GB;q=0.8", Some("en-GB"), Some("en")),
            ("fr", None, Some("fr")),
            ("lb", Some("lb"), Some("lb")),
            ("fr, lb-LU;q=0.9, en;q=0.5", Some("lb-LU"), Some("fr")),
            ("de;q=0, en", Some("en"), Some("en")),
            ("*", None, None),
            ("", None, None),
            ("de;q=2,en", Some("en"), Some("en")),
        ];
        for (header, expected_locale, expected_language) in cases {
            assert_eq!(locale(header, &manifest).as_deref(), expected_locale, "{header}");
            assert_eq!(language(header).as_deref(), expected_language, "{header}");
        }
        // On a site that says where every language falls back to, one that nobody knows counts.
        let every = Manifest {
            fallback: alloc::vec![(EVERY_LOCALE.to_string(), alloc::vec![crate::bundle::manifest::CHAIN_END])],
            ..manifest
        };
        for (header, expected) in [("fr-CA,it;q=0.9", Some("fr-CA")), ("fr, de;q=0.1", Some("de")), ("", None)] {
            assert_eq!(locale(header, &every).as_deref(), expected, "{header}");
        }
    }

    #[test]
    fn gpc_is_exactly_one() {
        for (value, expected) in
            [("1", true), ("0", false), ("true", false), ("0, 1", true), ("11", false), ("", false)]
        {
            assert_eq!(is_gpc(value), expected, "{value}");
        }
    }
}
