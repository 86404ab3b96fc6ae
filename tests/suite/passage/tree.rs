//! A document as HTML's parser builds it, and what the loader does to it when consent is withdrawn.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::{Display, Formatter, Write as _};

use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ExpandedName, QualName, parse_document};

/// The tree of a page.
pub(super) fn parse(page: &str) -> Tree {
    parse_document(Tree::default(), Default::default()).one(page)
}

type Id = usize;

#[derive(Debug, Default)]
struct Node {
    kind: Kind,
    parent: Option<Id>,
    children: Vec<Id>,
}

#[derive(Debug, Default)]
enum Kind {
    #[default]
    Root,
    Text(String),
    Comment(String),
    Element {
        name: QualName,
        attributes: Vec<(String, String)>,
        /// What a template holds.
        contents: Option<Id>,
    },
}

#[derive(Debug)]
pub(super) struct Tree {
    nodes: RefCell<Vec<Node>>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: RefCell::new(vec![Node::default()]) }
    }
}

impl Tree {
    fn make(&self, kind: Kind) -> Id {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { kind, ..Node::default() });
        nodes.len() - 1
    }

    fn detach(&self, node: Id) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes[node].parent.take() {
            nodes[parent].children.retain(|child| *child != node);
        }
    }

    fn insert(&self, parent: Id, at: usize, child: NodeOrText<Id>) {
        match child {
            NodeOrText::AppendNode(child) => {
                self.detach(child);
                let mut nodes = self.nodes.borrow_mut();
                let at = at.min(nodes[parent].children.len());
                nodes[parent].children.insert(at, child);
                nodes[child].parent = Some(parent);
            }
            NodeOrText::AppendText(text) => {
                let before = at.checked_sub(1).map(|at| self.nodes.borrow()[parent].children[at]);
                if let Some(before) = before
                    && let Kind::Text(other) = &mut self.nodes.borrow_mut()[before].kind
                {
                    other.push_str(&text);
                    return;
                }
                let node = self.make(Kind::Text(text.to_string()));
                let mut nodes = self.nodes.borrow_mut();
                nodes[parent].children.insert(at, node);
                nodes[node].parent = Some(parent);
            }
        }
    }

    /// Every node, with what is in templates.
    fn all(&self) -> Vec<Id> {
        let nodes = self.nodes.borrow();
        let (mut found, mut left) = (Vec::new(), vec![0]);
        while let Some(id) = left.pop() {
            found.push(id);
            if let Kind::Element { contents: Some(contents), .. } = &nodes[id].kind {
                left.push(*contents);
            }
            left.extend(nodes[id].children.iter().rev());
        }
        found
    }

    fn comment(&self, data: &str) -> Option<Id> {
        let nodes = self.nodes.borrow();
        self.all().into_iter().find(|id| matches!(&nodes[*id].kind, Kind::Comment(text) if text == data))
    }

    fn is_slot(&self, id: Id) -> bool {
        matches!(&self.nodes.borrow()[id].kind, Kind::Element { attributes, .. } if attributes.iter().any(|(name, value)| name == "id" && value == "a"))
    }

    /// Whether the element is HTML, as far as there is one.
    pub(super) fn is_html(&self) -> bool {
        let nodes = self.nodes.borrow();
        let element = self.all().into_iter().find(|id| self.is_slot(*id));
        element
            .is_none_or(|id| matches!(&nodes[id].kind, Kind::Element { name, .. } if name.ns == html5ever::ns!(html)))
    }

    pub(super) fn has_element(&self) -> bool {
        self.all().into_iter().any(|id| self.is_slot(id))
    }

    fn siblings(&self, id: Id) -> (Id, usize) {
        let nodes = self.nodes.borrow();
        let parent = nodes[id].parent.unwrap_or_default();
        (parent, nodes[parent].children.iter().position(|child| *child == id).unwrap_or_default())
    }

    fn marked(&self, slot: &str) -> Vec<Id> {
        let nodes = self.nodes.borrow();
        let is_marked = |id: &Id| match &nodes[*id].kind {
            Kind::Element { attributes, .. } => attributes.iter().any(|(name, value)| {
                name == "data-selvedge-reload" && value == slot
                    || name == "data-selvedge-set" && value.starts_with(slot)
            }),
            _ => false,
        };
        self.all().into_iter().filter(is_marked).collect()
    }

    /// Where something was put: `before`, `after`, `inside` or `instead` of the element; `None` if nothing was.
    pub(super) fn place(&self, slot: &str) -> Option<&'static str> {
        let Some(start) = self.start(slot) else {
            return self.marked(slot).first().map(|_| "inside");
        };
        let (parent, at) = self.siblings(start);
        if self.is_slot(parent) {
            return Some("inside");
        }
        let end = self.comment(&format!("/selvedge:{slot}"))?;
        let (_, end_at) = self.siblings(end);
        if self.control(slot).is_some() {
            return Some("instead");
        }
        // What HTML moves out of an element's content may come between.
        let children = &self.nodes.borrow()[parent].children;
        if children.iter().skip(end_at).any(|other| self.is_slot(*other)) {
            return Some("before");
        }
        if children.iter().take(at).any(|other| self.is_slot(*other)) {
            return Some("after");
        }
        Some("somewhere else than")
    }

    fn start(&self, slot: &str) -> Option<Id> {
        ["", "+"].into_iter().find_map(|added| self.comment(&format!("selvedge{added}:{slot}")))
    }

    /// What the origin had.
    fn control(&self, slot: &str) -> Option<Id> {
        let nodes = self.nodes.borrow();
        let is_control = |(name, value): &(String, String)| name == "data-selvedge-control" && value == slot;
        self.all().into_iter().find_map(|id| match &nodes[id].kind {
            Kind::Element { attributes, contents, .. } if attributes.iter().any(is_control) => *contents,
            _ => None,
        })
    }

    /// What the loader does.
    pub(super) fn restore(&mut self, slot: &str) -> Result<(), String> {
        if let Some(start) = self.start(slot) {
            let contents = self.control(slot);
            let end = self.comment(&format!("/selvedge:{slot}")).ok_or("no end of what was put in")?;
            let ((parent, from), (other, to)) = (self.siblings(start), self.siblings(end));
            if parent != other || from > to {
                return Err("what was put in begins and ends in two elements".into());
            }
            let taken: Vec<Id> = self.nodes.borrow()[parent].children[from..=to].to_vec();
            taken.into_iter().for_each(|node| self.detach(node));
            let kept = contents.map(|contents| self.nodes.borrow()[contents].children.clone()).unwrap_or_default();
            for (position, node) in kept.into_iter().enumerate() {
                self.insert(parent, from + position, NodeOrText::AppendNode(node));
            }
        }
        // HTML makes a second element of some that are not nested.
        for marked in self.marked(slot) {
            let nodes = self.nodes.get_mut();
            let Kind::Element { attributes, .. } = &mut nodes[marked].kind else { continue };
            let (_, value) = attributes.iter().find(|(name, _)| name == "class").ok_or("no attribute was set")?;
            if value != "b\"c&copy" {
                return Err(format!("the attribute is {value}"));
            }
            let was = attributes.iter().find(|(name, _)| name == "data-selvedge-was-class").map(|(_, was)| was.clone());
            attributes.retain(|(name, _)| !name.starts_with("data-selvedge") && name != "class");
            attributes.extend(was.map(|was| ("class".to_owned(), was)));
            attributes.sort();
        }
        Ok(())
    }

    fn write(&self, out: &mut String, id: Id, depth: usize) {
        let nodes = self.nodes.borrow();
        let node = &nodes[id];
        let indent = "  ".repeat(depth);
        let mut children: &[Id] = &node.children;
        match &node.kind {
            Kind::Root => {}
            Kind::Text(_) => {}
            Kind::Comment(text) => {
                let _ = writeln!(out, "{indent}<!--{text}-->");
            }
            Kind::Element { name, attributes, contents } => {
                let _ = writeln!(out, "{indent}<{} {}{attributes:?}>", name.local, name.ns);
                if let Some(contents) = contents {
                    children = &nodes[*contents].children;
                }
            }
        }
        // Text beside text is one text.
        let mut text = String::new();
        for child in children {
            if let Kind::Text(part) = &nodes[*child].kind {
                text.push_str(part);
                continue;
            }
            if !text.is_empty() {
                let _ = writeln!(out, "{indent}  {:?}", core::mem::take(&mut text));
            }
            self.write(out, *child, depth + 1);
        }
        if !text.is_empty() {
            let _ = writeln!(out, "{indent}  {text:?}");
        }
    }
}

