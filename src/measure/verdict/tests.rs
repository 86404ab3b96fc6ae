use super::*;

fn metric(name: &str, estimate: f64, se: f64) -> Metric {
    Metric { name: name.into(), effect: Effect::normal(estimate, se, 40_000) }
}

fn guardrail(name: &str, estimate: f64, se: f64) -> Guardrail {
    Guardrail { name: name.into(), effect: Effect::normal(estimate, se, 40_000), margin: 0.01 }
}

/// Halfway, with a clear success and a sound guardrail.
fn evidence() -> Evidence {
    Evidence {
        sample_ratio: Ok(SampleRatio { p: 0.4, mismatch: false }),
        faults: vec![Fault { kind: FaultKind::Bots, share: 0.01, limit: 0.05 }],
        looks: Looks::AnyTime { narrowest_at: 40_000 },
        progress: Progress { units: 40_000, planned: 80_000, least: 1_000, days: 14, least_days: 7, last_day: 42 },
        success: vec![metric("orders", 0.05, 0.005)],
        guardrails: vec![guardrail("margin", 0.0, 0.001)],
        alpha: 0.025,
    }
}

#[track_caller]
fn check(evidence: &Evidence, what: What, first: &Why) {
    let found = verdict(evidence);
    assert_eq!((found.what, found.reasons.first()), (what, Some(first)), "{found:?}");
}

#[test]
fn a_clear_success_ships() {
    check(&evidence(), What::Ship, &Why::Better { metric: "orders".into() });
    assert!(verdict(&evidence()).reasons.contains(&Why::GuardrailsHold));
    let found = verdict(&evidence());
    assert!(found.judged.iter().all(|judged| judged.interval.holds(judged.estimate)));
}

#[test]
fn gates_come_before_any_number() {
    let mut closed = evidence();
    closed.sample_ratio = Ok(SampleRatio { p: 1e-9, mismatch: true });
    check(&closed, What::CannotTell, &Why::SampleRatio { p: 1e-9 });
    assert_eq!(verdict(&closed).judged, []);
    closed.sample_ratio = Err(Cannot::OneArm);
    check(&closed, What::CannotTell, &Why::Cannot { metric: None, why: Cannot::OneArm });
    for share in [0.06, f64::NAN] {
        let fault = Fault { kind: FaultKind::Bots, share, limit: 0.05 };
        let found = verdict(&Evidence { faults: vec![fault], ..evidence() });
        assert!(matches!(found.reasons.as_slice(), [Why::Fault(_)]) && found.what == What::CannotTell);
    }
}

#[test]
fn a_metric_without_a_number_gives_no_verdict() {
    for why in [Cannot::NoVariance, Cannot::OneUnitRules { share: 0.99 }, Cannot::TooFew { units: 0, needed: 2 }] {
        let orders = Metric { name: "orders".into(), effect: Err(why) };
        let found = Evidence { success: vec![orders], ..evidence() };
        check(&found, What::CannotTell, &Why::Cannot { metric: Some("orders".into()), why });
    }
}

#[test]
fn a_success_with_a_broken_guardrail_stops() {
    let broken = Evidence { guardrails: vec![guardrail("margin", -0.05, 0.005)], ..evidence() };
    check(&broken, What::Stop, &Why::Worse { metric: "margin".into() });
    let open = Evidence { guardrails: vec![guardrail("margin", 0.0, 0.01)], ..evidence() };
    check(&open, What::KeepRunning, &Why::NotProven { metric: "margin".into() });
    let harmed = Evidence { success: vec![metric("orders", 0.05, 0.005), metric("visits", -0.1, 0.01)], ..evidence() };
    check(&harmed, What::Stop, &Why::Worse { metric: "visits".into() });
}

#[test]
fn nothing_found_waits_until_the_end_and_then_stops() {
    let mut open = Evidence { success: vec![metric("orders", 0.005, 0.005)], ..evidence() };
    check(&open, What::KeepRunning, &Why::NoneBetter);
    open.progress.units = 80_000;
    check(&open, What::Stop, &Why::NoneBetter);
    assert_eq!(verdict(&open).reasons.last(), Some(&Why::AtItsEnd));
}

#[test]
fn too_early_is_said_with_what_is_missing() {
    let mut early = evidence();
    (early.progress.days, early.progress.units) = (3, 400);
    check(&early, What::KeepRunning, &Why::TooEarly { units: 600, days: 4 });
    (early.progress.days, early.progress.last_day) = (42, 42);
    check(&early, What::CannotTell, &Why::AtItsEnd);
}

#[test]
fn who_planned_one_look_gets_no_verdict_before() {
    let once = Evidence { looks: Looks::Once, ..evidence() };
    assert_eq!(verdict(&once).what, What::KeepRunning);
    let mut ended = once;
    ended.progress.units = 80_000;
    assert_eq!(verdict(&ended).what, What::Ship);
}

#[test]
fn planned_looks_need_more_at_first() {
    let looks = |at: &[f64]| Looks::Planned { spending: Spending::OBrienFleming, at: at.to_vec() };
    let success = vec![metric("orders", 0.0125, 0.005)];
    let early = Evidence { success: success.clone(), looks: looks(&[0.25, 0.5]), ..evidence() };
    assert_eq!(verdict(&early).what, What::KeepRunning);
    let late = Evidence { success, looks: looks(&[0.25, 0.5, 0.99]), ..evidence() };
    assert_eq!(verdict(&late).what, What::Ship);
    let wrong = Evidence { looks: looks(&[0.5, 0.25]), ..evidence() };
    assert_eq!(verdict(&wrong).what, What::CannotTell);
}
