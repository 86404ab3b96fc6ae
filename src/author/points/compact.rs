//! Fewer ranges of points, where many changes of shares have left many.
//!
//! Takes the owners of a draw's points, gives the same shares in fewer ranges. A small range goes to its neighbour, who gives as many points
//! elsewhere, where the two stand side by side. Every swap moves visitors, so nothing is swapped that need not be.

use super::lock::{Lock, Owners};
use super::{LOCK, count};
use crate::author::diagnostic::Diagnostic;
use crate::author::percent::WHOLE;
use crate::author::site::Points;
use crate::author::source::{Sink, Sources};

/// The most ranges of one draw. A build refuses more: each is in the bundle, and people read them.
pub const RANGES_MAX: usize = 64;

/// A draw with a new layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// `layer NAME` or `experiment NAME`.
    pub draw: String,
    /// How many ranges it had.
    pub before: usize,
    /// How many it has.
    pub after: usize,
    /// How many of 10,000 points have another owner now.
    pub moved: u32,
}

/// The text of a lock file with at most `most` ranges for each draw, where so few are possible, and the draws that changed.
///
/// # Errors
/// What is wrong with the text.
pub fn compact(text: &str, most: usize) -> Result<(String, Vec<Compacted>), (Vec<Diagnostic>, Sources)> {
    let sink = Sink::default();
    let Some(mut lock) = Lock::read(text, &sink) else {
        return Err((sink.into_sorted(), Sources::from([(LOCK.to_owned(), text.to_owned())])));
    };
    let mut done = Vec::new();
    let layers = lock.layers.iter_mut().map(|(name, owners)| (format!("layer {name}"), owners));
    let experiments = lock.experiments.iter_mut().map(|one| (format!("experiment {}", one.name), &mut one.arms));
    for (draw, owners) in layers.chain(experiments) {
        let before = ranges(owners);
        if before > most {
            let fewer = fewer(owners, most);
            let after = ranges(&fewer);
            done.push(Compacted { draw, before, after, moved: moved(owners, &fewer) });
            *owners = fewer;
        }
    }
    Ok((lock.text(), done))
}

/// How many ranges a draw has.
pub(super) fn ranges(owners: &Owners) -> usize {
    owners.values().map(Points::len).sum()
}

#[derive(Clone, Copy)]
struct Run<'o> {
    from: u32,
    until: u32,
    /// `None` has what nobody owns.
    owner: Option<&'o str>,
}

impl Run<'_> {
    fn length(&self) -> u32 {
        self.until - self.from
    }
}

fn fewer(owners: &Owners, most: usize) -> Owners {
    let mut runs = runs(owners);
    while runs.iter().filter(|run| run.owner.is_some()).count() > most && swap(&mut runs) {}
    let few = owned(owners, &runs);
    if ranges(&few) <= most {
        return few;
    }
    // No two stand side by side twice. One range for each is always possible.
    let mut from = 0;
    let anew = owners.iter().map(|(name, points)| {
        let range = from..from + count(points);
        from = range.end;
        (name.clone(), Some(range).filter(|range| !range.is_empty()).into_iter().collect())
    });
    anew.collect()
}

fn runs(owners: &Owners) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = owners
        .iter()
        .flat_map(|(name, points)| {
            points.iter().map(|range| Run { from: range.start, until: range.end, owner: Some(name.as_str()) })
        })
        .collect();
    runs.sort_by_key(|run| run.from);
    let ends = std::iter::once(0).chain(runs.iter().map(|run| run.until));
    let starts = runs.iter().map(|run| run.from).chain([WHOLE]);
    let free: Vec<Run<'_>> = ends
        .zip(starts)
        .filter(|(from, until)| from < until)
        .map(|(from, until)| Run { from, until, owner: None })
        .collect();
    runs.extend(free);
    runs.sort_by_key(|run| run.from);
    runs
}

