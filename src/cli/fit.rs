//! Whether slots fit the site's own pages: every selector finds its element, and nothing but that element would change.
//!
//! Each page is changed in memory by the rewriter of the preview, so what is said is what would happen.

use super::serve::pages;
use super::serve::rewrite::rewrite;
use crate::author::diagnostic::Diagnostic;
use crate::author::site::{Site, Slot};
use crate::bundle;
use crate::page::{Change, Encoding, matches};

/// Content of any kind: text, and each part of a table, which holds nothing else.
const PROBES: [&str; 5] = ["x", "<tbody>", "<tr>", "<td>", "<col>"];

/// Every slot that does not fit a page of the site's own.
pub(super) fn misfits(site: &Site) -> Vec<Diagnostic> {
    let Some(folder) = &site.pages else { return Vec::new() };
    let pages = pages::all(&site.folder.join(folder));
    let web = site.slots.iter().filter(|slot| slot.channel == "web");
    web.filter_map(|slot| misfit(slot, &pages)).collect()
}

fn misfit(slot: &Slot, pages: &[(String, String)]) -> Option<Diagnostic> {
    let change = bundle::Slot {
        name: &slot.name,
        page: &slot.page,
        selector: &slot.selector,
        change: slot.change,
        attribute: slot.attribute.as_deref().unwrap_or_default(),
    };
    let (mut tried, mut fits, mut missed) = (0, false, None);
    for (path, html) in pages.iter().filter(|(path, _)| matches(&slot.page, path)) {
        tried += 1;
        let tries = PROBES.map(|body| Change { slot: change, mark: "probe".into(), content: "probe", body });
        let mut tries = tries.into_iter().map(|change| rewrite(html.as_bytes(), Encoding::Utf8, &[change], ""));
        let Some(mut page) = tries.next() else { continue };
        if page.found > 0 && !page.missed.is_empty() {
            page = tries.find(|page| page.missed.is_empty()).unwrap_or(page);
        }
        match page.missed.first() {
            None => fits = true,
            Some((_, why)) if page.found == 0 => missed = missed.or(Some((path, *why))),
            Some((_, why)) => {
                let what = format!("`{}` cannot be changed on the page {path}: {why}", slot.name);
                let fault = Diagnostic::error("SV4016", slot.place.clone(), what);
                let fault = fault.why("visitors of that page keep the origin's content, on every host");
                return Some(fault.help("close every element there with an end tag, or choose another element"));
            }
        }
    }
    // One page of a pattern that has the element is enough.
    let (path, why) = missed.filter(|_| !fits)?;
    let pages =
        if tried == 1 { format!("the page {path}") } else { format!("any of {tried} pages, {path} among them") };
    let what = format!("`{}` does not fit {pages}: {why}", slot.name);
    let fault = Diagnostic::error("SV4015", slot.place.clone(), what).warning();
    Some(fault.help("correct the slot's `selector` or `page`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::site::Place;
    use crate::words;

    fn codes(selector: &str, page: &str, change: words::Change) -> Vec<&'static str> {
        let pages = [
            ("/", "<main><div id=a>old</div><ul><li id=l>one<li>two</ul><i id=o>x<b>y</i>z</b></main>"),
            ("/help/", "<main><svg id=s></svg></main>"),
            ("/sizes/", "<table><tbody><tr id=r><td>1</td></tr></tbody></table>"),
        ];
        let pages = pages.map(|(path, html)| (path.to_owned(), html.to_owned()));
        let slot = Slot {
            name: "s".into(),
            channel: "web".into(),
            page: page.into(),
            selector: selector.into(),
            change,
            attribute: Some("class".into()),
            max_graphemes: None,
            tokens: Vec::new(),
            min_variants: None,
            description: String::new(),
            place: Place::default(),
        };
        misfit(&slot, &pages).iter().map(|found| found.code).collect()
    }

    #[test]
    fn a_slot_fits_where_its_element_is_and_ends() {
        use words::Change as C;
        let cases: &[(&str, &str, C, &[&str])] = &[
            ("#a", "/", C::Inner, &[]),
            // One of the pages has it.
            ("#a", "*", C::Inner, &[]),
            ("#a", "/help/", C::Inner, &["SV4015"]),
            ("#nowhere", "*", C::Inner, &["SV4015"]),
            // A row takes rows beside it and cells in it.
            ("#r", "/sizes/", C::Replace, &[]),
            ("#r", "/sizes/", C::Inner, &[]),
            // No page of the folder is meant: nothing can be said.
            ("#a", "/account/", C::Inner, &[]),
            ("#l", "/", C::Inner, &[]),
            ("#o", "/", C::Inner, &["SV4016"]),
            ("#o", "/", C::Attribute, &[]),
            // One page has it in a form that cannot be changed, whatever another page is like.
            ("i", "*", C::Remove, &["SV4016"]),
            ("#s", "/help/", C::Inner, &["SV4016"]),
            ("#s", "/help/", C::Attribute, &[]),
        ];
        for (selector, page, change, expected) in cases {
            assert_eq!(codes(selector, page, *change), *expected, "{selector} {page} {change}");
        }
    }
}
