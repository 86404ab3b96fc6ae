//! The notice for visitors, at the well-known paths.
//!
//! Takes the notice of a release and a path, gives the bytes to answer with. The notice is a line for `gpc.json`, empty if the site
//! says nothing of the signal, and the document about personalization below it. It never looks into either.

/// Purposes, data, recipients, cookies, retention, experiments, rights.
pub const PERSONALIZATION: &str = "/.well-known/personalization";
/// The site's statement about Global Privacy Control (W3C).
pub const GPC: &str = "/.well-known/gpc.json";

/// True if a path is one of these.
pub fn is_well_known(path: &str) -> bool {
    path == PERSONALIZATION || path == GPC
}

/// The document at a path; `None` where the site has nothing to say.
pub fn answer<'n>(notice: &'n [u8], path: &str) -> Option<&'n [u8]> {
    let end = notice.iter().position(|byte| *byte == b'\n')?;
    let found = match path {
        GPC => notice.get(..end)?,
        PERSONALIZATION => notice.get(end + 1..)?,
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_document_and_no_other_has_any() {
        let notice = b"{\"gpc\":true}\n{\"version\":1}\n";
        assert_eq!(answer(notice, GPC), Some(&b"{\"gpc\":true}"[..]));
        assert_eq!(answer(notice, PERSONALIZATION), Some(&b"{\"version\":1}\n"[..]));
        assert_eq!(answer(notice, "/.well-known/other"), None);
        assert_eq!(answer(b"\n{}\n", GPC), None, "the site says nothing of the signal");
        for damaged in [&b""[..], b"{}", b"\n"] {
            assert_eq!((answer(damaged, GPC), answer(damaged, PERSONALIZATION)), (None, None));
        }
        assert!(is_well_known(GPC) && !is_well_known("/"));
    }
}
