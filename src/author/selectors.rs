//! The judge of a slot's selector, without a page at hand.
//!
//! Start with [`named`], the element that a selector names. [`refused`] asks the hosts whether they change it. [`doubt`] finds what
//! streaming hosts and browsers read differently: a host sees the tags as they are written, a browser the tree that it makes of them.

use super::html_rules::is;
use crate::page;
use crate::words::Change;

/// Elements that browsers add where a page leaves out their tags.
const ADDED: &str = "html head body tbody colgroup";
/// Elements whose end tag pages may leave out. A streaming host then takes the next one for its child.
const OPEN_ENDED: &str = "li dt dd p option optgroup rb rt rtc rp thead tbody tfoot tr td th";
/// Elements that are SVG or MathML.
const FOREIGN: &str = "svg math";

/// The element that a selector names last: `main > p.intro` names `p`.
pub(crate) fn named(selector: &str) -> Option<String> {
    match compounds(selector).last() {
        // Several selectors name several elements.
        Some(last) if !compounds(selector).iter().any(|one| one.combinator == ',') => last.name(),
        _ => None,
    }
}

/// Why no host makes this change to the element that a selector names.
pub(crate) fn refused(selector: &str, change: Change, attribute: &str) -> Option<&'static str> {
    let name = named(selector)?;
    let is_foreign = compounds(selector).iter().filter_map(Compound::name).any(|name| is(&name, FOREIGN));
    page::refused(change, attribute, &name, !is_foreign)
}

/// A part of a selector that hosts and browsers may read differently, and why.
pub(crate) fn doubt(selector: &str) -> Option<(&str, &'static str)> {
    let all = compounds(selector);
    let mut before: Option<&Compound<'_>> = None;
    for one in &all {
        if let Some(value) = one.values().find(|value| value.contains(['&', '<', '>', '"', '\''])) {
            return Some((
                value,
                "a page may write such a character as a reference, as in `&amp;`, and hosts compare what is written",
            ));
        }
        let name = one.name().unwrap_or_default();
        let is_structural =
            ["nth-", "first-", "last-", "only-"].iter().any(|kind| one.text.contains(&[":", kind].concat()));
        let is_alone = all.len() == 1;
        // A tag with a class or an attribute is written.
        if is(&name, ADDED) && one.text.len() == name.len() && !(is_alone && is(&name, "html head body")) {
            return Some((
                one.text,
                "a page may leave out this tag: browsers add the element, and hosts do not see it",
            ));
        }
        let parent = before.filter(|_| one.combinator == '>').and_then(Compound::name);
        if name == "tr" && parent.as_deref() == Some("table") {
            return Some((one.text, "browsers put every row into a <tbody>, so that none is a child of its table"));
        }
        if is(&name, OPEN_ENDED) && (is_structural || one.combinator == '>') {
            return Some((
                one.text,
                "a page may leave out its end tag: hosts then see the next one inside it, not beside it",
            ));
        }
        before = Some(one);
    }
    None
}

/// A compound selector, as `p.intro`, and the combinator in front of it.
struct Compound<'s> {
    combinator: char,
    text: &'s str,
}

impl<'s> Compound<'s> {
    fn name(&self) -> Option<String> {
        let end = self.text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(self.text.len());
        self.text.get(..end).filter(|name| !name.is_empty()).map(str::to_ascii_lowercase)
    }

    /// The values of its attributes, without their quotes.
    fn values(&self) -> impl Iterator<Item = &'s str> {
        let inside = self.text.split('[').skip(1).filter_map(|part| part.split_once('='));
        inside.map(|(_, value)| {
            let value = value.trim_start();
            match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
                Some(quote) => value.get(1..value.rfind(quote).unwrap_or(1).max(1)).unwrap_or_default(),
                None => value.split([']', ' ']).next().unwrap_or_default(),
            }
        })
    }
}

/// The compounds of a selector, in their order.
fn compounds(selector: &str) -> Vec<Compound<'_>> {
    let (mut found, mut depth, mut quote, mut start, mut combinator) = (Vec::new(), 0_u32, None, 0, ' ');
    let mut is_escaped = false;
    let mut push = |from: usize, to: usize, combinator: char| {
        let text = selector.get(from..to).unwrap_or_default();
        if !text.is_empty() {
            found.push(Compound { combinator, text });
        }
        !text.is_empty()
    };
    for (at, c) in selector.char_indices() {
        match c {
            _ if std::mem::take(&mut is_escaped) => {}
            '\\' => is_escaped = true,
            c if quote == Some(c) => quote = None,
            _ if quote.is_some() => {}
            '"' | '\'' => quote = Some(c),
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            ' ' | '\t' | '\n' | '>' | '+' | '~' | ',' if depth == 0 => {
                if push(start, at, combinator) {
                    combinator = ' ';
                }
                combinator = if c.is_ascii_whitespace() { combinator } else { c };
                start = at + 1;
            }
            _ => {}
        }
    }
    push(start, selector.len(), combinator);
    found
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
            ("a[title='it)s']", Some("a")),
        ] {
            assert_eq!(named(selector).as_deref(), expected, "{selector}");
        }
    }

    #[test]
    fn an_element_that_hosts_leave_alone_is_known_by_its_name() {
        use Change::{Attribute, Before, Inner, Text};
        for (selector, change, attribute, is_refused) in [
            ("script", Text, "", true),
            ("style", Inner, "", true),
            ("main template", Text, "", true),
            ("script#app", Attribute, "src", true),
            ("iframe", Attribute, "src", true),
            ("iframe", Attribute, "title", false),
            ("svg set", Attribute, "to", true),
            ("svg", Inner, "", true),
            ("svg text", Text, "", true),
            ("svg", Attribute, "class", false),
            ("body", Before, "", true),
            ("img", Inner, "", true),
            ("title", Text, "", false),
            // A part of a table holds some content.
            ("table", Inner, "", false),
            ("td", Before, "", false),
            ("#script", Text, "", false),
        ] {
            assert_eq!(refused(selector, change, attribute).is_some(), is_refused, "{selector} {change}");
        }
    }

    #[test]
    fn what_only_browsers_or_only_hosts_find_is_doubted() {
        for (selector, part) in [
            ("a[href='/buy?a=1&b=2']", "/buy?a=1&b=2"),
            ("a[title=\"it's\"]", "it's"),
            ("a[title='a < b']", "a < b"),
            ("body > .x", "body"),
            ("html .x", "html"),
            ("tbody", "tbody"),
            ("table > tr", "tr"),
            ("ul > li", "li"),
            ("main li:nth-child(2)", "li:nth-child(2)"),
            ("td:first-child", "td:first-child"),
        ] {
            assert_eq!(doubt(selector).map(|(part, _)| part), Some(part), "{selector}");
        }
        for fine in [
            "#hero",
            "[data-slot='home.hero']",
            "body",
            "body.home .hero",
            "main > .hero",
            "main p.intro",
            "ul li",
            "div:nth-child(2)",
            "a[href^='/buy?a=1']",
            ".site-heading h1",
            "table td.price",
        ] {
            assert_eq!(doubt(fine), None, "{fine}");
        }
    }
}
