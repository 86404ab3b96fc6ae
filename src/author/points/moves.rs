//! How many visitors a new layout moves.
//!
//! Takes the points of a draw before and after, gives how many of the 10,000 change hands: each stands for 0.01 % of the visitors.

use super::lock::{Draw, Locked, Owners, Part};
use crate::author::diagnostic::Diagnostic;
use crate::author::percent::{WHOLE, percent};
use crate::author::site::Place;

/// A draw that does not leave every visitor where they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// A sentence without a full stop: how many visitors move, and where.
    pub what: String,
    /// True if visitors lose what they saw. A visitor who only joins loses nothing.
    pub is_loss: bool,
    why: &'static str,
    help: &'static str,
    place: Place,
    owner: Option<String>,
}

impl Moved {
    /// A warning if visitors lose what they saw.
    pub(super) fn finding(&self) -> Option<Diagnostic> {
        let fault = Diagnostic::error("SV2232", self.place.clone(), self.what.clone()).warning();
        let fault = Diagnostic { owner: self.owner.clone(), ..fault };
        self.is_loss.then(|| fault.why(self.why).help(self.help))
    }
}

/// One draw before and after.
pub(super) enum Was<'l> {
    Layer(&'l str, &'l Owners, &'l Owners),
    Experiment(&'l Locked, &'l Locked),
}

/// The draw as a [`Moved`], if any point moves.
pub(super) fn moved(was: Was<'_>, place: &Place, owner: Option<String>) -> Option<Moved> {
    let (what, redrawn, is_loss) = match was {
        Was::Layer(name, old, new) => layer(name, old, new)?,
        Was::Experiment(old, new) => experiment(old, new)?,
    };
    let (why, help) = match redrawn {
        Some(why) => {
            (why, "restore it, or give the experiment another name: results before and after do not belong together")
        }
        None => (
            "this change of shares cannot move fewer",
            "results would mix what these visitors saw before and after: change shares between experiments, not during one",
        ),
    };
    Some(Moved { what, is_loss, why, help, place: place.clone(), owner })
}

/// The sentence of a [`Moved`], the reason for a new draw if there is one, and whether visitors lose what they saw.
type Told = (String, Option<&'static str>, bool);

fn layer(name: &str, old: &Owners, new: &Owners) -> Option<Told> {
    // An experiment that is over changes nothing for its visitors.
    let mut running = old.clone();
    running.retain(|experiment, _| new.contains_key(experiment));
    let [lose, join] = changed(&running, new);
    let what = format!("in the layer `{name}`, {}", told(lose, join, "visitors", "experiment"));
    (lose + join > 0).then_some((what, None, lose > 0))
}

fn experiment(old: &Locked, new: &Locked) -> Option<Told> {
    let name = &new.name;
    if let Some(why) = redrawn(&old.draw, &new.draw) {
        return Some((format!("every visitor in `{name}` is drawn again"), Some(why), true));
    }
    let [lose, join] = changed(&old.arms, &new.arms);
    let (mut parts, mut is_loss) = (Vec::new(), lose > 0);
    if lose + join > 0 {
        parts.push(told(lose, join, "its visitors", "arm"));
    }
    if let (Part::Traffic(old), Part::Traffic(new)) = (&old.draw.part, &new.draw.part)
        && old != new
    {
        is_loss |= new < old;
        let verb = if new < old { "leave" } else { "join" };
        let points = old.abs_diff(*new);
        parts.push(format!("{points} of 10,000 points ({} % of all that match) {verb}", percent(points.into())));
    }
    let what = format!("in `{name}`, {}", parts.join("; "));
    (!parts.is_empty()).then_some((what, None, is_loss))
}

/// Why another draw decides.
fn redrawn(old: &Draw, new: &Draw) -> Option<&'static str> {
    let reasons = [
        (old.salt != new.salt, "its salt has changed, and the salt decides who sees what"),
        (old.unit != new.unit, "its unit has changed, and another id decides who sees what"),
        (
            match (&old.part, &new.part) {
                (Part::Layer(old), Part::Layer(new)) => old != new,
                (Part::Traffic(_), Part::Traffic(_)) => false,
                _ => true,
            },
            "its layer has changed, and the layer decides who takes part",
        ),
    ];
    reasons.into_iter().find_map(|(is, why)| is.then_some(why))
}

fn told(lose: u32, join: u32, whose: &str, what: &str) -> String {
    let part = |points: u32, does: String| {
        (points > 0).then(|| format!("{points} of 10,000 points ({} % of {whose}) {does}", percent(points.into())))
    };
    let parts = [part(lose, format!("lose their {what}")), part(join, format!("get their first {what}"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// How many points lose an owner, and how many had none and get one.
fn changed(old: &Owners, new: &Owners) -> [u32; 2] {
    if old == new {
        return [0, 0];
    }
    let (before, after) = (by_point(old), by_point(new));
    let mut counts = [0, 0];
    for (old, new) in before.iter().zip(&after).filter(|(old, new)| old != new) {
        counts[usize::from(old.is_none() && new.is_some())] += 1;
    }
    counts
}

fn by_point(owners: &Owners) -> Vec<Option<&str>> {
    let mut points = vec![None; WHOLE as usize];
    for (name, ranges) in owners {
        for range in ranges {
            let of_range = points.get_mut(range.start as usize..range.end as usize);
            of_range.into_iter().for_each(|points| points.fill(Some(&**name)));
        }
    }
    points
}
