//! Which consent signals a site uses, and what each of them says. Takes a visit's signals as they arrived and the site's way
//! of reading them, gives one statement for each signal that is there. A signal only affects the purposes that it can grant,
//! also when it cannot be read. It never affects another signal.

use alloc::string::String;
use alloc::vec::Vec;

use super::grants::Basis;
use super::platforms::{Answer, Group, Platform};
use super::policy::SignalPolicy;
use super::statement::{Fault, Statement, Void};
use super::{gpp, tcf, usp};
use crate::words::record::record;
use crate::words::{Purpose, Purposes, Signal, Signals, Visit};

record! {
    /// The signals that a site uses.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Sources {
        /// In the order of [`Signal`]; one that is not here is not read.
        pub used: Vec<Source>,
        /// How strings of standards are read.
        pub policy: SignalPolicy,
        /// True if pages listen to them: the site says which it uses.
        pub in_pages: bool,
        /// Usercentrics, which only pages can read.
        pub usercentrics: Usercentrics,
    }
}

record! {
    /// A platform that keeps its answers in the browser's local storage, where no edge sees them. Pages listen, and pass the
    /// answers on in the site's own consent cookie.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Usercentrics {
        /// The event of the window that reports a choice.
        pub event: String,
        /// Its services and categories; none if the site does not use it.
        pub groups: Vec<Group>,
    }
}

record! {
    /// One signal.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Source {
        /// [`Signal`] as a byte.
        pub signal: u8,
        /// The cookie that an edge finds it in; empty if it is in none.
        pub cookie: String,
        /// The groups of a platform and their purposes; none for a standard.
        pub groups: Vec<Group>,
    }
}

/// What one signal says.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) signal: Signal,
    pub(super) statement: Statement,
    /// The purposes that it granted before it was too old.
    pub(super) expired: Purposes,
}

impl Heard {
    /// The source of a denial.
    pub(super) fn basis(&self) -> Basis {
        let is_malformed = match self.statement.fault {
            Some(Fault::Malformed(_) | Fault::Void(Void::Framework)) => true,
            Some(Fault::Void(Void::TooOld | Void::FromTheFuture)) | None => false,
        };
        // Google Consent Mode is read type by type, so it is never malformed.
        let is_malformed = is_malformed && self.signal != Signal::Google;
        if is_malformed { Basis::Malformed(self.signal) } else { Basis::Signal(self.signal) }
    }

    /// True if its grants name what they grant. The groups of a consent platform are the site's own. The bits of a standard
    /// only have the meaning of its specification.
    pub(super) fn is_by_name(&self) -> bool {
        Platform::of(self.signal).is_some_and(|platform| platform.is_by_name)
    }
}

