//! Content in its own words: the title of what was shown, or the beginning of its text.

use crate::author::html;
use crate::bundle::BodyKind;
use crate::cli::open::Opened;

/// The longest text that is quoted, in letters. A longer one ends with the word before.
const LETTERS_MAX: usize = 110;

/// The words of a content item in a locale; empty if it shows nothing. `None` if the release does not have it.
pub(super) fn words(opened: &Opened, content: &str, locale: Option<&str>) -> Option<String> {
    let (program, index) = (opened.bundle.program(), opened.bundle.index());
    let content = (0..program.contents() as u32).find(|at| program.content_name(*at) == content)?;
    let locales = &program.manifest().locales;
    let is_wanted = |at: u16| locales.get(usize::from(at)).map(String::as_str) == locale;
    let mut variants = index.variants(content);
    let first = variants.next()?;
    let variant = std::iter::once(first.clone()).chain(variants).find(|one| is_wanted(one.locale)).unwrap_or(first);
    let body = opened.chunks.get(variant.chunk)?.get(variant.range)?;
    let body = std::str::from_utf8(body).ok()?;
    Some(match variant.kind {
        BodyKind::Html => shortened(&title(body).unwrap_or_else(|| spaced(body))),
        BodyKind::Text => shortened(body),
        BodyKind::Empty => String::new(),
    })
}

/// The text of the first heading.
fn title(body: &str) -> Option<String> {
    let start = ["<h1", "<h2", "<h3", "<h4"].iter().filter_map(|tag| body.find(tag)).min()?;
    let rest = &body[start..];
    let end = rest.find("</h").unwrap_or(rest.len());
    Some(spaced(&rest[..end])).filter(|text| !text.trim().is_empty())
}

/// The text of markup. Two elements are two words.
fn spaced(body: &str) -> String {
    html::text(&body.replace('<', " <"))
}

fn shortened(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if out.chars().count() + word.chars().count() >= LETTERS_MAX && !out.is_empty() {
            return out + " …";
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_the_title_and_a_long_text_ends_with_a_word() {
        let body = "<p class=\"eyebrow\">For members</p><h1>Thank you <em>for</em> all</h1><p>More</p>";
        assert_eq!(title(body).map(|text| shortened(&text)).as_deref(), Some("Thank you for all"));
        assert_eq!(title("<p>No heading</p>"), None);
        assert_eq!(shortened(&spaced("<li>One</li><li>Two &amp; three</li>")), "One Two & three");
        let long = shortened(&"word ".repeat(60));
        assert!(long.chars().count() <= LETTERS_MAX + 2 && long.ends_with("word …"), "{long}");
    }
}
