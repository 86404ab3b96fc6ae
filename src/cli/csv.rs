//! Comma-separated values as RFC 4180 has them.
//!
//! Takes fields, gives a record. A field that a spreadsheet would run as a formula is written as text.

/// Appends one record.
pub(super) fn record(out: &mut String, fields: &[String]) {
    for (position, field) in fields.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        // OWASP: what starts like this is a formula to a spreadsheet; a leading quote makes it a text.
        let guard = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        if guard.is_empty() && !field.contains(['"', ',', '\n', '\r']) {
            out.push_str(field);
        } else {
            out.extend(["\"", guard, &field.replace('"', "\"\""), "\""]);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let mut out = String::new();
        record(&mut out, &["a", "b, c", "say \"yes\"", "=1+1", ""].map(String::from));
        assert_eq!(out, "a,\"b, c\",\"say \"\"yes\"\"\",\"'=1+1\",\r\n");
    }
}
