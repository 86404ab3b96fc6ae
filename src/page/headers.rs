//! What a host may rewrite, and which headers a rewritten page loses and gets.
//!
//! Takes what the request says of its purpose, gives whether the answer is a page that somebody looks at; takes how far a page may be
//! cached, gives its headers. It knows no type of a host's requests.

/// Headers of the origin that a rewritten page does not keep: they speak of other bytes, or let a shared cache give one visitor's
/// page to another, whatever `Cache-Control` says (RFC 9213).
pub const HEADERS_DROPPED: [&str; 14] = [
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
    "cloudflare-cdn-cache-control",
    "surrogate-control",
    "surrogate-key",
];

/// The one header of an [answer](super::Answer) that replaces the origin's.
pub const CACHE_CONTROL: &str = "cache-control";

/// Whether the answer becomes a document, by the request's `Sec-Fetch-Dest`. HTML that a script fetches is a fragment or data, and
/// belongs to the script. Who sends no such header is given a page.
pub fn is_document(destination: Option<&str>) -> bool {
    destination.is_none_or(|destination| {
        ["document", "iframe", "frame", "embed", "object"].contains(&destination.trim().to_ascii_lowercase().as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::is_document;

    #[test]
    fn only_what_becomes_a_document_is_a_page() {
        for destination in [None, Some("document"), Some("iframe"), Some("frame"), Some("embed"), Some("object")] {
            assert!(is_document(destination), "{destination:?}");
        }
        for destination in ["empty", "script", "image", "style", ""] {
            assert!(!is_document(Some(destination)), "{destination}");
        }
    }
}
