//! Pages of the site's own that lack the loader, and have slots whose content a visitor can withdraw from.

use std::collections::BTreeMap;
use std::path::Path;

use super::serve::pages::{self, Found};
use crate::author::diagnostic::Diagnostic;
use crate::author::site::{Site, Slot};
use crate::page::matches;
use crate::words::Purpose;

/// Every build of the loader looks for this in a page.
const SIGN: &[u8] = b"selvedge-page";
/// The most pages that a finding names.
const NAMED_MAX: usize = 3;

/// The finding, at the first slot of such a page.
pub(super) fn loaderless(site: &Site, folder: &Path, pages: &[(String, String)]) -> Option<Diagnostic> {
    let personal = |at: usize| {
        let mut shown = site.experiences.iter().filter(|experience| experience.slot == at);
        shown.any(|experience| ![Purpose::Necessary, Purpose::Contextual].contains(&experience.purpose))
    };
    let slots = site.slots.iter().enumerate().filter(|(at, slot)| slot.channel == "web" && personal(*at));
    let slots: Vec<&Slot> = slots.map(|(_, slot)| slot).collect();
    let mut scripts = BTreeMap::new();
    let bare = pages.iter().filter_map(|(path, html)| {
        let slot = slots.iter().find(|slot| matches(&slot.page, path))?;
        (!loads(folder, path, html, &mut scripts)).then_some((path, *slot))
    });
    let bare: Vec<(&String, &Slot)> = bare.collect();
    let (_, slot) = bare.first()?;
    let named: Vec<&str> = bare.iter().take(NAMED_MAX).map(|(path, _)| path.as_str()).collect();
    let (named, more) = (named.join(", "), bare.len().saturating_sub(NAMED_MAX));
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let what = match bare.len() {
        1 => format!("the page {named} does not load `loader.js`"),
        _ => format!("pages do not load `loader.js`: {named}{more}"),
    };
    let why = format!(
        "`{}` depends on consent there, and a visitor who withdraws it would see the personal content until the next page",
        slot.name
    );
    let fault = Diagnostic::error("SV4022", slot.place.clone(), what).warning().why(why);
    Some(fault.help("add to the page's head: <script type=\"module\" src=\"/__selvedge/loader.js\"></script>"))
}

/// A page loads the loader by its own name, or in a script of the site's that contains it.
fn loads(folder: &Path, path: &str, html: &str, scripts: &mut BTreeMap<String, bool>) -> bool {
    let mut sources = Vec::new();
    let note = |element: &mut lol_html::html_content::Element<'_, '_>| {
        sources.extend(element.get_attribute("src"));
        Ok(())
    };
    let handler = lol_html::element!("script[src]", note);
    let settings = lol_html::RewriteStrSettings::new().append_element_content_handler(handler);
    let is_read = lol_html::rewrite_str(html, settings).is_ok();
    // A script in the page itself may import it, or be it.
    !is_read
        || html.contains("loader.js")
        || html.contains("@selvedge/")
        || sources.iter().any(|source| {
            let source = source.split(['?', '#']).next().unwrap_or_default();
            let from = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let path = if source.starts_with('/') { source.to_owned() } else { format!("{from}/{source}") };
            *scripts.entry(path).or_insert_with_key(|path| match pages::find(folder, path) {
                Found::File { bytes, .. } => bytes.windows(SIGN.len()).any(|part| part == SIGN),
                _ => false,
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::{Entry, Files, check};

    const HEAD: &str = "<!doctype html><head>";

    fn found(pages: &[(&str, &str)], purpose: &str, script: &str) -> Option<String> {
        let texts = [
            ("selvedge.toml", "name = \"shop\"\nlocales = { default = \"en\" }\n".to_owned()),
            ("slots.toml", "[home.hero]\npage = \"/*\"\nselector = \"#a\"\nchange = \"text\"\n".to_owned()),
            ("content/c.toml", "[locale.en]\ntext = \"x\"\n".to_owned()),
            ("experiences/a.toml", format!("slot = \"home.hero\"\npurpose = \"{purpose}\"\n[[rule]]\nshow = \"c\"\n")),
        ];
        let mut files = Files::default();
        files.entries.extend(texts.map(|(path, text)| (path.to_owned(), Entry::Bytes(text.into_bytes()))));
        let site = check(&files).0.expect("has no fault");
        let folder = std::env::temp_dir().join(format!("selvedge-loaderless-{}-{}", std::process::id(), script.len()));
        fs_err::create_dir_all(&folder).expect("a temporary folder");
        fs_err::write(folder.join("app.js"), script).expect("a temporary file");
        let pages: Vec<_> = pages.iter().map(|(path, html)| ((*path).to_owned(), format!("{HEAD}{html}"))).collect();
        let found = loaderless(&site, &folder, &pages);
        fs_err::remove_dir_all(&folder).expect("the temporary folder");
        found.map(|found| found.what)
    }

    #[test]
    fn a_page_that_cannot_take_back_what_it_shows_is_told() {
        let with = "<script type=module src=/__selvedge/loader.js></script>";
        let bare = Some("the page /help/ does not load `loader.js`".to_owned());
        assert_eq!(found(&[("/", with), ("/help/", "<p id=a>x")], "personalization", ""), bare);
        assert_eq!(found(&[("/", with), ("/help/", with)], "personalization", ""), None);
        assert_eq!(found(&[("/", ""), ("/help/", "")], "contextual", ""), None, "nothing there is withdrawn");
        let many = [("/", ""), ("/a/", ""), ("/b/", ""), ("/c/", ""), ("/d/", "")];
        let all = Some("pages do not load `loader.js`: /, /a/, /b/ and 2 more".to_owned());
        assert_eq!(found(&many, "personalization", ""), all);
    }

    #[test]
    fn a_loader_in_a_bundle_of_the_site_counts() {
        for page in ["<script src=/app.js></script>", "<script type=module src='app.js?v=2'></script>"] {
            let bundled = "x(\"script#selvedge-page\")";
            assert_eq!(found(&[("/", page)], "personalization", bundled), None, "{page}");
            assert!(found(&[("/", page)], "personalization", "nothing").is_some(), "{page}");
        }
    }
}
