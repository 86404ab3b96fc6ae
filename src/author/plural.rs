//! Plurals: texts that differ by a number, such as `{visitor.cart_items, plural, one {# item} other {# items}}`.
//!
//! Takes a text, gives its plurals and the longest text that they can make. The form is that of ICU MessageFormat. Selvedge never puts the
//! number in: the sender of a message does, who has it. So a plural stands in messages alone, and its text is as long as its
//! longest form. A text in braces that is no plural is a text in braces.

use std::ops::Range;

/// The names of forms, as CLDR has them.
pub(crate) const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// The forms that whole numbers below a million have in a language (CLDR 48). A language that is not here may have any.
const OF_LANGUAGES: [(&str, &str); 8] = [
    (
        "one other",
        "af ak am an as az bg bn ca ceb da de dv el en eo es et eu fa ff fi fil fo fr fy gl gu ha haw hi hu hy ia is it ka kab kk kl kn ku ky lb \
         lg ln mg mk ml mn mr nb ne nl nn no ny om or pa ps pt sc sd si sn so sq st sv sw ta te ti tk tl tn tr ts ug ur uz ve vo wa xh yi zu",
    ),
    ("zero one two few many other", "ar cy kw"),
    // `other` is for fractions in these, and every plural has it.
    ("one few many other", "be pl ru uk"),
    ("other", "bm dz id ig ja jv km ko lo ms my su th to vi wo yo yue zh"),
    ("one two few other", "br gd gv sl"),
    ("one few other", "bs cs hr lt ro sk sr"),
    ("one two few many other", "ga mt"),
    ("one two other", "he iu iw se"),
];

/// Latvian has a form of its own for nothing.
const LATVIAN: &str = "zero one other";

/// The forms of a language; `None` if nobody here knows it.
pub(crate) fn forms_of(locale: &str) -> Option<Vec<&'static str>> {
    let language = locale.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let of = |(forms, languages): &(&'static str, &'static str)| {
        languages.split_whitespace().any(|known| known == language).then(|| forms.split(' ').collect())
    };
    if language == "lv" { Some(LATVIAN.split(' ').collect()) } else { OF_LANGUAGES.iter().find_map(of) }
}

/// One plural of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plural<'t> {
    /// The attribute with the number.
    pub(crate) number: &'t str,
    /// Forms by name, or by a number as in `=0`, with their texts.
    pub(crate) forms: Vec<(&'t str, &'t str)>,
    /// The bytes of all of it.
    pub(crate) span: Range<usize>,
}

/// A text that begins as a plural does, and is none: where, and why.
pub(crate) type Fault = (Range<usize>, String);

/// The plurals of a text, in order.
pub(crate) fn plurals(text: &str) -> Result<Vec<Plural<'_>>, Fault> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find('{')).map(|at| from + at) {
        from = at + 1;
        if let Some((number, forms)) = head(text, at) {
            let plural = read(text, at, number, forms)?;
            from = plural.span.end;
            found.push(plural);
        }
    }
    Ok(found)
}

/// The name of the number and where the forms begin, if a plural begins here.
fn head(text: &str, at: usize) -> Option<(&str, usize)> {
    let rest = text.get(at + 1..)?;
    let (number, behind) = rest.split_once(',')?;
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
    let forms = behind.trim_start().strip_prefix("plural")?.trim_start().strip_prefix(',')?;
    is_name(number.trim()).then_some((number.trim(), text.len() - forms.len()))
}

