//! Dice for simulations: normal values and coins.

use crate::sites::dice::Dice;

/// A stream of random values.
pub(super) struct Random(Dice, Option<f64>);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(Dice::new(seed), None)
    }

    /// From 0 to 1, both excluded.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.0.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A standard normal value (Box and Muller, 1958).
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(kept) = self.1.take() {
            return kept;
        }
        let (radius, angle) = ((-2.0 * self.uniform().ln()).sqrt(), core::f64::consts::TAU * self.uniform());
        self.1 = Some(radius * angle.sin());
        radius * angle.cos()
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.uniform() < share
    }
}
