//! The known name that an author may have meant.
//!
//! Takes a word and the known names, gives the nearest name, if one is near enough. It never changes anything.

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
        .filter(|(_, wrong)| wrong.split(", ").any(|wrong| wrong == lower))
        .find_map(|(meant, _)| find(meant))
        .or_else(|| of_tag(written.trim(), set))
        .or_else(|| nearest(written.trim(), set.iter().map(String::as_str)))
}

/// The part of a language tag that is in the set: of `en-GB` the language or the country.
fn of_tag<'a>(written: &str, set: &'a [String]) -> Option<&'a str> {
    let (language, rest) = written.split_once(['-', '_'])?;
    let country = rest.rsplit(['-', '_']).next().filter(|_| matches!(language.len(), 2 | 3))?;
    let find = |value: String| set.iter().find(|member| **member == value).map(String::as_str);
    find(language.to_ascii_lowercase()).or_else(|| find(country.to_ascii_uppercase()))
}

/// Codes of ISO 3166, 639 and 4217, and what people write in their place, in small letters. A set that lacks the code is not
/// helped by it.
const KNOWN: &[(&str, &str)] = &[
    ("GB", "uk, eng, england, scotland, great britain, united kingdom, gbr"),
    ("GR", "el, greece, grc"),
    ("DE", "germany, deutschland, deu, ger, d"),
    ("AT", "austria, österreich, aut"),
    ("CH", "switzerland, schweiz, suisse, che, sui"),
    ("FR", "france, fra"),
    ("IT", "italy, italia, ita"),
    ("ES", "spain, españa, esp, sp"),
    ("PT", "portugal, prt"),
    ("NL", "netherlands, the netherlands, holland, nld"),
    ("BE", "belgium, bel"),
    ("DK", "denmark, dnk"),
    ("SE", "sweden, swe, sw"),
    ("NO", "norway, nor"),
    ("FI", "finland, fin"),
    ("IE", "ireland, irl"),
    ("PL", "poland, pol"),
    ("CZ", "czechia, czech republic, cze"),
    ("TR", "turkey, türkiye"),
    ("UA", "ukraine, ukr"),
    ("US", "united states, united states of america, america, usa"),
    ("CA", "canada, can"),
    ("BR", "brazil, bra"),
    ("MX", "mexico, mex"),
    ("CN", "china, chn"),
    ("JP", "japan, jpn, jap"),
    ("IN", "india, ind"),
    ("AU", "australia, aus"),
    ("de", "german, deutsch, deu, ger"),
    ("en", "english, eng"),
    ("fr", "french, fra"),
    ("es", "spanish"),
    ("it", "italian"),
    ("nl", "dutch"),
    ("sv", "swedish"),
    ("da", "danish"),
    ("cs", "czech, cz"),
    ("el", "greek, gr"),
    ("ja", "japanese, jp"),
    ("zh", "chinese, cn"),
    ("uk", "ukrainian, ua"),
    ("EUR", "€, euro, euros"),
    ("USD", "$, us$, dollar, dollars"),
    ("GBP", "£, pound, ukp"),
    ("CHF", "sfr, franken"),
    ("CNY", "rmb"),
    ("JPY", "yen, ¥"),
];
