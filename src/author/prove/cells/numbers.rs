//! Numbers that stand for all others: every threshold, and some in every gap between two.
//!
//! Takes thresholds and bounds, gives ascending numbers. With `each` of them in a gap, so many attributes can lie in it in any
//! order.

pub(super) fn whole(marks: &[i64], low: i64, high: i64, each: usize) -> Vec<i64> {
    let mut marks: Vec<i64> = marks.iter().copied().filter(|mark| (low..=high).contains(mark)).collect();
    marks.sort_unstable();
    marks.dedup();
    let steps = 1..=i64::try_from(each).unwrap_or(1);
    let mut numbers = marks.clone();
    for (position, mark) in marks.iter().enumerate() {
        let next = marks.get(position + 1).copied();
        let above = steps.clone().filter_map(|step| mark.checked_add(step));
        numbers.extend(above.filter(|number| next.map_or(*number <= high, |next| *number < next)));
        if position == 0 {
            numbers.extend(steps.clone().filter_map(|step| mark.checked_sub(step)).filter(|number| *number >= low));
        }
    }
    if marks.is_empty() && low <= high {
        let first = 1_i64.clamp(low, high);
        numbers.push(first);
        let (up, down) = (steps.clone().map(|step| first + step), steps.map(|step| first - step));
        numbers.extend(up.chain(down).filter(|number| (low..=high).contains(number)).take(each - 1));
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

pub(super) fn doubles(marks: &[f64], low: f64, high: f64, each: usize) -> Vec<f64> {
    let mut marks: Vec<f64> =
        marks.iter().copied().chain([low, high]).filter(|mark| (low..=high).contains(mark)).collect();
    // Zero and negative zero are one number.
    marks.iter_mut().filter(|mark| **mark == 0.0).for_each(|mark| *mark = 0.0);
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    let mut numbers = marks.clone();
    for pair in marks.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        let mut next = from;
        for step in 1..=each {
            next = next.next_up();
            let part = step as f64 / (each + 1) as f64;
            let even = from * (1.0 - part) + to * part;
            // Friendlier than a fraction, where there is room.
            let friendly = [from.floor() + step as f64, to.ceil() - (each + 1 - step) as f64, even];
            let inside = |number: &f64| *number > from && *number < to && !numbers.contains(number);
            let found = friendly.into_iter().chain([next]).find(inside);
            numbers.extend(found);
        }
    }
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_has_its_numbers_and_nothing_is_out_of_bounds() {
        assert_eq!(whole(&[3, 4], 0, 5, 1), [2, 3, 4, 5]);
        assert_eq!(whole(&[3, 6], 3, 6, 1), [3, 4, 6]);
        assert_eq!(whole(&[0], -9, 9, 2), [-2, -1, 0, 1, 2]);
        assert_eq!(whole(&[], 7, 9, 1), [7]);
        assert_eq!(whole(&[], 7, 9, 2), [7, 8]);
        assert!(whole(&[1], 5, 4, 1).is_empty());
        assert_eq!(doubles(&[3.0, 4.0], 0.0, 5.0, 1), [0.0, 1.0, 3.0, 3.5, 4.0, 4.5, 5.0]);
        let next = 3.0_f64.next_up();
        assert_eq!(doubles(&[3.0, next], 3.0, next, 1), [3.0, next], "nothing lies between neighbours");
        assert_eq!(doubles(&[-0.0, 0.0], 0.0, 0.0, 1), [0.0]);
        assert!(doubles(&[], -f64::MAX, f64::MAX, 3).iter().all(|number| number.is_finite()));
    }
}
