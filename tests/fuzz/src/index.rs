//! The content index of a bundle: any bytes, or a sound one with changes. What opens, is shown.

use super::ground::{BASES, exercise, open, visits};
use super::patch::patched;

/// Reads an index.
pub fn run(data: &[u8]) {
    let indexes: Vec<&[u8]> = BASES.iter().map(|base| base.index.as_slice()).collect();
    let Some((base, index)) = patched(data, &indexes) else { return };
    if let Some(bundle) = open(&BASES[base].program, &index) {
        for content in 0..bundle.program().contents() as u32 {
            bundle.index().variants(content).for_each(|variant| assert!(variant.range.start <= variant.range.end));
        }
        visits(&bundle).iter().for_each(|visit| exercise(&bundle, visit));
    }
}
