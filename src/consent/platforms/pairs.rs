//! Lists of names and values, as OneTrust and Cookiebot write them.

use super::Choice;
use super::days::moment;
use super::tally::Tally;
use super::text::{Token, Tokens, Word};
use crate::consent::bits::Malformed;

/// How names and values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal {
    /// `name:1,name:0`: at least one.
    Listed,
    /// `{name:true,name:false,name:'text'}`
    Object,
}

/// Counts the groups of a list of names and values.
pub(super) fn pairs(text: &[u8], literal: Literal, tally: &mut Tally<'_>) -> Result<Choice, Malformed> {
    let is_object = literal == Literal::Object;
    let (yes, no): (&[u8], &[u8]) = if is_object { (b"true", b"false") } else { (b"1", b"0") };
    let mut choice = Choice { is_made: !is_object, is_whole: true, is_answered: true, day: None };
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

/// The next part of a list of names and values.
#[derive(Clone, Copy)]
enum Expected {
    Brace,
    Name,
    Colon,
    Value,
    Comma,
    Nothing,
}