fn owned(owners: &Owners, runs: &[Run<'_>]) -> Owners {
    let of = |name: &str| runs.iter().filter(|run| run.owner == Some(name)).map(|run| run.from..run.until).collect();
    owners.keys().map(|name| (name.clone(), of(name))).collect()
}

/// Gives the smallest range that it can to a neighbour, in exchange for as many points. `false` if there is none.
fn swap(runs: &mut Vec<Run<'_>>) -> bool {
    let mut smallest: Vec<usize> = (0..runs.len()).collect();
    smallest.sort_by_key(|at| (runs[*at].length(), *at));
    for small in smallest {
        let length = runs[small].length();
        for neighbour in [small.checked_sub(1), Some(small + 1)].into_iter().flatten() {
            let Some(taker) = runs.get(neighbour).map(|run| run.owner) else { continue };
            // Another range of the giver beside one of the taker's that has as many points to give.
            let border = (0..runs.len().saturating_sub(1)).find(|left| {
                let (one, other) = (&runs[*left], &runs[*left + 1]);
                let apart = *left != small && *left + 1 != small;
                let (gives, gets) = if one.owner == taker { (one, other) } else { (other, one) };
                apart && gives.owner == taker && gets.owner == runs[small].owner && gives.length() >= length
            });
            let Some(left) = border else { continue };
            let step = if runs[left].owner == taker { -i64::from(length) } else { i64::from(length) };
            let moved = (i64::from(runs[left].until) + step) as u32;
            (runs[left].until, runs[left + 1].from) = (moved, moved);
            runs[small].owner = taker;
            runs.retain(|run| run.from < run.until);
            runs.dedup_by(|next, run| {
                let is_same = next.owner == run.owner;
                if is_same {
                    run.until = next.until;
                }
                is_same
            });
            return true;
        }
    }
    false
}

/// How many points have another owner.
fn moved(old: &Owners, new: &Owners) -> u32 {
    let at = |runs: &[Run<'_>], point: u32| {
        runs.iter().find(|run| (run.from..run.until).contains(&point)).and_then(|run| run.owner.map(str::to_owned))
    };
    let (old, new) = (runs(old), runs(new));
    (0..WHOLE).filter(|point| at(&old, *point) != at(&new, *point)).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a` and `b` in turns, of 10 points and 100, and `c` at the end.
    fn many(pairs: u32) -> Owners {
        let points =
            |first: u32, length: u32| (0..pairs).map(|at| at * 110 + first..at * 110 + first + length).collect();
        let last = std::iter::once(pairs * 110..pairs * 110 + 500).collect();
        Owners::from([("a".into(), points(0, 10)), ("b".into(), points(10, 100)), ("c".into(), last)])
    }

    #[test]
    fn shares_stay_and_ranges_become_few() {
        let owners = many(40);
        assert_eq!(ranges(&owners), 81);
        for most in [80, 64, 32, 10, 3] {
            let few = fewer(&owners, most);
            assert!(ranges(&few) <= most, "{most}: {}", ranges(&few));
            for (name, points) in &few {
                assert_eq!(count(points), count(&owners[name]), "{most} {name}");
                assert!(points.windows(2).all(|pair| pair[0].end < pair[1].start), "{most} {name}");
            }
        }
        // 17 ranges too many take nine swaps of ten points and ten: a swap in the middle joins two neighbours.
        assert_eq!(moved(&owners, &fewer(&owners, 64)), 180);
    }

    #[test]
    fn a_lock_file_is_laid_out_anew_where_it_must() {
        let mut lock = Lock::default();
        lock.layers.insert("home".into(), many(40));
        lock.layers.insert("few".into(), many(3));
        let (text, done) = compact(&lock.text(), 32).expect("is a lock file");
        let [one] = done.as_slice() else { panic!("{done:?}") };
        assert_eq!((one.draw.as_str(), one.before, one.after <= 32), ("layer home", 81, true));
        assert_eq!(compact(&text, 32).expect("is a lock file"), (text, Vec::new()));
        assert!(compact("[[layer]]", 32).is_err());
    }
}
