//! Signals that consent platforms may send: yes, no, partly, long ago, and malformed.
//!
//! It never says what a text means: the reader of the text does.

use serde_json::{Value as Json, json};

use super::dice::Dice;
use crate::consent::platforms::{Group, Platform};
use crate::consent::sources::Sources;
use crate::words::Signal;
use crate::words::base64::{FOR_URLS, base64};
use crate::words::time::DAY;

/// The signal of a platform at `now_ms`: a text, or an object for Google Consent Mode.
pub(super) fn said(dice: &mut Dice, signal: Signal, sources: &Sources, now_ms: i64) -> Json {
    if dice.percent(15) {
        return match signal {
            Signal::Google => json!({ "x": "granted" }),
            _ => json!(dice.choose(&["", "-1", "C", "D~", "1Y", "{", "groups=C0002:yes", "!"])),
        };
    }
    let platform = match signal {
        Signal::Tcf => return json!(tc_string(dice, now_ms)),
        Signal::Gpp => return json!(gpp_string(dice, now_ms)),
        Signal::Usp => return json!(dice.choose(&["1YNN", "1YYN", "1---"])),
        _ => Platform::of(signal),
    };
    let answers = answered(dice, sources.groups(signal));
    match platform.and_then(|platform| platform.about.write) {
        Some(write) => json!(write(&answers, dice.percent(15))),
        None => {
            let state = |is_on: bool| json!(if is_on { "granted" } else { "denied" });
            Json::Object(answers.into_iter().map(|(name, is_on)| (name.to_owned(), state(is_on))).collect())
        }
    }
}

/// The moment of the choice.
pub(super) fn chosen(dice: &mut Dice) -> Json {
    json!(if dice.percent(85) { "2026-01-01T00:00:00.000Z" } else { "" })
}

/// An answer for most groups: all yes, all no, or each by itself.
fn answered<'g>(dice: &mut Dice, groups: &'g [Group]) -> Vec<(&'g str, bool)> {
    let share = *dice.choose(&[100, 100, 0, 50]).unwrap_or(&50);
    let mut answers = Vec::new();
    for group in groups {
        if !dice.percent(10) {
            answers.push((group.name.as_str(), dice.percent(share)));
        }
    }
    answers
}

/// A string of the Global Privacy Platform: Europe's section, or one of the United States.
fn gpp_string(dice: &mut Dice, now_ms: i64) -> String {
    // From California: nothing refused, sale refused, and with Global Privacy Control. Then national ones, with sensitive
    // data and with a child.
    let literals = [
        "DBABBg~BAAAAABA.QA",
        "DBABBg~BAYAAABA.QA",
        "DBABBg~BAoAAABA.YA",
        "DBABLA~CAAqqqqqqgBA.QA",
        "DBABLA~CAAqAAAAAFBA.QA",
    ];
    match dice.choose(&literals).filter(|_| dice.percent(60)) {
        Some(literal) => (*literal).to_owned(),
        None => format!("DBABMA~{}", tc_string(dice, now_ms)),
    }
}

/// A TC string for one service. Most have the segment of vendors that were shown, which is empty. A string is today's, one about as old
/// as a grant may be, or one of the future.
fn tc_string(dice: &mut Dice, now_ms: i64) -> String {
    let age_days = *dice.choose(&[0, 0, 0, 30, 395, 396, 1_000, -1, -3]).unwrap_or(&0);
    let tenths = ((now_ms - age_days * DAY).max(0) / 100) as u64;
    let purposes = match dice.below(4) {
        0 | 1 => 0xFF_FFFF,
        2 => 0,
        _ => dice.below(1 << 24) as u64,
    };
    let is_service_specific = u8::from(dice.percent(90));
    let features = if purposes == 0 { 0 } else { 0xFFF };
    // Letters count from A: EN, and DE.
    let platform = format!("{:012b}{:012b}{:06b}{:06b}{:06b}{:012b}{:06b}", 10, 1, 1, 4, 13, 100, 4);
    let said = format!("{is_service_specific}0{features:012b}{purposes:024b}{:024b}0{:06b}{:06b}", 0, 3, 4);
    // No vendors with consent, none with an interest, no restrictions.
    let bits = format!("{:06b}{tenths:036b}{tenths:036b}{platform}{said}{:017b}{:017b}{:012b}", 2, 0, 0, 0);
    let byte = |bits: &[u8]| bits.iter().zip((0..8).rev()).map(|(bit, at)| (bit - b'0') << at).sum::<u8>();
    base64(&bits.as_bytes().chunks(8).map(byte).collect::<Vec<_>>(), FOR_URLS).trim_end_matches('=').to_owned()
        + if dice.percent(90) { ".IAAA" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::statement::{Fault, Void};
    use crate::consent::{gpp, tcf};
    use crate::words::Purpose;

    /// A proof whose signals cannot be read would only try refusals.
    #[test]
    fn strings_say_all_that_a_string_can_say() {
        let now_ms = 1_800_000_000_000;
        let (mut seen, policy) = (std::collections::BTreeSet::new(), tcf::Policy::default());
        for seed in 0..300 {
            let statement = tcf::statement(&tc_string(&mut Dice::of(1, seed), now_ms), &policy, now_ms);
            seen.insert(match statement.fault {
                Some(Fault::Void(void)) => void.name(),
                Some(Fault::Malformed(why)) => panic!("{why}"),
                None if statement.granted.has(Purpose::Storage) => "granted",
                None => "denied",
            });
            let text = gpp_string(&mut Dice::of(2, seed), now_ms);
            let all = gpp::Applicable::ALL;
            let said = gpp::statement(&text, &gpp::Policy::default(), &policy, all, now_ms);
            assert!(!matches!(said.fault, Some(Fault::Malformed(_))), "{text}");
        }
        let voids = Void::ALL.iter().map(|void| void.name());
        assert_eq!(seen, voids.chain(["granted", "denied"]).collect());
    }
}
