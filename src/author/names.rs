//! Names: which are well formed, and which one was probably meant.
//!
//! Takes a word and the words there are, gives the closest one. It never decides that a wrong name is right.

/// The candidate that `name` was probably meant to be: at most a third of it mistyped, swapped neighbours counted once.
pub(crate) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(NAME_CHARS_MAX).collect();
    let limit = (name.len() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= limit * 4)
        .filter_map(|candidate| {
            let other: Vec<char> = candidate.chars().take(NAME_CHARS_MAX).collect();
            let near = other.len().abs_diff(name.len()) <= limit;
            let distance = if near { distance(&name, &other) } else { usize::MAX };
            (distance <= limit).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The help for a wrong name: the name that was probably meant, or else the list from `otherwise`.
pub(crate) fn hint<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str> + Clone,
    otherwise: impl FnOnce(String) -> String,
) -> String {
    match closest(name, candidates.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => otherwise(listed(candidates)),
    }
}

/// The candidates in one line, as long as they fit.
pub(crate) fn listed<'a>(candidates: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> = candidates.into_iter().map(|candidate| format!("`{candidate}`")).collect();
    if all.len() > LISTED_MAX {
        format!("{} and {} more", all[..LISTED_MAX].join(", "), all.len() - LISTED_MAX)
    } else {
        all.join(", ")
    }
}

/// The same name in Latin letters, and the first letter that only looks like one.
pub(crate) fn in_latin(name: &str) -> Option<(String, char)> {
    const ALIKE: [(&str, &str); 3] = [
        ("абвеіјкмнорстухѕԁһԛԝ", "abbeijkmhopctyxsdhqw"),
        ("АВЕІЈКМНОРСТУХЅ", "ABEIJKMHOPCTYXS"),
        ("αεικνορτυχ", "aeikvoptux"),
    ];
    let alike = |c: char| {
        let mut pairs = ALIKE.into_iter().flat_map(|(foreign, latin)| foreign.chars().zip(latin.chars()));
        pairs.find(|(foreign, _)| *foreign == c).map(|(_, latin)| latin)
    };
    let odd = name.chars().find(|c| alike(*c).is_some())?;
    let latin: String = name.chars().map(|c| alike(c).unwrap_or(c)).collect();
    (latin.is_ascii() && name.contains(|c: char| c.is_ascii_alphanumeric())).then_some((latin, odd))
}

/// True if `name` is `[a-z][a-z0-9_]*` segments with dots between, `min` of them at least; `extra` may stand where `_` may.
pub(crate) fn is_dotted(name: &str, min: usize, extra: &str) -> bool {
    let segment = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || extra.contains(c))
    };
    name.split('.').count() >= min && name.split('.').all(segment)
}

/// True if `name` is made of lower-case letters, digits and `extra`, and starts with a letter or digit.
pub(crate) fn is_plain(name: &str, extra: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || extra.contains(c))
}

/// The locale that `tag` becomes when it is written as BCP 47 wants, if it does.
pub(crate) fn as_locale(tag: &str) -> Option<String> {
    Some(tag.replace('_', "-")).filter(|tag| is_locale(tag))
}

/// True if `tag` has the form of a BCP 47 language tag.
pub(crate) fn is_locale(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language =
        parts.next().is_some_and(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphabetic()));
    language && parts.all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

const LISTED_MAX: usize = 12;
/// Longer names are compared by their beginning: the table of distances is quadratic.
const NAME_CHARS_MAX: usize = 64;

/// Slips between two words: a letter too many, too few, wrong, or two swapped.
pub(crate) fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, y) in b.iter().enumerate() {
            let change = last[j] + usize::from(x != y);
            row[j + 1] = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let words = ["selector", "channel", "change", "max_graphemes"];
        assert_eq!(closest("selektor", words), Some("selector"));
        assert_eq!(closest("chnage", words), Some("change"));
        assert_eq!(closest("max_grapheme", words), Some("max_graphemes"));
        assert_eq!(closest("colour", words), None);
        assert_eq!(closest("", words), None);
    }

    #[test]
    fn knows_well_formed_names() {
        assert!(is_dotted("request.country", 2, "") && !is_dotted("country", 2, "") && is_dotted("home-hero", 1, "-"));
        assert!(!is_dotted("a..b", 2, "") && !is_dotted("a.B", 2, "") && !is_dotted("", 1, ""));
        assert!(is_plain("hero/winter", "/_-") && !is_plain("/hero", "/") && !is_plain("", ""));
        assert!(is_locale("de") && is_locale("zh-Hant-TW") && !is_locale("d") && !is_locale("de_DE") && !is_locale(""));
    }
}
