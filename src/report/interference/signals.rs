//! What consent platforms may say of a site: yes, no, some of it, long ago, and nothing that can be read.
//!
//! Takes a site's way of reading consent signals and dice, gives texts as browsers send them. It never says what they mean: that is for
//! whoever decodes them.

use serde_json::{Map, Value as Json, json};

use super::dice::Dice;
use crate::consent::cmp::Group;
use crate::consent::sources::{Signal, Sources};
use crate::words::base64::{FOR_URLS, STANDARD, base64};
use crate::words::time::DAY;

/// Beside the signals themselves: the cookie in which OneTrust keeps when somebody chose.
pub(super) const ONETRUST_CLOSED: (&str, &str) = ("onetrust_closed", "OptanonAlertBoxClosed");

/// What a platform says at `now_ms`: a text, or for Google Consent Mode an object.
pub(super) fn said(dice: &mut Dice, signal: Signal, sources: &Sources, now_ms: i64) -> Json {
    if dice.percent(15) {
        return match signal {
            Signal::Google => json!({ "x": "granted" }),
            _ => json!(dice.choose(&["", "-1", "C", "D~", "1Y", "{", "groups=C0002:yes", "!"])),
        };
    }
    let groups = sources.groups(signal);
    match signal {
        Signal::Tcf => json!(tc_string(dice, now_ms)),
        Signal::Gpp => json!(gpp_string(dice, now_ms)),
        Signal::Usp => json!(dice.choose(&["1YNN", "1YYN", "1---"])),
        Signal::OneTrust => {
            let answers = answered(dice, groups, |name, is_on| format!("{name}:{}", u8::from(is_on)));
            let gpc = if dice.percent(10) { "&browserGpcFlag=1" } else { "" };
            json!(format!("groups={}{gpc}", answers.join(",")))
        }
        Signal::Cookiebot => {
            let answers = answered(dice, groups, |name, is_on| format!("{name}:{is_on},"));
            let method = if dice.percent(80) { "explicit" } else { "implied" };
            json!(format!("{{necessary:true,{}method:'{method}'}}", answers.concat()))
        }
        Signal::Didomi => {
            let [mut on, mut off] = [Vec::new(), Vec::new()];
            answered(
                dice,
                groups,
                |name, is_on| if is_on { on.push(name.to_owned()) } else { off.push(name.to_owned()) },
            );
            let token = json!({ "purposes": { "enabled": on, "disabled": off } }).to_string();
            json!(base64(token.as_bytes(), STANDARD))
        }
        Signal::Google => {
            let mut states = Map::new();
            answered(dice, groups, |name, is_on| {
                states.insert(name.to_owned(), json!(if is_on { "granted" } else { "denied" }));
            });
            Json::Object(states)
        }
    }
}

/// When somebody chose.
pub(super) fn chosen(dice: &mut Dice) -> Json {
    json!(if dice.percent(85) { "2026-01-01T00:00:00.000Z" } else { "" })
}

/// An answer for most groups: all yes, all no, or each by itself.
fn answered<T>(dice: &mut Dice, groups: &[Group], mut answer: impl FnMut(&str, bool) -> T) -> Vec<T> {
    let share = *dice.choose(&[100, 100, 0, 50]).unwrap_or(&50);
    let mut answers = Vec::new();
    for group in groups {
        if !dice.percent(10) {
            answers.push(answer(&group.name, dice.percent(share)));
        }
    }
    answers
}

/// A string of the Global Privacy Platform: Europe's section, or one of the United States.
fn gpp_string(dice: &mut Dice, now_ms: i64) -> String {
    // California: nothing refused, sale refused, with Global Privacy Control; the nation: sensitive data, a child.
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

/// A TC string of version 2.2 for one service, without vendors: today's, one about as old as a grant may be, or one of the future.
fn tc_string(dice: &mut Dice, now_ms: i64) -> String {
    let age_days = *dice.choose(&[0, 0, 0, 30, 395, 396, 1_000, -1, -3]).unwrap_or(&0);
    let tenths = ((now_ms - age_days * DAY).max(0) / 100) as u64;
    let purposes = match dice.below(4) {
        0 | 1 => 0xFF_FFFF,
        2 => 0,
        _ => dice.below(1 << 24) as u64,
    };
    let is_service_specific = u64::from(dice.percent(90));
    let mut bits = Bits::default();
    let letters = |[one, other]: [u8; 2]| u64::from(one - b'A') << 6 | u64::from(other - b'A');
    for (value, width) in [
        (2, 6),
        (tenths, 36),
        (tenths, 36),
        (10, 12),
        (1, 12),
        (1, 6),
        (letters(*b"EN"), 12),
        (100, 12),
        // Policies from 5 on ask for the vendors that were shown, of which this has none.
        (4, 6),
        (is_service_specific, 1),
        (0, 1),
        (if purposes == 0 { 0 } else { 0xFFF }, 12),
        (purposes, 24),
        (0, 24),
        (0, 1),
        (letters(*b"DE"), 12),
        // No vendors with consent, none with an interest, no restrictions.
        (0, 17),
        (0, 17),
        (0, 12),
    ] {
        bits.push(value, width);
    }
    base64(&bits.bytes, FOR_URLS).trim_end_matches('=').to_owned()
}

/// Bits, the highest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn push(&mut self, value: u64, width: u32) {
        for bit in (0..width).rev() {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> bit & 1) as u8) << (7 - self.count % 8);
            }
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::statement::{Fault, Void};
    use crate::consent::{gpp, tcf};
    use crate::words::Purpose;

    /// A proof whose signals nobody can read would try refusals alone.
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
        let voids = [Void::NotServiceSpecific, Void::TooOld, Void::FromTheFuture].map(Void::name);
        assert_eq!(seen, voids.into_iter().chain(["granted", "denied"]).collect());
    }
}
