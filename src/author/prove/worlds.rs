//! The visits that a search evaluates conditions in.
//!
//! Takes the states of a question's variables, gives what conditions ask of a visit. It never chooses a state.

use std::collections::BTreeSet;

use super::evaluate::World;
use super::state::State;
use crate::author::site::Literal;

/// A world of one variable.
pub(super) struct Single<'w> {
    pub(super) variable: usize,
    pub(super) state: &'w State,
    /// The variable is the time.
    pub(super) now: bool,
}

impl World for Single<'_> {
    fn state(&self, attribute: usize) -> &State {
        if attribute == self.variable { self.state } else { &State::Unknown }
    }
    fn now(&self) -> Option<i64> {
        if self.now { moment(self.state) } else { None }
    }
    fn audience(&self, _: usize) -> Option<bool> {
        None
    }
}

/// A world of every variable of a question, through one view.
pub(super) struct Many<'w, 's> {
    pub(super) variables: &'w [usize],
    /// Position of the time among attributes.
    pub(super) now: usize,
    pub(super) hidden: &'w BTreeSet<usize>,
    /// By position among the variables.
    pub(super) state: &'w dyn Fn(usize) -> Option<&'s State>,
    pub(super) audiences: &'w [(usize, Option<bool>)],
}

impl World for Many<'_, '_> {
    fn state(&self, attribute: usize) -> &State {
        if self.hidden.contains(&attribute) {
            return &State::Unknown;
        }
        let variable = self.variables.binary_search(&attribute).ok();
        variable.and_then(|variable| (self.state)(variable)).unwrap_or(&State::Unknown)
    }
    fn now(&self) -> Option<i64> {
        moment(self.state(self.now))
    }
    fn audience(&self, audience: usize) -> Option<bool> {
        self.audiences.iter().find(|(asked, _)| *asked == audience).and_then(|(_, truth)| *truth)
    }
}

fn moment(state: &State) -> Option<i64> {
    match state {
        State::Is(Literal::Timestamp(ms)) => Some(*ms),
        _ => None,
    }
}
