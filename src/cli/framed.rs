//! Tells whether a framework renders a slot's element again in the browser, and so undoes what is put there.
//!
//! Takes a page as its server sends it, and a slot. The page shows it by the marks of server renderers: roots, comments,
//! data. It cannot tell of a page that is only made in the browser, as a slot finds no element there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lol_html::html_content::Element;
use lol_html::{RewriteStrSettings, element, rewrite_str};

use crate::bundle::Slot;
use crate::words::Change;

/// Elements that a framework takes over with all that is in them. Islands come first: no framework renders the page around them.
const ROOTS: [(&str, &str); 8] = [
    ("astro-island", "the island's framework"),
    ("[data-reactroot], #__next, #___gatsby", "React"),
    ("[data-server-rendered], [data-v-app], #__nuxt", "Vue"),
    ("[data-svelte-h], [data-sveltekit-hydrate]", "Svelte"),
    ("[ng-version], [ng-server-context]", "Angular"),
    ("[data-hk]", "Solid"),
    ("#root", "the page's framework"),
    ("#app", "the page's framework"),
];
/// A page without a script of its own has these ids for other reasons.
const WEAK: [&str; 2] = ["#root", "#app"];

/// Pages that a framework takes over as a whole hold one of these.
const SIGNS: [(&str, &str); 12] = [
    ("id=\"__NEXT_DATA__\"", "React"),
    ("self.__next_f", "React"),
    ("window.__reactRouterContext", "React"),
    ("window.__remixContext", "React"),
    ("<!--$-->", "React"),
    ("<!--$?-->", "React"),
    ("id=\"__NUXT_DATA__\"", "Vue"),
    ("window.__NUXT__", "Vue"),
    ("__sveltekit_", "Svelte"),
    ("<!--[!-->", "Svelte"),
    ("<!--[0-->", "Svelte"),
    ("<!--[-->", "Vue or Svelte"),
];

/// Why a slot does not go with its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// This framework renders the element, and knows nothing of the slot.
    Undone(&'static str),
    /// The element is a `<Slot>` of this name.
    Other(String),
    /// The element is a `<Slot>`, which only takes content into itself.
    Beside,
}

/// Gives what is wrong with a slot on this page, if anything.
pub(super) fn flaw(html: &str, slot: &Slot<'_>) -> Option<Flaw> {
    // Attributes outlive it.
    if slot.change == Change::Attribute {
        return None;
    }
    let open = Rc::new(RefCell::new(Vec::new()));
    let islands = Rc::new(Cell::new(0_usize));
    let found = RefCell::new(None);
    let is_scripted = is_scripted(html);
    let root = |(selector, framework): (&'static str, &'static str)| {
        let (open, islands) = (Rc::clone(&open), Rc::clone(&islands));
        element!(selector, move |root: &mut Element<'_, '_>| {
            if WEAK.contains(&selector) && !is_scripted {
                return Ok(());
            }
            islands.set(islands.get() + usize::from(selector == ROOTS[0].0));
            open.borrow_mut().push(framework);
            let open = Rc::clone(&open);
            root.on_end_tag(Box::new(move |_| {
                open.borrow_mut().pop();
                Ok(())
            }))?;
            Ok(())
        })
    };
    let seen = |element: &mut Element<'_, '_>| {
        let within = open.borrow().last().copied();
        found.borrow_mut().get_or_insert_with(|| (element.get_attribute("data-selvedge-slot"), within));
        Ok(())
    };
    let mut settings = RewriteStrSettings::new();
    for handler in ROOTS.map(root) {
        settings = settings.append_element_content_handler(handler);
    }
    rewrite_str(html, settings.append_element_content_handler(element!(slot.selector, seen))).ok()?;
    let (adapter, within) = found.take()?;
    let whole = || SIGNS.iter().find(|(sign, _)| html.contains(sign)).map(|(_, framework)| *framework);
    match adapter {
        Some(name) if name != slot.name => Some(Flaw::Other(name)),
        Some(_) => (!matches!(slot.change, Change::Inner | Change::Text)).then_some(Flaw::Beside),
        None => within.or_else(|| if islands.get() > 0 { None } else { whole() }).map(Flaw::Undone),
    }
}

