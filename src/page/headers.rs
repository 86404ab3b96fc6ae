//! Decides what a host may rewrite, and which headers a rewritten page loses and gets.
//!
//! Takes the headers of a request, the headers of the origin's answer and its first bytes, and tells if it is a page to
//! change. Then takes how far a page may be cached, and gives its headers. It knows no type of a host's requests.

use alloc::string::{String, ToString};

use super::kinds::is_one_of;
use super::tags::{Piece, begins, has, lower, piece};
use crate::engine::CachePolicy;

/// Reads a header by its lower-case name. Several lines of one name arrive joined by commas.
type Header<'h> = &'h dyn Fn(&str) -> Option<String>;

/// Headers of the origin that a rewritten page does not keep. They describe other bytes, or let a shared cache give one
/// visitor's page to another in spite of `Cache-Control` (RFC 9213).
const DROPPED: [&str; 15] = [
    "content-length",
    "etag",
    "last-modified",
    "accept-ranges",
    "content-md5",
    "digest",
    "content-digest",
    "repr-digest",
    "expires",
    "age",
    "cdn-cache-control",
    "edge-control",
    "surrogate-control",
    "surrogate-key",
    "x-accel-expires",
];

/// The one header of an [answer](super::Answer) that replaces the origin's.
pub const CACHE_CONTROL: &str = "cache-control";

/// The `Vary` of HTML that a script fetches at a page's address. The browser's cache would otherwise show that HTML as the page.
pub const VARY: &str = "sec-fetch-dest, sec-fetch-mode, sec-purpose";

/// True if a rewritten page does not keep this header of the origin, or has its own in place of it.
pub fn is_replaced(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // Each network has a name of its own for its copy of the cache's orders.
    name == CACHE_CONTROL || name.ends_with("-cdn-cache-control") || DROPPED.contains(&name.as_str())
}

/// True if a request asks for what becomes a page. HTML that a script fetches is a fragment or data, and belongs to the
/// script. A request that does not say what it is for gets a page. A service worker asks on behalf of a navigation: then
/// only the mode says so. A page that is fetched ahead of a navigation is shown later without a change.
pub fn asks_for_page(method: &str, header: Header<'_>) -> bool {
    const PAGES: [&str; 5] = ["document", "iframe", "frame", "embed", "object"];
    let says = |name: &str, values: &[&str]| {
        let value = header(name)?;
        Some(value.split([';', ',']).any(|value| values.contains(&value.trim().to_ascii_lowercase().as_str())))
    };
    let is_navigation = says("sec-fetch-mode", &["navigate"]) == Some(true);
    let is_ahead = says("sec-purpose", &["prefetch"]) == Some(true) && says("sec-fetch-dest", &["empty"]) == Some(true);
    let is_page = says("sec-fetch-dest", &PAGES) != Some(false);
    (method == "GET" || method == "HEAD") && (is_page || is_navigation || is_ahead)
}

/// True if a page of this origin sent a request: `origin` is like `https://shop.example`. A browser without `Sec-Fetch-Site`
/// names the origin of a request in `Origin`. A sender that says neither is no browser.
pub fn is_from(origin: &str, header: Header<'_>) -> bool {
    match header("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => header("origin").is_none_or(|sender| sender == origin),
    }
}

/// True if an answer is a page that may be changed, by its headers: a complete HTML document that is shown, and that may be
/// transformed.
pub fn is_page(status: u16, header: Header<'_>) -> bool {
    let first = |name: &str| {
        let value = header(name).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    };
    status == 200
        && first("content-type") == "text/html"
        && first("content-disposition") != "attachment"
        && !directives(&header(CACHE_CONTROL).unwrap_or_default()).any(|directive| directive == "no-transform")
}

/// True if bytes begin as a page does: with a tag, a comment or a declaration, behind spaces or a mark of the byte order. Scripts'
/// answers and files for search engines are served as HTML, too, and so is XML, of which only XHTML is a page. `None` while more bytes are
/// needed to tell.
pub fn begins_like_page(bytes: &[u8]) -> Option<bool> {
    let full = bytes.get(..OPENING_BYTES_MAX);
    let seen = full.unwrap_or(bytes);
    let is_part_of_mark = seen.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(seen);
    if is_part_of_mark {
        return None;
    }
    sign(seen.strip_prefix(BYTE_ORDER_MARK).unwrap_or(seen)).or(full.map(|_| false))
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A page shows its first sign within these. Nobody waits for more.
const OPENING_BYTES_MAX: usize = 16 * 1024;

fn sign(bytes: &[u8]) -> Option<bool> {
    let bytes = bytes.trim_ascii_start();
    let is_xml = begins(bytes, "<?xml");
    match (bytes.first()?, bytes.get(1)) {
        (b'<', None) => return None,
        (b'<', Some(b'?')) if bytes.len() < 5 => return None,
        (b'<', Some(b'!' | b'?' | b'/')) if !is_xml => return Some(true),
        (b'<', Some(next)) if is_xml || next.is_ascii_alphabetic() => {}
        _ => return Some(false),
    }
    let mut at = 0;
    loop {
        let (piece, next) = piece(bytes, at, false)?;
        match piece {
            Piece::Start { name, .. } if is_xml => return Some(lower(name) == "html"),
            // Feeds and maps of a site, where they do not say that they are XML.
            Piece::Start { name, .. } => {
                return Some(!is_one_of(&lower(name), "rss feed urlset sitemapindex") && !name.contains(&b':'));
            }
            _ if begins(bytes.get(at..)?, "<!doctype html") => return Some(true),
            _ => at = next,
        }
    }
}

/// The encoding of a page, as far as changes must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Surely UTF-8.
    Utf8,
    /// Any encoding in which ASCII is the same as in UTF-8, as the added markup is ASCII.
    Other,
}

