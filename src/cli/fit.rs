//! Checks that slots fit the site's own pages: every selector finds its element, and nothing but that element would change.
//! Each page is changed in memory by the rewriter of the preview, so the findings are what would happen.

use std::collections::BTreeMap;

use super::framed::{self, Flaw};
use super::loaderless::loaderless;
use super::serve::pages;
use super::serve::rewrite::{elements, rewrite};
use crate::author::diagnostic::Diagnostic;
use crate::author::site::{Content, Experience, Place, Rule, Site, Slot, Variant};
use crate::author::{Element, LANDING_HELP, landing_flaw, lands_not, named, path_to};
use crate::bundle;
use crate::page::{Change, Encoding, matches};

/// Content of any kind: text, and each part of a table, which holds nothing else.
const PROBES: [&str; 5] = ["x", "<tbody>", "<tr>", "<td>", "<col>"];

/// Every slot that does not fit a page of the site's own.
pub fn misfits(site: &Site) -> Vec<Diagnostic> {
    let folder = site.pages.as_ref().map(|folder| site.folder.join(folder));
    let pages = folder.as_deref().map(pages::all).unwrap_or_default();
    let web = || site.slots.iter().enumerate().filter(|(_, slot)| slot.channel == "web");
    let misplaced = web().flat_map(|(at, slot)| misplaced(site, at, slot, &pages));
    let of_pages = web().flat_map(|(_, slot)| {
        let flaws = misfit(slot, &pages).into_iter().chain(ambiguous(slot, &pages));
        flaws.chain(undone(slot, &pages))
    });
    let loaderless = folder.as_deref().map(|folder| loaderless(site, folder, &pages));
    of_pages.chain(misplaced).chain(loaderless.into_iter().flatten()).collect()
}

/// Content that does not stay in the elements that a slot's selector finds. The check of the site's files reports what the
/// selector alone shows.
fn misplaced(site: &Site, at: usize, slot: &Slot, pages: &[(String, String)]) -> Vec<Diagnostic> {
    let on = pages.iter().filter(|(path, _)| matches(&slot.page, path));
    let places: BTreeMap<_, _> = on.filter_map(|(path, html)| Some((place(slot, html)?, path))).collect();
    let experiences = site.experiences.iter().filter(|experience| experience.slot == at);
    let rules = experiences.flat_map(|experience| experience.rules.iter().map(move |rule| (experience, rule)));
    let finding = |(experience, rule): (&Experience, &Rule)| {
        let shown = rule.effect.contents().into_iter().filter_map(|at| site.content.get(at));
        let mut bodies = shown.flat_map(|content| content.variants.iter().map(move |variant| (content, variant)));
        bodies.find_map(|(content, variant)| {
            lands_not(&variant.body, slot).is_none().then_some(())?;
            let lost = |place: &[Element]| landing_flaw(slot.change, place, &variant.body);
            if places.is_empty() {
                return may_end_paragraph(slot, content, variant, lost).map(|fault| Diagnostic {
                    place: rule.place.clone(),
                    owner: experience.owner.clone(),
                    ..fault
                });
            }
            let (path, why) = places.iter().find_map(|(place, path)| Some((path, lost(place)?)))?;
            let what = format!("`{}` in `{}` does not stay in the slot `{}`", content.name, variant.locale, slot.name);
            let fault = Diagnostic::error("SV4019", rule.place.clone(), what).why(format!("on the page {path}, {why}"));
            Some(Diagnostic { owner: experience.owner.clone(), ..fault.help(LANDING_HELP) })
        })
    };
    rules.filter_map(finding).collect()
}

/// Content for an element that usually stands in a paragraph, and that ends a paragraph. No page says where the element stands.
fn may_end_paragraph(
    slot: &Slot,
    content: &Content,
    variant: &Variant,
    lost: impl Fn(&[Element]) -> Option<String>,
) -> Option<Diagnostic> {
    const INLINE: [&str; 14] =
        ["a", "abbr", "b", "cite", "code", "em", "i", "label", "mark", "small", "span", "strong", "sub", "sup"];
    let name = named(&slot.selector).filter(|name| INLINE.contains(&name.as_str()))?;
    let why = lost(&["html", "body", "p", &name].map(Element::html))?;
    let what = format!("`{}` in `{}` may not stay in the slot `{}`", content.name, variant.locale, slot.name);
    let fault = Diagnostic::error("SV4027", Place::default(), what).warning();
    let fault = fault.why(format!("if the `<{name}>` stands in a `<p>`, {why}"));
    Some(fault.help("write content without blocks, or put a page of the site that has the element into `pages`"))
}

/// A selector that finds several elements of a page: hosts change the first.
fn ambiguous(slot: &Slot, pages: &[(String, String)]) -> Option<Diagnostic> {
    let on = pages.iter().filter(|(path, _)| matches(&slot.page, path));
    let counts = on.map(|(path, html)| (elements(html.as_bytes(), &[&slot.selector]).concat().len(), path));
    let several: Vec<_> = counts.filter(|(count, _)| *count > 1).collect();
    let (count, path) = several.first()?;
    let others = match several.len() - 1 {
        0 => String::new(),
        1 => ", and several on 1 other page".into(),
        others => format!(", and several on {others} other pages"),
    };
    let what = format!("the selector of `{}` finds {count} elements on the page {path}{others}", slot.name);
    let fault = Diagnostic::error("SV4023", slot.place.clone(), what).warning();
    let fault = fault.why("only the first is changed; an element that is later put before it would be changed instead");
    let help =
        format!("give the element an attribute of its own, and select it: selector = \"[data-slot='{}']\"", slot.name);
    Some(fault.help(help))
}