/// True if a page loads a script besides our own.
fn is_scripted(html: &str) -> bool {
    let mut tags = html.split("<script").skip(1).filter_map(|script| script.split('>').next());
    tags.any(|tag| tag.contains("src=") && !tag.contains("/__selvedge/"))
}

impl Flaw {
    /// Says what is wrong with the slot of this name.
    pub(super) fn what(&self, slot: &str) -> String {
        match self {
            Self::Undone(framework) => {
                format!("{framework} renders the element of `{slot}` again, and undoes its content")
            }
            Self::Other(other) => format!("the element of `{slot}` is the `<Slot>` of `{other}`"),
            Self::Beside => {
                format!("the element of `{slot}` is a `<Slot>`, which shows content inside its own element")
            }
        }
    }

    /// How to fix it.
    pub(super) fn help(&self, slot: &str) -> String {
        match self {
            Self::Undone(_) => format!(
                "render the element with `<Slot name=\"{slot}\">` of `@selvedge/browser`, or choose one outside of the framework's root"
            ),
            Self::Other(_) => format!("write `selector = \"[data-selvedge-slot='{slot}']\"`"),
            Self::Beside => "write `change = \"inner\"`, or `change = \"text\"`".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str, change: Change) -> Option<Flaw> {
        flaw(html, &Slot { name: "home.hero", page: "*", selector: ".hero", change, attribute: "" })
    }

    #[test]
    fn a_page_tells_which_framework_renders_it_again() {
        const HERO: &str = "<section class=hero>old</section>";
        const APP: &str = "<script type=\"module\" src=\"/app.js\"></script>";
        let within = |open: &str, close: &str| format!("<p>x</p>{open}{HERO}{close}");
        let cases = [
            (HERO.to_owned(), None),
            (within("<div data-reactroot>", "</div>"), Some("React")),
            (within("<div id=__next>", "</div>"), Some("React")),
            (within("<div data-server-rendered=true>", "</div>"), Some("Vue")),
            (within("<div id=app data-v-app>", "</div>"), Some("Vue")),
            (within("<div id=__nuxt>", "</div>"), Some("Vue")),
            (within("", "<script id=\"__NEXT_DATA__\" type=\"application/json\">{}</script>"), Some("React")),
            (within("", "<script>self.__next_f.push([])</script>"), Some("React")),
            (within("<!--$-->", "<!--/$-->"), Some("React")),
            (within("<main><!--[-->", "<!--]--></main>"), Some("Vue or Svelte")),
            (within("<!--[--><!--[0-->", "<!--]--><!--]-->"), Some("Svelte")),
            (within("<div id=root>", "</div>") + APP, Some("the page's framework")),
            (within("<script defer src=main.js></script><div id=app>", "</div>"), Some("the page's framework")),
            // Many pages have an element of that name.
            (within("<div id=root>", "</div>"), None),
            (within("<div id=root>", "</div><script type=\"module\" src=\"/__selvedge/loader.js\"></script>"), None),
            (format!("<div id=root></div>{HERO}{APP}"), None),
            // No framework renders what stands beside an island.
            (format!("<astro-island><!--$--><b>x</b><!--/$--></astro-island>{HERO}"), None),
            (within("<astro-island>", "</astro-island>"), Some("the island's framework")),
        ];
        for (html, expected) in cases {
            assert_eq!(found(&html, Change::Inner), expected.map(Flaw::Undone), "{html}");
            assert_eq!(found(&html, Change::Attribute), None, "{html}");
        }
    }

    #[test]
    fn an_adapter_takes_content_into_itself_under_its_own_name() {
        let page =
            |name: &str| format!("<div data-reactroot><div class=hero data-selvedge-slot={name}>old</div></div>");
        assert_eq!(found(&page("home.hero"), Change::Inner), None);
        assert_eq!(found(&page("home.hero"), Change::Text), None);
        assert_eq!(found(&page("home.hero"), Change::Replace), Some(Flaw::Beside));
        assert_eq!(found(&page("home.top"), Change::Inner), Some(Flaw::Other("home.top".into())));
    }
}
