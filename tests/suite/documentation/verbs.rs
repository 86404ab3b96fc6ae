//! The help of every verb, which knows its options.

use std::collections::BTreeMap;

/// The help of every verb by its words, as in `consent matrix`; that of the command itself by none.
pub(super) fn verbs() -> BTreeMap<String, String> {
    let mut verbs = BTreeMap::new();
    let mut waiting = vec![String::new()];
    while let Some(verb) = waiting.pop() {
        let arguments: Vec<&str> = verb.split_whitespace().chain(["--help"]).collect();
        let output = crate::command::selvedge(&arguments, b"");
        assert!(output.status.success(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
        let help = String::from_utf8(output.stdout).expect("is UTF-8");
        waiting.extend(below(&help).into_iter().map(|name| format!("{verb} {name}").trim().to_owned()));
        verbs.insert(verb, help);
    }
    verbs
}

/// The names of the verbs below one: before its options, in one list or in groups. `help` is clap's own.
fn below(help: &str) -> Vec<&str> {
    let (mut in_list, mut names) = (false, Vec::new());
    for line in help.lines().take_while(|line| *line != "Options:" && *line != "Examples:") {
        match line.strip_prefix("  ") {
            Some(row) if in_list && row.starts_with(|c: char| c.is_ascii_lowercase()) => {
                names.extend(row.split_whitespace().next().filter(|name| *name != "help"));
            }
            None if line.ends_with(':') => in_list = line != "Arguments:",
            _ => {}
        }
    }
    names
}

/// The fault of the words behind `selvedge`, by the help of the verb.
pub(super) fn fault(verbs: &BTreeMap<String, String>, words: &[&str]) -> Option<String> {
    let (mut verb, mut rest) = (String::new(), words);
    // A verb below another one may come after its site: `prove SITE audience`.
    while let [word, after @ ..] = rest {
        let longer = format!("{verb} {word}").trim().to_owned();
        if verbs.contains_key(&longer) {
            verb = longer;
        } else if verb.is_empty() {
            break;
        }
        rest = after;
    }
    if verb.is_empty() && !matches!(words[0], "VERB" | "…" | "help") && !words[0].starts_with('-') {
        return Some(format!("there is no verb `{}`", words[0]));
    }
    let help = verbs.get(&verb)?;
    let options = words.iter().filter(|word| word.starts_with("--")).map(|word| {
        let word = word.split('=').next().unwrap_or_default();
        word.trim_end_matches([',', '.', ']', '…'])
    });
    let known = |option: &&str| {
        let ends = |c: char| !c.is_ascii_alphanumeric() && c != '-';
        let in_help =
            |help: &str| help.match_indices(option).any(|(at, _)| help[at + option.len()..].starts_with(ends));
        in_help(help) || verbs.iter().any(|(above, help)| verb.starts_with(&format!("{above} ")) && in_help(help))
    };
    let unknown: Vec<&str> = options.filter(|option| option.len() > 2 && !known(option)).collect();
    (!unknown.is_empty()).then(|| format!("`selvedge {verb}` has no `{}`", unknown.join("`, `")))
}
