//! One JSON object for each string.

use alloc::string::String;

use super::write::Json;
use super::{gpp, tcf, words};
use crate::consent::kind::{Kind, kind};
use crate::consent::usp::{self, Usp};

/// Writes the object of `text` and the end of the line.
pub(super) fn line(text: &str, out: &mut String) {
    let kind = kind(text);
    let object = |out: &mut String, inside: &dyn Fn(&mut Json<'_>)| {
        Json::new(out).within(['{', '}'], |json| {
            json.text_field("format", kind.name());
            inside(json);
        });
    };
    let decoded = match kind {
        Kind::Tcf => crate::consent::tcf::decode(text).map(|string| object(out, &|json| tcf::string(json, &string))),
        Kind::Gpp => crate::consent::gpp::decode(text).map(|string| object(out, &|json| gpp::string(json, &string))),
        Kind::Usp => usp::decode(text).map(|string| object(out, &|json| us_privacy(json, string))),
    };
    if let Err(malformed) = decoded {
        object(out, &|json| {
            json.text_field("error", malformed.name());
            json.text_field("message", words::sentence(malformed));
        });
    }
    out.push('\n');
}

/// The fields of a US Privacy string under the names that they have as a section of GPP.
pub(super) fn us_privacy(json: &mut Json<'_>, string: Usp) {
    json.field("Version", 1);
    json.text_field("Notice", string.notice.name());
    json.text_field("OptOutSale", string.opt_out_sale.name());
    json.text_field("LspaCovered", string.lspa_covered.name());
}
