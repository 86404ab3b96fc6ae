//! Signature Version 4 of Amazon Web Services, as S3 asks for it, in the header `Authorization`.
//!
//! Takes a request and a time, gives headers. <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use crate::trust::native::sha256;
use crate::words::hex;

pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) session: Option<String>,
    pub(super) region: String,
}

/// A request to sign.
pub(super) struct Signing<'a> {
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    /// Percent-encoded, with its first slash.
    pub(super) path: &'a str,
    /// Percent-encoded names and values, sorted by name.
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}

impl Credentials {
    /// The headers that sign a request at a time, written as `20260101T000000Z`.
    pub(super) fn headers(&self, request: &Signing<'_>, time: &str) -> Vec<(&'static str, String)> {
        let digest = hex(&sha256(request.body));
        let mut signed = vec![
            ("host", request.host.to_owned()),
            ("x-amz-content-sha256", digest.clone()),
            ("x-amz-date", time.to_owned()),
        ];
        signed.extend(self.session.clone().map(|session| ("x-amz-security-token", session)));
        let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = signed.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let Signing { method, path, query, .. } = request;
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{digest}");

        let day = time.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&sha256(canonical.as_bytes())));
        let mut key = mac(format!("AWS4{}", self.secret).as_bytes(), day);
        for part in [self.region.as_str(), "s3", "aws4_request"] {
            key = mac(&key, part);
        }
        let signature = hex(&mac(&key, &text));
        // The host is a header of its own already.
        signed.remove(0);
        let id = &self.id;
        signed.push((
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={id}/{scope},SignedHeaders={names},Signature={signature}"),
        ));
        signed
    }
}

/// HMAC-SHA-256 (RFC 2104) under a key of any length.
fn mac(key: &[u8], text: &str) -> [u8; 32] {
    let short = if key.len() > 64 { sha256(key).to_vec() } else { key.to_vec() };
    let block: [u8; 64] = std::array::from_fn(|at| short.get(at).copied().unwrap_or_default());
    let inner = sha256(&[&block.map(|byte| byte ^ 0x36)[..], text.as_bytes()].concat());
    sha256(&[&block.map(|byte| byte ^ 0x5c)[..], &inner].concat())
}

/// Percent-encodes all but letters, digits, `-`, `.`, `_`, `~` and the bytes in `kept`.
pub(super) fn encoded(text: &str, kept: &[u8]) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if kept.contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_signed_as_the_documentation_of_s3_signs_it() {
        // "Example: GET Bucket Lifecycle" and "GET Bucket (List Objects)" of the page above.
        let credentials = Credentials {
            id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session: None,
            region: "us-east-1".into(),
        };
        for (query, signature) in [
            ("lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            ("max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ] {
            let host = "examplebucket.s3.amazonaws.com";
            let headers =
                credentials.headers(&Signing { method: "GET", host, path: "/", query, body: b"" }, "20130524T000000Z");
            let last = headers.last().expect("is signed");
            assert_eq!(last.0, "authorization");
            assert!(last.1.ends_with(&format!("Signature={signature}")), "{last:?}");
        }
    }

    #[test]
    fn a_key_is_encoded_as_rfc_3986_says() {
        assert_eq!(encoded("v1/a b/ü~", b"/"), "v1/a%20b/%C3%BC~");
        assert_eq!(encoded("v1/head", b""), "v1%2Fhead");
    }
}