impl Encoding {
    /// As the content type says. Without a word there, the page itself may say anything. `None` for the few in which ASCII
    /// is something else, so that no tag can be found there.
    pub fn of(content_type: &str) -> Option<Self> {
        let mut parameters = content_type.split(';').filter_map(|parameter| parameter.split_once('='));
        let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        let charset = charset.map(|(_, value)| value.trim().trim_matches('"').to_ascii_lowercase()).unwrap_or_default();
        match charset.as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            // Of the labels of the Encoding Standard, these and none else.
            "hz-gb-2312" | "replacement" => None,
            other
                if ["2022", "ucs-2", "utf-16", "unicode"].iter().any(|part| has(other.as_bytes(), part.as_bytes())) =>
            {
                None
            }
            // Browsers go by no label that they do not know.
            _ => Some(Self::Other),
        }
    }
}

/// How a rewritten page may be kept: as its decisions say, and never longer than the origin lets it.
pub fn cache_control(policy: CachePolicy, origin: Option<&str>) -> String {
    const STRICTER: [&str; 5] = ["no-store", "must-revalidate", "proxy-revalidate", "max-age=0", "s-maxage=0"];
    let mut all = policy.header().to_string();
    for stricter in STRICTER {
        let said = directives(origin.unwrap_or_default()).any(|directive| directive == stricter);
        if said && !directives(&all).any(|directive| directive == stricter) {
            all.push_str(", ");
            all.push_str(stricter);
        }
    }
    all
}

