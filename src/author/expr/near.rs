//! What an author may have meant.
//!
//! Takes what is written and what is known, gives the nearest known name, if one is near enough. It never changes anything.

use super::budget::NEAR_BYTES_MAX;
use crate::author::names::distance;

/// The nearest of the candidates: the same in another case, the same last segments, or few slips of the keyboard away.
pub(super) fn nearest<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if written.is_empty() || written.len() > NEAR_BYTES_MAX {
        return None;
    }
    let lower = written.to_lowercase();
    let allowed = (lower.chars().count() / 3).clamp(1, 4);
    candidates
        .filter(|candidate| candidate.len() <= 2 * NEAR_BYTES_MAX)
        .filter_map(|candidate| Some((cost(&lower, &candidate.to_lowercase(), allowed)?, candidate)))
        .min_by_key(|(cost, _)| *cost)
        .map(|(_, candidate)| candidate)
}

fn cost(written: &str, candidate: &str, allowed: usize) -> Option<usize> {
    if candidate == written {
        return Some(0);
    }
    if candidate.strip_suffix(written).is_some_and(|front| front.ends_with('.')) {
        return Some(1);
    }
    if written.len().abs_diff(candidate.len()) > 4 * allowed {
        return None;
    }
    let letters = |word: &str| word.chars().collect::<Vec<char>>();
    let distance = distance(&letters(written), &letters(candidate));
    // Two codes of two letters always share one by chance: that is no slip.
    let longer = written.chars().count().max(candidate.chars().count());
    (distance <= allowed && 2 * distance < longer).then_some(2 * distance)
}

/// The member of a closed set that was meant.
pub(super) fn member<'a>(written: &str, set: &'a [String]) -> Option<&'a str> {
    let find = |value: &str| set.iter().find(|member| *member == value).map(String::as_str);
    let lower = written.trim().to_lowercase();
    KNOWN
        .iter()
        .filter(|(wrong, _)| *wrong == lower)
        .find_map(|(_, meant)| find(meant))
        .or_else(|| nearest(written.trim(), set.iter().map(String::as_str)))
}

/// Names and codes that people write in place of a code of ISO 3166, 639 or 4217, in small letters. A set that lacks the code
/// is not helped by it.
const KNOWN: &[(&str, &str)] = &[
    ("uk", "GB"),
    ("el", "GR"),
    ("eng", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("great britain", "GB"),
    ("united kingdom", "GB"),
    ("gbr", "GB"),
    ("germany", "DE"),
    ("deutschland", "DE"),
    ("deu", "DE"),
    ("ger", "DE"),
    ("d", "DE"),
    ("austria", "AT"),
    ("österreich", "AT"),
    ("aut", "AT"),
    ("switzerland", "CH"),
    ("schweiz", "CH"),
    ("suisse", "CH"),
    ("che", "CH"),
    ("sui", "CH"),
    ("france", "FR"),
    ("fra", "FR"),
    ("italy", "IT"),
    ("italia", "IT"),
    ("ita", "IT"),
    ("spain", "ES"),
    ("españa", "ES"),
    ("esp", "ES"),
    ("sp", "ES"),
    ("portugal", "PT"),
    ("prt", "PT"),
    ("netherlands", "NL"),
    ("the netherlands", "NL"),
    ("holland", "NL"),
    ("nld", "NL"),
    ("belgium", "BE"),
    ("bel", "BE"),
    ("denmark", "DK"),
    ("dnk", "DK"),
    ("sweden", "SE"),
    ("swe", "SE"),
    ("sw", "SE"),
    ("norway", "NO"),
    ("nor", "NO"),
    ("finland", "FI"),
    ("fin", "FI"),
    ("ireland", "IE"),
    ("irl", "IE"),
    ("poland", "PL"),
    ("pol", "PL"),
    ("czechia", "CZ"),
    ("czech republic", "CZ"),
    ("cze", "CZ"),
    ("greece", "GR"),
    ("grc", "GR"),
    ("turkey", "TR"),
    ("türkiye", "TR"),
    ("ukraine", "UA"),
    ("ukr", "UA"),
    ("united states", "US"),
    ("united states of america", "US"),
    ("america", "US"),
    ("usa", "US"),
    ("canada", "CA"),
    ("can", "CA"),
    ("brazil", "BR"),
    ("bra", "BR"),
    ("mexico", "MX"),
    ("mex", "MX"),
    ("china", "CN"),
    ("chn", "CN"),
    ("japan", "JP"),
    ("jpn", "JP"),
    ("jap", "JP"),
    ("india", "IN"),
    ("ind", "IN"),
    ("australia", "AU"),
    ("aus", "AU"),
    ("german", "de"),
    ("deutsch", "de"),
    ("deu", "de"),
    ("ger", "de"),
    ("english", "en"),
    ("eng", "en"),
    ("french", "fr"),
    ("fra", "fr"),
    ("spanish", "es"),
    ("italian", "it"),
    ("dutch", "nl"),
    ("swedish", "sv"),
    ("danish", "da"),
    ("czech", "cs"),
    ("cz", "cs"),
    ("greek", "el"),
    ("gr", "el"),
    ("japanese", "ja"),
    ("jp", "ja"),
    ("chinese", "zh"),
    ("cn", "zh"),
    ("ukrainian", "uk"),
    ("ua", "uk"),
    ("€", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("$", "USD"),
    ("us$", "USD"),
    ("dollar", "USD"),
    ("dollars", "USD"),
    ("£", "GBP"),
    ("pound", "GBP"),
    ("ukp", "GBP"),
    ("sfr", "CHF"),
    ("franken", "CHF"),
    ("rmb", "CNY"),
    ("yen", "JPY"),
    ("¥", "JPY"),
];
