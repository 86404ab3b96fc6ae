//! `selvedge prove SITE suppression`: no path leads around a suppression.
//!
//! The proof has three parts. The classes of the author's files say which rules a suppression must end. In the compiled bundle, each of these
//! rules needs that the suppression is surely false. So a true value and an unknown one block the rule, and its priority has no say. And the
//! prover looks for a visitor who matches the rule and the suppression at once.

use serde_json::{Value as Json, json};

use super::{Answer, verdict_json};
use crate::author::prove::{Prover, Verdict};
use crate::author::site::{ContactClass, Experience, Site, Suppression};
use crate::bundle::Program;
use crate::bundle::format::inverse;
use crate::cli::{Outcome, now_ms, open};
use crate::words::Detail;

/// Proves it for every suppression of a site.
pub(super) fn prove(prover: &mut Prover<'_>, site: &Site) -> anyhow::Result<Answer> {
    let opened = open::compiled(site, open::environment(site, None)?, now_ms(None)?)?;
    let program = opened.bundle.program();
    let (mut text, mut all, mut is_proved) = (String::new(), Vec::new(), true);
    let suppressions = site.contact.suppressions.iter().filter(|one| one.detail == Detail::Suppressed);
    let mut count = 0;
    for one in suppressions {
        count += 1;
        let (mut rules, mut open) = (0, Vec::new());
        for experience in site.experiences.iter().filter(|experience| ends(one, experience)) {
            for (number, rule) in experience.rules.iter().enumerate() {
                rules += 1;
                let name = format!("{}#{}", experience.name, number + 1);
                let claims = [prover.rule(experience, rule), prover.row(&one.row.condition)];
                let verdict = prover.can_hold(&claims);
                let is_blocked = blocks(program, one, experience, number);
                if !is_blocked || verdict != Verdict::Never {
                    open.push((name, is_blocked, verdict));
                }
            }
        }
        is_proved &= open.is_empty();
        let classes: Vec<&str> = one.classes.iter().map(|class| class.name()).collect();
        text += &match open.is_empty() {
            true => format!(
                "proved: while `{}` holds or cannot be decided, none of {rules} {} rules matches\n",
                one.name,
                classes.join(" or ")
            ),
            false => {
                open.iter().map(|(rule, ..)| format!("not proved: {rule} may get around `{}`\n", one.name)).collect()
            }
        };
        let open: Vec<Json> = open
            .iter()
            .map(|(rule, is_blocked, verdict)| json!({ "rule": rule, "blocked": is_blocked, "meet": verdict_json(verdict) }))
            .collect();
        all.push(json!({ "suppression": one.name, "classes": classes, "rules": rules, "open": open }));
    }
    if count == 0 {
        text = "the site has no suppression\n".into();
    }
    let outcome = if is_proved { Outcome::Clean } else { Outcome::Findings };
    Ok(Answer { text, json: json!({ "suppressions": all, "proved": is_proved }), outcome })
}

/// By the author's own words, and not by what the builder made of them.
fn ends(suppression: &Suppression, experience: &Experience) -> bool {
    suppression.classes.contains(&experience.class.unwrap_or(ContactClass::Promotional))
}

/// True if a rule of the bundle needs the suppression to be surely false.
fn blocks(program: &Program, suppression: &Suppression, experience: &Experience, rule: usize) -> bool {
    let known = program.contact().suppressions.iter().find(|one| one.name == suppression.name);
    let position = program.experience_position(&experience.name);
    let Some((known, position)) = known.zip(position) else { return false };
    let rule = program.experience(position).rules.start + rule;
    program.rulebook().literals(rule).any(|literal| literal == inverse(known.literal()))
}
