//! Made-up visitors, and the lines that a Worker would write of them.

use std::fmt::Write as _;

use super::shop::{HELD, ORDERS, PLANTED, PRODUCT_VIEWS, RETURNS};
use crate::engine::bucket::{Domain, point};
use crate::log::measure::MeasureKey;
use crate::words::time::{DAY, format_day};
use crate::words::{Unit, hex, splitmix};

/// Thirteen weeks, and two days so that months divide it.
pub(super) const DAYS: usize = 93;
/// 2026-06-01.
const FIRST_MS: i64 = 1_780_272_000_000;
/// The release that decided. It is no digest of a real one.
const BUNDLE: &str = "d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0";
/// One line in a hundred events arrives twice.
const TWICE: f64 = 0.01;

/// The lines of each day.
pub(super) fn days(visitors: u32, seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut secret = [0; 32];
    secret.chunks_exact_mut(8).for_each(|part| part.copy_from_slice(&dice.next().to_le_bytes()));
    let mut log = Log { days: vec![String::new(); DAYS], events: 0 };
    let key = MeasureKey::new(1, secret);
    for _ in 0..visitors {
        let id = format!("{:016x}{:016x}", dice.next(), dice.next());
        let whose = format!("\"key\":1,\"id\":\"{}\"", hex(&key.pseudonym(Unit::Visitor, &id)));
        visitor(&id, &whose, &mut dice, &mut log);
    }
    log.days
}

fn visitor(id: &str, whose: &str, dice: &mut Dice, log: &mut Log) {
    let first = dice.below(DAYS as u64) as usize;
    // One in five does not permit measurement: only the reasons of their page are there.
    let is_measured = dice.chance(0.8);
    let is_held = point(Domain::Holdout, "global", id, 10_000) < HELD;
    let (mut orders, mut returns, mut slots) = (ORDERS, RETURNS, String::new());
    for planted in &PLANTED {
        let is_treated = point(Domain::Variant, planted.experiment, id, 10_000) >= 5_000;
        if is_treated && !is_held {
            orders *= 1.0 + planted.orders;
            returns *= 1.0 + planted.returns;
        }
        let detail = if is_held { "\"HOLDOUT\"" } else { "null" };
        let comma = if slots.is_empty() { "" } else { "," };
        let _ = write!(slots, "{comma}{{\"slot\":\"{}\",\"reason\":\"SPLIT\",\"detail\":{detail}}}", planted.slot);
    }
    let visits = 1 + dice.below(3) as usize;
    for visit in 0..visits {
        let day = first + visit * 2;
        log.line(day, "reasons", &format!("\"bundle\":\"{BUNDLE}\",\"slots\":[{slots}]"));
        for planted in PLANTED.iter().filter(|_| is_measured) {
            let is_treated = point(Domain::Variant, planted.experiment, id, 10_000) >= 5_000;
            // A page that breaks breaks for the same visitors every time.
            let is_lost = is_treated
                && !is_held
                && f64::from(point(Domain::Traffic, planted.experiment, id, 10_000)) < planted.lost * 10_000.0;
            if is_lost {
                continue;
            }
            let content = if is_treated { format!("\"{}\"", planted.content) } else { "null".into() };
            let arm = if is_treated { planted.content } else { "control" };
            let (shown, detail, holdout, would) = if is_held {
                ("null", "\"HOLDOUT\"", "\"global\"", &*content)
            } else {
                (&*content, "null", "null", "null")
            };
            log.line(day, "exposure", &format!(
                "\"bundle\":\"{BUNDLE}\",\"epoch\":1,\"slot\":\"{}\",\"content\":{shown},\"experience\":\"{}\",\"reason\":\"SPLIT\",\"detail\":{detail},\
                 \"experiment\":\"{}\",\"arm\":\"{arm}\",\"unit\":\"visitor\",\"holdout\":{holdout},\"would\":{would},{whose}",
                planted.slot, planted.experience, planted.experiment
            ));
        }
    }
    if !is_measured {
        return;
    }
    if dice.chance(PRODUCT_VIEWS) {
        log.event(first + dice.below(10) as usize, "product-seen", "", whose, dice);
    }
    if dice.chance(orders) {
        let day = first + dice.below(12) as usize;
        // Most orders are small, and a few are ten times as large.
        let cents = (2_500.0 * (2.3 * dice.share() * dice.share()).exp()) as u64;
        log.event(day, "order-placed", &format!("\"currency\":\"EUR\",\"value_cents\":{cents}"), whose, dice);
        if dice.chance(returns) {
            log.event(day + 3 + dice.below(10) as usize, "order-returned", "", whose, dice);
        }
    }
}

struct Log {
    days: Vec<String>,
    events: u64,
}

impl Log {
    /// What happens after the last day is in no file.
    fn line(&mut self, day: usize, kind: &str, rest: &str) {
        let Some(lines) = self.days.get_mut(day) else { return };
        let at = format_day(FIRST_MS + day as i64 * DAY);
        let _ = writeln!(lines, "{{\"v\":2,\"kind\":\"{kind}\",\"at\":\"{at}\",{rest}}}");
    }

    fn event(&mut self, day: usize, name: &str, detail: &str, whose: &str, dice: &mut Dice) {
        self.events += 1;
        let id = self.events;
        let rest = format!(
            "\"epoch\":1,\"name\":\"{name}\",\"event_id\":\"e{id}\",\"detail\":{{{detail}}},\"unit\":\"visitor\",{whose}"
        );
        for _ in 0..if dice.chance(TWICE) { 2 } else { 1 } {
            self.line(day, "event", &rest);
        }
    }
}

/// Dice with a seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        splitmix(&mut self.0)
    }

    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }

    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }
}
