//! Kinds of HTML elements, as the parser of the HTML standard tells them apart.
//!
//! Names are in lower case. The lists are those of "13.2 Parsing HTML documents" and "13.1.2.4 Optional tags".

/// Elements that have no content and no end tag.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "image"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Elements whose content is text to the parser, where character references still count.
pub(super) fn is_escapable(name: &str) -> bool {
    matches!(name, "textarea" | "title")
}

/// Elements whose content is text to the parser.
pub(super) fn is_text_only(name: &str) -> bool {
    is_escapable(name)
        || matches!(name, "iframe" | "noembed" | "noframes" | "noscript" | "plaintext" | "script" | "style" | "xmp")
}

/// Elements that the parser opens again behind a place where something else ended them.
pub(super) fn is_formatting(name: &str) -> bool {
    matches!(
        name,
        "a" | "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small" | "strike" | "strong" | "tt" | "u"
    )
}

/// Elements whose end tag may be left out.
pub(super) fn has_optional_end(name: &str) -> bool {
    is_table_part(name) || matches!(name, "dd" | "dt" | "li" | "optgroup" | "option" | "p" | "rb" | "rp" | "rt" | "rtc")
}

/// Parts of a table.
pub(super) fn is_table_part(name: &str) -> bool {
    matches!(name, "caption" | "colgroup" | "col" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr")
}

/// Elements that hold parts of a table and nothing else: what else is in them, the parser moves in front of the table.
pub(super) fn is_table_frame(name: &str) -> bool {
    matches!(name, "table" | "tbody" | "tfoot" | "thead" | "tr")
}

pub(super) fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// Elements whose start tag ends an open paragraph.
pub(super) fn ends_paragraph(name: &str) -> bool {
    is_heading(name)
        || matches!(
            name,
            "address"
                | "article"
                | "aside"
                | "blockquote"
                | "center"
                | "dd"
                | "details"
                | "dialog"
                | "dir"
                | "div"
                | "dl"
                | "dt"
                | "fieldset"
                | "figcaption"
                | "figure"
                | "footer"
                | "form"
                | "header"
                | "hgroup"
                | "hr"
                | "li"
                | "listing"
                | "main"
                | "menu"
                | "nav"
                | "ol"
                | "p"
                | "plaintext"
                | "pre"
                | "search"
                | "section"
                | "summary"
                | "table"
                | "ul"
                | "xmp"
        )
}

/// Elements that hide what is open around them: nothing in them ends it.
pub(super) fn is_barrier(name: &str) -> bool {
    matches!(name, "applet" | "caption" | "html" | "marquee" | "object" | "table" | "td" | "template" | "th")
}

/// Elements whose end tag ends what is open in them, if that needs no end tag of its own.
pub(super) fn ends_content(name: &str) -> bool {
    ends_paragraph(name)
        || is_barrier(name)
        || is_table_frame(name)
        || matches!(name, "body" | "button" | "select" | "optgroup" | "datalist" | "ruby")
}

/// Elements at which the search for an open list item ends.
pub(super) fn stops_items(name: &str) -> bool {
    (ends_paragraph(name) && !matches!(name, "address" | "div" | "p"))
        || is_barrier(name)
        || is_table_part(name)
        || matches!(name, "body" | "button" | "select")
}

/// Whether an end tag of `parent` ends a child whose own end tag was left out.
pub(super) fn may_hold(parent: &str, child: &str) -> bool {
    let list = |names: &[&str]| names.contains(&parent);
    match child {
        "li" => list(&["ul", "ol", "menu", "dir"]),
        "dd" | "dt" => list(&["dl", "div"]),
        "option" => list(&["select", "optgroup", "datalist"]),
        "optgroup" => list(&["select"]),
        "rb" | "rp" | "rt" | "rtc" => list(&["ruby", "rtc"]),
        "td" | "th" => list(&["tr", "tbody", "thead", "tfoot", "table"]),
        "tr" => list(&["tbody", "thead", "tfoot", "table"]),
        "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => list(&["table"]),
        "p" => {
            ends_content(parent)
                && !is_heading(parent)
                && !list(&[
                    "p", "ul", "ol", "menu", "dl", "table", "tr", "tbody", "thead", "tfoot", "select", "optgroup",
                    "datalist", "ruby", "pre",
                ])
        }
        _ => false,
    }
}

/// Start tags that end SVG or MathML around them.
pub(super) fn ends_foreign(name: &str) -> bool {
    is_formatting(name) && name != "a"
        || is_heading(name)
        || matches!(
            name,
            "blockquote"
                | "body"
                | "br"
                | "center"
                | "dd"
                | "div"
                | "dl"
                | "dt"
                | "embed"
                | "head"
                | "hr"
                | "img"
                | "li"
                | "listing"
                | "menu"
                | "meta"
                | "ol"
                | "p"
                | "pre"
                | "ruby"
                | "span"
                | "sub"
                | "sup"
                | "table"
                | "ul"
                | "var"
        )
}

/// Elements of SVG and MathML whose content is HTML.
pub(super) fn holds_html(name: &str) -> bool {
    matches!(name, "foreignobject" | "desc" | "title" | "mi" | "mn" | "mo" | "ms" | "mtext")
}
