//! The paths of a repository's files.
//!
//! Takes an environment and a version or digest; gives a path from the repository's own root. It never touches a file.

use alloc::format;
use alloc::string::String;

use super::Kind;
use crate::words::hex;

/// `/v1/{env}/root/{version}.cose`: never changes once published.
pub fn root(environment: &str, version: u64) -> String {
    format!("/v1/{environment}/root/{version}.cose")
}

/// `/v1/{env}/head`: the one file that changes.
pub fn head(environment: &str) -> String {
    format!("/v1/{environment}/head")
}

/// `/v1/{env}/b/{sha256}`, or `/debug/{sha256}` for the file that is never published.
pub fn target(environment: &str, kind: Kind, digest: &[u8; 32]) -> String {
    match kind {
        Kind::Debug => ["/debug/", &hex(digest)].concat(),
        _ => ["/v1/", environment, "/b/", &hex(digest)].concat(),
    }
}