fn read<'t>(text: &'t str, at: usize, number: &'t str, mut from: usize) -> Result<Plural<'t>, Fault> {
    let mut forms: Vec<(&str, &str)> = Vec::new();
    loop {
        let rest = text.get(from..).unwrap_or_default();
        let word = rest.trim_start();
        from += rest.len() - word.len();
        if word.starts_with('}') {
            break;
        }
        let Some(brace) =
            word.find(['{', '}']).filter(|brace| word.get(*brace..).is_some_and(|rest| rest.starts_with('{')))
        else {
            return Err((at..text.len(), "the plural has no end".into()));
        };
        let name = word.get(..brace).unwrap_or_default().trim();
        let is_number = name
            .strip_prefix('=')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
        let place = from..from + brace.max(1);
        if !is_number && !FORMS.contains(&name) {
            return Err((
                place,
                format!("`{name}` is no form of a plural; the forms are {} and numbers such as =0", FORMS.join(", ")),
            ));
        }
        if forms.iter().any(|(known, _)| *known == name) {
            return Err((place, format!("the form `{name}` stands here twice")));
        }
        let inner = word.get(brace + 1..).unwrap_or_default();
        let Some(end) =
            inner.find(['{', '}']).filter(|end| inner.get(*end..).is_some_and(|rest| rest.starts_with('}')))
        else {
            return Err((place, format!("the form `{name}` has no end, or a brace inside")));
        };
        forms.push((name, inner.get(..end).unwrap_or_default()));
        from += brace + 1 + end + 1;
    }
    if !forms.iter().any(|(name, _)| *name == "other") {
        return Err((at..from + 1, "a plural needs the form `other`".into()));
    }
    Ok(Plural { number, forms, span: at..from + 1 })
}

/// The longest text that the plurals can make, by `length`; a number is written as `digits` says.
pub(crate) fn longest(
    text: &str,
    plurals: &[Plural<'_>],
    digits: impl Fn(&str) -> String,
    length: impl Fn(&str) -> usize,
) -> String {
    let mut all = String::new();
    let mut from = 0;
    for plural in plurals {
        all.push_str(text.get(from..plural.span.start).unwrap_or_default());
        let number = digits(plural.number);
        let form = |(name, form): &(&str, &str)| form.replace('#', name.strip_prefix('=').unwrap_or(&number));
        all.push_str(&plural.forms.iter().map(form).max_by_key(|form| length(form)).unwrap_or_default());
        from = plural.span.end;
    }
    all + text.get(from..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plural_is_read_and_other_braces_are_text() {
        let text = "Hi {name}, {a.n, plural, =0 {nothing} one {# item} other {# items}} {x, select, y {z}} {";
        let found = plurals(text).expect("is well formed");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].number, "a.n");
        assert_eq!(found[0].forms, [("=0", "nothing"), ("one", "# item"), ("other", "# items")]);
        assert_eq!(&text[found[0].span.clone()], "{a.n, plural, =0 {nothing} one {# item} other {# items}}");
        assert_eq!(plurals("{a.n,plural,other{#}}").expect("is well formed")[0].forms, [("other", "#")]);
        assert_eq!(plurals("{{}} } { plural }"), Ok(Vec::new()));
    }

    #[test]
    fn what_begins_as_a_plural_and_is_none_is_a_fault() {
        for text in [
            "{n, plural, one {x}}",
            "{n, plural, some {x} other {y}}",
            "{n, plural, other {x} other {y}}",
            "{n, plural, other {x",
            "{n, plural, other {x}",
            "{n, plural, other {a {b}}}",
            "{n, plural, other}",
            "{n, plural,",
            "{n, plural, =x {a} other {b}}",
        ] {
            assert!(plurals(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_longest_form_counts() {
        let long = |text: &str| {
            let found = plurals(text).expect("is well formed");
            longest(text, &found, |_| "99".into(), |text| text.chars().count())
        };
        assert_eq!(long("You have {n, plural, one {# item} other {# items}}."), "You have 99 items.");
        assert_eq!(long("{n, plural, =0 {no items at all} one {#} other {#s}}"), "no items at all");
        assert_eq!(long("{n, plural, =1000 {#} other {x}}"), "1000");
        assert_eq!(long("{n, plural, other {#}} {m, plural, other {##}}"), "99 9999");
        assert_eq!(long("no plural {a}"), "no plural {a}");
    }

    #[test]
    fn languages_have_their_forms() {
        assert_eq!(forms_of("en-GB"), Some(vec!["one", "other"]));
        assert_eq!(forms_of("ar"), Some(FORMS.to_vec()));
        assert_eq!(forms_of("PL"), Some(vec!["one", "few", "many", "other"]));
        assert_eq!(forms_of("lv"), Some(vec!["zero", "one", "other"]));
        assert_eq!(forms_of("ja"), Some(vec!["other"]));
        assert_eq!(forms_of("tlh"), None);
    }
}
