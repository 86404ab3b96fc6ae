//! Shares become points of a draw, and as few points as possible change hands.
//!
//! Takes the owners of points and the share of each, gives the new owners. Free points have an owner too: the last one.
//! Every owner keeps as many of its points as its share allows, so no layout moves fewer.

use std::collections::BTreeMap;

use crate::author::percent::WHOLE;
use crate::author::site::Points;

/// Gives each of `wanted` its share, in the same order. An owner that is only in `old` gives away all of its points.
///
/// A giver and a taker who are neighbours move their border. A taker without such a neighbour gets a new range, cut from the end of
/// another. With nothing in `old`, each owner follows the one before.
pub(super) fn share_out<'n>(
    old: impl IntoIterator<Item = (&'n str, &'n Points)>,
    wanted: &[(&'n str, u32)],
) -> Vec<Points> {
    let mut board = Board::new(old, wanted);
    while board.meet() || board.found() {}
    let mut points = vec![Points::new(); wanted.len()];
    for run in board.runs {
        points.get_mut(run.owner).into_iter().for_each(|of| of.push(run.from..run.until));
    }
    points
}

/// Points side by side with one owner.
#[derive(Clone, Copy)]
struct Run {
    from: u32,
    until: u32,
    owner: usize,
}

impl Run {
    fn points(&self) -> i64 {
        i64::from(self.until) - i64::from(self.from)
    }
}

/// All of a draw's points.
struct Board {
    /// Ascending; no two neighbours have the same owner.
    runs: Vec<Run>,
    /// By owner: how many points it has too many. The last one owns the free points.
    surplus: Vec<i64>,
}

impl Board {
    fn new<'n>(old: impl IntoIterator<Item = (&'n str, &'n Points)>, wanted: &[(&'n str, u32)]) -> Self {
        let mut owners: BTreeMap<&str, usize> = wanted.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
        let mut runs = Vec::new();
        for (name, points) in old {
            let next = owners.len();
            let owner = *owners.entry(name).or_insert(next);
            runs.extend(points.iter().map(|range| Run { from: range.start, until: range.end, owner }));
        }
        let nobody = owners.len();
        runs.sort_by_key(|run| run.from);
        let starts = runs.iter().map(|run| run.from).chain([WHOLE]);
        let ends = std::iter::once(0).chain(runs.iter().map(|run| run.until));
        let free: Vec<Run> = ends.zip(starts).map(|(from, until)| Run { from, until, owner: nobody }).collect();
        runs.extend(free.into_iter().filter(|run| run.from < run.until));
        runs.sort_by_key(|run| run.from);

        let mut surplus = vec![0; nobody + 1];
        runs.iter().for_each(|run| surplus[run.owner] += run.points());
        wanted.iter().enumerate().for_each(|(at, (_, share))| surplus[at] -= i64::from(*share));
        surplus[nobody] -= i64::from(WHOLE) - wanted.iter().map(|(_, share)| i64::from(*share)).sum::<i64>();
        let mut board = Self { runs, surplus };
        board.tidy();
        board
    }

    fn surplus(&self, run: &Run) -> i64 {
        self.surplus[run.owner]
    }

    /// Moves the border between a giver and a taker who are neighbours, if there are two.
    fn meet(&mut self) -> bool {
        let differ = |pair: &[Run]| self.surplus(&pair[0]).signum() * self.surplus(&pair[1]).signum() < 0;
        let Some(left) = self.runs.windows(2).position(differ) else { return false };
        let (one, other) = (self.runs[left], self.runs[left + 1]);
        let is_left = self.surplus(&one) > 0;
        let (giver, taker) = if is_left { (one, other) } else { (other, one) };
        let points = self.pass(&giver, taker.owner);
        let border = if is_left { one.until - points } else { one.until + points };
        (self.runs[left].until, self.runs[left + 1].from) = (border, border);
        self.tidy();
        true
    }

    /// Gives the first taker a range inside the points of a giver, if there is a taker.
    fn found(&mut self) -> bool {
        let Some(taker) = self.surplus.iter().position(|surplus| *surplus < 0) else { return false };
        let givers = (0..self.runs.len()).filter(|at| self.surplus(&self.runs[*at]) > 0);
        let Some(at) = givers.max_by_key(|at| self.fitness(*at, taker)) else { return false };
        let giver = self.runs[at];
        let points = self.pass(&giver, taker);
        // Free points begin where an owner's points end. A range in use gives from its end.
        let is_free = giver.owner + 1 == self.surplus.len();
        let from = if is_free { giver.from } else { giver.until - points };
        let parts =
            [(giver.from, from, giver.owner), (from, from + points, taker), (from + points, giver.until, giver.owner)];
        self.runs.splice(at..=at, parts.map(|(from, until, owner)| Run { from, until, owner }));
        self.tidy();
        true
    }

    /// How good a run is to take from. A run that goes as a whole is best, then one beside another giver, then the largest.
    fn fitness(&self, at: usize, taker: usize) -> (bool, bool, i64, std::cmp::Reverse<usize>) {
        let run = &self.runs[at];
        let points = run.points().min(self.surplus(run)).min(-self.surplus[taker]);
        let is_whole = points == run.points();
        let meets_giver = self.runs.get(at + 1).is_some_and(|next| self.surplus(next) > 0);
        (is_whole, meets_giver, if is_whole { points } else { run.points() }, std::cmp::Reverse(at))
    }

    /// How many points a run gives to an owner, which are then that owner's.
    fn pass(&mut self, giver: &Run, taker: usize) -> u32 {
        let points = giver.points().min(self.surplus(giver)).min(-self.surplus[taker]);
        self.surplus[giver.owner] -= points;
        self.surplus[taker] += points;
        // At most the points of a run.
        u32::try_from(points).unwrap_or_default()
    }

    /// Drops empty runs, and joins neighbours of one owner.
    fn tidy(&mut self) {
        self.runs.retain(|run| run.from < run.until);
        self.runs.dedup_by(|next, run| {
            let is_same = next.owner == run.owner;
            if is_same {
                run.until = next.until;
            }
            is_same
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Shares = Vec<(&'static str, u32)>;

    /// Some of seven names in any order, with shares that leave points free or do not.
    fn shares() -> impl Strategy<Value = Shares> {
        const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];
        let names = Just(NAMES.to_vec()).prop_shuffle();
        (names, prop::collection::vec(1_u32..4_000, 0..=7), any::<bool>()).prop_map(|(names, sizes, is_full)| {
            let mut left = WHOLE;
            let mut shares: Shares = Vec::new();
            for (name, size) in names.into_iter().zip(sizes) {
                let share = size.min(left);
                left -= share;
                shares.extend((share > 0).then_some((name, share)));
            }
            if let Some(last) = shares.last_mut().filter(|_| is_full) {
                last.1 += left;
            }
            shares
        })
    }

    fn owners(wanted: &[(&'static str, u32)], points: Vec<Points>) -> Vec<(&'static str, Points)> {
        wanted.iter().zip(points).map(|((name, _), points)| (*name, points)).collect()
    }

    /// Point by point, with nothing of the code above.
    fn by_point(owners: &[(&'static str, Points)]) -> Vec<Option<&'static str>> {
        let mut points = vec![None; WHOLE as usize];
        for (name, ranges) in owners {
            for point in ranges.iter().cloned().flatten() {
                assert_eq!(points[point as usize].replace(*name), None, "point {point} of {name} has an owner");
            }
        }
        points
    }

    proptest! {
        #[test]
        fn shares_are_exact_and_the_fewest_points_move(steps in prop::collection::vec(shares(), 1..12)) {
            let mut old: Vec<(&str, Points)> = Vec::new();
            for wanted in steps {
                let laid = || share_out(old.iter().map(|(name, points)| (*name, points)), &wanted);
                let new = owners(&wanted, laid());
                prop_assert_eq!(&new, &owners(&wanted, laid()));
                for ((name, share), (_, ranges)) in wanted.iter().zip(&new) {
                    prop_assert_eq!(ranges.iter().map(|range| range.end - range.start).sum::<u32>(), *share, "{}", name);
                    prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "{name} {ranges:?}");
                }
                let (before, after) = (by_point(&old), by_point(&new));
                let has = |points: &[Option<&str>], name: Option<&str>| points.iter().filter(|owner| **owner == name).count();
                let names = ["a", "b", "c", "d", "e", "f", "g"].map(Some);
                let lost = |name| has(&before, name).saturating_sub(has(&after, name));
                let changed = before.iter().zip(&after).filter(|(old, new)| old != new);
                let (losing, joining): (Vec<_>, Vec<_>) = changed.partition(|(old, _)| old.is_some());
                // An owner that keeps or gains points loses none. Free points are only used if there become fewer of them.
                prop_assert_eq!(losing.len(), names.into_iter().map(lost).sum::<usize>());
                prop_assert_eq!(joining.len(), lost(None));

                // In another order, the same points.
                let mut turned = wanted.clone();
                turned.reverse();
                let again = share_out(new.iter().map(|(name, points)| (*name, points)), &turned);
                let mut again = owners(&turned, again);
                again.reverse();
                prop_assert_eq!(&again, &new);
                old = new;
            }
        }
    }

    /// 50 changes of two to ten arms: an arm grows, shrinks, comes or goes, or a share is moved to another.
    #[test]
    fn ranges_stay_few() {
        let mut state = 20_261_130_u64;
        let mut below = move |most: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % u64::from(most)) as u32
        };
        const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        let mut counts = Vec::new();
        for _ in 0..HISTORIES {
            let (mut wanted, mut old): (Shares, Vec<(&str, Points)>) = (vec![("a", 5_000), ("b", 5_000)], Vec::new());
            for _ in 0..50 {
                let (from, to) = (below(wanted.len() as u32) as usize, below(wanted.len() as u32) as usize);
                match below(4) {
                    0 if wanted.len() < 10 => {
                        let name = NAMES.into_iter().find(|name| wanted.iter().all(|(own, _)| own != name));
                        let share = wanted[from].1.min(1 + below(3_000)) / 2;
                        wanted[from].1 -= share;
                        wanted.extend(name.map(|name| (name, share)).filter(|_| share > 0));
                    }
                    1 if wanted.len() > 2 => {
                        let (_, share) = wanted.remove(from);
                        let next = from % wanted.len();
                        wanted[next].1 += share;
                    }
                    _ if from != to => {
                        let share = wanted[from].1.min(1 + below(2_000)).saturating_sub(1);
                        wanted[from].1 -= share;
                        wanted[to].1 += share;
                    }
                    _ => {}
                }
                let new = share_out(old.iter().map(|(name, points)| (*name, points)), &wanted);
                old = owners(&wanted, new);
            }
            counts.push(old.iter().map(|(_, points)| points.len()).sum::<usize>());
        }
        counts.sort_unstable();
        let at = |percent: usize| counts[(counts.len() - 1) * percent / 100];
        println!("ranges after 50 changes: p50 {}, p95 {}, p99 {}, most {}", at(50), at(95), at(99), at(100));
        assert!(at(100) <= RANGES_MAX);
    }

    const HISTORIES: usize = 300;
    const RANGES_MAX: usize = 64;

    /// Lays out several lists of shares one after the other.
    #[track_caller]
    fn check(steps: &[&[(&str, u32)]], expected: &str) {
        let mut old: Vec<(&str, Points)> = Vec::new();
        for wanted in steps {
            let new = share_out(old.iter().map(|(name, points)| (*name, points)), wanted);
            old = wanted.iter().zip(new).map(|((name, _), points)| (*name, points)).collect();
        }
        let one = |(name, points): &(&str, Points)| format!("{name} {points:?}");
        assert_eq!(old.iter().map(one).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn the_first_layout_is_in_the_order_of_the_list() {
        check(&[&[("b", 2_000), ("a", 4_000)]], "b [0..2000] a [2000..6000]");
        check(&[&[("b", 2_000), ("a", 0)]], "b [0..2000] a []");
    }

    #[test]
    fn neighbours_move_their_border() {
        check(&[&[("a", 5_000), ("b", 5_000)], &[("a", 6_000), ("b", 4_000)]], "a [0..6000] b [6000..10000]");
    }

    #[test]
    fn who_has_no_neighbour_that_gives_takes_from_the_end_of_another() {
        let thirds = [("a", 2_000), ("b", 4_000), ("c", 4_000)];
        check(
            &[&thirds, &[("a", 3_000), ("b", 4_000), ("c", 3_000)]],
            "a [0..2000, 9000..10000] b [2000..6000] c [6000..9000]",
        );
        check(
            &[&thirds, &[("a", 3_000), ("b", 4_000), ("c", 3_000)], &thirds],
            "a [0..2000] b [2000..6000] c [6000..10000]",
        );
    }

    #[test]
    fn a_new_one_stands_between_two_that_give() {
        let new = [("a", 4_000), ("b", 4_000), ("c", 2_000)];
        check(&[&[("a", 5_000), ("b", 5_000)], &new], "a [0..4000] b [6000..10000] c [4000..6000]");
    }

    #[test]
    fn room_to_spare_is_taken_before_anything_in_use() {
        let layer = [("a", 5_000), ("b", 3_000)];
        check(&[&layer, &[("a", 6_000), ("b", 3_000)]], "a [0..5000, 8000..9000] b [5000..8000]");
        check(&[&layer, &[("b", 3_000)], &[("b", 3_000), ("c", 5_000)]], "b [5000..8000] c [0..5000]");
    }

    #[test]
    fn another_order_moves_nobody() {
        check(&[&[("a", 5_000), ("b", 3_000)], &[("b", 3_000), ("a", 5_000)]], "b [5000..8000] a [0..5000]");
    }
}
