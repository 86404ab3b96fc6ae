//! Rules for checked markup: what it may not contain, and which elements close others.
//!
//! Takes names and decoded values as the browser's tokenizer gives them, gives the reason of a refusal. It never looks at text.

/// Browsers flatten what is deeper than 512, and the page around the content counts.
pub(crate) const DEPTH_MAX: usize = 256;
/// Elements that may never stand inside a page's body: they end it, change it as a whole, or swallow the rest of it.
pub(crate) const BREAKING: &str = "html head body frameset frame plaintext title base noframes";
/// Elements without content or end tag.
pub(crate) const VOID: &str = "area base br col embed hr img input link meta param source track wbr";
/// Elements of SVG and MathML whose content is HTML again.
pub(crate) const HTML_INSIDE: &str = "foreignobject desc title mi mo mn ms mtext";
/// HTML elements that end any SVG around them.
pub(crate) const ENDS_SVG: &str = "b big blockquote br center code dd div dl dt em h1 h2 h3 i img li ol p pre span strong \
    table ul";
/// Elements that end a paragraph around them.
pub(crate) const ENDS_P: &str = "address article aside blockquote center details dialog dir div dl fieldset figcaption figure \
    footer form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre section ul";

/// Tells whether this is one of these names.
pub(crate) fn is(name: &str, names: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

/// Tells whether every browser keeps an element of this name inside a `<select>`. Older browsers drop all others, newer ones keep them.
pub(crate) fn stays_in_select(parent: &str, name: &str) -> bool {
    matches!((parent, name), ("select", "option" | "optgroup" | "hr") | ("optgroup", "option"))
}

/// Why checked content may not hold this element.
pub(crate) fn element(name: &str) -> Option<&'static str> {
    Some(match name {
        "script" => "it runs code",
        "style" => "its rules reach the whole page; a `style` attribute does not",
        "iframe" | "object" | "embed" | "applet" | "portal" | "fencedframe" => {
            "it loads another page with its own code"
        }
        "meta" | "link" => "it changes the whole page",
        "noscript" | "noembed" | "xmp" => "browsers read its contents in different ways",
        "math" => "browsers disagree about where it ends",
        _ => return None,
    })
}

/// Elements of SVG that cannot run code and hold no HTML.
pub(crate) fn is_safe_svg(name: &str) -> bool {
    const SAFE: &str = "a animate animatemotion animatetransform circle clippath defs desc ellipse filter g image line \
        lineargradient marker mask metadata mpath path pattern polygon polyline radialgradient rect set stop svg switch \
        symbol text textpath title tspan use view";
    name.starts_with("fe") || is(name, SAFE)
}

/// Why checked content may not hold this attribute.
pub(crate) fn attribute(element: &str, name: &str, value: &str) -> Option<String> {
    if name.starts_with("on") && name.len() > 2 {
        return Some(format!("`{name}` runs code"));
    }
    match name {
        "srcdoc" => return Some("`srcdoc` is a page with its own code".into()),
        "formaction" => return Some("`formaction` sends a form somewhere else".into()),
        "attributename" if matches!(url(value).as_str(), "href" | "xlink:href") => {
            return Some("an animation may not change where a link goes".into());
        }
        _ => {}
    }
    if !holds_url(element, name) {
        return None;
    }
    let mut parts = value.split([',', ';']).chain([value]);
    parts.find_map(|part| scheme_refusal(element, &url(part))).map(|reason| format!("`{name}` {reason}"))
}

/// Attributes whose value, or a part of it, is an address.
fn holds_url(element: &str, name: &str) -> bool {
    const URLS: &str = "action archive background cite classid codebase data dynsrc href icon longdesc lowsrc manifest ping \
        poster profile src srcset usemap xlink:href";
    let animates = matches!(element, "animate" | "set" | "animatetransform" | "animatemotion");
    is(name, URLS) || animates && matches!(name, "from" | "to" | "by" | "values")
}

/// The address as the browser reads it: without control characters and spaces around it, tabs and newlines anywhere, or case.
fn url(value: &str) -> String {
    let trimmed = value.trim_matches(|c: char| c <= ' ');
    trimmed.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect::<String>().to_ascii_lowercase()
}

fn scheme_refusal(element: &str, url: &str) -> Option<&'static str> {
    const MEDIA: [&str; 4] = ["data:image/", "data:audio/", "data:video/", "data:font/"];
    let media = MEDIA.iter().any(|media| url.starts_with(media));
    if url.starts_with("javascript:") || url.starts_with("vbscript:") {
        Some("contains an address that runs code")
    } else if url.starts_with("data:") && (!media || matches!(element, "use" | "a" | "area" | "form")) {
        Some("contains a document inside an address")
    } else {
        None
    }
}
