//! Compares the tree that a browser builds from markup with the tree that the markup is written as.
//!
//! Start here: [`difference`]. The checker judges tags in the order in which they are written. That is sound only where a browser
//! makes the same elements of them, in the same places. Balanced markup can fail this: `<li><p><li></li></p></li>` closes more than
//! it opens, `<table><b>x</b></table>` moves the `<b>`, and `<svg><p></p></svg>` ends the picture.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};

use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tokenizer::TokenizerOpts;
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, local_name, ns, parse_document, parse_fragment};

use super::html_rules;

/// A step through a tree, in the order of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An element begins; `foreign` says that it is of SVG or MathML.
    Open { name: String, foreign: bool },
    /// An element ends.
    Close,
    /// Text without its line breaks: the first one in a `<pre>` is not part of the tree.
    Text(String),
    /// A comment.
    Comment(String),
}

/// How a browser's tree differs from the written one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// Markup after the content would not stand in the same element as before.
    Leaves,
    /// The trees are the same up to this step of the written one.
    At(usize),
}

/// The first difference in the places where content lands: among the elements of a page, and in a `<template>` on the device.
pub(crate) fn difference(html: &str, written: &[Step]) -> Option<Difference> {
    let in_page = in_page(html, &wrappers(written));
    let in_page = in_page.map_or(Some(Difference::Leaves), |read| compared(written, &read));
    in_page.or_else(|| compared(written, &in_template(html)))
}

/// The first step of a page that a browser reads otherwise than it is written.
pub(super) fn first_difference(page: &str, written: &[Step]) -> Option<usize> {
    let tree = parse_document(Tree::default(), options()).one(page);
    let read = steps(&tree.document.children.borrow());
    match compared(written, &read)? {
        Difference::At(at) => Some(at),
        Difference::Leaves => Some(written.len()),
    }
}

/// An element on the way from `html` to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// An element of SVG or MathML.
    pub(crate) foreign: bool,
}

impl Element {
    pub(crate) fn html(name: &str) -> Self {
        Self { name: name.into(), foreign: false }
    }
}

/// The way to the first element that has this attribute; `None` if a `<template>` hides it.
pub(crate) fn path_to(page: &str, attribute: &str) -> Option<Vec<Element>> {
    let mut sink = Tree::default();
    sink.wanted = attribute.into();
    let tree = parse_document(sink, options()).one(page);
    let mut path = Vec::new();
    let mut next = tree.found.take();
    while let Some(node) = next {
        match &node.kind {
            Kind::Element(name) => {
                path.push(Element { name: name.local.to_ascii_lowercase().to_string(), foreign: name.ns != ns!(html) })
            }
            _ if Rc::ptr_eq(&node, &tree.document) => return Some(path.into_iter().rev().collect()),
            _ => return None,
        }
        next = node.parent();
    }
    None
}

/// HTML lets an author leave out the tags of two elements, and a browser adds them: `<tbody>` around rows, `<colgroup>` around columns.
fn compared(written: &[Step], read: &[Step]) -> Option<Difference> {
    let (mut at, mut depth, mut implied) = (0, 0_usize, Vec::new());
    for step in read {
        let wanted = written.get(at);
        let adds = match (step.html_name(), wanted.and_then(Step::html_name)) {
            (Some("tbody"), Some("tr")) | (Some("colgroup"), Some("col")) => true,
            _ => *step == Step::Close && implied.last() == depth.checked_sub(1).as_ref(),
        };
        match step {
            Step::Open { .. } if adds => implied.push(depth),
            Step::Close if adds => drop(implied.pop()),
            step if wanted == Some(step) => at += 1,
            _ => return Some(Difference::At(at)),
        }
        match step {
            Step::Open { .. } => depth += 1,
            Step::Close => depth = depth.saturating_sub(1),
            Step::Text(_) | Step::Comment(_) => {}
        }
    }
    (at < written.len()).then_some(Difference::At(at))
}

