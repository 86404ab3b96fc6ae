//! Page changes as edits of a streaming rewriter: `lol_html`, the parser of the edge's own runtime.
//!
//! Takes the origin's page, the changes and what to add at its end, gives the new page. On any error the caller still has the
//! origin's page, and serves that.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use lol_html::errors::AttributeNameError;
use lol_html::html_content::{ContentType, Element};
use lol_html::{ElementContentHandlers, Selector, Settings, end, rewrite_str};

use crate::page::{Change, Steps, refusal, steps};

/// A rewritten page.
#[derive(Debug)]
pub(in crate::cli) struct Rewritten {
    pub(in crate::cli) html: String,
    /// Slots that this page does not have in a form that can be changed, and why.
    pub(in crate::cli) missed: Vec<(String, &'static str)>,
}

/// Applies each change to the first element that its selector matches, and appends `block` to the document.
///
/// # Errors
/// Says which selector or which part of the page the rewriter refused, or which element lacks an end tag that it needs: what is
/// put after its content, or what follows it, would be lost.
pub(in crate::cli) fn rewrite(html: &str, changes: &[Change<'_>], block: &str) -> Result<Rewritten, String> {
    let mut settings = Settings::new();
    let mut missing: Vec<Rc<Cell<Option<&str>>>> = Vec::new();
    let mut unclosed: Vec<Rc<Cell<bool>>> = Vec::new();
    for Change { slot, body, .. } in changes {
        let selector: Selector =
            slot.selector.parse().map_err(|error| format!("selector `{}`: {error}", slot.selector))?;
        let is_done = Cell::new(false);
        let missed = Rc::new(Cell::new(Some("nothing matches its selector")));
        missing.push(Rc::clone(&missed));
        let is_open = Rc::new(Cell::new(false));
        unclosed.push(Rc::clone(&is_open));
        let change = move |element: &mut Element<'_, '_>| {
            if !is_done.replace(true) {
                let tag = element.tag_name();
                missed.set(refusal(slot.change, &tag, element.namespace_uri()));
                if missed.get().is_some() {
                    return Ok(());
                }
                let steps = steps(slot.name, slot.change, slot.attribute, body, &tag);
                apply(element, &steps)?;
                let must_be_own = steps.takes_content();
                if (steps.needs_end() || must_be_own) && element.can_have_content() {
                    is_open.set(true);
                    let is_open = Rc::clone(&is_open);
                    element.on_end_tag(Box::new(move |end| {
                        is_open.set(must_be_own && end.name() != tag);
                        Ok(())
                    }))?;
                }
            }
            Ok(())
        };
        let handlers = ElementContentHandlers::default().element(change);
        settings = settings.append_element_content_handler((Cow::Owned(selector), handlers));
    }
    let settings = settings.append_document_content_handler(end!(|end| {
        end.append(block, ContentType::Html);
        Ok(())
    }));
    let html = rewrite_str(html, settings).map_err(|error| error.to_string())?;
    if let Some((change, _)) = changes.iter().zip(unclosed).find(|(_, is_open)| is_open.get()) {
        return Err(format!("the element of `{}` has no end tag", change.slot.name));
    }
    let missed = changes.iter().zip(missing);
    let missed = missed.filter_map(|(change, why)| Some((change.slot.name.to_owned(), why.get()?))).collect();
    Ok(Rewritten { html, missed })
}

fn apply(element: &mut Element<'_, '_>, steps: &Steps) -> Result<(), AttributeNameError> {
    if let Some((name, value)) = &steps.attribute {
        if let Some(was) = element.get_attribute(name) {
            element.set_attribute(&format!("data-selvedge-was-{name}"), &was)?;
        }
        element.set_attribute(name, value)?;
    }
    for (name, value) in &steps.marks {
        let marks = match element.get_attribute(name) {
            Some(marks) => format!("{marks} {value}"),
            None => value.clone(),
        };
        element.set_attribute(name, &marks)?;
    }
    if let Some(inner) = &steps.inner {
        element.set_inner_content(inner, ContentType::Html);
    }
    let mut put = |markup: &str, put: fn(&mut Element<'_, '_>, &str, ContentType)| {
        if !markup.is_empty() {
            put(element, markup, ContentType::Html);
        }
    };
    put(&steps.before, |element, markup, kind| element.before(markup, kind));
    put(&steps.prepend, |element, markup, kind| element.prepend(markup, kind));
    put(&steps.append, |element, markup, kind| element.append(markup, kind));
    put(&steps.after, |element, markup, kind| element.after(markup, kind));
    if steps.remove {
        element.remove();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Slot;
    use crate::words;

    const PAGE: &str =
        "<!doctype html><main><div id=a class=x>old <b>text</b></div><div id=a>second</div><p id=p>one<p>two</main>";

    fn slot<'s>(selector: &'s str, change: words::Change, attribute: &'s str) -> Slot<'s> {
        Slot { name: "s", page: "/", selector, change, attribute }
    }

    fn html(selector: &str, change: words::Change, attribute: &str, body: &str) -> String {
        let changes = [Change { slot: slot(selector, change, attribute), content: "c", body }];
        rewrite(PAGE, &changes, "").map(|page| page.html).unwrap_or_default()
    }

    #[test]
    fn an_element_that_nothing_closes_leaves_the_page_alone() {
        let page = "<p>first</p><div id=a>old<p>rest";
        for change in [words::Change::Inner, words::Change::Replace, words::Change::Remove, words::Change::After] {
            let changes = [Change { slot: slot("#a", change, ""), content: "c", body: "<i>new</i>" }];
            let done = rewrite(page, &changes, "");
            assert!(done.as_ref().is_err_and(|why| why.contains("no end tag")), "{change}: {done:?}");
        }
        // An element around it closes it, for the rewriter as for a browser.
        let changes = [Change { slot: slot("#a", words::Change::Inner, ""), content: "c", body: "<i>new</i>" }];
        let page = rewrite("<main><div id=a>old<p>rest</main><footer>foot</footer>", &changes, "").expect("is closed");
        assert!(page.html.ends_with("old<p>rest</template></main><footer>foot</footer>"), "{}", page.html);
        let changes = [Change { slot: slot("img", words::Change::Replace, ""), content: "c", body: "<i>new</i>" }];
        let page = rewrite("<main><img src=a.png></main>", &changes, "").expect("a void element has an end");
        assert!(page.html.contains("<img src=a.png></template>"), "{}", page.html);
    }

    #[test]
    fn each_kind_of_change_keeps_what_the_origin_had() {
        use words::Change as C;
        let cases = [
            (
                C::Inner,
                "",
                "<i>new</i>",
                "<div id=a class=x><!--selvedge:s--><i>new</i><!--/selvedge:s--><template data-selvedge-control=\"s\">old <b>text</b></template></div><div id=a>second</div>",
            ),
            (
                C::Text,
                "",
                "1 < 2",
                "<div id=a class=x><!--selvedge:s-->1 &lt; 2<!--/selvedge:s--><template data-selvedge-control=\"s\">old <b>text</b></template></div>",
            ),
            (
                C::Replace,
                "",
                "<i>new</i>",
                "<main><!--selvedge:s--><i>new</i><!--/selvedge:s--><template data-selvedge-control=\"s\"><div id=a class=x>old <b>text</b></div></template><div id=a>second</div>",
            ),
            (
                C::Remove,
                "",
                "",
                "<main><!--selvedge:s--><!--/selvedge:s--><template data-selvedge-control=\"s\"><div id=a class=x>old <b>text</b></div></template>",
            ),
            (C::Before, "", "<i>new</i>", "<main><!--selvedge:s--><i>new</i><!--/selvedge:s--><div id=a class=x>"),
            (C::After, "", "<i>new</i>", "</div><!--selvedge:s--><i>new</i><!--/selvedge:s--><div id=a>second</div>"),
            (
                C::Attribute,
                "class",
                "\"y\"",
                "<div id=a class=\"&quot;y&quot;\" data-selvedge-was-class=\"x\" data-selvedge-set=\"s:class\">old",
            ),
        ];
        for (change, attribute, body, expected) in cases {
            let html = html("#a", change, attribute, body);
            assert!(html.contains(expected), "{change}\n{html}\n{expected}");
        }
    }

    #[test]
    fn an_element_whose_end_tag_is_optional_is_changed_without_a_template() {
        let changes = [Change { slot: slot("#p", words::Change::Inner, ""), content: "c", body: "<i>new</i>" }];
        let page = rewrite("<main><p id=p>one</p><p>two</main>", &changes, "").expect("has an end tag of its own");
        assert_eq!(page.html, "<main><p id=p data-selvedge-reload=\"s\"><i>new</i></p><p>two</main>");
    }

    #[test]
    fn what_follows_an_element_is_never_taken_with_it() {
        for change in [words::Change::Inner, words::Change::Text, words::Change::Replace, words::Change::Remove] {
            for page in [PAGE, "<ul><li id=p>one<li>two</ul>", "<table><tr><td id=p>one<td>two</table>"] {
                let changes = [Change { slot: slot("#p", change, ""), content: "c", body: "new" }];
                assert!(rewrite(page, &changes, "").is_err_and(|why| why.contains("no end tag")), "{change}: {page}");
            }
        }
    }

    #[test]
    fn the_block_ends_the_document_and_a_missing_element_is_named() {
        let changes = [Change { slot: slot("#nowhere", words::Change::Inner, ""), content: "c", body: "x" }];
        let page = rewrite(PAGE, &changes, "<script>1</script>").expect("a page without the element is still a page");
        assert_eq!(page.html, format!("{PAGE}<script>1</script>"));
        assert_eq!(page.missed, [("s".to_owned(), "nothing matches its selector")]);
    }

    #[test]
    fn of_an_element_that_is_not_html_only_attributes_are_set() {
        let page = "<svg id=s><text id=t>old</text><foreignObject id=f><p>html</foreignObject></svg>\
            <math id=m><mi id=i>x</mi></math><p>rest";
        let selectors = ["#s", "#t", "#f", "#m", "#i"];
        for (selector, change) in selectors.iter().flat_map(|s| words::Change::ALL.iter().map(move |c| (*s, *c))) {
            let changes = [Change { slot: slot(selector, change, "class"), content: "c", body: "new" }];
            let done = rewrite(page, &changes, "").expect("a page");
            if change == words::Change::Attribute {
                assert!(done.html.contains("class=\"new\"") && done.missed.is_empty(), "{selector} {change}: {done:?}");
            } else {
                assert_eq!(done.html, page, "{selector} {change}");
                assert!(done.missed.iter().any(|(_, why)| why.contains("not HTML")), "{selector} {change}: {done:?}");
            }
        }
        // What is HTML within a picture is HTML.
        let page = "<svg><foreignObject><p id=t><b id=a>old</b></p></foreignObject></svg>";
        let changes = [Change { slot: slot("#a", words::Change::Inner, ""), content: "c", body: "new" }];
        let done = rewrite(page, &changes, "").expect("a page");
        assert!(done.missed.is_empty() && done.html.contains("new"), "{done:?}");
    }

    #[test]
    fn a_refused_selector_is_an_error_and_no_page() {
        let changes = [Change { slot: slot("div:hover(", words::Change::Inner, ""), content: "c", body: "x" }];
        let error = rewrite(PAGE, &changes, "").expect_err("no selector");
        assert!(error.contains("div:hover("), "{error}");
    }
}
