//! An edit as the steps of a streaming rewriter.
//!
//! Takes an edit, its body and the tag of the element, gives markup to put before, into and after it. The origin's own content
//! stays in the page, inert inside a `<template>`, so that the loader can put it back the moment a visitor withdraws consent,
//! without asking anybody:
//!
//! ```text
//! <!--selvedge:SLOT-->new content<!--/selvedge:SLOT--><template data-selvedge-control="SLOT">the origin's content</template>
//! ```
//!
//! Elements whose end tag HTML lets an author leave out, and elements that hold no markup, are replaced without keeping the
//! origin's content, and say so by `data-selvedge-reload`. An element that lacks the end tag it needs ends with the one around it;
//! one that is still open at the end of the document leaves its `<template>` open, and it is the host that sees to it.

use alloc::format;
use alloc::string::String;

use super::escape::escape_text;
use crate::words::Change;

/// What to do to the element. Markup is empty where there is nothing to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// Put before the element.
    pub before: String,
    /// Put before the element's first child.
    pub prepend: String,
    /// Put after the element's last child.
    pub append: String,
    /// Put after the element.
    pub after: String,
    /// Replaces the element's children.
    pub inner: Option<String>,
    /// Sets an attribute: name and value. The host keeps what was there in `data-selvedge-was-NAME`.
    pub attribute: Option<(String, String)>,
    /// Takes the element away, with what is in it.
    pub remove: bool,
    /// Marks on the element: attribute name and value. A mark that is there already gets the value added after a space.
    pub marks: alloc::vec::Vec<(&'static str, String)>,
}

impl Steps {
    /// Whether the element must have an end tag: something is put there, and would be lost without one.
    #[must_use]
    pub fn needs_end(&self) -> bool {
        !self.append.is_empty() || !self.after.is_empty()
    }

    /// Whether what the element holds is taken away up to the next end tag that closes it. That must be its own: were it the one of
    /// an element around it, what follows the element would be gone too.
    #[must_use]
    pub fn takes_content(&self) -> bool {
        self.inner.is_some() || self.remove
    }

    /// Whether a `<template>` stays open until that end tag.
    #[must_use]
    pub fn opens_template(&self) -> bool {
        self.append == TEMPLATE_END || self.after == TEMPLATE_END
    }
}

/// Ends the `<template>` around the origin's content.
pub const TEMPLATE_END: &str = "</template>";
/// Marks an element whose attribute was set: `SLOT:NAME`.
const MARK_SET: &str = "data-selvedge-set";
/// Marks an element that only a reload can restore: `SLOT`.
const MARK_RELOAD: &str = "data-selvedge-reload";

/// Elements whose end tag HTML lets an author leave out: a rewriter never sees their end.
const OPTIONAL_END: [&str; 21] = [
    "body", "caption", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rb", "rp", "rt",
    "rtc", "tbody", "td", "tfoot", "th", "thead", "tr",
];
/// Elements whose content is text to the parser.
const TEXT_ONLY: [&str; 9] =
    ["title", "textarea", "style", "script", "noscript", "xmp", "iframe", "noembed", "noframes"];

/// The namespace of HTML, as parsers name it.
const HTML_NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Elements of SVG and MathML whose content is HTML: a streaming parser already names them by the namespace of what is in them.
const INTEGRATION_POINTS: [&str; 8] = ["annotation-xml", "desc", "foreignobject", "mi", "mn", "mo", "ms", "mtext"];

/// Why a change is not made to an element with this (lower-case) tag and namespace; `None` if it is. In SVG and MathML a `<template>`
/// is one more element that is shown, and HTML that is put there ends the picture. Attributes are attributes everywhere.
#[must_use]
pub fn refusal(change: Change, tag: &str, namespace: &str) -> Option<&'static str> {
    let is_html = namespace == HTML_NAMESPACE && !INTEGRATION_POINTS.contains(&tag);
    (change != Change::Attribute && !is_html).then_some("the element is not HTML: only its attributes can be set")
}

/// The steps of an edit on an element with this (lower-case) tag.
#[must_use]
pub fn steps(slot: &str, change: Change, attribute: &str, body: &str, tag: &str) -> Steps {
    let mut steps = Steps::default();
    let keeps_control = !OPTIONAL_END.contains(&tag) && !TEXT_ONLY.contains(&tag);
    let new = |markup: &str| format!("<!--selvedge:{slot}-->{markup}<!--/selvedge:{slot}-->");
    let keep = || format!("<template data-selvedge-control=\"{slot}\">");
    let markup = match change {
        Change::Text => escape_text(body),
        _ => String::from(body),
    };
    match change {
        Change::Inner | Change::Text if keeps_control => {
            steps.prepend = new(&markup) + &keep();
            steps.append = TEMPLATE_END.into();
        }
        Change::Inner | Change::Text => {
            steps.inner = Some(markup);
            steps.marks.push((MARK_RELOAD, slot.into()));
        }
        Change::Replace | Change::Remove if keeps_control => {
            steps.before = new(if change == Change::Remove { "" } else { &markup }) + &keep();
            steps.after = TEMPLATE_END.into();
        }
        Change::Replace | Change::Remove => {
            // The element goes, and its mark with it: an empty template takes over the mark.
            let mark = format!("<template {MARK_RELOAD}=\"{slot}\"></template>");
            steps.before = mark + if change == Change::Remove { "" } else { &markup };
            steps.remove = true;
        }
        Change::Before => steps.before = new(&markup),
        Change::After => steps.after = new(&markup),
        Change::Attribute => {
            steps.marks.push((MARK_SET, format!("{slot}:{attribute}")));
            steps.attribute = Some((attribute.into(), body.into()));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origins_content_stays_inside_a_template() {
        let inner = steps("home.hero", Change::Inner, "", "<h2>Winter</h2>", "section");
        assert_eq!(
            inner.prepend,
            "<!--selvedge:home.hero--><h2>Winter</h2><!--/selvedge:home.hero--><template data-selvedge-control=\"home.hero\">"
        );
        assert_eq!(inner.append, "</template>");
        let text = steps("s", Change::Text, "", "1 < 2", "span");
        assert!(text.prepend.contains("1 &lt; 2"));
    }

    #[test]
    fn a_template_is_never_left_open() {
        for tag in ["li", "p", "td", "title", "textarea"] {
            for change in Change::ALL {
                let steps = steps("s", *change, "title", "x", tag);
                let all = [&steps.before, &steps.prepend, &steps.append, &steps.after].map(String::as_str).concat();
                assert_eq!(all.matches("<template").count(), all.matches("</template>").count(), "{tag} {change}");
                assert_eq!(steps.before.matches("<template").count(), steps.before.matches("</template>").count());
                assert_eq!(steps.prepend.matches("<template").count(), steps.prepend.matches("</template>").count());
            }
        }
    }
}
