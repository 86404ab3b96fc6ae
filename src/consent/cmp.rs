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

use super::bits::{Malformed, STRING_BYTES_MAX, split};
use super::statement::Statement;
use crate::words::time::{DAY, days_from_civil};
use crate::words::{Purpose, Purposes};
use tally::Tally;
use text::{Token, Tokens, Word};

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

/// OneTrust's `OptanonConsent`, and the moment at which the visitor closed the banner, which is in `OptanonAlertBoxClosed`. Until
/// then its groups are defaults and no choice. While it awaits a new choice, the old one grants nothing, and its denials stay.
#[must_use]
pub fn onetrust(value: &str, closed: Option<&str>, groups: &[Group]) -> Statement {
    let Some(closed) = closed else { return Statement::default() };
    let statement = whole(value, groups, read_onetrust);
    let mut tokens = Tokens::new(closed.as_bytes(), false);
    // Up to the first colon, which is after the hour.
    tokens.next();
    Statement { day: Some(date(tokens.word.bytes())), ..statement }
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
    tally.statement(true)
}

type Read = fn(&[u8], &mut Tally<'_>) -> Result<Choice, Malformed>;

/// What a value says beside its groups.
#[derive(Clone, Copy, Default)]
struct Choice {
    /// Whether what is on was chosen by somebody; what is off stays off in any case.
    is_made: bool,
    /// The day of that, where the value has it.
    day: Option<u32>,
    gpc: bool,
}

fn whole(value: &str, groups: &[Group], read: Read) -> Statement {
    if value.len() > STRING_BYTES_MAX {
        return Malformed::TooLong.into();
    }
    let mut tally = Tally::new(groups);
    match read(value.as_bytes(), &mut tally) {
        Ok(Choice { is_made, day, gpc }) => Statement { gpc, day, ..tally.statement(is_made) },
        Err(malformed) => malformed.into(),
    }
}

fn read_onetrust(value: &[u8], tally: &mut Tally<'_>) -> Result<Choice, Malformed> {
    let (mut gpc, mut is_awaiting, mut listed) = (false, false, Err(Malformed::Form));
    let mut rest = Some(value);
    while rest.is_some() {
        let pair = split(&mut rest, b'&');
        is_awaiting |= pair == b"AwaitingReconsent=true";
        gpc |= pair == b"isGpcEnabled=1" || pair == b"browserGpcFlag=1";
        // C0001:1,C0002:0
        if let Some(groups) = pair.strip_prefix(b"groups=") {
            listed = Ok(pairs(groups, Literal::Listed, tally)?);
        }
    }
    // Who closed the banner answered: a value without an answer is none of OneTrust's.
    listed.map(|choice| Choice { gpc, is_made: !is_awaiting, ..choice })
}

fn read_cookiebot(value: &[u8], tally: &mut Tally<'_>) -> Result<Choice, Malformed> {
    // {stamp:'…',necessary:true,preferences:false,…,method:'explicit',utc:1765222520311,…}; -1 in a region that is not asked
    if value == b"-1" { Ok(Choice::default()) } else { pairs(value, Literal::Object, tally) }
}

/// How names and values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Literal {
    /// `name:1,name:0`: at least one.
    Listed,
    /// `{name:true,name:false,name:'text'}`
    Object,
}

