//! The grants of the visitor before are given again only where they are the next visitor's own.

use selvedge::consent::{Kept, grants};
use selvedge::words::time::DAY;
use serde_json::json;

use super::{site, visit};
use crate::sites::dice::Dice;

/// 2027-01-01, when the law of Oklahoma comes into force.
const LAW_MS: i64 = 1_798_761_600_000;

#[test]
fn kept_grants_are_those_that_settling_gives() {
    let site = site("");
    let mut dice = Dice::new(20_261_130);
    let mut kept = Kept::default();
    let (mut before, mut same, mut laws) = (None, 0, 0);
    for _ in 0..50_000 {
        // Moments around the end of a day, the end of a grant and the beginning of a law.
        let now_ms = LAW_MS + DAY * (dice.below(3) as i64 - 1) + [0, 1, DAY - 1][dice.below(3)];
        let day = LAW_MS / DAY - [0, 395, 396][dice.below(3)];
        let cookie = [None, Some(format!("v=1&day={day}&analytics=1&personalization=1"))][dice.below(2)].clone();
        let region = [None, Some("US-OK"), Some("DE")][dice.below(3)];
        let said = format!("{cookie:?}{region:?}");
        let said = (dice.below(10) > 0).then_some(said.as_bytes());
        let visit = visit(json!({ "signals": { "cookie": cookie }, "region": region }));
        let settled = grants(&site.regions, &visit, now_ms);
        laws += usize::from(settled != grants(&site.regions, &visit, now_ms - DAY));
        assert_eq!(kept.grants(said, &site.regions, &visit, now_ms), settled, "{cookie:?} {region:?} {now_ms}");
        let facts = said.map(|said| (said.to_vec(), now_ms / DAY));
        same += usize::from(facts.is_some() && facts == before);
        before = facts;
    }
    assert!(same > 500 && laws > 500, "{same} came after one who said the same, for {laws} the day before was another");
}
