//! Who withdrew on another device, for every request of this isolate.
//!
//! Takes the release's overlay, the list in the store and the secret `REVOCATION_KEY`, gives requests read with those withdrawals heeded. A
//! list is fetched and checked once, when the overlay names another one. Where it cannot be used the log and `/__selvedge/health` say
//! so, and visitors keep what they said on this device.

use std::rc::Rc;

use super::Host;
use super::bundle::Held;
use super::log::{self, Stage};
use super::settings::Settings;
use super::store::Files;
use crate::consent::revocation::list::{Found, Revocations};
use crate::consent::revocation::{Find, Key};
use crate::page::Person;
use crate::trust::{Kind, Release, Verified};
use crate::words::Unit;

/// What withdrawals are looked up in.
pub(super) enum Heeded {
    /// The site publishes no list.
    None,
    /// A list that was checked, and the key of its digests.
    List(Verified, Key),
    /// There is a list, and why nobody can be looked up in it.
    Unusable(&'static str),
}

impl Heeded {
    /// What the person with an id withdrew.
    pub(super) fn find(&self, unit: Unit, id: &str) -> Found<'_> {
        let Self::List(list, key) = self else { return Found::default() };
        Revocations::of_checked(list.bytes()).map(|list| key.find(&list, unit, id)).unwrap_or_default()
    }

    /// The person of a request, if there is a list to look them up in.
    pub(super) fn person<'r>(&self, settings: &'r Settings, find: Find<'r>) -> Option<Person<'r>> {
        matches!(self, Self::List(..)).then(|| Person { account: settings.account_from.as_ref(), find })
    }

    /// Whether everybody who withdrew is heeded, as far as the site says who did.
    pub(super) fn is_usable(&self) -> bool {
        !matches!(self, Self::Unusable(_))
    }

    /// How it stands, for whoever asks.
    pub(super) fn state(&self) -> &str {
        match self {
            Self::None => "none",
            Self::List(..) => "used",
            Self::Unusable(why) => why,
        }
    }
}

/// The list that goes with a release: the one that is known already, unless the overlay names another.
///
/// # Errors
/// There is a key, and the list is not there or not what the overlay says. The last good release stays, with its own list.
pub(super) async fn of(files: Files<'_>, release: &Release, known: Option<&Rc<Heeded>>) -> Result<Rc<Heeded>, String> {
    let Some(target) = release.targets_of(Kind::Revocations).next() else { return Ok(Rc::new(Heeded::None)) };
    let Some(key) = &files.settings.revocation_key else {
        return Ok(Rc::new(Heeded::Unusable(
            "the site publishes a list of withdrawals, and the secret REVOCATION_KEY is not set",
        )));
    };
    let digest = release.targets().get(target).map(|target| target.sha256);
    let is_same = |heeded: &&Rc<Heeded>| matches!(&***heeded, Heeded::List(list, _) if Some(*list.digest()) == digest);
    if let Some(same) = known.filter(is_same) {
        return Ok(Rc::clone(same));
    }
    let verified = files.target(release, target).admitted().await?;
    let is_ours = key.fits(&Revocations::open(verified.bytes()).map_err(|fault| fault.brief())?);
    Ok(Rc::new(if is_ours {
        Heeded::List(verified, key.clone())
    } else {
        Heeded::Unusable("the list of withdrawals is under another key than that of REVOCATION_KEY")
    }))
}

/// Logs what somebody should do something about: once each time the head is asked for, not for each visitor.
pub(super) fn complain(host: &Rc<Host>, held: &Held, now_ms: i64) {
    if let Heeded::Unusable(why) = &*held.revocations {
        log::failure(host, Stage::Revocations, why);
    }
    if held.release.overlay().is_some_and(|overlay| overlay.stale(now_ms)) {
        log::failure(
            host,
            Stage::Revocations,
            "the overlay has expired and is still used; publish the list of withdrawals again",
        );
    }
}
