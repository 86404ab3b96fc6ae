//! The panel's frame: relaxes the origin's rules about frames, as far as the panel needs it.
//!
//! A page of this server may show any preview in a frame. Everything else that the origin forbids stays forbidden.

use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, X_FRAME_OPTIONS};

/// Lets a page of this server show an answer in its frame, where the request is for such a frame.
pub(super) fn open(headers: &mut HeaderMap, asked: &dyn Fn(&str) -> Option<String>) {
    let says = |name: &str, value: &str| asked(name).is_some_and(|said| said == value);
    if !says("sec-fetch-dest", "iframe") || !says("sec-fetch-site", "same-origin") {
        return;
    }
    if headers.contains_key(X_FRAME_OPTIONS) {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    replace_each(headers, CONTENT_SECURITY_POLICY, |policies| {
        // Commas divide policies, and semicolons their directives (CSP3 §2.2).
        let directive = |directive: &str| {
            let name = directive.split_ascii_whitespace().next().unwrap_or_default();
            let is_about_frames = name.eq_ignore_ascii_case("frame-ancestors");
            if is_about_frames { " frame-ancestors 'self'".to_owned() } else { directive.to_owned() }
        };
        let policy = |policy: &str| policy.split(';').map(directive).collect::<Vec<_>>().join(";");
        policies.split(',').map(policy).collect::<Vec<_>>().join(",").trim().to_owned()
    });
}

/// Rewrites every line of one header; a line that is no text stays.
fn replace_each(headers: &mut HeaderMap, name: HeaderName, rewrite: impl Fn(&str) -> String) {
    let rewritten = |line: &HeaderValue| {
        let text = line.to_str().ok().map(&rewrite);
        text.and_then(|text| HeaderValue::from_str(&text).ok()).unwrap_or_else(|| line.clone())
    };
    let lines: Vec<HeaderValue> = headers.get_all(&name).iter().map(rewritten).collect();
    headers.remove(&name);
    for line in lines {
        headers.append(&name, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(destination: &str, site: &str) -> Vec<String> {
        let mut headers = HeaderMap::new();
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        for policy in ["default-src 'self'; Frame-Ancestors 'none', script-src 'none'; frame-ancestors x", "img-src *"]
        {
            headers.append(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        }
        let asked = |name: &str| Some(if name == "sec-fetch-dest" { destination } else { site }.to_owned());
        open(&mut headers, &asked);
        headers.values().map(|value| value.to_str().expect("text").to_owned()).collect()
    }

    #[test]
    fn only_frames_of_this_server_are_opened_and_only_for_frames() {
        let own = [
            "SAMEORIGIN",
            "default-src 'self'; frame-ancestors 'self', script-src 'none'; frame-ancestors 'self'",
            "img-src *",
        ];
        assert_eq!(opened("iframe", "same-origin"), own);
        for (destination, site) in [("document", "none"), ("iframe", "cross-site"), ("iframe", "same-site")] {
            assert_eq!(opened(destination, site)[0], "DENY", "{destination} {site}");
            assert!(opened(destination, site)[1].contains("'none', script-src"), "{destination} {site}");
        }
    }
}
