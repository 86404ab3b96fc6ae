//! A row as it is written: one space around operators, none inside brackets, straight double quotes.
//!
//! Takes text, gives text with the same tree, or nothing if the row is not sound CEL or has comments. It works on words, so that
//! numbers and names stay as their author wrote them, and brackets that make a row readable stay too.

use super::ast::Expr;
use super::lex::{self, Token, Word};
use super::parse::parse;
use super::text::quote;

/// The row tidied, or `None` if it is to be left alone.
pub fn pretty(row: &str) -> Option<String> {
    let tree = sound(row)?;
    let mut findings = Vec::new();
    let mut words = lex::lex(row, &mut findings)?;
    if has_comments(row, &words) {
        return None;
    }
    words.pop_if(|word| word.token == Token::End);
    let parts = parts(row, &words);
    let candidates = [written(&without_needless_brackets(&parts)), written(&parts)];
    candidates.into_iter().find(|candidate| sound(candidate).is_some_and(|other| other == tree))
}

/// True if two rows have the same tree.
pub(crate) fn same_row(one: &str, other: &str) -> bool {
    matches!((sound(one), sound(other)), (Some(one), Some(other)) if one == other)
}

/// The tree of a row that has no finding at all.
fn sound(row: &str) -> Option<Expr> {
    let mut findings = Vec::new();
    parse(row, &mut findings).filter(|_| findings.is_empty())
}

/// True if a comment stands between two words.
fn has_comments(row: &str, words: &[Word]) -> bool {
    let starts = words.iter().map(|word| word.span.start);
    let ends = std::iter::once(0).chain(words.iter().map(|word| word.span.end));
    ends.zip(starts).any(|(end, start)| row.get(end..start).is_some_and(|between| between.contains("//")))
}

/// A word as it is written, and its role.
#[derive(Clone, Debug)]
struct Part {
    text: String,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// A name, a keyword that is a value, a literal.
    Value,
    Dot,
    Comma,
    /// A bracket that opens a group: `(` or `[`.
    Group,
    /// A bracket that belongs to the value before it: a call's `(`, an index's `[`.
    Suffix,
    Close,
    /// Between two values: `==`, `in`, `?`.
    Infix,
    /// Before a value: `!`, `-`.
    Prefix,
}

fn parts(row: &str, words: &[Word]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::with_capacity(words.len());
    for word in words {
        let text = row.get(word.span.clone()).unwrap_or_default();
        let after_value = parts.last().is_some_and(|part| matches!(part.role, Role::Value | Role::Close));
        let after_dot = parts.last().is_some_and(|part| part.role == Role::Dot);
        let role = match &word.token {
            Token::Symbol("(" | "[" | "{") if after_value => Role::Suffix,
            Token::Symbol("(" | "[" | "{") => Role::Group,
            Token::Symbol(")" | "]" | "}") => Role::Close,
            Token::Symbol(",") => Role::Comma,
            Token::Symbol(".") => Role::Dot,
            Token::Symbol("!" | "-") if !after_value => Role::Prefix,
            Token::Symbol(_) => Role::Infix,
            Token::Name if text == "in" && after_value && !after_dot => Role::Infix,
            _ => Role::Value,
        };
        // A text in plain single quotes gets double ones; one with a prefix or of several lines keeps its own.
        let text = match &word.token {
            Token::Text(value) if text.starts_with('\'') && !text.starts_with("'''") => quote(value),
            _ => text.to_owned(),
        };
        parts.push(Part { text, role });
    }
    parts
}

fn written(parts: &[Part]) -> String {
    let mut out = String::new();
    let mut last: Option<Role> = None;
    for part in parts {
        let space = match (last, part.role) {
            (_, Role::Infix) | (Some(Role::Infix | Role::Comma), _) => true,
            // Two values in a row are no sound row; keep them apart all the same.
            (Some(Role::Value | Role::Close), Role::Value | Role::Group) => true,
            _ => false,
        };
        if space && last.is_some() {
            out.push(' ');
        }
        out.push_str(&part.text);
        last = Some(part.role);
    }
    out
}

