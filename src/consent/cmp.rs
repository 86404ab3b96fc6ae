//! What consent platforms keep in their own cookies, and Google's consent mode.
//!
//! Takes a cookie's value as it stands in the header, and the site's table of groups, gives a statement. A group that the table does
//! not name says nothing, a value that is no choice of the visitor is silent, and one that cannot be read denies. Usercentrics keeps
//! its answers where no server sees them: the browser's own bridge hands them over as purposes.

mod tally;
#[cfg(test)]
mod tests;
mod text;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use super::bits::{Malformed, STRING_BYTES_MAX};
use super::statement::Statement;
use crate::bundle::words::{Purpose, Purposes};
use tally::Tally;
use text::{Token, Tokens, from_base64, unescaped};

/// How a site reads the cookies of its consent platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Policy {
    /// Groups of OneTrust: `C0001` and so on.
    pub onetrust: Vec<Group>,
    /// Categories of Cookiebot.
    pub cookiebot: Vec<Group>,
    /// Purposes of Didomi, whose names are each site's own.
    pub didomi: Vec<Group>,
    /// Types of Google's consent mode.
    pub google: Vec<Group>,
}

/// What one group of a consent platform stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Group {
    /// Its name with the platform.
    pub name: String,
    /// The purposes, as bits, that need it; a purpose that needs several groups needs all of them.
    pub purposes: u8,
}

impl Group {
    /// A group with the purposes that need it.
    #[must_use]
    pub fn new(name: &str, purposes: Purposes) -> Self {
        Self { name: name.to_string(), purposes: purposes.bits() }
    }
}

impl Default for Policy {
    /// The table of `signals.toml`.
    fn default() -> Self {
        let groups = |rows: &[(&str, Purpose)]| {
            rows.iter().map(|(name, purpose)| Group::new(name, Purposes::NONE.with(*purpose))).collect()
        };
        Self {
            onetrust: groups(&[
                ("C0001", Purpose::Necessary),
                ("C0002", Purpose::Analytics),
                ("C0003", Purpose::Functional),
                ("C0004", Purpose::Advertising),
                ("C0005", Purpose::Advertising),
            ]),
            cookiebot: groups(&[
                ("preferences", Purpose::Functional),
                ("statistics", Purpose::Analytics),
                ("marketing", Purpose::Advertising),
            ]),
            didomi: Vec::new(),
            google: groups(&[
                ("functionality_storage", Purpose::Functional),
                ("analytics_storage", Purpose::Analytics),
                ("personalization_storage", Purpose::Personalization),
                ("ad_storage", Purpose::Advertising),
                ("ad_user_data", Purpose::Advertising),
                ("ad_personalization", Purpose::Advertising),
                ("security_storage", Purpose::Necessary),
            ]),
        }
    }
}

/// OneTrust's `OptanonConsent`. Until the visitor closed the banner, which leaves `OptanonAlertBoxClosed`, its groups are defaults
/// and no choice, and they are none again while it awaits a new one.
#[must_use]
pub fn onetrust(value: &str, is_banner_closed: bool, groups: &[Group]) -> Statement {
    if is_banner_closed { whole(value, groups, read_onetrust) } else { Statement::default() }
}

/// Cookiebot's `CookieConsent`. A region that it does not ask in is silent, and only a choice that somebody made grants.
#[must_use]
pub fn cookiebot(value: &str, groups: &[Group]) -> Statement {
    whole(value, groups, read_cookiebot)
}

/// Didomi's `didomi_token`.
#[must_use]
pub fn didomi(value: &str, groups: &[Group]) -> Statement {
    whole(value, groups, read_didomi)
}

/// Google's consent mode, as the browser saw it in the data layer: each type that was set, and whether it was granted. A type that
/// was not set is silent, where Google takes it as granted.
#[must_use]
pub fn google<'n>(types: impl Iterator<Item = (&'n str, bool)>, groups: &[Group]) -> Statement {
    let mut tally = Tally::new(groups);
    types.for_each(|(name, is_granted)| tally.count(name.as_bytes(), is_granted));
    tally.statement()
}

type Read = fn(&[u8], &[Group]) -> Result<Statement, Malformed>;

fn whole(value: &str, groups: &[Group], read: Read) -> Statement {
    if value.len() > STRING_BYTES_MAX {
        return Malformed::TooLong.into();
    }
    read(value.as_bytes(), groups).unwrap_or_else(Statement::from)
}

