//! Cookiebot: `CookieConsent`. In a region where it does not ask, there is no answer. Only a visitor's own choice grants.

use super::pairs::{Literal, pairs};
use super::tally::Tally;
#[cfg(feature = "author")]
use super::{About, listed};
use super::{Choice, Platform, whole};
use crate::consent::bits::Malformed;
use crate::consent::statement::Statement;
use crate::words::Signal;

pub(super) static PLATFORM: Platform = Platform {
    signal: Signal::Cookiebot,
    chosen_cookie: None,
    newer_cookie: None,
    is_by_name: true,
    read: |answer, groups| if answer.text == "-1" { Statement::default() } else { whole(answer.text, groups, read) },
    #[cfg(feature = "author")]
    about: About {
        name: "Cookiebot (CookieConsent)",
        place: "Cookiebot’s cookie",
        table: "Categories of Cookiebot by the purpose that needs them.",
        note: "Only an explicit answer counts. A site names its category for personalization.",
        parts: Some(|| alloc::vec!["preferences", "statistics", "marketing"]),
        write: Some(|groups, is_odd| {
            let answers = listed(groups, |name, is_on| alloc::format!("{name}:{is_on}"));
            let method = if is_odd { "implied" } else { "explicit" };
            let comma = if answers.is_empty() { "" } else { "," };
            alloc::format!("{{necessary:true,{answers}{comma}method:'{method}'}}")
        }),
    },
};

fn read(value: &[u8], tally: &mut Tally<'_>) -> Result<Choice, Malformed> {
    // {stamp:'…',necessary:true,preferences:false,…,method:'explicit',utc:1765222520311,…}; -1 in a region that is not asked
    pairs(value, Literal::Object, tally)
}
