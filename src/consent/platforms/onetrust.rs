//! OneTrust: `OptanonConsent`, and the moment at which the visitor closed the banner, which is in `OptanonAlertBoxClosed`.
//!
//! Until the banner is closed its groups are defaults and no choice; Global Privacy Control counts from the first page on. While OneTrust awaits a new choice, the old one grants nothing, and
//! its denials stay.

use super::days::date;
use super::pairs::{Literal, pairs};
use super::tally::Tally;
use super::text::Tokens;
#[cfg(feature = "author")]
use super::{About, listed};
use super::{Answer, Choice, Group, Platform, whole};
use crate::consent::bits::{Malformed, split};
use crate::consent::statement::Statement;
use crate::words::Signal;

pub(super) static PLATFORM: Platform = Platform {
    signal: Signal::OneTrust,
    chosen_cookie: Some("OptanonAlertBoxClosed"),
    newer_cookie: None,
    is_by_name: true,
    read: statement,
    #[cfg(feature = "author")]
    about: About {
        name: "OneTrust (OptanonConsent)",
        place: "OneTrust’s cookie",
        table: "Groups of OneTrust by the purpose that needs them.",
        note: "It counts after the visitor has closed the banner. isGpcEnabled=1 is Global Privacy Control, and counts before that too. A site names its group for personalization.",
        parts: None,
        write: Some(|groups, is_odd| {
            let gpc = if is_odd { "&browserGpcFlag=1" } else { "" };
            alloc::format!("groups={}{gpc}", listed(groups, |name, is_on| alloc::format!("{name}:{}", u8::from(is_on))))
        }),
    },
};

fn statement(answer: &Answer<'_>, groups: &[Group]) -> Statement {
    let statement = whole(answer.text, groups, read);
    // A setting of the browser is no choice in the banner: it counts before.
    let Some(closed) = answer.chosen else { return Statement { gpc: statement.gpc, ..Statement::default() } };
    let mut tokens = Tokens::new(closed.as_bytes(), false);
    // Up to the first colon, which is after the hour.
    tokens.next();
    Statement { day: Some(date(tokens.word.bytes())), ..statement }
}

fn read(value: &[u8], tally: &mut Tally<'_>) -> Result<Choice, Malformed> {
    let (mut is_awaiting, mut listed) = (false, Err(Malformed::Form));
    let mut rest = Some(value);
    while rest.is_some() {
        let pair = split(&mut rest, b'&');
        is_awaiting |= pair == b"AwaitingReconsent=true";
        tally.gpc |= pair == b"isGpcEnabled=1" || pair == b"browserGpcFlag=1";
        // C0001:1,C0002:0
        if let Some(groups) = pair.strip_prefix(b"groups=") {
            listed = pairs(groups, Literal::Listed, tally);
        }
    }
    // A visitor who closed the banner has answered. A value without an answer does not come from OneTrust.
    listed.map(|choice| Choice { is_made: !is_awaiting, ..choice })
}