/// Without brackets around the whole row, around other brackets, or around what is one thing already.
fn without_needless_brackets(parts: &[Part]) -> Vec<Part> {
    let mut needless = vec![false; parts.len()];
    // The start of each open bracket, and a flag: an operator directly inside it joins values.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        match part.role {
            Role::Group | Role::Suffix => open.push((at, false)),
            Role::Infix | Role::Prefix | Role::Comma => {
                if let Some((_, joins)) = open.last_mut() {
                    *joins = true;
                }
            }
            Role::Close => {
                let Some((start, joins)) = open.pop() else { return parts.to_vec() };
                let is_group = parts.get(start).is_some_and(|part| part.role == Role::Group && part.text == "(");
                if is_group && (!joins || stands_alone(parts, start, at)) {
                    for bracket in [start, at] {
                        if let Some(needless) = needless.get_mut(bracket) {
                            *needless = true;
                        }
                    }
                }
            }
            Role::Value | Role::Dot => {}
        }
    }
    parts.iter().zip(needless).filter(|(_, needless)| !needless).map(|(part, _)| part.clone()).collect()
}

/// True if a group stands between brackets, commas or the ends of the row.
fn stands_alone(parts: &[Part], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| parts.get(at)).map(|part| part.role);
    let after = parts.get(end + 1).map(|part| part.role);
    matches!(before, None | Some(Role::Group | Role::Suffix | Role::Comma))
        && matches!(after, None | Some(Role::Close | Role::Comma))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::tree::expression;
    use super::*;

    #[test]
    fn rows_get_one_spacing() {
        let cases = [
            (r#"request.country in [ "DE","AT" ]"#, r#"request.country in ["DE", "AT"]"#),
            ("visitor.visits_30d>=2&&!audience.loyal", "visitor.visits_30d >= 2 && !audience.loyal"),
            ("( ( visitor.visits_30d  >= 2 ) )", "visitor.visits_30d >= 2"),
            ("has( profile.age )&&(profile.age)>18", "has(profile.age) && profile.age > 18"),
            ("request.country == 'DE'", "request.country == \"DE\""),
            (r#"page.path == 'say "hi"'"#, r#"page.path == "say \"hi\"""#),
            ("(a || b) && c", "(a || b) && c"),
            ("(a && b) || c", "(a && b) || c"),
            ("a?b:c", "a ? b : c"),
            ("x == - 1", "x == -1"),
            ("-(1) == x", "-(1) == x"),
            ("x-1 ==-2", "x - 1 == -2"),
            ("!( a )", "!a"),
            ("!(a && b)", "!(a && b)"),
            ("page.path . startsWith( '/a' )", "page.path.startsWith(\"/a\")"),
            ("x in (y)", "x in y"),
            ("x.`in` == r'\\d'", "x.`in` == r'\\d'"),
            ("size( [1 ,2][0] ) == 0x1F", "size([1, 2][0]) == 0x1F"),
        ];
        for (row, expected) in cases {
            assert_eq!(pretty(row).as_deref(), Some(expected), "{row}");
            assert_eq!(pretty(expected).as_deref(), Some(expected), "again: {row}");
        }
    }

    proptest! {
        #[test]
        fn a_tidied_row_has_the_same_tree_and_is_tidy(expr in expression(), gaps in prop::collection::vec(" {0,2}", 1..8)) {
            let printed = expr.to_string();
            let Some(tree) = sound(&printed) else { return Ok(()) };
            // The same words with other space between them, and brackets around the whole.
            let words = lex::lex(&printed, &mut Vec::new()).unwrap_or_default();
            let mut row = String::from("(");
            let mut end = 0;
            for (word, gap) in words.iter().zip(gaps.iter().cycle()) {
                let apart = word.span.start > end;
                row.extend([gap.as_str(), if apart { " " } else { "" }, &printed[word.span.clone()]]);
                end = word.span.end;
            }
            row.push(')');
            prop_assert!(sound(&row).is_some_and(|other| other == tree), "{}", row);
            let tidied = pretty(&row).expect("a sound row is tidied");
            prop_assert_eq!(sound(&tidied), Some(tree), "{}", tidied);
            prop_assert_eq!(pretty(&tidied), Some(tidied.clone()));
        }
    }

    #[test]
    fn what_is_not_sound_or_has_a_comment_is_left_alone() {
        for row in ["", "a =", "a = b", "a and b", "“a” == b", "a == 1 // why", "a == // why\n 1", "a b", "(a", "a)"]
        {
            assert_eq!(pretty(row), None, "{row}");
        }
        assert_eq!(pretty("page.path == \"//x\"").as_deref(), Some("page.path == \"//x\""));
    }
}
