//! The program of a bundle: any bytes, or a sound one with changes. What opens, decides.

use super::ground::{BASES, exercise, open, visits};
use super::patch::patched;

/// Reads a program.
pub fn run(data: &[u8]) {
    let programs: Vec<&[u8]> = BASES.iter().map(|base| base.program.as_slice()).collect();
    let Some((base, program)) = patched(data, &programs) else { return };
    if let Some(bundle) = open(&program, &BASES[base].index) {
        visits(&bundle).iter().for_each(|visit| exercise(&bundle, visit));
    }
}
