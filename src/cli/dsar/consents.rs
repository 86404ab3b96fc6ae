//! What a person had permitted, and when that changed, as far as the records tell.
//!
//! A record tells what held at its time. Nobody can tell from it when a person said so: only by which day they had.

use serde::Serialize;

use super::lang::Lang;
use super::made::{Made, Teller};
use crate::consent::Basis;
use crate::words::Purpose;

/// The answers of a person about one purpose.
#[derive(Serialize)]
pub(super) struct Consent {
    pub(super) purpose: &'static str,
    /// The purpose in a few words.
    pub(super) text: &'static str,
    /// What held, in the order of time.
    pub(super) steps: Vec<Step>,
}

#[derive(Serialize)]
pub(super) struct Step {
    /// `agreed`, `refused`, `withdrawn`, `lapsed`, `not-asked`, `by-law`, `too-young`.
    pub(super) state: &'static str,
    /// The day of the first record in which it held.
    pub(super) by: String,
}

/// Adds what held at the time of a record.
pub(super) fn add(consents: &mut Vec<Consent>, teller: Teller<'_>, made: &Made<'_>, day: &str) {
    let Ok(grants) = made.recorded.grants() else { return };
    for (purpose, said) in Purpose::ALL.iter().zip(&grants.purposes) {
        if matches!(purpose, Purpose::Necessary | Purpose::Contextual) {
            continue;
        }
        let at = consents.iter().position(|one| one.purpose == purpose.name()).unwrap_or_else(|| {
            consents.push(Consent { purpose: purpose.name(), text: teller.lang.purpose(*purpose), steps: Vec::new() });
            consents.len() - 1
        });
        let steps = &mut consents[at].steps;
        let was_agreed = steps.iter().any(|step| step.state == "agreed");
        let state = match (said.granted, said.basis) {
            (true, Basis::Regime | Basis::Expired) => "by-law",
            (true, _) => "agreed",
            (false, Basis::Minor) => "too-young",
            (false, Basis::Expired) => "lapsed",
            (false, _) if said.denied && was_agreed => "withdrawn",
            (false, _) if said.denied => "refused",
            (false, _) => "not-asked",
        };
        if steps.last().is_none_or(|last| last.state != state) {
            steps.push(Step { state, by: day.to_owned() });
        }
    }
}

impl Consent {
    /// What held and when that changed, in a sentence.
    pub(super) fn words(&self, lang: Lang) -> String {
        let parts: Vec<String> = self
            .steps
            .iter()
            .enumerate()
            .filter(|(at, step)| *at > 0 || step.state != "not-asked")
            .map(|(_, step)| {
                let day = lang.day(&step.by);
                match step.state {
                    "agreed" => lang.say(format!("agreed by {day}"), format!("eingewilligt spätestens am {day}")),
                    "withdrawn" => lang.say(format!("withdrawn by {day}"), format!("widerrufen spätestens am {day}")),
                    "refused" => lang.say(format!("refused by {day}"), format!("abgelehnt spätestens am {day}")),
                    "lapsed" => lang.say(
                        format!("your consent was too old by {day}"),
                        format!("Ihre Einwilligung war spätestens am {day} zu alt"),
                    ),
                    "too-young" => lang.say(
                        format!("not allowed at your age ({day})"),
                        format!("in Ihrem Alter nicht erlaubt ({day})"),
                    ),
                    "by-law" => lang.say(
                        format!("the law of your region asks for no consent ({day})"),
                        format!("das Recht Ihrer Region verlangt keine Einwilligung ({day})"),
                    ),
                    _ => lang.say(format!("no answer from you on {day}"), format!("keine Antwort von Ihnen am {day}")),
                }
            })
            .collect();
        if parts.is_empty() {
            return lang.say("you had not agreed", "Sie hatten nicht eingewilligt").to_owned();
        }
        let is_over = self.steps.last().is_some_and(|step| step.state == "withdrawn");
        let since = lang.say("; not used for this since", "; seitdem nicht mehr dafür genutzt");
        parts.join("; ") + if is_over { since } else { "" }
    }
}
