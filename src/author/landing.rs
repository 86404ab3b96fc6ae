//! Whether markup stays where a slot puts it, by the element that the slot names or matches.
//!
//! Takes a change, the name of an element and the elements of the content, says what a browser would do to them. It knows the content
//! models that parsers enforce, and none of those that only validators know.

use super::html_rules::{ENDS_P, VOID, is};
use crate::words::Change;

/// What can stand in a head. Anything else ends it, and what follows moves into the body.
const HEAD: &str = "base link meta noscript script style template title";
const HEADINGS: &str = "h1 h2 h3 h4 h5 h6";
/// Elements whose content is never markup.
const TEXT_ONLY: &str = "iframe noembed noframes noscript script style textarea title xmp";
/// Elements that no other of the same name may stand in.
const ONCE: &str = "a button form nobr option";

/// The elements of content, each with how deep it stands: 0 is the content's own level.
pub(crate) type Elements = Vec<(usize, String)>;

/// Why this content does not stay where the change puts it; `None` where it does.
pub(crate) fn flaw(change: Change, element: &str, elements: Option<&Elements>) -> Option<String> {
    match (change, elements) {
        (Change::Inner, Some(elements)) => inside(element, elements),
        (Change::Inner | Change::Text, _) => text_inside(element),
        (Change::Before | Change::After | Change::Replace, Some(elements)) => beside(element, elements),
        _ => None,
    }
}

/// The element that a selector names last: `main > p.intro` names `p`.
pub(crate) fn named(selector: &str) -> Option<String> {
    let selector = selector.trim_end();
    // The part after the last combinator that stands outside of brackets.
    let (mut depth, mut start) = (0_u32, 0);
    for (at, c) in selector.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            ' ' | '>' | '+' | '~' if depth == 0 => start = at + 1,
            // Several selectors name several elements.
            ',' if depth == 0 => return None,
            _ => {}
        }
    }
    let compound = selector.get(start..)?;
    let end = compound.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(compound.len());
    compound.get(..end).filter(|name| !name.is_empty()).map(str::to_ascii_lowercase)
}

fn text_inside(element: &str) -> Option<String> {
    if is(element, VOID) {
        return Some(format!("`<{element}>` holds nothing"));
    }
    match element {
        "svg" | "math" => Some(format!("text does not show in `<{element}>`")),
        "table" | "tbody" | "thead" | "tfoot" | "tr" | "colgroup" => Some(format!("text moves out of `<{element}>`")),
        "select" | "optgroup" => Some(format!("text does not show in `<{element}>`")),
        "head" | "html" => Some(format!("text ends `<{element}>`")),
        _ => None,
    }
}

fn inside(element: &str, elements: &Elements) -> Option<String> {
    if is(element, VOID) {
        return Some(format!("`<{element}>` holds nothing"));
    }
    let first = |wrong: &dyn Fn(usize, &str) -> bool| {
        elements.iter().find(|(depth, name)| wrong(*depth, name)).map(|(_, name)| name)
    };
    if is(element, TEXT_ONLY) {
        return first(&|_, _| true).map(|name| format!("`<{name}>` is no markup in `<{element}>`, which holds text"));
    }
    if matches!(element, "svg" | "math") {
        return Some(format!("HTML does not show in `<{element}>`"));
    }
    if let Some(allowed) = allowed_inside(element) {
        let out = first(&|depth, name| depth == 0 && !is(name, allowed));
        return out
            .map(|name| format!("`<{name}>` moves out of `<{element}>`, or is dropped"))
            .or_else(|| elements.is_empty().then(|| text_inside(element)).flatten());
    }
    if element == "p" || is(element, HEADINGS) {
        let ends = |depth: usize, name: &str| match element {
            "p" => is(name, ENDS_P),
            _ => depth == 0 && is(name, HEADINGS),
        };
        return first(&ends).map(|name| format!("`<{name}>` ends the `<{element}>` around it"));
    }
    let again = first(&|_, name| is(element, ONCE) && name == element);
    again.map(|name| format!("`<{name}>` cannot stand in another `<{name}>`"))
}

fn beside(element: &str, elements: &Elements) -> Option<String> {
    let allowed = match element {
        "html" | "head" | "body" => return Some(format!("nothing stands beside `<{element}>`")),
        "title" | "meta" | "link" | "base" => HEAD,
        "tr" => "tr",
        "td" | "th" => "td th",
        "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => "caption colgroup thead tbody tfoot",
        "col" => "col",
        "option" | "optgroup" => "option optgroup hr",
        _ => return None,
    };
    let (_, name) = elements.iter().find(|(depth, name)| *depth == 0 && !is(name, allowed))?;
    Some(if allowed == HEAD {
        format!("`<{name}>` ends the page's head: `<{element}>` and what follows it move into the body")
    } else {
        format!("`<{name}>` does not stay beside `<{element}>`")
    })
}

/// What stays in an element that only takes its own parts.
fn allowed_inside(element: &str) -> Option<&'static str> {
    Some(match element {
        "table" => "caption colgroup thead tbody tfoot tr",
        "tbody" | "thead" | "tfoot" => "tr",
        "tr" => "td th",
        "colgroup" => "col",
        "select" => "option optgroup hr",
        "optgroup" => "option",
        "head" => HEAD,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_compound_names_the_element() {
        for (selector, expected) in [
            ("title", Some("title")),
            ("main > p.intro", Some("p")),
            ("ul li:nth-child(2)", Some("li")),
            ("IMG[alt='a > b']", Some("img")),
            ("[data-slot='home.hero']", None),
            ("#hero", None),
            ("div:not(.a b) > *", None),
            ("p, li", None),
        ] {
            assert_eq!(named(selector).as_deref(), expected, "{selector}");
        }
    }

    #[test]
    fn content_that_browsers_move_is_told() {
        use Change::{After, Before, Inner, Replace, Text};
        let cases = [
            (Before, "title", "<div></div>", "ends the page's head"),
            (After, "meta", "<meta name=a>", ""),
            (Inner, "img", "<b></b>", "holds nothing"),
            (Inner, "meta", "", "holds nothing"),
            (Inner, "svg", "<b></b>", "does not show"),
            (Inner, "table", "<div></div>", "moves out"),
            (Inner, "table", "<tr><td><div></div></td></tr>", ""),
            (Inner, "tr", "<div></div>", "moves out"),
            (Inner, "tr", "<td><p></p></td>", ""),
            (Inner, "p", "<ul><li></li></ul>", "ends the `<p>`"),
            (Inner, "p", "<b><i></i></b>", ""),
            (Inner, "button", "<b><button></button></b>", "another `<button>`"),
            (Inner, "a", "<a href=/></a>", "another `<a>`"),
            (Inner, "h1", "<h2></h2>", "ends the `<h1>`"),
            (Inner, "select", "<div></div>", "moves out"),
            (Inner, "title", "<b></b>", "holds text"),
            (Replace, "tr", "<div></div>", "does not stay"),
            (Replace, "td", "<td></td>", ""),
            (Replace, "section", "<div></div>", ""),
            (Inner, "section", "<div><p></p></div>", ""),
        ];
        for (change, element, html, expected) in cases {
            let said = flaw(change, element, Some(&crate::author::html::elements(html))).unwrap_or_default();
            assert!(
                if expected.is_empty() { said.is_empty() } else { said.contains(expected) },
                "{element} {html}: {said}"
            );
        }
        assert!(
            flaw(Text, "img", None).is_some() && flaw(Text, "tr", None).is_some() && flaw(Text, "p", None).is_none()
        );
    }
}
