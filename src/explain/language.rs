//! The language of what a slot shows: which locales were tried, and why it is this one.

use serde::Serialize;

use super::listed;
use crate::bundle::manifest::CHAIN_END;
use crate::bundle::{Bundle, Effect};
use crate::engine::{Decision, Permitted};
use crate::words::Detail;

/// The locales that were tried for content, and the one that it is shown in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Language {
    /// The locale that the visit asks for.
    pub asked: Option<String>,
    /// The locales that are tried, best first. `control` at the end says that the origin's own content comes next.
    pub chain: Vec<String>,
    /// The one that the content is shown in; `None` where it has no text in any of them.
    pub shown: Option<String>,
    /// The same in one sentence.
    pub sentence: String,
}

/// The language of a decision whose content depends on it. A site with one language has nothing to tell.
pub(super) fn language(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    decision: &Decision,
    asked: Option<&str>,
) -> Option<Language> {
    let (program, index) = (bundle.program(), bundle.index());
    let locales = &program.manifest().locales;
    let is_missing = decision.detail == Some(Detail::LocaleMissing);
    let content = decision.content.or(decision.held().and_then(|held| held.would));
    let lacking = lacking(bundle, permitted, decision);
    if locales.len() < 2 || content.is_none() && !is_missing {
        return None;
    }
    let name = |at: u16| match at {
        CHAIN_END => "control".to_owned(),
        _ => locales.get(usize::from(at)).cloned().unwrap_or_default(),
    };
    let tried: Vec<String> = permitted.locales().iter().copied().map(name).collect();
    let variant = content.and_then(|content| index.variant(content, permitted.locales()));
    let shown = variant.map(|variant| name(variant.locale));
    let asked = asked.filter(|tag| !tag.is_empty());
    let first = asked.filter(|tag| tried.first().is_none_or(|first| !first.eq_ignore_ascii_case(tag)));
    let chain: Vec<String> = first.into_iter().map(str::to_owned).chain(tried.iter().cloned()).collect();
    let before: Vec<&str> = tried.iter().map(String::as_str).take_while(|one| Some(*one) != shown.as_deref()).collect();
    let content_name = |content: u32| format!("`{}`", program.content_name(content));
    let why = match (&shown, content) {
        (Some(shown), Some(content)) if before.is_empty() => {
            let is_first = first.is_none();
            let of_site = if is_first { String::new() } else { ", the first of them that the site has".into() };
            format!("{} is shown in {shown}{of_site}.", content_name(content))
        }
        (Some(shown), Some(content)) => {
            let content = content_name(content);
            format!("{content} is shown in {shown}, because it has no text in {}.", listed(&before))
        }
        _ => {
            let names: Vec<String> = lacking.into_iter().map(content_name).collect();
            let have = if names.len() == 1 { "has" } else { "have" };
            format!("{} {have} no text in a language of this chain, and no other may stand in.", listed(&names))
        }
    };
    let sentence = format!("Languages: {}. {why}", chain.join(" → "));
    Some(Language { asked: asked.map(str::to_owned), chain, shown, sentence })
}

/// The contents of the rule that decided which have no text for the visitor.
fn lacking(bundle: &Bundle, permitted: &Permitted<'_>, decision: &Decision) -> Vec<u32> {
    let program = bundle.program();
    let Some((experience, rule)) = decision.experience.zip(decision.rule) else { return Vec::new() };
    let rulebook = program.rulebook();
    let contents: Vec<u32> = match rulebook.effect(rulebook.plan(experience as usize).rules.start + rule as usize) {
        Effect::Control => Vec::new(),
        Effect::Show(content) => vec![content],
        Effect::Split(split) => {
            let arms = program.split(split as usize);
            program.arms(&arms).filter_map(|(content, ..)| content).collect()
        }
    };
    let lacks = |content: &u32| bundle.index().variant(*content, permitted.locales()).is_none();
    super::once(contents.into_iter().filter(lacks))
}
