//! The content security policy, as far as our scripts need something of it.
//!
//! Source: Content Security Policy Level 3, <https://www.w3.org/TR/CSP3/>, §6.1 (fetch directives) and §2.3.1 (source lists).

use super::Findings;
use super::ask::Seen;
use super::markup::Markup;

/// One policy: its directives, in lower case by name.
struct Policy<'a>(Vec<(String, Vec<&'a str>)>);

pub(super) fn check(seen: &Seen, markup: &Markup, findings: &mut Findings) {
    let headers = seen.headers.get_all("content-security-policy").iter().filter_map(|value| value.to_str().ok());
    // One header can hold several, separated by commas. Each of them must allow what we need.
    let all = headers.flat_map(|header| header.split(',')).chain(markup.policies.iter().map(String::as_str));
    let policies: Vec<Policy<'_>> = all.map(Policy::read).collect();
    if policies.is_empty() {
        return findings.ok("no content security policy stands against the loader or the engine");
    }
    let before = findings.0.len();
    for policy in &policies {
        policy.check(markup.has_frames, findings);
    }
    if findings.0.len() == before {
        findings.ok("the content security policy allows the loader and the engine");
    }
}

impl<'a> Policy<'a> {
    fn read(text: &'a str) -> Self {
        let directives = text.split(';').filter_map(|directive| {
            let mut words = directive.split_ascii_whitespace();
            Some((words.next()?.to_ascii_lowercase(), words.collect()))
        });
        let mut known: Vec<(String, Vec<&str>)> = Vec::new();
        for (name, sources) in directives {
            // Of two, the first counts.
            if known.iter().all(|(other, _)| *other != name) {
                known.push((name, sources));
            }
        }
        Self(known)
    }

    /// The sources of the first of these directives that is there.
    fn sources(&self, names: &[&str]) -> Option<&[&'a str]> {
        names.iter().find_map(|name| self.0.iter().find(|(known, _)| known == name)).map(|(_, sources)| &sources[..])
    }

    fn check(&self, has_frames: bool, findings: &mut Findings) {
        let scripts = self.sources(&["script-src-elem", "script-src", "default-src"]);
        if let Some(scripts) = scripts {
            if has(scripts, "'strict-dynamic'") {
                findings.unknown(
                    "the policy has 'strict-dynamic', which ignores 'self'",
                    "give the loader's tag the page's nonce",
                );
            } else if !allows_own(scripts) {
                let fix = match self.sources(&["script-src-elem", "script-src"]) {
                    Some(_) => "add 'self' to script-src",
                    None => "add script-src 'self' 'wasm-unsafe-eval'",
                };
                findings.fault("the policy keeps the loader out", fix);
            }
        }
        let runs = self.sources(&["script-src", "default-src"]);
        if runs.is_some_and(|runs| !has(runs, "'wasm-unsafe-eval'") && !has(runs, "'unsafe-eval'")) {
            let fix = match self.sources(&["script-src"]) {
                Some(_) => "add 'wasm-unsafe-eval' to script-src",
                None => "add script-src 'self' 'wasm-unsafe-eval'",
            };
            let what = "the policy keeps the engine out, so the device cannot decide: a choice shows on the next page";
            findings.warning(what, fix);
        }
        if self.sources(&["connect-src", "default-src"]).is_some_and(|sources| !allows_own(sources)) {
            findings.fault("the policy keeps the release and beacons from the page", "add 'self' to connect-src");
        }
        let is_typed = self.sources(&["require-trusted-types-for"]).is_some();
        if let Some(names) = self.sources(&["trusted-types"]).filter(|_| is_typed) {
            for name in ["selvedge", "selvedge-slot"] {
                if (name == "selvedge" || has_frames) && !has(names, name) && !has(names, "*") {
                    findings.fault(
                        format!("the policy does not know the trusted type policy `{name}`"),
                        format!("add {name} to trusted-types"),
                    );
                }
            }
        }
    }
}

fn has(sources: &[&str], wanted: &str) -> bool {
    sources.iter().any(|source| source.eq_ignore_ascii_case(wanted))
}

/// Hosts that are named may be our own: only a list that surely leaves us out is told.
fn allows_own(sources: &[&str]) -> bool {
    let is_host = |source: &&str| !source.starts_with('\'') && !source.ends_with(':');
    has(sources, "'self'") || sources.iter().any(|source| is_host(source) || matches!(*source, "https:" | "http:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(policy: &str, has_frames: bool) -> Vec<String> {
        let mut findings = Findings::default();
        Policy::read(policy).check(has_frames, &mut findings);
        findings.0.into_iter().map(|finding| finding.fix).collect()
    }

    #[test]
    fn a_policy_allows_what_we_need_or_says_what_is_missing() {
        let (own, wasm) = ("add 'self' to script-src", "add 'wasm-unsafe-eval' to script-src");
        let both = "add script-src 'self' 'wasm-unsafe-eval'";
        let connect = "add 'self' to connect-src";
        for (policy, has_frames, missing) in [
            ("img-src *", false, vec![]),
            ("default-src 'self' 'wasm-unsafe-eval'", false, vec![]),
            ("DEFAULT-SRC 'SELF'; script-src 'self' 'unsafe-eval'", false, vec![]),
            ("default-src 'none'", false, vec![both, both, connect]),
            ("default-src 'self'", false, vec![both]),
            ("script-src 'self'; script-src *", false, vec![wasm]),
            ("script-src https: 'wasm-unsafe-eval'; connect-src 'none'", false, vec![connect]),
            ("script-src-elem 'nonce-x'; script-src 'self' 'wasm-unsafe-eval'", false, vec![own]),
            (
                "script-src 'strict-dynamic' 'nonce-x' 'wasm-unsafe-eval'",
                false,
                vec!["give the loader's tag the page's nonce"],
            ),
            (
                "require-trusted-types-for 'script'; trusted-types x",
                true,
                vec!["add selvedge to trusted-types", "add selvedge-slot to trusted-types"],
            ),
            ("require-trusted-types-for 'script'; trusted-types selvedge", false, vec![]),
        ] {
            assert_eq!(told(policy, has_frames), missing, "{policy}");
        }
    }
}
