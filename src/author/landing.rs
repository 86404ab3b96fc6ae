//! The judge of where content lands: browsers may move it out of the slot, or drop it.
//!
//! Takes a change, the elements around it and the content. It writes a small page with the content in its place, parses it
//! as browsers do, and compares the tree with the written one.

use super::html;
use super::html_rules::{VOID, is, stays_in_select};
use super::html_tree::{Element, Step, first_difference};
use super::site::Body;
use crate::page::escape_text;
use crate::words::Change;

/// Why this content does not stay where the change puts it; `None` where it does. The path leads from `html` to the element that is
/// changed.
pub(crate) fn flaw(change: Change, path: &[Element], body: &Body) -> Option<String> {
    let (element, _) = path.split_last()?;
    let (name, is_inside) = (&*element.name, matches!(change, Change::Inner | Change::Text));
    let (markup, written) = match body {
        _ if matches!(change, Change::Attribute | Change::Remove) => return None,
        Body::Empty => return None,
        Body::Html(markup) => (markup.clone(), html::steps(markup)),
        Body::Text(text) => (escape_text(text), Step::text(text).into_iter().collect()),
    };
    match name {
        name if is_inside && is(name, VOID) => return Some(format!("`<{name}>` cannot contain anything")),
        "svg" | "math" | "select" | "optgroup" if is_inside && matches!(body, Body::Text(_)) => {
            return Some(format!("text in `<{name}>` is not shown"));
        }
        "html" if is_inside => return Some("`<html>` contains the whole page".into()),
        "html" | "head" | "body" if !is_inside => return Some(format!("nothing can stand beside `<{name}>`")),
        _ => {}
    }
    // Elements that no parser would nest so say nothing of the content.
    Page::of(path, change, None).first_difference().is_none().then_some(())?;
    let page = Page::of(path, change, Some((&markup, &written)));
    let at = page.first_difference().or_else(|| page.leaves_select())?;
    let opened = |steps: &[Step]| steps.iter().find_map(Step::name).map(str::to_owned);
    let own = page.content.contains(&at).then(|| page.steps.get(at..=at).and_then(opened)).flatten();
    let what = own.or_else(|| opened(&written)).map_or("text".into(), |name| format!("`<{name}>`"));
    let place = if is_inside { "in" } else { "beside" };
    Some(format!("browsers do not leave {what} {place} `<{name}>`: they move it, drop it, or end an element around it"))
}

/// A page as it is written: its markup, and the tree that the markup should be read as.
#[derive(Default)]
struct Page {
    html: String,
    steps: Vec<Step>,
    /// The steps of the content.
    content: std::ops::Range<usize>,
}

impl Page {
    /// The elements in each other, with the content where the change puts it.
    fn of(path: &[Element], change: Change, content: Option<(&str, &[Step])>) -> Self {
        let mut page = Self { html: "<!doctype html>".into(), ..Self::default() };
        let Some((element, around)) = path.split_last() else { return page };
        for (outer, inner) in around.iter().zip(path.iter().skip(1)) {
            page.open(outer);
            if outer.name == "html" && inner.name != "head" {
                page.whole(&Element::html("head"));
            }
        }
        match (change, content) {
            (Change::Inner | Change::Text, Some(content)) => {
                page.open(element);
                page.put(content);
                page.close(element);
            }
            (Change::Before, Some(content)) => {
                page.put(content);
                page.whole(element);
            }
            (Change::After, Some(content)) => {
                page.whole(element);
                page.put(content);
            }
            (Change::Replace, Some(content)) => page.put(content),
            _ => page.whole(element),
        }
        for outer in around.iter().rev() {
            if outer.name == "html" && path.get(1).is_some_and(|inner| inner.name == "head") {
                page.whole(&Element::html("body"));
            }
            page.close(outer);
        }
        page
    }

    fn first_difference(&self) -> Option<usize> {
        first_difference(&self.html, &self.steps)
    }

