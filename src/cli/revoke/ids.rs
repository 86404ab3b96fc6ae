//! The ids of people who withdrew.
//!
//! All are refused if hosts would never find one of them. A message names an id by its place and never shows it.

use std::io::BufRead;

use crate::cli::Usage;
use crate::words::{ID_BYTES_MAX, Unit};

/// The ids of an argument that may be repeated, `--account` or `--visitor`.
pub(super) fn of_arguments(unit: Unit, ids: &[String]) -> anyhow::Result<Vec<(Unit, String)>> {
    let place = |number: usize| format!("--{unit} number {number}");
    let read = |(at, id): (usize, &String)| match trimmed(id) {
        "" => Err(refused(&place(at + 1), "is blank")),
        id => sound(unit, id, &place(at + 1)),
    };
    ids.iter().enumerate().map(read).collect()
}

/// One a line. Blank lines are none.
pub(super) fn of_lines(unit: Unit, lines: impl BufRead) -> anyhow::Result<Vec<(Unit, String)>> {
    let mut ids = Vec::new();
    for (at, line) in lines.split(b'\n').enumerate() {
        let (line, place) = (line?, format!("line {} of standard input", at + 1));
        let Ok(line) = str::from_utf8(&line) else {
            return Err(refused(&place, "is not UTF-8 text; convert the file, for example with iconv"));
        };
        match trimmed(line) {
            "" => {}
            id => ids.push(sound(unit, id, &place)?),
        }
    }
    Ok(ids)
}

/// Removes space around it, and the byte order mark of some programs, which also lands in the middle of joined files.
fn trimmed(id: &str) -> &str {
    id.trim_matches(|char: char| char.is_whitespace() || char == '\u{feff}')
}

fn sound(unit: Unit, id: &str, place: &str) -> anyhow::Result<(Unit, String)> {
    if id.len() > ID_BYTES_MAX {
        return Err(refused(place, &format!("has {} bytes, but an id has 1 to {ID_BYTES_MAX}", id.len())));
    }
    // Text in another encoding, a row of a table, or other line ends.
    if id.chars().any(char::is_control) {
        return Err(refused(
            place,
            "has a control character, which is not allowed in an id; write UTF-8 text with one id a line",
        ));
    }
    Ok((unit, id.to_owned()))
}

fn refused(place: &str, why: &str) -> anyhow::Error {
    Usage(format!("{place} {why}; nothing was written")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Result<Vec<String>, String> {
        let ids = of_lines(Unit::Account, bytes).map_err(|error| error.to_string())?;
        Ok(ids.into_iter().map(|(_, id)| id).collect())
    }

    #[test]
    fn what_editors_put_around_an_id_is_not_part_of_it() {
        let expected = Ok(["bom1", "a b", "c"].map(String::from).to_vec());
        assert_eq!(lines(b"\xef\xbb\xbfbom1\n\n a b \r\n\xef\xbb\xbfc"), expected);
        let arguments = of_arguments(Unit::Account, &[" sp\t".into(), "\u{feff}bom".into()]).expect("are ids");
        assert_eq!(arguments, [(Unit::Account, "sp".into()), (Unit::Account, "bom".into())]);
        assert_eq!(lines(b"\xef\xbb\xbf\r\n"), Ok(vec![]));
    }

    #[test]
    fn what_nobody_would_be_found_by_is_refused_with_its_place() {
        let long = [b"ok\n\n", &[b'x'; 257][..]].concat();
        for (bytes, says) in [
            (&b"ok\n\nm\xfcller\n"[..], "line 3 of standard input is not UTF-8"),
            (b"\xff\xfe4\x007\x00", "line 1 of standard input is not UTF-8"),
            (b"4\x007\x00\n", "line 1 of standard input has a control character"),
            (b"ok\na\rb\n", "line 2 of standard input has a control character"),
            (&long, "line 3 of standard input has 257 bytes"),
        ] {
            let why = lines(bytes).expect_err("is refused");
            assert!(why.starts_with(says) && why.ends_with("nothing was written"), "{why}");
        }
        for blank in ["", "   ", "\u{feff}"] {
            let why = of_arguments(Unit::Visitor, &["ok".into(), blank.into()]).expect_err("is refused");
            assert!(why.to_string().starts_with("--visitor number 2 is blank"), "{why}");
        }
    }
}
