//! Didomi: `didomi_token`, which is JSON in base64.
//!
//! Newer sites keep a binary string of numbers in `didomi_dcs`. It is no JSON, so like any answer that cannot be read it denies. A purpose
//! that the visitor objected to, where the site claims a legitimate interest, is denied too.

use super::days::date;
use super::tally::Tally;
use super::text::{Token, Tokens, Word};
#[cfg(feature = "author")]
use super::{About, listed};
use super::{Choice, Platform, whole};
use crate::consent::bits::Malformed;
use crate::words::Signal;
#[cfg(feature = "author")]
use crate::words::base64::{STANDARD, base64};

pub(super) static PLATFORM: Platform = Platform {
    signal: Signal::Didomi,
    chosen_cookie: None,
    newer_cookie: Some("didomi_dcs"),
    is_by_name: true,
    read: |answer, groups| whole(answer.text, groups, read),
    #[cfg(feature = "author")]
    about: About {
        name: "Didomi (didomi_token)",
        place: "Didomi’s cookie",
        table: "Purposes of Didomi by the purpose that needs them.",
        note: "The site names its purposes. An objection denies. TCF purposes come from euconsent-v2. The edge cannot read didomi_dcs, so that cookie denies.",
        parts: None,
        write: Some(|groups, _| {
            let of = |wanted: bool| {
                let names = groups.iter().copied().filter(|(_, is_on)| *is_on == wanted);
                listed(&names.collect::<alloc::vec::Vec<_>>(), |name, _| alloc::format!("\"{name}\""))
            };
            let token = alloc::format!("{{\"purposes\":{{\"enabled\":[{}],\"disabled\":[{}]}}}}", of(true), of(false));
            base64(token.as_bytes(), STANDARD)
        }),
    },
};

/// How deep the object may be nested; the token has three levels.
const DEPTH_MAX: usize = 8;

fn read(value: &[u8], tally: &mut Tally<'_>) -> Result<Choice, Malformed> {
    // {"purposes":{"enabled":["…"],"disabled":["…"]},"vendors":{…},"updated":"2026-01-02T10:00:00.000Z",…}
    let mut tokens = Tokens::new(value, true);
    let mut choice = Choice { is_made: true, ..Choice::default() };
    // The names on the way to the current value. Only the names of the two lists and of the moment matter.
    let (mut depth, mut is_over, mut is_purposes, mut is_interest, mut list) = (0_usize, false, false, false, None);
    let (mut last, mut is_moment) = (Word::default(), false);
    while let Some(token) = tokens.next() {
        match token {
            Token::Sign(b'{' | b'[') if depth < DEPTH_MAX && !is_over => depth += 1,
            Token::Sign(b'}' | b']') if depth > 0 => {
                depth -= 1;
                (is_over, list) = (depth == 0, None);
            }
            Token::Sign(b':') if depth > 0 => {
                let name = last.bytes();
                if depth == 1 {
                    (is_purposes, is_interest) = (name == b"purposes", name == b"purposes_li");
                    is_moment = name == b"updated" || name == b"created";
                } else if depth == 2 {
                    // An objection to a legitimate interest denies; that there is none grants nothing.
                    list = match name {
                        b"enabled" if is_purposes => Some(true),
                        b"disabled" if is_purposes || is_interest => Some(false),
                        _ => None,
                    };
                }
                last.clear();
            }
            Token::Sign(b',') if depth > 0 => {}
            Token::Word if depth > 0 => {
                match (depth, list) {
                    // The later of both: a token that was never updated has one.
                    (1, _) if is_moment => choice.day = choice.day.max(Some(date(tokens.word.bytes()))),
                    (3, Some(is_enabled)) => {
                        choice.is_answered = true;
                        tally.count(tokens.word.bytes(), is_enabled);
                    }
                    _ => {}
                }
                (last, is_moment) = (tokens.word.clone(), false);
            }
            _ => tokens.fail(Malformed::Form),
        }
    }
    if !is_over {
        tokens.fail(Malformed::Form);
    }
    tokens.finish(choice)
}