fn read_onetrust(value: &[u8], groups: &[Group]) -> Result<Statement, Malformed> {
    let mut tally = Tally::new(groups);
    let mut gpc = false;
    for pair in value.split(|byte| *byte == b'&') {
        let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (pair.get(..end).unwrap_or_default(), pair.get(end + 1..).unwrap_or_default());
        if name == b"AwaitingReconsent" && value == b"true" {
            return Ok(Statement { gpc, ..Statement::default() });
        }
        gpc |= (name == b"isGpcEnabled" || name == b"browserGpcFlag") && value == b"1";
        if name == b"groups" {
            listed(value, &mut tally)?;
        }
    }
    Ok(Statement { gpc, ..tally.statement() })
}

/// `C0001:1,C0002:0`
fn listed(value: &[u8], tally: &mut Tally<'_>) -> Result<(), Malformed> {
    let mut bytes = unescaped(value);
    let mut tokens = Tokens::new(&mut bytes);
    let mut name = None;
    while let Some(token) = tokens.next()? {
        match (&token, &name) {
            (Token::Word(word), None) => name = Some(word.clone()),
            (Token::Word(word), Some(name)) => tally.count(name.bytes(), is_on(word.bytes(), b"1", b"0")?),
            (Token::Sign(b','), Some(_)) => name = None,
            (Token::Sign(b':'), Some(_)) => {}
            _ => return Err(Malformed::Form),
        }
    }
    Ok(())
}

fn read_cookiebot(value: &[u8], groups: &[Group]) -> Result<Statement, Malformed> {
    if value == b"-1" {
        return Ok(Statement::default());
    }
    // {stamp:'…',necessary:true,preferences:false,…,method:'explicit',…}
    let (mut tally, mut is_explicit, mut is_open) = (Tally::new(groups), false, None);
    let mut bytes = unescaped(value);
    let mut tokens = Tokens::new(&mut bytes);
    let mut name = None;
    while let Some(token) = tokens.next()? {
        match (&token, &name) {
            (Token::Sign(b'{'), _) if is_open.is_none() => is_open = Some(true),
            (Token::Sign(b'}'), _) if is_open == Some(true) => is_open = Some(false),
            _ if is_open != Some(true) => return Err(Malformed::Form),
            (Token::Word(word), None) => name = Some(word.clone()),
            (Token::Word(word), Some(name)) if name.is(b"method") => is_explicit = word.is(b"explicit"),
            (Token::Word(word), Some(name)) => {
                // Whatever is no truth value is no category.
                if let Ok(is_on) = is_on(word.bytes(), b"true", b"false") {
                    tally.count(name.bytes(), is_on);
                }
            }
            (Token::Sign(b','), Some(_)) => name = None,
            (Token::Sign(b':'), Some(_)) => {}
            _ => return Err(Malformed::Form),
        }
    }
    if is_open != Some(false) {
        return Err(Malformed::Form);
    }
    let statement = tally.statement();
    Ok(if is_explicit { statement } else { Statement { granted: Purposes::NONE, ..statement } })
}

/// How deep the object may be nested; the token has three levels.
const DEPTH_MAX: usize = 8;

fn read_didomi(value: &[u8], groups: &[Group]) -> Result<Statement, Malformed> {
    // {"purposes":{"enabled":["…"],"disabled":["…"]},"vendors":{…},…}
    let mut tally = Tally::new(groups);
    let mut bytes = from_base64(unescaped(value));
    let mut tokens = Tokens::new(&mut bytes);
    // The names on the way to the current value, of which only those of the two lists matter.
    let (mut depth, mut is_begun, mut is_purposes, mut list, mut last) = (0_usize, false, false, None, None);
    while let Some(token) = tokens.next()? {
        if is_begun && depth == 0 {
            return Err(Malformed::Form);
        }
        match token {
            Token::Sign(b'{' | b'[') if depth < DEPTH_MAX => (depth, is_begun) = (depth + 1, true),
            Token::Sign(b'}' | b']') if depth > 0 => {
                depth -= 1;
                list = None;
            }
            Token::Sign(b':') if depth == 1 => {
                is_purposes = last.take().is_some_and(|name: text::Word| name.is(b"purposes"));
            }
            Token::Sign(b':') if depth == 2 && is_purposes => {
                list = last.take().and_then(|name| is_on(name.bytes(), b"enabled", b"disabled").ok());
            }
            Token::Sign(b',' | b':') if depth > 0 => {}
            Token::Word(word) if depth > 0 => {
                if let (3, Some(is_enabled)) = (depth, list) {
                    tally.count(word.bytes(), is_enabled);
                }
                last = Some(word);
            }
            _ => return Err(Malformed::Form),
        }
    }
    if is_begun && depth == 0 { Ok(tally.statement()) } else { Err(Malformed::Form) }
}

fn is_on(word: &[u8], yes: &[u8], no: &[u8]) -> Result<bool, Malformed> {
    match word {
        word if word == yes => Ok(true),
        word if word == no => Ok(false),
        _ => Err(Malformed::Form),
    }
}
