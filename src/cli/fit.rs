//! Whether slots fit the site's own pages: every selector finds its element, and nothing but that element would change.
//!
//! Each page is changed in memory by the rewriter of the preview, so what is said is what would happen.

use std::collections::BTreeMap;

use super::serve::pages;
use super::serve::rewrite::rewrite;
use crate::author::diagnostic::Diagnostic;
use crate::author::site::{Experience, Rule, Site, Slot};
use crate::author::{LANDING_HELP, element_of, lands_not};
use crate::bundle;
use crate::page::{Change, Encoding, matches};

/// Content of any kind: text, and each part of a table, which holds nothing else.
const PROBES: [&str; 5] = ["x", "<tbody>", "<tr>", "<td>", "<col>"];

/// Every slot that does not fit a page of the site's own.
pub(super) fn misfits(site: &Site) -> Vec<Diagnostic> {
    let Some(folder) = &site.pages else { return Vec::new() };
    let pages = pages::all(&site.folder.join(folder));
    let web = || site.slots.iter().enumerate().filter(|(_, slot)| slot.channel == "web");
    let misplaced = web().flat_map(|(at, slot)| misplaced(site, at, slot, &pages));
    web().filter_map(|(_, slot)| misfit(slot, &pages)).chain(misplaced).collect()
}

/// Content that does not stay in the elements that a slot's selector finds. Where the selector names one, its files say so already.
fn misplaced(site: &Site, at: usize, slot: &Slot, pages: &[(String, String)]) -> Vec<Diagnostic> {
    if element_of(&slot.selector).is_some() {
        return Vec::new();
    }
    let on = pages.iter().filter(|(path, _)| matches(&slot.page, path));
    let elements: BTreeMap<String, &String> = on.filter_map(|(path, html)| Some((first(slot, html)?, path))).collect();
    let experiences = site.experiences.iter().filter(|experience| experience.slot == at);
    let rules = experiences.flat_map(|experience| experience.rules.iter().map(move |rule| (experience, rule)));
    let finding = |(experience, rule): (&Experience, &Rule)| {
        let shown = rule.effect.contents().into_iter().filter_map(|at| site.content.get(at));
        let mut bodies = shown.flat_map(|content| content.variants.iter().map(move |variant| (content, variant)));
        bodies.find_map(|(content, variant)| {
            let lost = |element: &String| lands_not(&variant.body, slot.change, element);
            let (path, why) = elements.iter().find_map(|(element, path)| Some((path, lost(element)?)))?;
            let what = format!("`{}` in `{}` does not stay in the slot `{}`", content.name, variant.locale, slot.name);
            let fault = Diagnostic::error("SV4019", rule.place.clone(), what).why(format!("on the page {path}, {why}"));
            Some(Diagnostic { owner: experience.owner.clone(), ..fault.help(LANDING_HELP) })
        })
    };
    rules.filter_map(finding).collect()
}

/// The name of the first element that a slot's selector finds.
fn first(slot: &Slot, html: &str) -> Option<String> {
    let mut found = None;
    let note = |element: &mut lol_html::html_content::Element<'_, '_>| {
        found.get_or_insert_with(|| element.tag_name());
        Ok(())
    };
    let handler = lol_html::element!(slot.selector, note);
    let settings = lol_html::RewriteStrSettings::new().append_element_content_handler(handler);
    lol_html::rewrite_str(html, settings).ok()?;
    found
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
            texts: Default::default(),
            place: Place::default(),
        };
        misfit(&slot, &pages).iter().map(|found| found.code).collect()
    }

    #[test]
    fn content_that_the_found_element_cannot_hold_is_told() {
        let pages = [("/".to_owned(), "<p id=a>x</p><table><tr id=r><td>1</table>".to_owned())];
        let found = |selector: &str, html: &str| {
            let texts = [
                ("selvedge.toml", "name = \"shop\"\nlocales = { default = \"en\" }\n".to_owned()),
                ("slots.toml", format!("[home.hero]\nselector = \"{selector}\"\nchange = \"inner\"\n")),
                ("content/c.toml", format!("[locale.en]\nhtml = \"{html}\"\n")),
                ("experiences/a.toml", "slot = \"home.hero\"\n[[rule]]\nshow = \"c\"\n".into()),
            ];
            let mut files = crate::author::Files::default();
            let entry =
                |(path, text): (&str, String)| (path.to_owned(), crate::author::Entry::Bytes(text.into_bytes()));
            files.entries.extend(texts.map(entry));
            let site = crate::author::check(&files).0.expect("has no fault");
            let found = misplaced(&site, 0, &site.slots[0], &pages);
            found.into_iter().map(|found| found.why.unwrap_or_default()).collect::<String>()
        };
        assert!(found("#a", "<ul><li>x</li></ul>").contains("on the page /, `<ul>` ends the `<p>`"));
        assert!(found("#r", "<div>x</div>").contains("moves out of `<tr>`"));
        assert_eq!(found("#a", "<b>x</b>") + &found("#r", "<td>x</td>"), "");
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