/// The way to the first element that a slot's selector finds.
fn place(slot: &Slot, html: &str) -> Option<Vec<Element>> {
    const FOUND: &str = "data-selvedge-found";
    let mark = |element: &mut lol_html::html_content::Element<'_, '_>| Ok(element.set_attribute(FOUND, "")?);
    let handler = lol_html::element!(slot.selector, mark);
    let settings = lol_html::RewriteStrSettings::new().append_element_content_handler(handler);
    path_to(&lol_html::rewrite_str(html, settings).ok()?, FOUND)
}

/// A slot whose element a framework renders again in the browser.
fn undone(slot: &Slot, pages: &[(String, String)]) -> Option<Diagnostic> {
    let mut on = pages.iter().filter(|(path, _)| matches(&slot.page, path));
    let (path, flaw) = on.find_map(|(path, html)| Some((path, framed::flaw(html, &built(slot))?)))?;
    let code = if matches!(flaw, Flaw::Undone(_)) { "SV4020" } else { "SV4021" };
    let fault = Diagnostic::error(code, slot.place.clone(), flaw.what(&slot.name)).why(format!("on the page {path}"));
    let fault = fault.help(flaw.help(&slot.name));
    // A page only hints at its framework.
    Some(if code == "SV4020" { fault.warning() } else { fault })
}

/// A slot as hosts know it.
fn built(slot: &Slot) -> bundle::Slot<'_> {
    bundle::Slot {
        name: &slot.name,
        page: &slot.page,
        selector: &slot.selector,
        change: slot.change,
        attribute: slot.attribute.as_deref().unwrap_or_default(),
    }
}

fn misfit(slot: &Slot, pages: &[(String, String)]) -> Option<Diagnostic> {
    let change = built(slot);
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
    use crate::author::diagnostic::Severity;
    use crate::words;

    fn slot(selector: &str, page: &str, change: words::Change) -> Slot {
        Slot {
            name: "s".into(),
            channel: "web".into(),
            page: page.into(),
            selector: selector.into(),
            change,
            attribute: Some("class".into()),
            max_graphemes: None,
            tokens: Vec::new(),
            layouts: Vec::new(),
            says_direction: false,
            min_variants: None,
            description: String::new(),
            texts: Default::default(),
            place: Place::default(),
        }
    }

    fn codes(selector: &str, page: &str, change: words::Change) -> Vec<&'static str> {
        let pages = [
            ("/", "<main><div id=a>old</div><ul><li id=l>one<li>two</ul><i id=o>x<b>y</i>z</b></main>"),
            ("/help/", "<main><svg id=s></svg></main>"),
            ("/sizes/", "<table><tbody><tr id=r><td>1</td></tr></tbody></table>"),
        ];
        let pages = pages.map(|(path, html)| (path.to_owned(), html.to_owned()));
        misfit(&slot(selector, page, change), &pages).iter().map(|found| found.code).collect()
    }

    #[test]
    fn a_slot_that_a_framework_renders_again_is_told() {
        let found = |html: &str, change| {
            let slot = slot("#a", "/", change);
            let pages = [("/help/".to_owned(), String::new()), ("/".to_owned(), html.to_owned())];
            undone(&slot, &pages).map(|found| (found.code, found.severity == Severity::Warning))
        };
        let plain = "<div data-reactroot><b id=a>old</b></div>";
        let slotted = "<div data-reactroot><b id=a data-selvedge-slot=s>old</b></div>";
        assert_eq!(found(plain, words::Change::Inner), Some(("SV4020", true)));
        assert_eq!(found(slotted, words::Change::Inner), None);
        assert_eq!(found(slotted, words::Change::After), Some(("SV4021", false)));
        assert_eq!(found("<b id=a>old</b>", words::Change::Inner), None);
    }

    #[test]
    fn content_that_the_found_element_cannot_hold_is_told() {
        let pages = [("/".to_owned(), "<p id=a>x</p><table><tr id=r><td>1</table>".to_owned())];
        let on = |pages: &[(String, String)], selector: &str, html: &str| {
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
            let found = misplaced(&site, 0, &site.slots[0], pages);
            found.into_iter().map(|found| found.why.unwrap_or_default()).collect::<String>()
        };
        let found = |selector: &str, html: &str| on(&pages, selector, html);
        assert!(found("#a", "<ul><li>x</li></ul>").contains("on the page /, browsers do not leave `<ul>` in `<p>`"));
        assert!(found("#r", "<div>x</div>").contains("leave `<div>` in `<tr>`"));
        assert_eq!(found("#a", "<b>x</b>") + &found("#r", "<td>x</td>"), "");
        // Without a page, only the element's own name tells where it may stand.
        assert!(on(&[], "p span.x", "<div>x</div>").contains("if the `<span>` stands in a `<p>`"));
        assert_eq!(on(&[], "span", "<b>x</b>") + &on(&[], "#a", "<div>x</div>") + &on(&[], "div", "<div>x</div>"), "");
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
            // On one page it cannot be changed, and other pages make no difference.
            ("i", "*", C::Remove, &["SV4016"]),
            ("#s", "/help/", C::Inner, &["SV4016"]),
            ("#s", "/help/", C::Attribute, &[]),
        ];
        for (selector, page, change, expected) in cases {
            assert_eq!(codes(selector, page, *change), *expected, "{selector} {page} {change}");
        }
    }
}