/// The directives of `Cache-Control`, in lower case. A list of headers in quotes is split as well, but
/// none of those directives matters here.
fn directives(value: &str) -> impl Iterator<Item = String> {
    value.split(',').map(|directive| directive.trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(method: &str, headers: &[(&str, &str)]) -> bool {
        asks_for_page(method, &|name| {
            headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn only_the_sites_own_pages_are_heard() {
        let origin = "https://shop.example";
        for (header, value, expected) in [
            ("user-agent", "curl", true),
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "none", false),
            ("origin", origin, true),
            ("origin", "https://evil.example", false),
            ("origin", "https://shop.example.evil.example", false),
            ("origin", "http://shop.example", false),
            ("origin", "null", false),
        ] {
            let is_own = is_from(origin, &|name| (name == header).then(|| value.to_string()));
            assert_eq!(is_own, expected, "{header}: {value}");
        }
    }

    #[test]
    fn only_what_becomes_a_document_is_a_page() {
        assert!(asks("GET", &[]));
        for destination in ["document", "iframe", "frame", "embed", "object", " Document"] {
            assert!(asks("GET", &[("sec-fetch-dest", destination)]), "{destination}");
            assert!(asks("HEAD", &[("sec-fetch-dest", destination)]), "{destination}");
            assert!(!asks("POST", &[("sec-fetch-dest", destination)]), "{destination}");
        }
        for destination in ["empty", "script", "image", "style", ""] {
            assert!(!asks("GET", &[("sec-fetch-dest", destination)]), "{destination}");
            assert!(!asks("GET", &[("sec-fetch-dest", destination), ("sec-fetch-mode", "cors")]), "{destination}");
        }
    }

    #[test]
    fn a_service_workers_navigation_and_a_page_fetched_ahead_are_pages() {
        assert!(asks("GET", &[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "navigate")]));
        let ahead = ("sec-purpose", "prefetch;prerender");
        assert!(asks("GET", &[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "no-cors"), ahead]));
        assert!(!asks("GET", &[("sec-fetch-dest", "style"), ("sec-fetch-mode", "no-cors"), ahead]));
    }

    #[test]
    fn what_is_no_page_or_may_not_be_changed_is_left_alone() {
        let is = |status, headers: &[(&str, &str)]| {
            is_page(status, &|name| {
                headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
            })
        };
        let html = ("content-type", "Text/HTML; charset=utf-8");
        assert!(is(200, &[html]));
        assert!(is(200, &[html, ("content-disposition", "inline; filename=attachment.html")]));
        assert!(is(200, &[html, ("cache-control", "max-age=5, public")]));
        assert!(!is(206, &[html]));
        assert!(!is(200, &[("content-type", "application/xhtml+xml")]));
        assert!(!is(200, &[html, ("content-disposition", "Attachment; filename=x.html")]));
        assert!(!is(200, &[html, ("cache-control", "max-age=5,No-Transform")]));
    }

    #[test]
    fn pages_begin_with_markup() {
        let long = format!("{}<p>", " ".repeat(16_000));
        for page in [
            "<!doctype html>",
            "\u{feff}\r\n <HTML>",
            "<p>x",
            "<!--x-->",
            "<?php",
            "<?xml version=\"1.0\"?><html>",
            "<?xml version=\"1.0\"?>\n<?xml-stylesheet href='a>b'?><!-- a --><!DOCTYPE html PUBLIC \"x\"><html>",
            "</p>",
            &long,
        ] {
            assert_eq!(begins_like_page(page.as_bytes()), Some(true), "{page}");
        }
        let (spaces, name) = (" ".repeat(16_384), format!("<{}", "a".repeat(20_000)));
        for other in
            ["{\"ok\":true}", "google-site-verification: x.html", "[]", "1 < 2", "< p", "<3", "x<p>", &spaces, &name]
        {
            assert_eq!(begins_like_page(other.as_bytes()), Some(false), "{other}");
        }
        for feed in [
            "<rss version='2.0'>",
            "<?xml version=\"1.0\"?>\n<rss version=\"2.0\">",
            "<?xml version=\"1.0\"?><!-- x --><svg xmlns=\"x\">",
            "<?xml version='1.0'?><!DOCTYPE svg PUBLIC 'x'><svg>",
            "<urlset xmlns='x'>",
            "<sitemapindex>",
            "<feed\n>",
            "<soap:Envelope>",
        ] {
            assert_eq!(begins_like_page(feed.as_bytes()), Some(false), "{feed}");
        }
        for unknown in ["", " \n", "\u{feff}", "<", "<p", "<?xml version='1.0'?>", "<?xml", "<?xml?><!--"] {
            assert_eq!(begins_like_page(unknown.as_bytes()), None, "{unknown:?}");
        }
    }

    #[test]
    fn the_first_bytes_never_say_other_than_more_of_them() {
        for whole in [
            "\u{feff}<!doctype html><p>x",
            "\u{feff} <?xml version=\"1.0\"?><!-- x --><html>",
            "\u{feff}{\"ok\":true}",
            "\n<?xml version='1.0'?><!DOCTYPE svg PUBLIC 'x'><svg>",
            "<rss version='2.0'>",
            "<soap:Envelope>",
            "<!-- x --><p>",
            "<p class='x'>y",
            "\u{fffd}<p>",
        ] {
            let said = begins_like_page(whole.as_bytes());
            assert!(said.is_some(), "{whole}");
            for end in 0..whole.len() {
                let early = begins_like_page(&whole.as_bytes()[..end]);
                assert!(early.is_none() || early == said, "{whole:?} at {end}: {early:?}, {said:?}");
            }
        }
    }

    #[test]
    fn without_a_word_a_page_may_be_in_any_encoding() {
        for (content_type, encoding) in [
            ("text/html; charset=UTF-8", Some(Encoding::Utf8)),
            ("text/html;x=y; Charset = \"utf-8\"", Some(Encoding::Utf8)),
            ("text/html", Some(Encoding::Other)),
            ("text/html; charset=windows-1252", Some(Encoding::Other)),
            ("text/html; charset='utf-8'", Some(Encoding::Other)),
            ("text/html; charset=utf8mb4", Some(Encoding::Other)),
            ("text/html; charset=csISO2022JP", None),
            ("text/html; charset=iso-2022-cn-ext", None),
            ("text/html; charset=ISO-10646-UCS-2", None),
            ("text/html; charset=replacement", None),
            ("text/html; charset=utf-16le", None),
            ("text/html; charset=ISO-2022-JP", None),
        ] {
            assert_eq!(Encoding::of(content_type), encoding, "{content_type}");
        }
    }

    #[test]
    fn a_page_is_never_kept_longer_than_the_origin_lets_it() {
        let of = |policy, origin| cache_control(policy, Some(origin));
        assert_eq!(cache_control(CachePolicy::Revalidate, None), "private, no-cache");
        assert_eq!(of(CachePolicy::Revalidate, "public, max-age=600, s-maxage=0"), "private, no-cache, s-maxage=0");
        assert_eq!(of(CachePolicy::Origin, "No-Store, max-age=0"), "private, no-cache, no-store, max-age=0");
        assert_eq!(of(CachePolicy::NoStore, "no-store,must-revalidate"), "private, no-store, must-revalidate");
        assert_eq!(of(CachePolicy::NoStore, "private=\"x-no-store\", immutable"), "private, no-store");
    }

    #[test]
    fn every_networks_own_order_is_replaced() {
        for name in
            ["Cache-Control", "Vercel-CDN-Cache-Control", "cdn-cache-control", "Edge-Control", "X-Accel-Expires"]
        {
            assert!(is_replaced(name), "{name}");
        }
        assert!(!is_replaced("set-cookie"));
    }
}
