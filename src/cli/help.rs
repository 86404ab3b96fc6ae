//! How `--help` looks: verbs grouped by who needs them, prose that wraps once, examples that run as they stand.

use std::fmt::Write as _;

use clap::Command;

/// The users of each verb, in the order in which a site meets them. Every verb is in one group.
const GROUPS: [(&str, &[&str]); 4] = [
    ("For authors", &["init", "check", "why", "fmt", "schema", "serve", "test", "prove", "simulate", "conflicts"]),
    (
        "For operators",
        &[
            "build",
            "compact",
            "keys",
            "sign",
            "verify",
            "publish",
            "deploy",
            "renew",
            "release",
            "promote",
            "rollback",
            "diff",
            "changelog",
            "prune",
            "feed",
            "pause",
            "resume",
            "stop",
            "block",
            "doctor",
            "revoke",
            "log",
            "audience",
        ],
    ),
    ("For privacy officers", &["consent", "report", "ropa", "dsar"]),
    ("For engineers", &["decide", "replay", "events", "demo", "analyze", "graduate"]),
];

/// The narrowest terminal in which an example keeps its lines.
const COLUMNS: usize = 80;

/// Groups the verbs of the command, and lays out the text after the options of every verb.
pub(super) fn laid_out(command: Command) -> Command {
    let template = template(&command);
    every(command).help_template(template)
}

fn template(command: &Command) -> String {
    let header = command.get_styles().get_header();
    let literal = command.get_styles().get_literal();
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n\n".to_owned();
    for (group, verbs) in GROUPS {
        let _ = writeln!(text, "{header}{group}:{header:#}");
        for verb in verbs {
            let about = command.find_subcommand(verb).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {literal}{verb:<9}{literal:#}  {about}");
        }
        text.push('\n');
    }
    let _ = write!(text, "{header}Options:{header:#}\n{{options}}{{after-help}}");
    text
}

fn every(mut command: Command) -> Command {
    if let Some(text) = command.get_after_help().map(|text| laid(&text.to_string())) {
        command = command.after_help(text);
    }
    if let Some(text) = command.get_after_long_help().map(|text| laid(&text.to_string())) {
        command = command.after_long_help(text);
    }
    command.mut_subcommands(every)
}

/// One line a paragraph, which clap wraps at the width of the terminal. Long lines of examples and lists are broken here.
fn laid(text: &str) -> String {
    let (mut laid, mut in_prose, mut in_examples) = (String::new(), false, false);
    for line in text.lines() {
        let is_prose = !line.is_empty() && !line.starts_with(' ');
        if !laid.is_empty() {
            laid.push(if in_prose && is_prose { ' ' } else { '\n' });
        }
        in_prose = is_prose && !line.ends_with(':');
        if is_prose {
            in_examples = line == "Examples:";
            laid.push_str(line);
        } else if in_examples {
            broken(line, 6, " \\", begins_an_option, &mut laid);
        } else {
            broken(line, second_column(line).unwrap_or(COLUMNS), "", |_, _| true, &mut laid);
        }
    }
    laid
}

/// Breaks a line that is too long at the last space that fits, and continues it at a column. A pasted example stays one command
/// by the `\` at its end.
fn broken(line: &str, column: usize, end: &str, may_break: fn(&str, &str) -> bool, laid: &mut String) {
    let room = COLUMNS - end.len();
    let fits = |&index: &usize| {
        let (before, after) = line.split_at(index);
        (column + 1..=room).contains(&before.chars().count()) && may_break(before, after.trim_start())
    };
    let gap = line.match_indices(' ').map(|(index, _)| index).rfind(fits);
    match gap.filter(|_| line.chars().count() > COLUMNS) {
        Some(gap) => {
            let (before, after) = line.split_at(gap);
            let _ = writeln!(laid, "{before}{end}");
            broken(&format!("{:column$}{}", "", after.trim_start()), column, end, may_break, laid);
        }
        None => laid.push_str(line),
    }
}

/// A break here keeps an option together with its value, and a text in quotes whole.
fn begins_an_option(before: &str, after: &str) -> bool {
    let is_whole = |quote: char| before.matches(quote).count().is_multiple_of(2);
    is_whole('\'') && is_whole('"') && ["--", "<", ">", "|"].iter().any(|start| after.starts_with(start))
}

/// The start of the second column of a list's line, as in `  selvedge-deny   purposes to deny`.
fn second_column(line: &str) -> Option<usize> {
    let first = line.len() - line.trim_start().len();
    let gap = line.trim_start().find("  ")? + first;
    let (before, after) = line.split_at(gap);
    Some(before.chars().count() + after.len() - after.trim_start().len())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_verb_is_in_one_group() {
        let command = crate::cli::Cli::command();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, verbs)| verbs.iter().copied()).collect();
        let mut verbs: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        verbs.sort_unstable();
        assert_eq!(grouped, verbs);
    }

    #[test]
    fn prose_is_joined_and_indented_lines_stay() {
        let text = "One paragraph of\ntwo lines.\n\nA list:\n  one\n  two\nAnd more.";
        assert_eq!(laid(text), "One paragraph of two lines.\n\nA list:\n  one\n  two\nAnd more.");
    }

    #[test]
    fn a_long_example_is_broken_outside_of_quotes() {
        let long = "Examples:\n  selvedge decide dist/storefront --country DE --account-from header:x-account --header 'x-account: 4711'";
        assert_eq!(
            laid(long),
            "Examples:\n  selvedge decide dist/storefront --country DE --account-from header:x-account \\\n      --header 'x-account: 4711'"
        );
    }

    #[test]
    fn a_long_line_of_a_list_continues_under_its_second_column() {
        let long =
            "  name   a text of many words that goes on and on until no terminal of eighty columns has room for it";
        let broken = "  name   a text of many words that goes on and on until no terminal of eighty\n         columns has room for it";
        assert_eq!(laid(long), broken);
    }
}
