//! What the signals of others come to, as the consent module's own words define it.
//!
//! Takes a visit, gives what each signal says after the rules that hold for all of them. Strings and cookies are decoded by the
//! decoders, which other tests hold to the official libraries.

use std::collections::BTreeSet;

use selvedge::author::site::Site;
use selvedge::consent::Basis;
use selvedge::consent::platforms::{Answer, Group, PLATFORMS};
use selvedge::consent::statement::{Fault, Statement, Void};
use selvedge::consent::table::Regime;
use selvedge::consent::{gpp, tcf, usp};
use selvedge::words::Visit;
use selvedge::words::time::DAY;
use selvedge::words::{Purpose, Signal};

use super::grants::Voice;

/// What every signal says that is there and that the site uses.
pub(super) fn heard(site: &Site, visit: &Visit, law: &Regime, now_ms: i64) -> Vec<Voice> {
    let (sources, signals) = (&site.regions.signals, &visit.signals);
    let policy = &sources.policy;
    let uses = |signal: Signal| sources.used.iter().any(|source| source.signal == signal as u8);
    let there = Option::<String>::clone;
    // No string lasts longer than the law lets a grant.
    let tcf = tcf::Policy { max_age_days: policy.tcf.max_age_days.min(law.grant_days_max), ..policy.tcf };
    let applicable = match visit.region.as_deref() {
        Some(region) => gpp::Applicable::region(region),
        None => gpp::Applicable::ALL,
    };
    let mut heard = Vec::new();
    if let Some(text) = there(&signals.tcf).filter(|_| uses(Signal::Tcf)) {
        let read = |tcf: &tcf::Policy, now_ms: i64| tcf::statement(&text, tcf, now_ms);
        let names = ["tcf", "malformed_tcf"];
        heard.push(standard(names, &framework(&policy.tcf), read(&tcf, now_ms), || read(&for_ever(tcf), AFTER_ALL)));
    }
    if let Some(text) = there(&signals.gpp).filter(|_| uses(Signal::Gpp)) {
        let read = |tcf: &tcf::Policy, now_ms: i64| gpp::statement(&text, &policy.gpp, tcf, applicable, now_ms);
        let names = ["gpp", "malformed_gpp"];
        let mut reach = framework(&policy.tcf);
        reach.extend([Purpose::Advertising, Purpose::Sensitive]);
        heard.push(standard(names, &reach, read(&tcf, now_ms), || read(&for_ever(tcf), AFTER_ALL)));
    }
    if let Some(text) = there(&signals.usp).filter(|_| uses(Signal::Usp)) {
        let reach = BTreeSet::from([Purpose::Advertising]);
        heard.push(standard(["usp", "malformed_usp"], &reach, usp::statement(&text), || usp::statement(&text)));
    }
    for platform in PLATFORMS.iter().filter(|platform| uses(platform.signal)) {
        let signal = platform.signal;
        let groups = sources.groups(signal);
        let [text, chosen] = signals.of(signal);
        let types = &signals.google;
        let read = |text| (platform.read)(&Answer { text, chosen, types }, groups);
        if signal == Signal::Google && !types.is_empty() {
            // Its types are Google's, not the site's, and there is none for special categories.
            let mut google = platform_said(["google_consent_mode"; 2], read(""), groups);
            google.yes.remove(&Purpose::Sensitive);
            google.is_by_name = false;
            heard.push(google);
        } else if let Some(text) = text.or(chosen.map(|_| "")) {
            let malformed = format!("malformed_{signal}");
            let names = [signal.name(), Basis::from_name(&malformed).expect("has a name").name()];
            heard.push(aged(platform_said(names, read(text), groups), law, now_ms));
        }
    }
    heard
}

/// After every moment that a string can name, so that none is of the future.
const AFTER_ALL: i64 = 6_900_000_000_000;

/// The same policy, for strings that never grow old.
fn for_ever(policy: tcf::Policy) -> tcf::Policy {
    tcf::Policy { max_age_days: u16::MAX, ..policy }
}

/// The purposes that a TC string is asked about.
fn framework(policy: &tcf::Policy) -> BTreeSet<Purpose> {
    let is_asked = |purpose: &&Purpose| {
        let needs = policy.needs[**purpose as usize];
        needs.purposes != 0 || needs.special_features != 0
    };
    Purpose::ALL.iter().filter(is_asked).copied().collect()
}

/// A string of a standard: it has no word for what is functional or sensitive. `young` is what it says if its age does not matter.
fn standard(
    names: [&'static str; 2],
    reach: &BTreeSet<Purpose>,
    statement: Statement,
    young: impl Fn() -> Statement,
) -> Voice {
    let has_words =
        |purpose: &Purpose| !matches!(purpose, Purpose::Necessary | Purpose::Functional | Purpose::Sensitive);
    let is_old = matches!(statement.fault, Some(Fault::Void(Void::TooOld | Void::FromTheFuture)));
    let mut voice = said(names, statement, reach);
    voice.yes.retain(has_words);
    if is_old {
        voice.expired = young().granted.iter().filter(has_words).collect();
    }
    voice
}

/// A platform's groups, which are about cookies: to agree to one is to agree to keep something, to refuse them all is to refuse that.
fn platform_said(names: [&'static str; 2], statement: Statement, groups: &[Group]) -> Voice {
    let stands_for = |purpose: Purpose| groups.iter().any(|group| group.purposes & (1 << purpose as u8) != 0);
    let mut reach: BTreeSet<Purpose> = Purpose::ALL.iter().copied().filter(|purpose| stands_for(*purpose)).collect();
    reach.insert(Purpose::Storage);
    let mut voice = said(names, statement, &reach);
    let counts = |purpose: &&Purpose| !matches!(purpose, Purpose::Necessary | Purpose::Contextual);
    let (some_yes, some_no) = (voice.yes.iter().any(|p| counts(&p)), voice.no.iter().any(|p| counts(&p)));
    if !stands_for(Purpose::Storage) && some_yes {
        voice.yes.insert(Purpose::Storage);
    } else if !stands_for(Purpose::Storage) && some_no {
        voice.no.insert(Purpose::Storage);
    }
    voice.yes.remove(&Purpose::Necessary);
    Voice { is_by_name: true, ..voice }
}

/// A choice lasts as long as the law lets a grant, and none is made tomorrow.
fn aged(voice: Voice, law: &Regime, now_ms: i64) -> Voice {
    let days = voice.day.map(|day| now_ms.div_euclid(DAY) - i64::from(day));
    if days.is_none_or(|days| (-1..=i64::from(law.grant_days_max)).contains(&days)) {
        return voice;
    }
    Voice { expired: voice.yes, yes: BTreeSet::new(), day: None, ..voice }
}

/// `names` are the basis of what can be read, and of what cannot.
fn said([name, malformed]: [&'static str; 2], statement: Statement, reach: &BTreeSet<Purpose>) -> Voice {
    let mut no: BTreeSet<Purpose> = statement.denied.iter().collect();
    // Who cannot be understood refuses what they could have agreed to; who is only too old to agree may still refuse.
    let is_useless = matches!(statement.fault, Some(Fault::Malformed(_) | Fault::Void(Void::Framework)));
    if is_useless {
        no.retain(|purpose| reach.contains(purpose));
    }
    let age = statement.minor;
    let yes = statement.granted.iter().collect();
    let name = if is_useless { malformed } else { name };
    Voice { name, yes, no, gpc: statement.gpc, age, day: statement.day, ..Voice::default() }
}
