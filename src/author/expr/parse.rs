//! The grammar of CEL.
//!
//! Takes text, gives the tree, or nothing where the row cannot be read. Slips whose meaning is certain are reported and read as
//! meant. Every bound of [`super::budget`] is held here, so that later passes may recurse. It knows no types and no names.

mod foreign;
mod member;
mod slip;

use std::ops::Range;

use super::ast::{Expr, Function, Kind, Operator};
use super::budget::{HEIGHT_MAX, NESTING_MAX, NODES_MAX, ROW_BYTES_MAX};
use super::finding::{Finding, OVER_BUDGET, REFUSED, SYNTAX, error};
use super::lex::{self, Token, Word};
use super::text::quote;
use super::{Arithmetic, Comparison, times};

/// The tree of a row. Findings may come with a tree, but never no tree without a finding.
pub(super) fn parse(row: &str, findings: &mut Vec<Finding>) -> Option<Expr> {
    if row.len() > ROW_BYTES_MAX {
        let what = format!("this row has {} bytes, more than {ROW_BYTES_MAX}", row.len());
        findings.push(error(OVER_BUDGET, &(0..0), what).help("split it into several rows or an audience"));
        return None;
    }
    let words = lex::lex(row, findings)?;
    let mut parser = Parser { row, words, at: 0, nesting: 0, nodes: 0, findings };
    let tree = parser.expression().ok()?;
    parser.end().ok()?;
    Some(tree)
}

/// Nothing sensible can be read any more; the finding is there already.
struct Stop;

type Parsed<T = Expr> = Result<T, Stop>;

