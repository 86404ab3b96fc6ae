//! CSV (RFC 4180): rows of an export, each with the line that it begins on.
//!
//! A field in quotes may hold delimiters, line ends and doubled quotes. A row with another number of fields than the head is a fault
//! of that row alone. A quote that never ends is a fault of the file from there on.

/// A row: its line, and its fields or what is wrong.
pub(super) type Row = (usize, Result<Vec<String>, &'static str>);

/// Every row of a text, the head first.
pub(super) fn rows(text: &str, delimiter: u8) -> Vec<Row> {
    let (mut rows, mut fields, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut began, mut fault) = (1, 1, None);
    let (mut is_quoted, mut was_quoted) = (false, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        line += usize::from(character == '\n');
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            _ if is_quoted => field.push(character),
            '"' if field.is_empty() && !was_quoted => (is_quoted, was_quoted) = (true, true),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => {
                end(&mut rows, &mut fields, &mut field, began, fault.take());
                (began, was_quoted) = (line, false);
            }
            _ if character == char::from(delimiter) => {
                fields.push(std::mem::take(&mut field));
                was_quoted = false;
            }
            _ => {
                if was_quoted || character == '"' {
                    fault = Some("has a quote in the middle of a field; double it, and put the field in quotes");
                }
                field.push(character);
            }
        }
    }
    if is_quoted {
        fault = Some("has a quote that never ends");
    }
    if !field.is_empty() || !fields.is_empty() || fault.is_some() {
        end(&mut rows, &mut fields, &mut field, began, fault);
    }
    rows
}

fn end(rows: &mut Vec<Row>, fields: &mut Vec<String>, field: &mut String, began: usize, fault: Option<&'static str>) {
    let mut fields = std::mem::take(fields);
    fields.push(std::mem::take(field));
    // A line without anything is no row.
    let is_empty = fields.iter().all(String::is_empty) && fields.len() == 1;
    if !is_empty || fault.is_some() {
        rows.push((began, fault.map_or(Ok(fields), Err)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quotes_delimiters_and_line_ends_of_every_kind() {
        let text = "sku,name\r\nA-1,\"a \"\"b\"\", c\nd\"\n\nA-2,\nA-3,x\"y\nA-4,\"open";
        let read = rows(text, b',');
        let row = |fields: [&str; 2]| Ok(fields.map(str::to_owned).to_vec());
        assert_eq!(read[0], (1, row(["sku", "name"])));
        assert_eq!(read[1], (2, row(["A-1", "a \"b\", c\nd"])));
        assert_eq!(read[2], (5, row(["A-2", ""])));
        assert_eq!((read[3].0, read[3].1.is_err()), (6, true));
        assert_eq!((read[4].0, read[4].1.is_err()), (7, true));
        assert_eq!(read.len(), 5);
        assert_eq!(rows("a;b\n1;2", b';')[1], (2, row(["1", "2"])));
        assert_eq!(rows("", b','), []);
    }
}
