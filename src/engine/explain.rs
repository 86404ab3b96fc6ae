//! Why, and why not: the outcome of every row of every rule of a slot.
//!
//! Takes what `decide` takes and the row literals of the debug file, gives each literal's verdict. It reads nothing that
//! `decide` may not read, so an explanation reveals no more than the decision.

use alloc::vec::Vec;

use super::bits::{FALSE, TRUE};
use super::evaluate::{Ground, View};
use super::permit::Permitted;
use super::schedule::window;
use crate::bundle::format::Literal;
use crate::bundle::{Bundle, Window};
use crate::words::Purpose;

/// How a row came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It cannot be decided.
    Unknown,
}

impl Verdict {
    /// `true`, `false` or `unknown`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

/// Every variable of a program as decisions for one purpose see it.
#[derive(Clone, Debug)]
pub struct Verdicts {
    view: View,
}

impl Verdicts {
    /// Evaluates the program.
    pub fn new(bundle: &Bundle, permitted: &Permitted<'_>, purpose: Purpose) -> Self {
        let program = bundle.program();
        let (ground, mut view) = (Ground { program, permitted, purpose }, View::default());
        view.reset(program);
        for variable in 0..program.predicates() + program.nodes() {
            view.ask(&ground, 2 * variable as Literal);
        }
        Self { view }
    }

    /// The verdict of one literal.
    pub fn of(&self, literal: Literal) -> Verdict {
        match self.view.of(literal) {
            TRUE => Verdict::True,
            FALSE => Verdict::False,
            _ => Verdict::Unknown,
        }
    }
}

/// The attributes among `attributes` that consent hides from decisions for `purpose`, whether they have a value or not.
pub fn withheld(permitted: &Permitted<'_>, attributes: &[u16], purpose: Purpose) -> Vec<u16> {
    attributes.iter().copied().filter(|attribute| permitted.withholds(usize::from(*attribute), purpose)).collect()
}

/// When an experience runs for visits of this one's market, and whether it does now; `None` is always.
pub fn schedule(bundle: &Bundle, permitted: &Permitted<'_>, experience: usize) -> Option<(Window, bool)> {
    let schedule = bundle.program().experience(experience).schedule?;
    let window = window(bundle.program(), permitted, schedule)?;
    Some((window, window.has(permitted.now_ms)))
}