/// The tree in the innermost of these elements; `None` if not all of them are still open after the markup.
fn in_page(html: &str, wrappers: &[&str]) -> Option<Vec<Step>> {
    let opened: String = wrappers.iter().map(|name| format!("<{name}>")).collect();
    // An element shows what formatting is still open; in a table it would be moved, and formatting does not pass a cell's end.
    let mark = if wrappers.first() == Some(&"table") { "<!---->" } else { "<wbr>" };
    let page = format!("<!doctype html><html><head></head><body>{opened}{html}{mark}");
    let tree = parse_document(Tree::default(), options()).one(page);
    let created = tree.created.borrow();
    // The page's own <html> and <head> come first.
    let line = created.get(2..3 + wrappers.len())?;
    for (outer, inner) in line.iter().zip(line.get(1..)?) {
        let children = outer.children.borrow();
        (children.len() == 1 && children.iter().all(|child| Rc::ptr_eq(child, inner))).then_some(())?;
    }
    let innermost = line.last()?.children.borrow();
    let (mark, content) = innermost.split_last()?;
    let is_mark = match &mark.kind {
        Kind::Element(name) => name.local == local_name!("wbr"),
        Kind::Comment(text) => text.is_empty(),
        Kind::Text(_) | Kind::Holder => false,
    };
    (is_mark && Rc::ptr_eq(mark, created.last()?)).then(|| steps(content))
}

/// The tree that `innerHTML` makes.
fn in_template(html: &str) -> Vec<Step> {
    let name = QualName::new(None, ns!(html), local_name!("template"));
    let tree = parse_fragment(Tree::default(), options(), name, Vec::new(), true).one(html);
    let root = tree.document.children.borrow().first().cloned();
    root.map(|root| steps(&root.children.borrow())).unwrap_or_default()
}

fn options() -> ParseOpts {
    ParseOpts { tokenizer: TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() }, ..ParseOpts::default() }
}

/// The elements that hold the markup: of the kinds that it uses itself, or a table for a part of one.
fn wrappers(written: &[Step]) -> Vec<&str> {
    let names = || written.iter().filter_map(Step::html_name);
    match names().next() {
        Some("caption" | "colgroup" | "tbody" | "thead" | "tfoot") => vec!["table"],
        Some("col") => vec!["table", "colgroup"],
        Some("tr") => vec!["table", "tbody"],
        Some("td" | "th") => vec!["table", "tbody", "tr"],
        _ => {
            let plain: BTreeSet<&str> = names().filter(|name| is_plain(name)).collect();
            ["div"].into_iter().chain(plain).collect()
        }
    }
}

/// True if an element of this name can hold another one and anything else without a rule of its own.
fn is_plain(name: &str) -> bool {
    const SPECIAL: &str = "a applet area b base big br button caption code col colgroup dd dt em embed font form h1 h2 h3 h4 h5 \
        h6 hr i iframe img image input keygen li link listing marquee math meta nobr noembed noscript object optgroup option p \
        param plaintext pre rb rp rt rtc s script select small source strike strong style svg table tbody td template textarea \
        tfoot th thead title tr track tt u wbr xmp div";
    let written = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    written && !html_rules::is(name, SPECIAL)
}

impl Step {
    fn html_name(&self) -> Option<&str> {
        match self {
            Self::Open { name, foreign: false } => Some(name),
            _ => None,
        }
    }

    /// The name of the element that begins.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Open { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Adds a step; texts beside each other are one.
    pub(crate) fn add(self, steps: &mut Vec<Self>) {
        match (steps.last_mut(), self) {
            (Some(Self::Text(before)), Self::Text(text)) => before.push_str(&text),
            (_, step) => steps.push(step),
        }
    }

    /// The step of a text, unless it is one line break.
    pub(crate) fn text(text: &str) -> Option<Self> {
        let text = text.replace('\n', "");
        (!text.is_empty()).then_some(Self::Text(text))
    }
}

/// The steps through these nodes.
fn steps(nodes: &[Node]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut ahead: Vec<Option<Node>> = nodes.iter().rev().cloned().map(Some).collect();
    while let Some(next) = ahead.pop() {
        let Some(node) = next else {
            steps.push(Step::Close);
            continue;
        };
        match &node.kind {
            Kind::Element(name) => {
                let foreign = name.ns != ns!(html);
                steps.push(Step::Open { name: name.local.to_ascii_lowercase().to_string(), foreign });
                ahead.push(None);
                for holder in [Some(&node), node.contents.as_ref()].into_iter().flatten() {
                    ahead.extend(holder.children.borrow().iter().rev().cloned().map(Some));
                }
            }
            Kind::Text(text) => Step::text(&text.borrow()).into_iter().for_each(|step| step.add(&mut steps)),
            Kind::Comment(text) => steps.push(Step::Comment(text.to_string())),
            Kind::Holder => {}
        }
    }
    steps
}

type Node = Rc<Handle>;

enum Kind {
    Element(QualName),
    Text(RefCell<String>),
    Comment(StrTendril),
    /// The document, or what holds the content of a `<template>`.
    Holder,
}

