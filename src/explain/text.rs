//! An explanation as lines of text, for a terminal.

use std::fmt::Write;

use super::{Language, Outcome, PermissionChange, RowExplanation, SlotExplanation, Standing};

/// The explanation as text that ends with a newline; it needs no colour to be read.
pub fn text(explanation: &SlotExplanation) -> String {
    let mut out = format!("{}: {} {}\n", explanation.slot, explanation.headline, explanation.because);
    let fell_back = |language: &&Language| language.asked.is_some() && language.shown != language.asked;
    if let Some(language) = explanation.language.as_ref().filter(fell_back) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {}", language.sentence);
    }
    // Decided again says more than could be; what could be is all there is to say without reading what is hidden.
    let otherwise = explanation.otherwise.iter();
    let is_tried = otherwise.clone().any(|otherwise| otherwise.change == PermissionChange::Granted);
    let could = explanation.could.iter().filter(|_| !is_tried);
    for sentence in could.chain(otherwise.map(|otherwise| &otherwise.sentence)) {
        let _ = writeln!(out, "  {sentence}");
    }
    for experience in &explanation.experiences {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {} ({}): {}", experience.name, experience.place, experience.sentence);
        if let Some(market) = &experience.market {
            let _ = writeln!(out, "    {market}");
        }
        if let Some(schedule) = &experience.schedule {
            let _ = writeln!(out, "    {schedule}");
        }
        experience.eligible.iter().for_each(|row| write_row(&mut out, "    ", row));
        for rule in &experience.rules {
            let _ = writeln!(out, "    rule {} → {}: {}", rule.number, rule.effect, rule.sentence);
            if !matches!(rule.outcome, Outcome::NotRunning) {
                rule.rows.iter().for_each(|row| write_row(&mut out, "      ", row));
            }
        }
    }
    out
}

fn write_row(out: &mut String, indent: &str, row: &RowExplanation) {
    let mark = match row.standing {
        Standing::Met => '✓',
        Standing::NotMet => '✗',
        Standing::Open => '?',
    };
    let group = match row.group.as_str() {
        "none" => "not: ",
        "any" => "one of: ",
        _ => "",
    };
    // Writing to a String cannot fail.
    let _ = write!(out, "{indent}{mark} {group}{}", row.sentence);
    if let (Some(why), []) = (&row.unknown_because, row.inside.as_slice()) {
        let _ = write!(out, ": cannot be decided, {why}");
    }
    out.push('\n');
    row.inside.iter().for_each(|row| write_row(out, &format!("{indent}  "), row));
}