    /// The first element that older browsers drop from a list of choices.
    fn leaves_select(&self) -> Option<usize> {
        let mut open: Vec<&str> = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::Open { name, .. } => {
                    let parent = open.last().copied().unwrap_or_default();
                    if open.contains(&"select") && !stays_in_select(parent, name) {
                        return Some(at);
                    }
                    open.push(name);
                }
                Step::Close => drop(open.pop()),
                Step::Text(_) | Step::Comment(_) => {}
            }
        }
        None
    }

    fn open(&mut self, element: &Element) {
        self.html += &format!("<{}>", element.name);
        self.steps.push(Step::Open { name: element.name.clone(), foreign: element.foreign });
    }

    fn close(&mut self, element: &Element) {
        if element.foreign || !is(&element.name, VOID) {
            self.html += &format!("</{}>", element.name);
        }
        self.steps.push(Step::Close);
    }

    fn whole(&mut self, element: &Element) {
        self.open(element);
        self.close(element);
    }

    fn put(&mut self, (markup, steps): (&str, &[Step])) {
        self.html += markup;
        self.content = self.steps.len()..self.steps.len() + steps.len();
        self.steps.extend_from_slice(steps);
    }
}

/// The usual place of an element of this name.
pub(crate) fn usual_path(name: &str) -> Vec<Element> {
    let around = match name {
        "html" => "",
        "head" | "body" => "html",
        "title" | "meta" | "link" | "base" => "html head",
        "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => "html body table",
        "tr" => "html body table tbody",
        "td" | "th" => "html body table tbody tr",
        "col" => "html body table colgroup",
        "li" => "html body ul",
        "dt" | "dd" => "html body dl",
        "option" | "optgroup" => "html body select",
        "rb" | "rp" | "rt" | "rtc" => "html body ruby",
        _ => "html body",
    };
    let foreign = matches!(name, "svg" | "math");
    around.split_whitespace().map(Element::html).chain([Element { name: name.into(), foreign }]).collect()
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
            (Before, "title", "<div></div>", "beside `<title>`"),
            (After, "meta", "<meta name=a>", ""),
            (Inner, "img", "<b></b>", "cannot contain anything"),
            (Inner, "svg", "<b></b>", "leave `<b>` in `<svg>`"),
            (Inner, "table", "<div></div>", "leave `<div>` in `<table>`"),
            (Inner, "table", "<tr><td><div></div></td></tr>", ""),
            (Inner, "tr", "<div></div>", "leave `<div>` in"),
            (Inner, "tr", "<td><p></p></td>", ""),
            (Inner, "p", "<ul><li></li></ul>", "leave `<ul>` in `<p>`"),
            (Inner, "p", "<b><i></i></b>", ""),
            (Inner, "p", "<button><div></div></button>", ""),
            (Inner, "button", "<b><button></button></b>", "leave `<button>` in"),
            (Inner, "a", "<a href=/>x</a>", "leave `<a>` in"),
            (Inner, "h1", "<h2></h2>", "leave `<h2>` in"),
            (Inner, "select", "<div></div>", "leave `<div>` in"),
            (Inner, "title", "<b></b>", "leave `<b>` in"),
            (Inner, "li", "<li>x</li>", "leave `<li>` in"),
            (Replace, "tr", "<div></div>", "beside `<tr>`"),
            (Replace, "td", "<td></td>", ""),
            (Replace, "section", "<div></div>", ""),
            (Inner, "section", "<div><p></p></div>", ""),
        ];
        for (change, element, html, expected) in cases {
            let said = flaw(change, &usual_path(element), &Body::Html(html.into())).unwrap_or_default();
            let is_told = if expected.is_empty() { said.is_empty() } else { said.contains(expected) };
            assert!(is_told, "{element} {html}: {said}");
        }
        let text = |element| flaw(Text, &usual_path(element), &Body::Text("a < b".into())).is_some();
        assert_eq!(["img", "tr", "select", "p", "title"].map(text), [true, true, true, false, false]);
        // Elements further out count, too.
        let path = |names: &str| names.split(' ').map(Element::html).collect::<Vec<_>>();
        let link = Body::Html("<a href=/>x</a>".into());
        assert!(flaw(Inner, &path("html body a span"), &link).is_some());
        assert!(flaw(Inner, &path("html body p span"), &link).is_none());
    }
}
