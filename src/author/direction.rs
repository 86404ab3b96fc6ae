//! The direction in which a language is written.
//!
//! Takes a BCP 47 tag. Its script says it, or else the usual script of its language (CLDR 48).

/// Scripts that are written from right to left.
const SCRIPTS: [&str; 14] =
    ["adlm", "arab", "aran", "armi", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "syrj", "thaa", "yezi"];

/// Languages whose usual script is one of these.
const LANGUAGES: [&str; 24] = [
    "ar", "arc", "arz", "azb", "bal", "bqi", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "ks", "lrc", "mzn", "nqo",
    "ps", "sd", "syr", "trw", "ug", "ur", "yi",
];

/// True if this language is written from right to left.
pub(crate) fn is_right_to_left(tag: &str) -> bool {
    let is = |list: &[&str], part: &str| list.iter().any(|known| known.eq_ignore_ascii_case(part));
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let script = parts
        .take_while(|part| part.len() > 1)
        .find(|part| part.len() == 4 && !part.starts_with(|c: char| c.is_ascii_digit()));
    script.map_or_else(|| is(&LANGUAGES, language), |script| is(&SCRIPTS, script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_says_it_or_the_language() {
        for tag in ["ar", "ar-EG", "he", "fa-IR", "ur", "UG", "az-Arab", "pa-Arab-PK", "ks", "ar-x-latn"] {
            assert!(is_right_to_left(tag), "{tag}");
        }
        for tag in ["en", "de-AT", "ar-Latn", "az", "sr-Cyrl", "", "zh-Hant-TW", "en-u-nu-arab", "ks-Deva"] {
            assert!(!is_right_to_left(tag), "{tag}");
        }
    }
}
