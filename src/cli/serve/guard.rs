//! Which requests are answered at all: those that name this machine as their host.
//!
//! Another site's name can lead to this machine's address, and that site's pages could then read the panel (DNS rebinding).

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub(super) async fn guard(request: Request, next: Next) -> Response {
    match refusal(&request) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(request: &Request) -> Option<(StatusCode, &'static str)> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let said = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().and_then(|host| host.parse().ok()).filter(is_own),
        (None, None) if request.version() == Version::HTTP_10 => return None,
        // RFC 9112 §3.2.
        _ => return Some((StatusCode::BAD_REQUEST, "a request must name exactly one host\n")),
    };
    // The target of a request may name a host, too.
    let is_here = said.is_some() && request.uri().authority().is_none_or(is_own);
    let why = "this server is only for this machine: request it as 127.0.0.1 or localhost\n";
    (!is_here).then_some((StatusCode::MISDIRECTED_REQUEST, why))
}

fn is_own(authority: &Authority) -> bool {
    let host = authority.host().to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_local = host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|it| it.is_loopback());
    is_local && !authority.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn status(target: &str, hosts: &[&str]) -> Option<u16> {
        let asked = hosts.iter().fold(Request::get(target), |asked, host| asked.header(HOST, *host));
        refusal(&asked.body(Body::empty()).expect("a request")).map(|(status, _)| status.as_u16())
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in ["127.0.0.1:8787", "localhost", "LOCALHOST:8787", "shop.localhost:1", "[::1]:8787", "127.0.0.2"] {
            assert_eq!(status("/", &[host]), None, "{host}");
        }
        for host in ["evil.example", "evil.example:8787", "127.0.0.1.evil.example", "localhost@evil.example", "", "a b"]
        {
            assert_eq!(status("/", &[host]), Some(421), "{host}");
        }
        assert_eq!(status("http://evil.example/", &["localhost"]), Some(421));
        assert_eq!(status("http://localhost/", &["localhost"]), None);
    }

    #[test]
    fn a_request_names_its_host_once() {
        assert_eq!(status("/", &["localhost", "localhost"]), Some(400));
        assert_eq!(status("/", &[]), Some(400));
    }
}
