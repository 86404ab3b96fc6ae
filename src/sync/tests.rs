use super::*;
use alloc::format;
use alloc::vec::Vec;

const SETTINGS: Settings = Settings { delay_min_ms: 1_000, delay_max_ms: 8_000 };

fn sync(seed: u64) -> Sync<u32> {
    Sync::new("/v1/production/head".into(), SETTINGS, DEPLOYED, seed)
}

/// The floor of the deployment.
const DEPLOYED: Floor = floor(0);

const fn floor(version: u64) -> Floor {
    Floor { root: 1, timestamp: version, release: version, overlay: 0 }
}

fn fresh(value: u32) -> Outcome<u32> {
    Outcome::Fresh { value, floor: floor(value.into()), etag: Some(format!("\"{value}\"")) }
}

/// Runs the clock until a request is due and gives the wait.
fn wait(sync: &mut Sync<u32>, now: &mut i64) -> (i64, Request) {
    let start = *now;
    loop {
        if let Some(request) = sync.due(*now) {
            return (*now - start, request);
        }
        *now += 1;
    }
}

#[test]
fn asks_at_once_then_with_the_etag_of_what_it_has() {
    let (mut sync, mut now) = (sync(1), 0);
    let (waited, request) = wait(&mut sync, &mut now);
    assert_eq!((waited, request), (0, Request { path: "/v1/production/head".into(), etag: None, floor: DEPLOYED }));
    sync.on_head(now, fresh(7));
    assert_eq!(sync.good().as_deref(), Some(&7));

    let (waited, request) = wait(&mut sync, &mut now);
    assert!((1_000..=8_000).contains(&waited), "{waited}");
    assert_eq!((request.etag.as_deref(), request.floor), (Some("\"7\""), floor(7)));
    sync.on_head(now, Outcome::NotModified);
    assert_eq!(sync.good().as_deref(), Some(&7));
    assert_eq!(sync.status().changed_ms, Some(0));
    assert_eq!(sync.status().good_ms, Some(now));
}

#[test]
fn a_failure_keeps_the_last_good_value_and_backs_off() {
    let (mut sync, mut now) = (sync(2), 0);
    wait(&mut sync, &mut now);
    sync.on_head(now, fresh(1));
    wait(&mut sync, &mut now);
    for (failures, longest) in [(1, 1_000), (2, 2_000), (3, 4_000), (4, 8_000), (5, 8_000), (6, 8_000)] {
        sync.on_head(now, Outcome::Failed(format!("reason {failures}")));
        assert_eq!(sync.status().failures, failures);
        assert_eq!(sync.status().failure, Some(format!("reason {failures}")));
        assert_eq!(sync.good().as_deref(), Some(&1));
        let (waited, request) = wait(&mut sync, &mut now);
        assert!((longest / 2..=longest).contains(&waited), "{waited} after {failures} failures");
        assert_eq!(request.etag.as_deref(), Some("\"1\""));
    }
    sync.on_head(now, fresh(2));
    assert_eq!((sync.status().failures, sync.status().failure.clone()), (0, None));
    assert_eq!(sync.good().as_deref(), Some(&2));
}

#[test]
fn a_request_that_is_never_answered_is_given_up() {
    let (mut sync, mut now) = (sync(3), 0);
    wait(&mut sync, &mut now);
    let (waited, _) = wait(&mut sync, &mut now);
    assert_eq!(waited, SETTINGS.delay_max_ms);
    assert_eq!(sync.status().failures, 1);
}

#[test]
fn not_modified_without_anything_is_a_failure() {
    let mut sync = sync(4);
    sync.due(0);
    sync.on_head(0, Outcome::NotModified);
    assert_eq!(sync.status().failures, 1);
    assert_eq!(sync.status().good_ms, None);
}

#[test]
fn hosts_spread_over_the_whole_range() {
    let delays: Vec<i64> = (0..1_000)
        .map(|seed| {
            let mut sync = sync(seed);
            sync.due(0);
            sync.on_head(0, fresh(1));
            sync.status().next_ms
        })
        .collect();
    for tenth in 0..10 {
        let (low, high) = (1_000 + tenth * 700, 1_700 + tenth * 700);
        let count = delays.iter().filter(|delay| (low..high).contains(*delay)).count();
        assert!((60..=140).contains(&count), "{count} of 1,000 between {low} and {high}");
    }
}

#[test]
fn extreme_clocks_and_settings_do_not_overflow() {
    for now in [i64::MIN, -1, 0, i64::MAX] {
        let settings = Settings { delay_min_ms: -5, delay_max_ms: i64::MAX };
        let mut sync: Sync<u32> = Sync::new(String::new(), settings, DEPLOYED, u64::MAX);
        for step in 0..80 {
            sync.due(now);
            sync.on_head(now, if step % 40 == 0 { fresh(step) } else { Outcome::Failed("no answer".into()) });
            assert!(sync.status().next_ms >= now);
        }
    }
}

#[test]
fn what_was_kept_a_moment_ago_is_used_and_the_store_is_asked_behind_it() {
    let mut sync = sync(5);
    assert!(sync.recall(1, 8_000) && sync.recall(8_000, 8_000));
    for other in [0, 8_001, i64::MIN, i64::MAX] {
        assert!(!sync.recall(other, 8_000), "{other}");
    }
    sync.on_kept(3, floor(3));
    assert_eq!((sync.good().as_deref(), sync.status().source), (Some(&3), Source::Kept));
    assert!(!sync.recall(8_000, 8_000), "there is something already");
    let request = sync.due(8_000).expect("due at once");
    assert_eq!((request.etag, request.floor), (None, floor(3)));
    sync.on_head(8_000, fresh(4));
    assert_eq!((sync.good().as_deref(), sync.status().source), (Some(&4), Source::Store));
    sync.on_kept(3, floor(3));
    assert_eq!(sync.good().as_deref(), Some(&4), "what was kept never takes the place of what is in use");
}

#[test]
fn what_was_kept_stands_in_for_a_store_that_fails() {
    let (mut sync, mut now) = (sync(6), 0);
    wait(&mut sync, &mut now);
    sync.on_head(now, Outcome::Failed("no answer".into()));
    sync.on_kept(2, floor(2));
    assert_eq!((sync.good().as_deref(), sync.status().source), (Some(&2), Source::Kept));
    assert_eq!((sync.status().failures, sync.status().good_ms), (1, None), "the failure is still told");
    let (waited, _) = wait(&mut sync, &mut now);
    assert!((500..=1_000).contains(&waited), "{waited}");
    sync.on_head(now, Outcome::NotModified);
    assert_eq!(sync.status().source, Source::Store, "the store says the same");
}

#[test]
fn the_slower_of_two_requests_puts_nothing_older_back() {
    let mut sync = sync(7);
    sync.due(0);
    sync.on_head(0, fresh(9));
    sync.on_head(1, fresh(8));
    assert_eq!((sync.good().as_deref(), sync.request().floor), (Some(&9), floor(9)));
    // Under a newer root a role may begin again.
    let floor = Floor { root: 2, ..floor(1) };
    sync.on_head(2, Outcome::Fresh { value: 1, floor, etag: None });
    assert_eq!((sync.good().as_deref(), sync.request().floor), (Some(&1), floor));
}
