//! The origin behind the preview, when the pages are not the site's own.
//!
//! It blocks: callers run it on a blocking thread.

use std::io::{ErrorKind, Read};

use axum::body::Bytes;
use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode};

use super::origin::{Answer, within};

/// The largest body that is passed on; a preview holds it whole.
pub(super) const BODY_BYTES_MAX: u64 = 64 << 20;
/// Headers of one connection (RFC 9110 §7.6.1), and those that this proxy settles itself.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
];

/// Asks `origin` for `target` (path and query).
pub(super) fn fetch(
    agent: &ureq::Agent,
    origin: &str,
    asked: &Parts,
    target: &str,
    body: &[u8],
) -> Result<Answer, String> {
    let origin = origin.trim_end_matches('/');
    let mut request = Request::builder().method(&asked.method).uri(format!("{origin}{target}"));
    let is_passed_on = |name: &HeaderName| {
        // The rewriter reads plain text, and a page that depends on the visit cannot be "not modified".
        let settled =
            [header::ACCEPT_ENCODING, header::CONTENT_LENGTH, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE];
        !HOP_BY_HOP.contains(name) && !settled.contains(name) && !name.as_str().starts_with("x-selvedge-")
    };
    for (name, value) in asked.headers.iter().filter(|(name, _)| is_passed_on(name)) {
        request = request.header(name, value);
    }
    request = request.header(header::ACCEPT_ENCODING, "identity");
    let answer = if body.is_empty() { send(agent, request.body(())) } else { send(agent, request.body(body)) };
    let mut answer = answer.map_err(|error| format!("{origin}: {error}"))?;
    // A redirect within the origin stays within the preview.
    let path = answer.location().and_then(|location| location.strip_prefix(origin)).map(str::to_owned);
    if let Some(path) = path.filter(|path| path.starts_with('/')) {
        answer.leads_to(&within(&path));
    }
    Ok(answer)
}

/// The bytes that came of a body. A body or a coding that breaks off gives what came before, as browsers show it.
fn came(mut body: impl Read) -> std::io::Result<Vec<u8>> {
    let (mut all, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        match body.read(&mut piece) {
            Ok(0) => return Ok(all),
            Ok(length) => all.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if all.is_empty() || all.len() as u64 >= BODY_BYTES_MAX => return Err(error),
            Err(_) => return Ok(all),
        }
    }
}

fn send<B: ureq::AsSendBody>(
    agent: &ureq::Agent,
    request: Result<Request<B>, axum::http::Error>,
) -> anyhow::Result<Answer> {
    let (parts, mut body) = agent.run(request?)?.into_parts();
    let bytes = came(body.with_config().limit(BODY_BYTES_MAX).reader())?;
    let mut headers = parts.headers;
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove(header::CONTENT_LENGTH);
    let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    Ok(Answer { status, headers, body: Bytes::from(bytes) })
}
