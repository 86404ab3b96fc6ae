//! The consent signals that a visit can carry: one row for each.
//!
//! Takes nothing, gives [`Signal`], [`Signals`] and the names of its texts. A new signal is a new row at the end of the
//! table below. The meaning of a signal is in [`consent`](crate::consent).

use alloc::string::String;
use alloc::vec::Vec;

use super::visit::null_is_default;
use super::{Map, Revoked, vocabulary};

/// Declares signals, each with the texts in which it arrives: its value, and for a signal with two texts the moment of the
/// choice.
macro_rules! signals {
    ($($(#[$meta:meta])* $signal:ident = $name:literal { $($text:ident: $about:literal),* })+) => {
        vocabulary! {
            /// A consent signal that does not come from the site itself.
            Signal { $($(#[$meta])* $signal = $name),+ }
        }

        impl Signal {
            /// The names of its texts in a visit.
            pub const fn texts(self) -> &'static [&'static str] {
                match self { $(Self::$signal => &[$(stringify!($text)),*]),+ }
            }

            /// How a record calls one that could not be read.
            pub const fn malformed(self) -> &'static str {
                match self { $(Self::$signal => concat!("malformed_", $name)),+ }
            }
        }

        /// How many texts each signal has.
        const COUNTS: [u8; Signal::ALL.len()] = [$(Signal::$signal.texts().len() as u8),+];

        /// Consent signals as they arrived.
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields, remote = "Self")]
        pub struct Signals {
            /// `Sec-GPC: 1`, or `navigator.globalPrivacyControl`.
            #[serde(deserialize_with = "null_is_default")]
            pub gpc: bool,
            /// The value of the site's own consent cookie.
            pub cookie: Option<String>,
            $($(#[doc = $about] pub $text: Option<String>,)*)+
            /// Google Consent Mode: type (`ad_storage`, …) → `granted` or `denied`.
            #[serde(deserialize_with = "null_is_default")]
            pub google: Map<String, String>,
            /// The person's withdrawals on another device, as the host found them in the
            /// [list](crate::consent::revocation::list).
            #[serde(deserialize_with = "null_is_default")]
            pub revoked: Vec<Revoked>,
        }

        impl Signals {
            /// The names of the texts that signals arrive in.
            pub const TEXTS: &'static [&'static str] = &[$($(stringify!($text),)*)+];
            /// The description of each signal.
            pub const ABOUT: &'static [&'static str] = &[$($($about,)*)+];

            /// The texts, in the order of [`Self::TEXTS`].
            pub fn texts(&self) -> [&Option<String>; Self::TEXTS.len()] {
                [$($(&self.$text,)*)+]
            }

            /// The texts, to be written.
            pub fn texts_mut(&mut self) -> [&mut Option<String>; Self::TEXTS.len()] {
                [$($(&mut self.$text,)*)+]
            }
        }
    };
}

signals! {
    /// A TC string.
    Tcf = "tcf" { tcf: "A TC string (IAB TCF)." }
    /// A GPP string.
    Gpp = "gpp" { gpp: "A GPP string (IAB Global Privacy Platform)." }
    /// A US Privacy string.
    Usp = "usp" { usp: "A US Privacy string." }
    /// OneTrust's cookie.
    OneTrust = "onetrust" {
        onetrust: "OneTrust's cookie `OptanonConsent`.",
        onetrust_closed: "OneTrust's cookie `OptanonAlertBoxClosed`: when somebody chose."
    }
    /// Cookiebot's cookie.
    Cookiebot = "cookiebot" { cookiebot: "Cookiebot's cookie `CookieConsent`." }
    /// Didomi's cookie.
    Didomi = "didomi" { didomi: "Didomi's cookie `didomi_token`." }
    /// Google Consent Mode.
    Google = "google" {}
}

impl Signals {
    /// The text of `signal`, and the text with the time of that choice. An empty text counts as none.
    pub fn of(&self, signal: Signal) -> [Option<&str>; 2] {
        let mut own = self.texts().into_iter().skip(first(signal)).take(count(signal));
        core::array::from_fn(|_| own.next()?.as_deref().filter(|text| !text.is_empty()))
    }

    /// Puts the texts of `signal` in place, each as `text` has it for its position.
    pub fn set(&mut self, signal: Signal, text: &mut dyn FnMut(usize) -> Option<String>) {
        let own = self.texts_mut().into_iter().skip(first(signal)).take(count(signal));
        own.enumerate().for_each(|(at, place)| *place = text(at));
    }
}

/// The position of a signal's first text among all texts.
fn first(signal: Signal) -> usize {
    COUNTS.iter().take(signal as usize).copied().map(usize::from).sum()
}

/// How many texts a signal has.
fn count(signal: Signal) -> usize {
    usize::from(COUNTS[signal as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_has_its_own_texts() {
        let mut signals = Signals::default();
        for signal in Signal::ALL {
            signals.set(*signal, &mut |at| Some(alloc::format!("{signal} {at}")));
        }
        assert_eq!(signals.onetrust.as_deref(), Some("onetrust 0"));
        assert_eq!(signals.of(Signal::OneTrust), [Some("onetrust 0"), Some("onetrust 1")]);
        assert_eq!(signals.of(Signal::Didomi), [Some("didomi 0"), None]);
        assert_eq!(signals.of(Signal::Google), [None, None]);
        assert_eq!(signals.texts().len(), Signals::ABOUT.len());
        signals.usp = Some(String::new());
        assert_eq!(signals.of(Signal::Usp), [None, None]);
    }
}