impl Sources {
    /// The statements of all signals of `visit`, in the order of [`Signal`].
    pub(super) fn heard<'a>(
        &'a self,
        visit: &'a Visit,
        grant_days_max: u16,
        now_ms: i64,
    ) -> impl Iterator<Item = Heard> + 'a {
        // No string lasts longer than the region's law lets a grant.
        let tcf = self.policy.tcf;
        let tcf = tcf::Policy { max_age_days: tcf.max_age_days.min(grant_days_max), ..tcf };
        self.used.iter().filter_map(move |source| {
            if !cfg!(feature = "signals") {
                return None;
            }
            let signal = Signal::from_byte(source.signal)?;
            let said = self.statement(signal, &source.groups, visit, &tcf, now_ms)?;
            let statement = said.aged(grant_days_max, now_ms);
            let reach = self.reach(signal, &source.groups);
            let is_old = matches!(statement.fault, Some(Fault::Void(Void::TooOld | Void::FromTheFuture)));
            let is_refused = statement.fault.is_some() && !is_old;
            let denied = if is_refused { statement.denied.and(reach) } else { statement.denied };
            // A string that is too old does not say any more what it granted. A purpose that it could never grant has not
            // expired.
            let once = if said.fault.is_some() { reach.and(!denied) } else { said.granted };
            let expired = if is_old { once.and(grantable(signal)) } else { Purposes::NONE };
            let granted = statement.granted.and(grantable(signal));
            Some(Heard { signal, statement: Statement { granted, denied, ..statement }, expired })
        })
    }

    /// Puts what a jar of cookies says into `signals`: `cookie` gives the value of one by its name. No other cookie is asked for.
    pub(crate) fn read_cookies(&self, signals: &mut Signals, cookie: &dyn Fn(&str) -> Option<String>) {
        if !cfg!(feature = "signals") {
            return;
        }
        for source in self.used.iter().filter(|source| !source.cookie.is_empty()) {
            let Some(signal) = Signal::from_byte(source.signal) else { continue };
            let platform = Platform::of(signal);
            let chosen = platform.and_then(|platform| platform.chosen_cookie);
            let newer = platform.and_then(|platform| platform.newer_cookie);
            signals.set(signal, &mut |at| match at {
                0 => newer.and_then(cookie).or_else(|| cookie(&source.cookie)),
                _ => cookie(chosen?),
            });
        }
    }

    /// The groups that signals of a consent platform have, with their purposes. TCF, GPP and US Privacy strings have none,
    /// as their parts have a fixed meaning.
    pub fn groups(&self, signal: Signal) -> &[Group] {
        self.used.iter().find(|source| source.signal == signal as u8).map_or(&[], |source| &source.groups)
    }

    fn statement(
        &self,
        signal: Signal,
        groups: &[Group],
        visit: &Visit,
        tcf: &tcf::Policy,
        now_ms: i64,
    ) -> Option<Statement> {
        let types = &visit.signals.google;
        let [text, chosen] = visit.signals.of(signal);
        // Google's types are in no text. A moment of choice without the choice is an answer that is lost: it cannot be read.
        let text = if signal == Signal::Google { "" } else { text.or(chosen.map(|_| ""))? };
        Some(match signal {
            Signal::Tcf => tcf::statement(text, tcf, now_ms),
            Signal::Gpp => {
                let applicable = visit.region.as_deref().map_or(gpp::Applicable::ALL, gpp::Applicable::region);
                gpp::statement(text, &self.policy.gpp, tcf, applicable, now_ms)
            }
            Signal::Usp => usp::statement(text),
            _ => with_storage((Platform::of(signal)?.read)(&Answer { text, chosen, types }, groups), groups),
        })
    }

    /// The purposes that a signal can grant or deny.
    fn reach(&self, signal: Signal, groups: &[Group]) -> Purposes {
        let of_tcf =
            Purpose::ALL.iter().zip(self.policy.tcf.needs).filter(|(_, needs)| *needs != tcf::Needs::default());
        let of_tcf: Purposes = of_tcf.map(|(purpose, _)| *purpose).collect();
        let us = &self.policy.gpp;
        let of_us = us.sale | us.sharing | us.targeted_advertising | us.sensitive_data_processing;
        match signal {
            Signal::Tcf => of_tcf,
            Signal::Gpp => of_tcf.or(Purposes::from_bits(of_us)),
            Signal::Usp => Purposes::NONE.with(Purpose::Advertising),
            _ => {
                let groups = groups.iter().map(|group| Purposes::from_bits(group.purposes));
                groups.fold(Purposes::NONE.with(Purpose::Storage), Purposes::or)
            }
        }
    }
}

/// The same with its answer about storage, unless a group stands for storage. The groups are about cookies: a granted one
/// allows storage. If all answered groups are off, storage is denied.
fn with_storage(statement: Statement, groups: &[Group]) -> Statement {
    let storage = Purposes::NONE.with(Purpose::Storage);
    let optional = |purposes: Purposes| purposes.without(Purpose::Necessary).without(Purpose::Contextual);
    if groups.iter().any(|group| Purposes::from_bits(group.purposes).has(Purpose::Storage)) {
        statement
    } else if !optional(statement.granted).is_empty() {
        statement.granting(storage)
    } else if !optional(statement.denied).is_empty() {
        statement.denying(storage)
    } else {
        statement
    }
}

/// The purposes that a signal can grant at all. The standards have no word for functional data or for special categories:
/// their bits for "sensitive data" stand for some categories, never for the one that a site has.
fn grantable(signal: Signal) -> Purposes {
    let any = Purposes::from_bits(u8::MAX).without(Purpose::Necessary);
    match Platform::of(signal) {
        None => any.without(Purpose::Functional).without(Purpose::Sensitive),
        Some(platform) if !platform.is_by_name => any.without(Purpose::Sensitive),
        Some(_) => any,
    }
}