impl Display for Tree {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out, 0, 0);
        formatter.write_str(&out)
    }
}

impl TreeSink for Tree {
    type Handle = Id;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn get_document(&self) -> Id {
        0
    }

    fn elem_name<'a>(&'a self, target: &'a Id) -> ExpandedName<'a> {
        match &self.nodes.borrow()[*target].kind {
            Kind::Element { name, .. } => {
                // A test may leak a name.
                let name: &'static QualName = Box::leak(Box::new(name.clone()));
                name.expanded()
            }
            _ => panic!("only elements have names"),
        }
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> Id {
        let contents = flags.template.then(|| self.make(Kind::Root));
        let pair = |attribute: Attribute| (attribute.name.local.to_string(), attribute.value.to_string());
        let mut attributes: Vec<_> = attributes.into_iter().map(pair).collect();
        attributes.sort();
        self.make(Kind::Element { name, attributes, contents })
    }

    fn create_comment(&self, text: StrTendril) -> Id {
        self.make(Kind::Comment(text.to_string()))
    }

    fn create_pi(&self, target: StrTendril, _data: StrTendril) -> Id {
        self.make(Kind::Comment(target.to_string()))
    }

    fn append(&self, parent: &Id, child: NodeOrText<Id>) {
        let at = match &child {
            NodeOrText::AppendNode(child) => {
                self.detach(*child);
                usize::MAX
            }
            NodeOrText::AppendText(_) => self.nodes.borrow()[*parent].children.len(),
        };
        self.insert(*parent, at, child);
    }

    fn append_based_on_parent_node(&self, element: &Id, previous: &Id, child: NodeOrText<Id>) {
        if self.nodes.borrow()[*element].parent.is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_before_sibling(&self, sibling: &Id, child: NodeOrText<Id>) {
        if let NodeOrText::AppendNode(child) = &child {
            self.detach(*child);
        }
        let (parent, at) = self.siblings(*sibling);
        self.insert(parent, at, child);
    }

    fn get_template_contents(&self, target: &Id) -> Id {
        match &self.nodes.borrow()[*target].kind {
            Kind::Element { contents: Some(contents), .. } => *contents,
            _ => *target,
        }
    }

    fn same_node(&self, a: &Id, b: &Id) -> bool {
        a == b
    }

    fn remove_from_parent(&self, target: &Id) {
        self.detach(*target);
    }

    fn reparent_children(&self, node: &Id, parent: &Id) {
        let children = self.nodes.borrow()[*node].children.clone();
        for child in children {
            self.append(parent, NodeOrText::AppendNode(child));
        }
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}
    fn add_attrs_if_missing(&self, _target: &Id, _attributes: Vec<Attribute>) {}
    fn parse_error(&self, _message: Cow<'static, str>) {}
    fn set_quirks_mode(&self, _mode: QuirksMode) {}
}
