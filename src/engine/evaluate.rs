//! Predicates and nodes of a program for one visit and one purpose, in strong Kleene logic.
//!
//! Takes what is permitted, gives bits: each predicate group is decided by one look at its attribute, then every node in order.
//! It never stops early and never branches on a rule, so its cost does not depend on the visitor.

use super::bits::Bits;
use super::expression::{size, truth};
use super::permit::{Permitted, State};
use crate::bundle::format::inverse;
use crate::bundle::words::Purpose;
use crate::bundle::{Group, GroupKind, Program};

/// Decides every predicate and node.
pub(super) fn evaluate(program: &Program, permitted: &Permitted<'_>, purpose: Purpose, bits: &mut Bits) {
    let predicates = program.predicates();
    bits.reset(predicates + program.nodes());
    for group in program.groups() {
        if group.kind == GroupKind::Tests {
            for (variable, test) in group.predicates.zip(group.values) {
                truth(program, permitted, purpose, test).into_iter().for_each(|value| bits.decide(variable, value));
            }
        } else {
            fill(program, &group, permitted.state(group.attribute, purpose), bits);
        }
    }
    program.each_node(|node, children| {
        let (mut all, mut none) = (true, false);
        for child in children {
            all &= bits.is_set(child);
            none |= bits.is_set(inverse(child));
        }
        let variable = predicates + node;
        if none {
            bits.decide(variable, false);
        } else if all {
            bits.decide(variable, true);
        }
    });
}

/// Decides the predicates that one look at an attribute decides.
fn fill(program: &Program, group: &Group, state: State<'_>, bits: &mut Bits) {
    let predicates = group.predicates.clone();
    let at_most = |value: i64, bits: &mut Bits| {
        let first_true = predicates.start + program.thresholds_below(group.values.clone(), value);
        bits.decide_all(predicates.start..first_true, false);
        bits.decide_all(first_true..predicates.end, true);
    };
    let flip = |text: &str, bits: &mut Bits| {
        for member in program.rows_of(group.values.clone(), text) {
            bits.flip(predicates.start + usize::from(member));
        }
    };
    match (group.kind, state) {
        (_, State::Unknown) => {}
        (GroupKind::Presence, state) => bits.decide(predicates.start, state != State::Absent),
        (GroupKind::Truth, State::Bool(value)) => bits.decide(predicates.start, value),
        (GroupKind::AtMost, State::Number(value)) => at_most(value, bits),
        (GroupKind::SizeAtMost, state) => size(state).into_iter().for_each(|size| at_most(size, bits)),
        (GroupKind::Among, state) => {
            // Membership is total: what is absent is in no set.
            bits.decide_all(predicates.clone(), false);
            match state {
                State::Text(text) => flip(text, bits),
                State::List(items) => items.iter().for_each(|item| flip(item, bits)),
                _ => {}
            }
        }
        _ => {}
    }
}
