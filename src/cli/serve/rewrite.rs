//! Page changes where `lol_html`, the parser of the edge's own runtime, finds the elements of slots.
//!
//! The parser only finds elements. [`Passage`] changes them, here and at the edge.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lol_html::html_content::Element;
use lol_html::{ElementContentHandlers, HtmlRewriter, MemorySettings, Selector, Settings};

use crate::page::{Change, Encoding, HTML_NAMESPACE, Passage, SlotChange};

/// The memory that the edge's runtime grants its parser: the preview gives up where the edge does.
const PARSER_BYTES_MAX: usize = 3 * 1024 * 1024;

const PIECE_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(in crate::cli) struct Rewritten {
    pub(in crate::cli) html: Vec<u8>,
    /// Slots that this page does not have in a form that can be changed, and why.
    pub(in crate::cli) missed: Vec<(String, &'static str)>,
    /// Slots whose element is on the page, whether it could be changed or not.
    pub(in crate::cli) found: usize,
    /// Why the parser gave up. The rest of the page is the origin's.
    pub(in crate::cli) gave_up: Option<String>,
    /// The page was changed, and breaks off where its data block could not stand.
    pub(in crate::cli) is_without_block: bool,
}

/// Applies each change to the first element that its selector matches, and appends `block` to the document.
pub(in crate::cli) fn rewrite(html: &[u8], encoding: Encoding, changes: &[Change<'_>], block: &str) -> Rewritten {
    let (places, unfit, gave_up) = find(html, changes);
    let mut passage = Passage::new(changes.iter().map(SlotChange::from).collect(), 0, encoding);
    let mut out = Vec::with_capacity(html.len() + block.len());
    let mut passed = 0;
    for place in &places {
        out.extend(passage.push(&html[passed..place.at]));
        passed = place.at;
        passage.found(place.change, place.is_html, &html[..passed], true);
    }
    out.extend(passage.push(&html[passed..]));
    out.extend(passage.end());
    out.extend_from_slice(passage.block(block, html).as_bytes());

    let left = passage.missed().into_iter().map(|(change, why)| (change.slot.clone(), why)).collect::<Vec<_>>();
    let unseen = (0..changes.len()).filter(|change| places.iter().all(|place| place.change != *change));
    let unseen = unseen.map(|change| {
        let why = match &gave_up {
            _ if unfit.contains(&change) => "the parser refuses its selector",
            Some(_) => "the parser gave up before it found the element",
            None => "nothing matches its selector",
        };
        (changes[change].slot.name.to_owned(), why)
    });
    let missed = unseen.chain(left).collect();
    let is_without_block = passage.is_without_block();
    Rewritten { html: out, missed, found: places.len(), gave_up, is_without_block }
}

/// The place where the element of a change begins.
struct Place {
    at: usize,
    change: usize,
    is_html: bool,
}

/// Three lists: the element of each change, in the order of the page, the changes whose selector found no element, and why
/// the parser gave up.
fn find(html: &[u8], changes: &[Change<'_>]) -> (Vec<Place>, Vec<usize>, Option<String>) {
    let places = RefCell::new(Vec::new());
    let templates = Rc::new(Cell::new(0_usize));
    let mut unfit = Vec::new();
    let memory = MemorySettings::new().with_max_allowed_memory_usage(PARSER_BYTES_MAX);
    let mut settings = Settings::new().with_memory_settings(memory);
    for (change, Change { slot, .. }) in changes.iter().enumerate() {
        let Ok(selector) = slot.selector.parse::<Selector>() else {
            unfit.push(change);
            continue;
        };
        let is_done = Cell::new(false);
        let (places, templates) = (&places, Rc::clone(&templates));
        let found = move |element: &mut Element<'_, '_>| {
            // The contents of a template are not shown.
            if templates.get() == 0 && !is_done.replace(true) {
                let is_html = element.namespace_uri() == HTML_NAMESPACE;
                places.borrow_mut().push(Place { at: element.source_location().bytes().start, change, is_html });
            }
            Ok(())
        };
        settings = settings
            .append_element_content_handler((Cow::Owned(selector), ElementContentHandlers::default().element(found)));
    }
    settings = counting(settings, templates);
    let mut parser = HtmlRewriter::new(settings, |_: &[u8]| {});
    // In pieces, as an edge gets it, because only the end of a piece takes up the parser's memory. Behind the last of the
    // elements it reads on in vain.
    let mut pieces = html.chunks(PIECE_BYTES).take_while(|_| places.borrow().len() + unfit.len() < changes.len());
    let parsed = pieces.try_for_each(|piece| parser.write(piece));
    let is_over = places.borrow().len() + unfit.len() == changes.len();
    let parsed = if is_over { parsed.map(|()| drop(parser)) } else { parsed.and_then(|()| parser.end()) };
    (places.into_inner(), unfit, parsed.err().map(|error| error.to_string()))
}

/// The page with the language and direction of the visitor on its root element. `None` if it has no such tag that can be found.
pub(in crate::cli) fn turned(html: &[u8], language: &str, is_right_to_left: bool) -> Option<Vec<u8>> {
    let is_found = Cell::new(false);
    let found = |element: &mut Element<'_, '_>| {
        if element.namespace_uri() == HTML_NAMESPACE && !is_found.replace(true) {
            element.set_attribute("lang", language)?;
            element.set_attribute("dir", if is_right_to_left { "rtl" } else { "ltr" })?;
        }
        Ok(())
    };
    let selector = "html".parse::<Selector>().ok()?;
    let handlers = ElementContentHandlers::default().element(found);
    let settings = Settings::new().append_element_content_handler((Cow::Owned(selector), handlers));
    let mut out = Vec::with_capacity(html.len() + 32);
    let mut parser = HtmlRewriter::new(settings, |piece: &[u8]| out.extend_from_slice(piece));
    parser.write(html).and_then(|()| parser.end()).ok()?;
    is_found.get().then_some(out)
}

/// The names of all elements that each selector finds, as far as they are shown.
pub(in crate::cli) fn elements(html: &[u8], selectors: &[&str]) -> Vec<Vec<String>> {
    let names = RefCell::new(vec![Vec::new(); selectors.len()]);
    let templates = Rc::new(Cell::new(0_usize));
    let mut settings = Settings::new();
    for (at, selector) in selectors.iter().enumerate() {
        let Ok(selector) = selector.parse::<Selector>() else { continue };
        let (names, templates) = (&names, Rc::clone(&templates));
        let found = move |element: &mut Element<'_, '_>| {
            if let (0, Some(names)) = (templates.get(), names.borrow_mut().get_mut(at)) {
                names.push(element.tag_name());
            }
            Ok(())
        };
        settings = settings
            .append_element_content_handler((Cow::Owned(selector), ElementContentHandlers::default().element(found)));
    }
    let mut parser = HtmlRewriter::new(counting(settings, templates), |_: &[u8]| {});
    // The parser may give up. The elements that it has found by then count.
    let _ = parser.write(html).and_then(|()| parser.end());
    names.into_inner()
}

/// Counts the templates that are open. It comes behind the other handlers, as a template can be a slot's element.
fn counting<'h, 's>(settings: Settings<'h, 's>, templates: Rc<Cell<usize>>) -> Settings<'h, 's> {
    let opened = move |element: &mut Element<'_, '_>| {
        if element.namespace_uri() == HTML_NAMESPACE {
            templates.set(templates.get() + 1);
            let templates = Rc::clone(&templates);
            element.on_end_tag(Box::new(move |end| {
                // For the parser, any element's end tag ends what is open in it. In HTML, only its own ends a template.
                if end.name() == "template" {
                    templates.set(templates.get() - 1);
                }
                Ok(())
            }))?;
        }
        Ok(())
    };
    let Ok(selector) = "template".parse::<Selector>() else { return settings };
    let handlers = ElementContentHandlers::default().element(opened);
    settings.append_element_content_handler((Cow::Owned(selector), handlers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Slot;
    use crate::words::Change as C;

    const PAGE: &str =
        "<!doctype html><main><div id=a class=x>old <b>text</b></div><div id=a>second</div><p id=p>one<p>two</main>";

    /// The page as text.
    #[derive(Debug)]
    struct Text {
        html: String,
        missed: Vec<(String, &'static str)>,
        gave_up: Option<String>,
    }

    fn rewritten(page: &str, changes: &[Change<'_>], block: &str) -> Text {
        let Rewritten { html, missed, gave_up, .. } = rewrite(page.as_bytes(), Encoding::Utf8, changes, block);
        Text { html: String::from_utf8(html).expect("is UTF-8"), missed, gave_up }
    }

    fn change<'c>(selector: &'c str, change: C, body: &'c str) -> Change<'c> {
        let slot = Slot { name: "s", page: "/", selector, change, attribute: "class" };
        Change { slot, mark: "s".into(), content: "c", body }
    }

    /// Marks in full: `[…]` is what a slot shows, with `[+` what it adds, and `{…}` what the origin had there.
    fn marked(text: &str) -> String {
        let text = text.replace("[+", "<!--selvedge+:s-->").replace('[', "<!--selvedge:s-->");
        let text = text.replace(']', "<!--/selvedge:s-->");
        text.replace('{', "<template data-selvedge-control=\"s\">").replace('}', "</template>")
    }

    #[test]
    fn each_kind_of_change_keeps_what_the_origin_had() {
        let cases = [
            (C::Inner, "<i>new</i>", "<div id=a class=x>[<i>new{old <b>text</b>}</i>]</div><div id=a>second</div>"),
            (C::Text, "1 < 2", "<div id=a class=x>[1 &lt; 2{old <b>text</b>}]</div>"),
            (
                C::Replace,
                "<i>new</i>",
                "<main>[<i>new{<div id=a class=x>old <b>text</b></div>}</i>]<div id=a>second</div>",
            ),
            (C::Remove, "", "<main>[{<div id=a class=x>old <b>text</b></div>}]"),
            (C::Before, "<i>new</i>", "<main>[+<i>new</i>]<div id=a class=x>"),
            (C::After, "<i>new</i>", "</div>[+<i>new</i>]<div id=a>second</div>"),
            (
                C::Attribute,
                "\"y\"",
                "<div data-selvedge-set=\"s:class\" data-selvedge-was-class=\"x\" id=a class=\"&quot;y&quot;\">old",
            ),
        ];
        for (kind, body, expected) in cases {
            let html = rewritten(PAGE, &[change("#a", kind, body)], "").html;
            assert!(html.contains(&marked(expected)), "{kind}\n{html}\n{expected}");
        }
    }

    #[test]
    fn where_the_parser_gives_up_the_rest_is_the_origins_page() {
        let row = "<tr><td>article 100<td>price 12.50<td>stock 7<td>colour red<td>size m<td>weight 10";
        let table = format!("<table>{}</table>", row.repeat(20_000));
        let long = format!("<img src=\"data:{}\">", "A".repeat(4_000_000));
        let select = "<select><option>1<style>p{}</style></select>".to_owned();
        for trouble in [table, "<p>one".repeat(200_000), long, select] {
            let page = format!("<div id=a>old</div>{trouble}<div id=b>old</div>");
            let changes = ["#a", "#b"].map(|selector| change(selector, C::Inner, "new"));
            let done = rewritten(&page, &changes, "<script>1</script>");
            let begin = marked("<div id=a>[new{old}]</div>");
            let whole = format!("{begin}{trouble}<div id=b>old</div><script>1</script>");
            assert!(done.html == whole, "{}", trouble.chars().take(40).collect::<String>());
            assert_eq!(done.missed, [("s".to_owned(), "the parser gave up before it found the element")]);
            assert!(done.gave_up.is_some());
        }
    }

    #[test]
    fn the_first_element_that_is_shown_is_changed() {
        let page = "<template><div id=a>inert</div></template><div id=a>shown</div>";
        let html = rewritten(page, &[change("#a", C::Inner, "new")], "").html;
        assert!(html.starts_with(&marked("<template><div id=a>inert</div></template><div id=a>[new")), "{html}");
    }

    #[test]
    fn only_its_own_end_tag_ends_a_template() {
        for page in ["<div><template><p>t</div><p id=a>inert", "<ul><li><template>t</li><li id=a>inert</ul>"] {
            assert_eq!(rewritten(page, &[change("#a", C::Inner, "new")], "").html, page);
        }
    }

    #[test]
    fn all_elements_that_are_shown_are_counted() {
        let page =
            b"<template><p class=a></template><p class=a><div class=a><svg class=a></svg></div><style>.a{}</style>";
        let found = elements(page, &[".a", "p", "#nowhere", "div:hover("]);
        assert_eq!(found, [vec!["p", "div", "svg"], vec!["p"], vec![], vec![]]);
    }

    #[test]
    fn slots_meet_in_one_element_and_in_each_other() {
        let changes = [
            ("main", C::After),
            ("main", C::Inner),
            ("#a", C::Attribute),
            ("#a", C::Text),
            ("i", C::Remove),
            ("main", C::Attribute),
        ];
        let changes = changes.map(|(selector, kind)| change(selector, kind, "new"));
        let done = rewritten("<main class=x><div id=a>old</div> <i>gone</i></main>rest", &changes, "");
        let expected = "<main data-selvedge-set=\"s:class\" data-selvedge-was-class=\"x\" class=\"new\">[new{\
            <div data-selvedge-set=\"s:class\" class=\"new\" id=a>[new{old}]</div> [{<i>gone</i>}]}]</main>[+new]rest";
        assert_eq!((done.html, done.missed), (marked(expected), Vec::new()));
    }

    #[test]
    fn the_block_ends_the_document_and_what_missed_its_element_is_named() {
        let page = rewritten(PAGE, &[change("#nowhere", C::Inner, "x")], "<script>1</script>");
        assert_eq!(page.html, format!("{PAGE}<script>1</script>"));
        assert_eq!(page.missed, [("s".to_owned(), "nothing matches its selector")]);
        // A refused selector costs no other slot its change.
        let page = rewritten(PAGE, &["div:hover(", "#a"].map(|selector| change(selector, C::Inner, "new")), "");
        assert!(page.html.contains(&marked("[new")), "{}", page.html);
        assert_eq!(page.missed, [("s".to_owned(), "the parser refuses its selector")]);
    }

    #[test]
    fn of_an_element_that_is_not_html_only_attributes_are_set() {
        let page = "<svg id=s><text id=t>old</text><foreignObject id=f><p>html</foreignObject></svg>\
            <math id=m><mi id=i>x</mi></math><p>rest";
        let selectors = ["#s", "#t", "#f", "#m", "#i"];
        for (selector, kind) in selectors.iter().flat_map(|s| C::ALL.iter().map(move |c| (*s, *c))) {
            let done = rewritten(page, &[change(selector, kind, "new")], "");
            if kind == C::Attribute {
                assert!(done.html.contains("class=\"new\"") && done.missed.is_empty(), "{selector} {kind}: {done:?}");
            } else {
                assert_eq!(done.html, page, "{selector} {kind}");
                assert!(done.missed.iter().any(|(_, why)| why.contains("not HTML")), "{selector} {kind}: {done:?}");
            }
        }
        // HTML within a picture is HTML.
        let page = "<svg><foreignObject><p id=t><b id=a>old</b></p></foreignObject></svg>";
        let done = rewritten(page, &[change("#a", C::Inner, "new")], "");
        assert!(done.missed.is_empty() && done.html.contains("new"), "{done:?}");
    }
}
