//! Whether markup stays where it is put, by building the tree that a browser would build.
//!
//! Takes markup that is balanced tag by tag, puts it into elements of the kinds that it uses itself, and gives whether all of
//! them are still open after it. Balanced markup can fail this: `<li><p><li></li></p></li>` closes more than it opens.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ExpandedName, QualName, parse_document};

/// Whether whatever follows `html` stands in the same element as what comes before; `names` are the elements of HTML in it.
pub(crate) fn stays_inside(html: &str, names: &BTreeSet<String>) -> bool {
    let wrappers: Vec<&str> =
        ["div"].into_iter().chain(names.iter().map(String::as_str).filter(|name| is_plain(name))).collect();
    let opened: String = wrappers.iter().map(|name| format!("<{name}>")).collect();
    let page = format!("<!doctype html><html><head></head><body>{opened}{html}<wbr>");
    let created = parse_document(Tree::default(), Default::default()).one(page).created.into_inner();
    // The page's own three elements come first, and the mark after the markup last.
    let opened = created.get(2..3 + wrappers.len()).unwrap_or_default();
    let stays = || {
        let mark = created.last().filter(|node| &*node.name.local == "wbr")?;
        let line: Vec<Node> = std::iter::successors(mark.parent(), Handle::parent).take(opened.len()).collect();
        Some(
            line.len() == opened.len()
                && line.iter().zip(opened.iter().rev()).all(|(inner, outer)| Rc::ptr_eq(inner, outer)),
        )
    };
    let stays = stays().unwrap_or(false);
    // One by one: freeing a child that holds the last link to its parent would go as deep as the markup.
    created.iter().for_each(|node| drop(node.parent.take()));
    stays
}

/// Whether an element of this name can hold another one and anything else without a rule of its own.
fn is_plain(name: &str) -> bool {
    const SPECIAL: &str = "a applet area b base big br button caption code col colgroup dd dt em embed font form h1 h2 h3 h4 h5 \
        h6 hr i iframe img image input keygen li link listing marquee math meta nobr noembed noscript object optgroup option p \
        param plaintext pre rb rp rt rtc s script select small source strike strong style svg table tbody td template textarea \
        tfoot th thead title tr track tt u wbr xmp div";
    let written = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    written && !SPECIAL.split_ascii_whitespace().any(|special| special == name)
}

type Node = Rc<Handle>;

/// An element, or anything else that can be a parent.
struct Handle {
    name: QualName,
    parent: RefCell<Option<Node>>,
    /// What a `<template>` holds is in a tree of its own.
    contents: Option<Node>,
}

impl Handle {
    fn node(name: QualName, contents: Option<Node>) -> Node {
        Rc::new(Self { name, parent: RefCell::default(), contents })
    }

    fn parent(self: &Node) -> Option<Node> {
        self.parent.borrow().clone()
    }
}

/// Remembers elements in the order of their making, and parents.
struct Tree {
    document: Node,
    created: RefCell<Vec<Node>>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { document: Handle::node(nameless(), None), created: RefCell::default() }
    }
}

fn nameless() -> QualName {
    QualName::new(None, html5ever::Namespace::default(), html5ever::LocalName::default())
}

impl TreeSink for Tree {
    type Handle = Node;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn get_document(&self) -> Node {
        self.document.clone()
    }

    fn elem_name<'a>(&'a self, target: &'a Node) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, _attributes: Vec<Attribute>, flags: ElementFlags) -> Node {
        let contents = flags.template.then(|| Handle::node(nameless(), None));
        let node = Handle::node(name, contents);
        self.created.borrow_mut().push(node.clone());
        node
    }

    fn create_comment(&self, _text: StrTendril) -> Node {
        Handle::node(nameless(), None)
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Node {
        Handle::node(nameless(), None)
    }

    fn append(&self, parent: &Node, child: NodeOrText<Node>) {
        if let NodeOrText::AppendNode(child) = child {
            child.parent.replace(Some(parent.clone()));
        }
    }

    fn append_based_on_parent_node(&self, element: &Node, previous: &Node, child: NodeOrText<Node>) {
        let parent = element.parent().unwrap_or_else(|| previous.clone());
        self.append(&parent, child);
    }

    fn append_before_sibling(&self, sibling: &Node, child: NodeOrText<Node>) {
        if let Some(parent) = sibling.parent() {
            self.append(&parent, child);
        }
    }

    fn get_template_contents(&self, target: &Node) -> Node {
        target.contents.clone().unwrap_or_else(|| target.clone())
    }

    fn same_node(&self, a: &Node, b: &Node) -> bool {
        Rc::ptr_eq(a, b)
    }

    fn remove_from_parent(&self, target: &Node) {
        target.parent.replace(None);
    }

    // The mark is the last element: nothing moves children any more once it is there.
    fn reparent_children(&self, _node: &Node, _parent: &Node) {}
    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}
    fn add_attrs_if_missing(&self, _target: &Node, _attributes: Vec<Attribute>) {}
    fn parse_error(&self, _message: Cow<'static, str>) {}
    fn set_quirks_mode(&self, _mode: QuirksMode) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stays(html: &str, names: &[&str]) -> bool {
        stays_inside(html, &names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn ordinary_markup_stays() {
        for html in [
            "",
            "text",
            "<p>a</p>",
            "<ul><li>a<ul><li>b</li></ul></li></ul>",
            "<b>x</b><i>y</i>",
            "<template><td></td></template>",
            "<table><tr><td>x</td></tr></table>",
            "<svg><path/></svg>",
            "<select><option>x</option></select>",
        ] {
            assert!(stays(html, &["ul", "section"]), "{html}");
        }
    }

    #[test]
    fn what_closes_more_than_it_opens_is_found() {
        assert!(!stays("</div>", &[]));
        assert!(!stays("<li><div><li></li></div></li>", &["div"]));
        assert!(!stays("<p><span><div></div></span></p>", &["span"]));
        assert!(!stays("<li><address><li></li></address></li>", &["address"]));
        assert!(!stays("<b>", &[]) && !stays("<!--", &[]) && !stays("<plaintext>", &[]) && !stays("<div>", &[]));
    }
}
