//! What the signals of others come to, as the consent module's own words define it.
//!
//! Takes a visit, gives what each signal says after the rules that hold for all of them. Strings and cookies are decoded by the
//! decoders, which other tests hold to the official libraries.

use std::collections::BTreeSet;

use selvedge::author::site::Site;
use selvedge::bundle::words::{Age, Purpose};
use selvedge::consent::cmp::{self, Group};
use selvedge::consent::sources::Signal;
use selvedge::consent::statement::{Fault, Minor, Statement, Void};
use selvedge::consent::table::Regime;
use selvedge::consent::{gpp, tcf, usp};
use selvedge::engine::Visit;
use selvedge::time::DAY;

/// What one signal says.
pub(super) struct Heard {
    pub(super) yes: BTreeSet<Purpose>,
    pub(super) no: BTreeSet<Purpose>,
    /// Its parts are named by the site.
    pub(super) by_name: bool,
    pub(super) gpc: bool,
    pub(super) age: Option<Age>,
}

/// What every signal says that is there and that the site uses.
pub(super) fn heard(site: &Site, visit: &Visit, law: &Regime, now_ms: i64) -> Vec<Heard> {
    let (sources, signals) = (&site.regions.signals, &visit.signals);
    let policy = &sources.policy;
    let uses = |signal: Signal| sources.used.iter().any(|source| source.signal == signal as u8);
    let there = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let tcf = tcf::Policy { max_age_days: policy.tcf.max_age_days.min(law.grant_days_max), ..policy.tcf };
    let applicable = match visit.region.as_deref() {
        Some(region) => gpp::Applicable::region(region),
        None => gpp::Applicable::ALL,
    };
    let mut heard = Vec::new();
    if let Some(text) = there(&signals.tcf).filter(|_| uses(Signal::Tcf)) {
        heard.push(standard(tcf::statement(&text, &tcf, now_ms), &framework(&policy.tcf)));
    }
    if let Some(text) = there(&signals.gpp).filter(|_| uses(Signal::Gpp)) {
        let mut reach = framework(&policy.tcf);
        reach.extend([Purpose::Advertising, Purpose::Sensitive]);
        heard.push(standard(gpp::statement(&text, &policy.gpp, &tcf, applicable, now_ms), &reach));
    }
    if let Some(text) = there(&signals.usp).filter(|_| uses(Signal::Usp)) {
        heard.push(standard(usp::statement(&text), &BTreeSet::from([Purpose::Advertising])));
    }
    if let Some(text) = there(&signals.onetrust).filter(|_| uses(Signal::OneTrust)) {
        let closed = there(&signals.onetrust_closed);
        heard.push(platform(
            cmp::onetrust(&text, closed.as_deref(), &policy.cmp.onetrust),
            &policy.cmp.onetrust,
            law,
            now_ms,
        ));
    }
    if let Some(text) = there(&signals.cookiebot).filter(|_| uses(Signal::Cookiebot)) {
        heard.push(platform(cmp::cookiebot(&text, &policy.cmp.cookiebot), &policy.cmp.cookiebot, law, now_ms));
    }
    if let Some(text) = there(&signals.didomi).filter(|_| uses(Signal::Didomi)) {
        heard.push(platform(cmp::didomi(&text, &policy.cmp.didomi), &policy.cmp.didomi, law, now_ms));
    }
    if !signals.google.is_empty() && uses(Signal::Google) {
        let states = signals.google.iter().map(|(name, state)| (name.as_str(), state == "granted"));
        let mut google = platform(cmp::google(states, &policy.cmp.google), &policy.cmp.google, law, now_ms);
        google.yes.remove(&Purpose::Sensitive);
        google.by_name = false;
        heard.push(google);
    }
    heard
}

/// The purposes that a TC string is asked about.
fn framework(policy: &tcf::Policy) -> BTreeSet<Purpose> {
    let is_asked = |purpose: &&Purpose| {
        let needs = policy.needs[**purpose as usize];
        needs.purposes != 0 || needs.special_features != 0
    };
    Purpose::ALL.iter().filter(is_asked).copied().collect()
}

/// A string of a standard: it has no word for what is functional or sensitive.
fn standard(statement: Statement, reach: &BTreeSet<Purpose>) -> Heard {
    let mut heard = said(statement, reach);
    for purpose in [Purpose::Necessary, Purpose::Functional, Purpose::Sensitive] {
        heard.yes.remove(&purpose);
    }
    heard
}

/// A platform's groups, which are about cookies: to agree to one is to agree to keep something, to refuse them all is to refuse that.
fn platform(statement: Statement, groups: &[Group], law: &Regime, now_ms: i64) -> Heard {
    let stands_for = |purpose: Purpose| groups.iter().any(|group| group.purposes & (1 << purpose as u8) != 0);
    let mut reach: BTreeSet<Purpose> = Purpose::ALL.iter().copied().filter(|purpose| stands_for(*purpose)).collect();
    reach.insert(Purpose::Storage);
    let mut heard = said(statement, &reach);
    let counts = |purpose: &&Purpose| !matches!(purpose, Purpose::Necessary | Purpose::Contextual);
    let (some_yes, some_no) = (heard.yes.iter().any(|p| counts(&p)), heard.no.iter().any(|p| counts(&p)));
    if !stands_for(Purpose::Storage) && some_yes {
        heard.yes.insert(Purpose::Storage);
    } else if !stands_for(Purpose::Storage) && some_no {
        heard.no.insert(Purpose::Storage);
    }
    // A choice lasts as long as the law lets a grant, and none is made tomorrow.
    let days = statement.day.map(|day| now_ms.div_euclid(DAY) - i64::from(day));
    if days.is_some_and(|days| days < -1 || days > i64::from(law.grant_days_max)) {
        heard.yes.clear();
    }
    heard.yes.remove(&Purpose::Necessary);
    Heard { by_name: true, ..heard }
}

fn said(statement: Statement, reach: &BTreeSet<Purpose>) -> Heard {
    let mut no: BTreeSet<Purpose> = statement.denied.iter().collect();
    // Who cannot be understood refuses what they could have agreed to; who is only too old to agree may still refuse.
    if matches!(statement.fault, Some(Fault::Malformed(_) | Fault::Void(Void::NotServiceSpecific))) {
        no.retain(|purpose| reach.contains(purpose));
    }
    let age = statement.minor.map(|minor| if minor == Minor::Child { Age::Child } else { Age::Teen });
    Heard { yes: statement.granted.iter().collect(), no, by_name: false, gpc: statement.gpc, age }
}
