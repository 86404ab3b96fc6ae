//! Several hypotheses at once: adjusted p-values, and which e-values refute.
//!
//! For looking around in many segments or metrics. What decides about an experiment is [`rule`](super::rule), which needs no
//! adjustment after the fact.

use super::cannot::{Cannot, share};

/// p-values by Holm's step-down method (*Scandinavian Journal of Statistics* 1979): the chance of any false finding stays below alpha.
pub fn holm(p: &[f64]) -> Result<Vec<f64>, Cannot> {
    let order = by_size(p)?;
    let (mut adjusted, mut least) = (vec![0.0; p.len()], 0.0_f64);
    for (rank, (at, value)) in order.iter().enumerate() {
        least = least.max(value * (p.len() - rank) as f64).min(1.0);
        put(&mut adjusted, *at, least);
    }
    Ok(adjusted)
}

/// p-values by Benjamini and Hochberg (*JRSS B* 1995): the expected share of false findings among all findings stays below alpha.
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>, Cannot> {
    let order = by_size(p)?;
    let (mut adjusted, mut most) = (vec![0.0; p.len()], 1.0_f64);
    for (rank, (at, value)) in order.iter().enumerate().rev() {
        most = most.min(value * p.len() as f64 / (rank + 1) as f64);
        put(&mut adjusted, *at, most);
    }
    Ok(adjusted)
}

/// Which of these e-values, given as logarithms, refute: the e-BH procedure of Wang and Ramdas (*JRSS B* 2022). It is valid at all looks
/// and however the metrics depend on each other.
pub fn e_benjamini_hochberg(ln_e: &[f64], alpha: f64) -> Result<Vec<bool>, Cannot> {
    share("alpha", alpha)?;
    if ln_e.iter().any(|value| value.is_nan()) {
        return Err(Cannot::NotFinite { what: "an e-value" });
    }
    let mut falling = ln_e.to_vec();
    falling.sort_by(|a, b| b.total_cmp(a));
    let reaches = |rank: usize| (ln_e.len() as f64 / (alpha * rank as f64)).ln();
    let last =
        falling.iter().zip(1..).filter(|(value, rank)| **value >= reaches(*rank)).map(|(value, _)| *value).last();
    Ok(ln_e.iter().map(|value| last.is_some_and(|last| *value >= last)).collect())
}

fn by_size(p: &[f64]) -> Result<Vec<(usize, f64)>, Cannot> {
    if p.iter().any(|value| !(0.0..=1.0).contains(value)) {
        return Err(Cannot::Outside { what: "a p-value", from: 0.0, to: 1.0 });
    }
    let mut order: Vec<(usize, f64)> = p.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    Ok(order)
}

fn put(list: &mut [f64], at: usize, value: f64) {
    if let Some(place) = list.get_mut(at) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_values_keep_the_order_and_never_fall() {
        let p = [0.01, 0.04, 0.03, 0.005];
        let (holm, hochberg) = (holm(&p).expect("p-values"), benjamini_hochberg(&p).expect("p-values"));
        assert_eq!(holm, [0.03, 0.06, 0.06, 0.02]);
        assert_eq!(hochberg, [0.02, 0.04, 0.04, 0.02]);
        assert_eq!(benjamini_hochberg(&[]), Ok(vec![]));
        assert!(matches!(super::holm(&[1.5]), Err(Cannot::Outside { .. })));
        assert!(matches!(super::holm(&[f64::NAN]), Err(Cannot::Outside { .. })));
    }

    #[test]
    fn e_values_of_many_metrics_refute_together() {
        let ln = |e: &[f64]| e.iter().map(|e| e.ln()).collect::<Vec<f64>>();
        // Alone, 20 is needed; of four, the largest needs 80, two need 40 each.
        assert_eq!(e_benjamini_hochberg(&ln(&[21.0]), 0.05), Ok(vec![true]));
        assert_eq!(e_benjamini_hochberg(&ln(&[79.0, 1.0, 1.0, 1.0]), 0.05), Ok(vec![false; 4]));
        assert_eq!(e_benjamini_hochberg(&ln(&[41.0, 1.0, 79.0, 1.0]), 0.05), Ok(vec![true, false, true, false]));
    }
}