struct Handle {
    kind: Kind,
    parent: RefCell<Weak<Handle>>,
    children: RefCell<Vec<Node>>,
    /// The contents of a `<template>`, which are a tree of their own.
    contents: Option<Node>,
}

impl Handle {
    fn node(kind: Kind, contents: Option<Node>) -> Node {
        Rc::new(Self { kind, parent: RefCell::default(), children: RefCell::default(), contents })
    }

    fn parent(&self) -> Option<Node> {
        self.parent.borrow().upgrade()
    }

    /// Where a child stands.
    fn position(&self, child: &Node) -> Option<usize> {
        self.children.borrow().iter().position(|other| Rc::ptr_eq(other, child))
    }
}

/// Remembers elements and comments in the order of their making.
struct Tree {
    document: Node,
    created: RefCell<Vec<Node>>,
    /// The attribute whose first element is looked for, and that element.
    wanted: String,
    found: RefCell<Option<Node>>,
}

impl Default for Tree {
    fn default() -> Self {
        let document = Handle::node(Kind::Holder, None);
        Self { document, created: RefCell::default(), wanted: String::new(), found: RefCell::default() }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // One by one: freeing a parent that holds the last link to its child would go as deep as the markup.
        self.created.borrow().iter().for_each(|node| drop(node.children.take()));
    }
}

impl Tree {
    fn create(&self, kind: Kind, contents: Option<Node>) -> Node {
        let node = Handle::node(kind, contents);
        self.created.borrow_mut().push(node.clone());
        node
    }

    /// Puts a child at a position; text goes on in a text that stands before it.
    fn insert(&self, parent: &Node, at: usize, child: NodeOrText<Node>) {
        let mut children = parent.children.borrow_mut();
        let at = at.min(children.len());
        let child = match child {
            NodeOrText::AppendNode(child) => child,
            NodeOrText::AppendText(text) => {
                if let Some(Kind::Text(before)) =
                    at.checked_sub(1).and_then(|at| children.get(at)).map(|node| &node.kind)
                {
                    before.borrow_mut().push_str(&text);
                    return;
                }
                Handle::node(Kind::Text(RefCell::new(text.to_string())), None)
            }
        };
        child.parent.replace(Rc::downgrade(parent));
        children.insert(at, child);
    }
}

