//! The headers of a request, as an edge reads them.

use std::borrow::Cow;

use axum::http::header::{self, HeaderMap};

/// The value of a header as text; `None` if it is not there.
///
/// Several lines of one header are one value. Cookies are joined by `; `, and anything else by `, `, as in the Fetch
/// standard. Bytes that are no UTF-8 become U+FFFD one by one, so that those of one cookie never hide the cookies beside it.
pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let between = if name == header::COOKIE { "; " } else { ", " };
    let lines = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    lines.reduce(|all, line| all + between + line).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn every_line_and_every_byte_is_read() {
        let mut headers = HeaderMap::new();
        let mut line = |name: &'static str, bytes: &[u8]| {
            headers.append(name, HeaderValue::from_bytes(bytes).expect("is a header's value"));
        };
        line("cookie", b"city=M\xfcnster; selvedge-consent=v=1&personalization=0");
        line("cookie", "a=größe".as_bytes());
        line("sec-gpc", b"0");
        line("sec-gpc", b"1");
        let of = |name| text(&headers, name);
        let cookies = "city=M\u{fffd}nster; selvedge-consent=v=1&personalization=0; a=größe";
        assert_eq!(of("cookie").as_deref(), Some(cookies));
        assert_eq!(of("sec-gpc").as_deref(), Some("0, 1"));
        assert_eq!(of("user-agent"), None);
    }
}
