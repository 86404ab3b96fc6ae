//! The contact policy of a site as a bundle has it.
//!
//! Takes the site, the experiences in the order of the bundle, and the literal of each suppression; gives the policy. The names of
//! experiences, contents and zones become positions.

use crate::author::expr::Zone;
use crate::author::site::{CapWindow, ContactClass, Experience, Period, Scope, Share, Site};
use crate::bundle::contact::{self, Policy};
use crate::bundle::repeat::{Beside, Budget, Once, Repeat, Rotation, Sequence, Step};

/// The zones that a policy needs, each once, in the order in which [`policy`] asks for their positions.
pub(super) fn zones(site: &Site) -> Vec<Zone> {
    let mut names: Vec<&String> = Vec::new();
    for cap in &site.contact.caps {
        if let CapWindow::Calendar(_, zone) = &cap.window {
            names.push(zone);
        }
    }
    for quiet in &site.contact.quiet {
        names.extend(quiet.zone.iter().flat_map(|at| &site.attributes[*at].values));
        names.extend(quiet.markets.iter().flatten());
    }
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| Zone::Named(name.clone())).collect()
}

/// The policy. `positions` has the position of each of [`zones`] in the program.
pub(super) fn policy(site: &Site, order: &[&Experience], literals: &[u32], positions: &[usize]) -> Policy {
    let zones = zones(site);
    let zone = |name: &String| {
        let at = zones.iter().position(|zone| matches!(zone, Zone::Named(known) if known == name));
        at.and_then(|at| positions.get(at)).map_or(0, |position| *position as u32)
    };
    let mut channels: Vec<String> = site.slots.iter().map(|slot| slot.channel.clone()).collect();
    channels.sort_unstable();
    channels.dedup();
    let channel = |name: &String| channels.iter().position(|known| known == name).map(|at| at as u8);
    // By name in the site, by slot and priority in the bundle.
    let source: Vec<usize> = order
        .iter()
        .map(|one| site.experiences.iter().position(|other| other.name == one.name).unwrap_or_default())
        .collect();
    let of_order = |is: &dyn Fn(usize) -> bool| -> Vec<u16> {
        (0..).zip(&source).filter(|(_, at)| is(**at)).map(|(position, _)| position).collect()
    };
    let scope = |scope: &Scope| {
        let mut contents: Vec<u32> = scope.contents.iter().map(|content| *content as u32).collect();
        contents.sort_unstable();
        contents.dedup();
        contact::Scope {
            experiences: of_order(&|at| scope.covers(at, &site.experiences, &site.slots)),
            contents,
            is_named: !scope.experiences.is_empty(),
            classes: scope.classes.iter().fold(0, |bits, class| bits | bit(*class)),
            channels: scope.channels.iter().filter_map(channel).collect(),
        }
    };
    let position = |at: usize| source.iter().position(|own| *own == at).unwrap_or_default() as u16;
    let repeat = Repeat {
        sequences: site.contact.sequences.iter().map(|one| sequence(one, &position)).collect(),
        rotations: site
            .contact
            .rotations
            .iter()
            .map(|one| Rotation {
                name: site.experiences[one.experience].name.clone(),
                ordinal: one.ordinal,
                experience: position(one.experience),
                rule: one.rule as u16,
                contents: one.contents.iter().map(|content| *content as u32).collect(),
                every_seconds: one.every_seconds.unwrap_or(0),
            })
            .collect(),
        once: site
            .contact
            .once
            .iter()
            .map(|one| Once { name: one.name.clone(), window_seconds: one.window_seconds, scope: scope(&one.scope) })
            .collect(),
        budgets: site
            .contact
            .budgets
            .iter()
            .map(|one| Budget {
                name: one.name.clone(),
                unit: one.unit as u8,
                share: one.share.points(),
                attribute: if let Share::Told(at) = one.share { at as u16 + 1 } else { 0 },
                scope: scope(&one.scope),
            })
            .collect(),
        kept: site.contact.kept(&site.experiences, &site.slots).into_iter().map(|content| content as u32).collect(),
    };
    let suppressions = site.contact.suppressions.iter().zip(literals).enumerate();
    let has_history = site.contact.has_history();
    Policy {
        suppressions: suppressions
            .map(|(at, (one, literal))| contact::Suppression {
                name: one.name.clone(),
                detail: one.detail as u8,
                literal: *literal,
                experiences: of_order(&|experience| site.experiences[experience].suppressed_by.contains(&at)),
            })
            .collect(),
        caps: site
            .contact
            .caps
            .iter()
            .map(|cap| {
                let (window_seconds, period_days, zone) = match &cap.window {
                    CapWindow::Sliding(seconds) => (*seconds, 0, 0),
                    CapWindow::Calendar(Period::Day, name) => (0, 1, zone(name)),
                    CapWindow::Calendar(Period::Week, name) => (0, 7, zone(name)),
                };
                contact::Cap {
                    name: cap.name.clone(),
                    ordinal: cap.ordinal,
                    is_gap: cap.is_gap,
                    max: cap.max,
                    window_seconds,
                    period_days,
                    zone,
                    scope: scope(&cap.scope),
                }
            })
            .collect(),
        quiet: site
            .contact
            .quiet
            .iter()
            .map(|quiet| contact::Quiet {
                name: quiet.name.clone(),
                from: quiet.from,
                until: quiet.until,
                attribute: quiet.zone.map_or(0, |at| at as u16 + 1),
                zones: quiet.zone.iter().flat_map(|at| &site.attributes[*at].values).map(zone).collect(),
                markets: quiet.markets.iter().map(|zones| zones.iter().map(zone).collect()).collect(),
                scope: scope(&quiet.scope),
            })
            .collect(),
        cool_off_seconds: site.contact.cool_off_seconds.unwrap_or(0),
        dismissals: site.contact.dismissals,
        ordinals: if has_history { site.content.iter().map(|content| content.ordinal).collect() } else { Vec::new() },
        channel_of: match has_history {
            true => site.slots.iter().map(|slot| channel(&slot.channel).unwrap_or_default()).collect(),
            false => Vec::new(),
        },
        class_of: match has_history {
            true => order.iter().map(|experience| bit(experience.contact_class())).collect(),
            false => Vec::new(),
        },
        channels: if has_history { channels } else { Vec::new() },
        repeat: Beside(repeat),
    }
}

/// A sequence. `position` is the place of an experience in the bundle.
fn sequence(one: &crate::author::site::Sequence, position: &dyn Fn(usize) -> u16) -> Sequence {
    let steps = one.steps.iter().map(|step| Step {
        ordinal: step.ordinal,
        experience: position(step.experience),
        after: step.after.map_or(0, |after| after as u8 + 1),
        wait_seconds: step.wait_seconds,
        expires_seconds: step.expires_seconds,
    });
    Sequence {
        name: one.name.clone(),
        ordinal: one.ordinal,
        again_seconds: one.again_seconds.unwrap_or(0),
        steps: steps.collect(),
    }
}

/// A class as a bit.
fn bit(class: ContactClass) -> u8 {
    1 << class as u8
}