struct Parser<'a> {
    row: &'a str,
    words: Vec<Word>,
    at: usize,
    nesting: usize,
    nodes: usize,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Parser<'a> {
    /// `condition ? yes : no`. It is right-associative, and its middle cannot be a choice itself, as in CEL.
    fn expression(&mut self) -> Parsed {
        self.nested(|parser| {
            let condition = parser.or()?;
            let Some(mark) = parser.eat("?") else { return Ok(condition) };
            let yes = parser.or()?;
            if parser.eat(":").is_none() {
                return parser.no_colon(&mark);
            }
            let no = parser.expression()?;
            let span = condition.outer.start..no.outer.end;
            parser.node(Kind::If(Box::new(condition), Box::new(yes), Box::new(no)), span)
        })
    }

    fn or(&mut self) -> Parsed {
        self.chain(Self::exclusive, ["||", "or"], Kind::Or)
    }

    fn and(&mut self) -> Parsed {
        self.chain(Self::relation, ["&&", "and"], Kind::And)
    }

    /// Operands with this operator between them, or with the word that other languages have for it.
    fn chain(&mut self, of: fn(&mut Self) -> Parsed, signs: [&'static str; 2], kind: fn(Vec<Expr>) -> Kind) -> Parsed {
        let [symbol, word] = signs;
        let mut operands = vec![of(self)?];
        while self.eat(symbol).is_some() || self.word_for(symbol, word) {
            operands.push(of(self)?);
        }
        match (operands.len(), operands.first(), operands.last()) {
            (2.., Some(first), Some(last)) => {
                let span = first.outer.start..last.outer.end;
                self.node(kind(operands), span)
            }
            _ => operands.pop().ok_or(Stop),
        }
    }

    fn relation(&mut self) -> Parsed {
        let mut left = self.sum()?;
        loop {
            left = if let Some(operator) = self.relation_operator() {
                let right = self.sum()?;
                self.binary(operator, left, right)?
            } else if self.at_word_operator() {
                self.word_operator(left)?
            } else {
                return Ok(left);
            };
        }
    }

    fn relation_operator(&mut self) -> Option<Operator> {
        let operator = match (self.token(), self.slice()) {
            (Token::Symbol("=>"), _) => {
                self.reversed();
                Operator::Compare(Comparison::GreaterOrEqual)
            }
            (Token::Symbol(symbol), _) => Operator::Compare(Comparison::from_name(symbol)?),
            (Token::Name, "in") => Operator::In,
            _ => return None,
        };
        self.at += 1;
        Some(operator)
    }

    fn sum(&mut self) -> Parsed {
        self.calculation(Self::product, &[Arithmetic::Add, Arithmetic::Subtract])
    }

    fn product(&mut self) -> Parsed {
        self.calculation(Self::unary, &[Arithmetic::Multiply, Arithmetic::Divide, Arithmetic::Modulo])
    }

    /// Operands with these signs between them, from left to right.
    fn calculation(&mut self, operand: fn(&mut Self) -> Parsed, signs: &[Arithmetic]) -> Parsed {
        let mut left = operand(self)?;
        while let Token::Symbol(symbol) = self.token()
            && let Some(by) = Arithmetic::from_name(symbol).filter(|by| signs.contains(by))
        {
            self.at += 1;
            let right = operand(self)?;
            left = self.binary(Operator::Calculate(by), left, right)?;
        }
        Ok(left)
    }

    fn binary(&mut self, operator: Operator, left: Expr, right: Expr) -> Parsed {
        let span = left.outer.start..right.outer.end;
        self.node(Kind::Binary(operator, Box::new(left), Box::new(right)), span)
    }

    /// `!!x` or `--x`, never a mix of both: CEL asks for brackets there.
    fn unary(&mut self) -> Parsed {
        let start = self.span().start;
        let sign = match self.token() {
            Token::Symbol("!") => "!",
            Token::Symbol("-") if !self.number_follows() => "-",
            Token::Name if self.at_not() => return self.word_not(),
            _ => return self.member(),
        };
        self.at += 1;
        self.nested(|parser| {
            let operand = match parser.token() {
                Token::Symbol(next) if *next == sign => parser.unary()?,
                _ => parser.member()?,
            };
            let span = start..operand.outer.end;
            let operand = Box::new(operand);
            parser.node(if sign == "!" { Kind::Not(operand) } else { Kind::Negate(operand) }, span)
        })
    }

    fn end(&mut self) -> Parsed<()> {
        if self.trailing() || matches!(self.token(), Token::End) { Ok(()) } else { self.left_over() }
    }

    fn nested(&mut self, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.nesting == NESTING_MAX {
            let span = self.span();
            return Err(self.over(&span, format!("this is nested more than {NESTING_MAX} levels deep")));
        }
        self.nesting += 1;
        let parsed = parse(self);
        self.nesting -= 1;
        parsed
    }

    fn node(&mut self, kind: Kind, span: Range<usize>) -> Parsed {
        self.nodes += 1;
        let node = Expr::new(kind, span);
        if self.nodes > NODES_MAX {
            return Err(self.over(&node.span, format!("this row has more than {NODES_MAX} parts")));
        }
        if node.height > HEIGHT_MAX {
            return Err(self.over(&node.span, format!("this is a chain of more than {HEIGHT_MAX} parts")));
        }
        Ok(node)
    }

    fn over(&mut self, span: &Range<usize>, what: String) -> Stop {
        self.stop(
            error(OVER_BUDGET, span, what).help("split it into several rows, or move a part of it into an audience"),
        )
    }

    fn stop(&mut self, finding: Finding) -> Stop {
        self.findings.push(finding);
        Stop
    }

    /// Stops where the grammar ends.
    fn wrong<T>(&mut self, span: &Range<usize>, what: impl Into<String>, help: impl Into<String>) -> Parsed<T> {
        Err(self.stop(error(SYNTAX, span, what).help(help)))
    }

    /// Reports what is not CEL and means `mended` for certain.
    fn slip(&mut self, at: &Range<usize>, what: impl Into<String>, help: impl Into<String>, mended: impl Into<String>) {
        self.findings.push(error(SYNTAX, at, what).help(help).mended(mended));
    }

    /// The current word; the last one is `End` and is never passed.
    fn token(&self) -> &Token {
        self.peek(0)
    }

    fn peek(&self, ahead: usize) -> &Token {
        self.words.get(self.at + ahead).map_or(&Token::End, |word| &word.token)
    }

    fn span(&self) -> Range<usize> {
        self.words.get(self.at).map_or(self.row.len()..self.row.len(), |word| word.span.clone())
    }

    /// The current word as written.
    fn slice(&self) -> &'a str {
        &self.row[self.span()]
    }

    /// The word after the current one as written.
    fn next_slice(&self) -> &'a str {
        self.words.get(self.at + 1).map_or("", |word| &self.row[word.span.clone()])
    }

    /// A node as written, with all brackets around it.
    fn written(&self, expr: &Expr) -> &'a str {
        &self.row[expr.outer.clone()]
    }

    fn eat(&mut self, symbol: &str) -> Option<Range<usize>> {
        let span = self.span();
        let found = self.is(0, symbol);
        self.at += usize::from(found);
        found.then_some(span)
    }

    /// True if the word that is `ahead` words away is this symbol.
    fn is(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.peek(ahead), Token::Symbol(found) if *found == symbol)
    }

    fn number_follows(&self) -> bool {
        matches!(self.peek(1), Token::Int | Token::Double)
    }

    fn no_colon(&mut self, mark: &Range<usize>) -> Parsed {
        if self.is(0, "?") {
            let what = "the first branch of `?:` cannot be a choice itself";
            return self.wrong(&self.span(), what, "put brackets around the inner choice");
        }
        self.wrong(mark, "this `?` has no `:`", "write it as `condition ? value : other value`")
    }
}