/// Counts the groups of a list of names and values.
fn pairs(text: &[u8], literal: Literal, tally: &mut Tally<'_>) -> Result<Choice, Malformed> {
    let is_object = literal == Literal::Object;
    let (yes, no): (&[u8], &[u8]) = if is_object { (b"true", b"false") } else { (b"1", b"0") };
    let mut choice = Choice { is_made: !is_object, ..Choice::default() };
    let mut tokens = Tokens::new(text, false);
    let mut name = Word::default();
    let mut expected = if is_object { Expected::Brace } else { Expected::Name };
    while let Some(token) = tokens.next() {
        expected = match (expected, token) {
            (Expected::Brace, Token::Sign(b'{')) | (Expected::Comma, Token::Sign(b',')) => Expected::Name,
            (Expected::Name, Token::Word) => {
                name = tokens.word.clone();
                Expected::Colon
            }
            (Expected::Colon, Token::Sign(b':')) => Expected::Value,
            (Expected::Value, Token::Word) => {
                let (name, word) = (name.bytes(), tokens.word.bytes());
                if word == yes || word == no {
                    tally.count(name, word == yes);
                } else if !is_object {
                    tokens.fail(Malformed::Form);
                } else if name == b"method" {
                    choice.is_made = word == b"explicit";
                } else if name == b"utc" {
                    choice.day = Some(moment(word));
                }
                Expected::Comma
            }
            (Expected::Name | Expected::Comma, Token::Sign(b'}')) if is_object => Expected::Nothing,
            _ => {
                tokens.fail(Malformed::Form);
                Expected::Nothing
            }
        };
    }
    let is_whole = match expected {
        Expected::Nothing => true,
        // Behind a last comma too.
        Expected::Name | Expected::Comma => !is_object && !name.bytes().is_empty(),
        _ => false,
    };
    if !is_whole {
        tokens.fail(Malformed::Form);
    }
    tokens.finish(choice)
}

/// What comes next in a list of names and values.
#[derive(Clone, Copy)]
enum Expected {
    Brace,
    Name,
    Colon,
    Value,
    Comma,
    Nothing,
}

/// How deep the object may be nested; the token has three levels.
const DEPTH_MAX: usize = 8;

fn read_didomi(value: &[u8], tally: &mut Tally<'_>) -> Result<Choice, Malformed> {
    // {"purposes":{"enabled":["…"],"disabled":["…"]},"vendors":{…},"updated":"2026-01-02T10:00:00.000Z",…}
    let mut tokens = Tokens::new(value, true);
    let mut choice = Choice { is_made: true, ..Choice::default() };
    // The names on the way to the current value, of which only those of the two lists and of the moment matter.
    let (mut depth, mut is_over, mut is_purposes, mut list) = (0_usize, false, false, None);
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
                    is_purposes = name == b"purposes";
                    is_moment = name == b"updated" || name == b"created";
                } else if depth == 2 {
                    let is_list = is_purposes && (name == b"enabled" || name == b"disabled");
                    list = is_list.then_some(name == b"enabled");
                }
                last.clear();
            }
            Token::Sign(b',') if depth > 0 => {}
            Token::Word if depth > 0 => {
                match (depth, list) {
                    // The later of both: a token that was never updated has one.
                    (1, _) if is_moment => choice.day = choice.day.max(Some(date(tokens.word.bytes()))),
                    (3, Some(is_enabled)) => tally.count(tokens.word.bytes(), is_enabled),
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

/// The day of a date that begins a text, in days since 1970: `2026-01-02`. A text that has none is of no day that was.
fn date(text: &[u8]) -> u32 {
    let sign = |at: usize| text.get(at) == Some(&b'-');
    let number = |from: usize, to: usize| digits(text.get(from..to).unwrap_or_default());
    let day = |month: i64| Some(days_from_civil(number(0, 4)?, month, number(8, 10)?));
    let day = number(5, 7).filter(|month| (1..=12).contains(month) && sign(4) && sign(7)).and_then(day);
    day.and_then(|day| u32::try_from(day).ok()).unwrap_or(NEVER)
}

/// The day of a moment, which is in milliseconds since 1970.
fn moment(text: &[u8]) -> u32 {
    digits(text).and_then(|ms| u32::try_from(ms / DAY).ok()).unwrap_or(NEVER)
}

/// A day that is yet to come: whoever is told it takes the signal for one from the future, which grants nothing.
const NEVER: u32 = u32::MAX;

/// A number of so many digits that nothing is lost.
fn digits(text: &[u8]) -> Option<i64> {
    let is_number = (1..=15).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    is_number.then(|| text.iter().fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0')))
}