const NAMELESS: ExpandedName<'static> = ExpandedName { ns: &ns!(), local: &local_name!("") };

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
        match &target.kind {
            Kind::Element(name) => name.expanded(),
            Kind::Text(_) | Kind::Comment(_) | Kind::Holder => NAMELESS,
        }
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> Node {
        let node = self.create(Kind::Element(name), flags.template.then(|| Handle::node(Kind::Holder, None)));
        if self.found.borrow().is_none() && attributes.iter().any(|attribute| *attribute.name.local == *self.wanted) {
            self.found.replace(Some(node.clone()));
        }
        node
    }

    fn create_comment(&self, text: StrTendril) -> Node {
        self.create(Kind::Comment(text), None)
    }

    fn create_pi(&self, _target: StrTendril, data: StrTendril) -> Node {
        self.create(Kind::Comment(data), None)
    }

    fn append(&self, parent: &Node, child: NodeOrText<Node>) {
        let end = parent.children.borrow().len();
        self.insert(parent, end, child);
    }

    fn append_based_on_parent_node(&self, element: &Node, previous: &Node, child: NodeOrText<Node>) {
        if element.parent().is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_before_sibling(&self, sibling: &Node, child: NodeOrText<Node>) {
        if let NodeOrText::AppendNode(child) = &child {
            self.remove_from_parent(child);
        }
        if let Some(parent) = sibling.parent() {
            let at = parent.position(sibling).unwrap_or_default();
            self.insert(&parent, at, child);
        }
    }

    fn get_template_contents(&self, target: &Node) -> Node {
        target.contents.clone().unwrap_or_else(|| target.clone())
    }

    fn same_node(&self, a: &Node, b: &Node) -> bool {
        Rc::ptr_eq(a, b)
    }

    fn remove_from_parent(&self, target: &Node) {
        let parent = target.parent.take().upgrade();
        if let Some((parent, at)) = parent.and_then(|parent| parent.position(target).map(|at| (parent, at))) {
            parent.children.borrow_mut().remove(at);
        }
    }

    fn reparent_children(&self, node: &Node, parent: &Node) {
        for child in node.children.take() {
            self.append(parent, NodeOrText::AppendNode(child));
        }
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}
    fn add_attrs_if_missing(&self, _target: &Node, _attributes: Vec<Attribute>) {}
    fn parse_error(&self, _message: Cow<'static, str>) {}
    fn set_quirks_mode(&self, _mode: QuirksMode) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of a tree, short: names of elements in brackets, texts and comments as they are.
    fn shown(steps: &[Step]) -> String {
        let show = |step: &Step| match step {
            Step::Open { name, foreign: false } => format!("({name} "),
            Step::Open { name, foreign: true } => format!("(:{name} "),
            Step::Close => ")".into(),
            Step::Text(text) => text.clone(),
            Step::Comment(text) => format!("<!--{text}-->"),
        };
        steps.iter().map(show).collect()
    }

    fn page(html: &str, wrappers: &[&str]) -> Option<String> {
        in_page(html, wrappers).map(|steps| shown(&steps))
    }

    #[test]
    fn a_page_and_a_template_read_markup_as_a_browser_does() {
        for (html, read) in [
            ("", ""),
            ("text", "text"),
            ("<p>a</p>", "(p a)"),
            ("<ul><li>a<ul><li>b</li></ul></li></ul>", "(ul (li a(ul (li b))))"),
            ("<b>x</b><!-- y --><i>z</i>", "(b x)<!-- y -->(i z)"),
            ("<template><td></td></template>", "(template (td ))"),
            ("<table><tr><td>x</td></tr></table>", "(table (tbody (tr (td x))))"),
            ("<table><b>x</b></table>", "(b x)(table )"),
            ("<svg viewBox='0 0 1 1'><title>x</title><linearGradient/></svg>", "(:svg (:title x)(:lineargradient ))"),
            ("<svg><g><p>x</p></g></svg>", "(:svg (:g ))(p x)"),
            ("<a>x<a>y</a></a>", "(a x)(a y)"),
            ("<pre>\nx</pre>", "(pre x)"),
            ("<p>x<table></table></p>", "(p x)(table )(p )"),
            ("<image>", "(img )"),
        ] {
            assert_eq!(page(html, &["div"]).as_deref(), Some(read), "{html}");
            assert_eq!(shown(&in_template(html)), read, "{html}");
        }
        assert_eq!(page("<tr><td>x</td></tr>", &["table", "tbody"]).as_deref(), Some("(tr (td x))"));
        assert_eq!(shown(&in_template("<tr><td>x</td></tr>")), "(tr (td x))");
        assert_eq!(page("<col><col>", &["table", "colgroup"]).as_deref(), Some("(col )(col )"));
        assert_eq!(page("<tr></tr>text", &["table", "tbody"]), None);
    }

    #[test]
    fn a_browser_may_add_a_body_to_a_table_and_nothing_else() {
        let step = |step: &&str| match step.strip_prefix('/') {
            Some(_) => Step::Close,
            None if *step == " " => Step::Text(" ".into()),
            None => Step::Open { name: (*step).into(), foreign: false },
        };
        let differs = |html: &str, written: &[&str]| difference(html, &written.iter().map(step).collect::<Vec<_>>());
        let row = ["table", " ", "tr", "td", "/td", "/tr", " ", "/table"];
        assert_eq!(differs("<table> <tr><td></td></tr> </table>", &row), None);
        let full = ["table", "colgroup", "col", "/col", "/colgroup", "tbody", "tr", "/tr", "/tbody", "/table"];
        assert_eq!(differs("<table><colgroup><col></colgroup><tbody><tr></tr></tbody></table>", &full), None);
        let short = ["table", "col", "/col", "tr", "/tr", "/table"];
        assert_eq!(differs("<table><col><tr></tr></table>", &short), None);
        assert_eq!(differs("<table><td></td></table>", &["table", "td", "/td", "/table"]), Some(Difference::At(1)));
        assert_eq!(differs("<tr><td></td></tr>", &["tr", "td", "/td", "/tr"]), None);
    }

    #[test]
    fn what_closes_more_than_it_opens_is_found() {
        for (html, wrappers) in [
            ("</div>", &["div"][..]),
            ("<li><div><li></li></div></li>", &["div", "div"]),
            ("<p><span><div></div></span></p>", &["div", "span"]),
            ("<li><address><li></li></address></li>", &["div", "address"]),
            ("<b>", &["div"]),
            ("<!--", &["div"]),
            ("<plaintext>", &["div"]),
            ("<div>", &["div"]),
        ] {
            assert_eq!(page(html, wrappers), None, "{html}");
        }
    }
}
