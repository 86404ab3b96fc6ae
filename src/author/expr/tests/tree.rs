//! The grammar alone: the tree of a row, the places of its parts, and that a printed tree is the same tree.

use proptest::prelude::*;

use super::super::ast::{Expr, Function, Kind, Operator};
use super::super::budget::{FINDINGS_MAX, HEIGHT_MAX, NESTING_MAX, NODES_MAX, ROW_BYTES_MAX};
use super::super::parse::parse;
use super::super::{Arithmetic, Comparison, check_row, lex};
use super::Catalogue;

fn tree(row: &str) -> Expr {
    let mut findings = Vec::new();
    let tree = parse(row, &mut findings);
    assert_eq!(findings, [], "{row}");
    tree.expect("no finding means a tree")
}

#[test]
fn precedence_is_that_of_cel() {
    for (row, explicit) in [
        ("a || b && c", "a || (b && c)"),
        ("a && b || c && d", "(a && b) || (c && d)"),
        ("!a && b", "(!a) && b"),
        ("!a == b", "(!a) == b"),
        ("!a.b()", "!(a.b())"),
        ("-a.b * c", "(-(a.b)) * c"),
        ("a == b && c < d", "(a == b) && (c < d)"),
        ("a < b == c", "(a < b) == c"),
        ("a in b in c", "(a in b) in c"),
        ("a + b * c - d", "(a + (b * c)) - d"),
        ("a - b - c", "(a - b) - c"),
        ("a / b % c", "(a / b) % c"),
        ("a + b < c * d", "(a + b) < (c * d)"),
        ("a ? b : c ? d : e", "a ? b : (c ? d : e)"),
        ("a || b ? c && d : e", "(a || b) ? (c && d) : e"),
        ("a.b.c(d)[e].f", "(((a.b).c(d))[e]).f"),
        ("a - -1", "a - (-1)"),
        ("a -1", "a - 1"),
        ("-1 < 0x10", "(-1) < 16"),
    ] {
        assert_eq!(tree(row), tree(explicit), "{row}");
    }
    assert_ne!(tree("-(1)"), tree("-1"), "a sign and a negation differ in the tree");
    assert_ne!(tree("(a && b) && c"), tree("a && b && c"), "brackets are kept");
}

#[test]
fn printing_uses_as_few_brackets_as_the_grammar_needs() {
    for (row, printed) in [
        ("((a)) || ((b) && c)", "a || b && c"),
        ("(a || b) && c", "(a || b) && c"),
        ("a ? (b ? c : d) : (e ? f : g)", "a ? (b ? c : d) : e ? f : g"),
        ("(a < b) == (c > d)", "a < b == (c > d)"),
        ("r'\\d' == 'it\\'s \"so\"'", "\"\\\\d\" == \"it's \\\"so\\\"\""),
        ("audience.`big-spenders`", "audience.`big-spenders`"),
        ("! ! a", "!!a"),
        ("-(-a)", "-(-(a))"),
    ] {
        assert_eq!(tree(row).to_string(), printed);
    }
}

#[test]
fn spans_are_exact() {
    let row = " (a . b) in [ 'é', r\"x\" ] && !f( -1 ) // end";
    let mut spans = Vec::new();
    walk(&tree(row), &mut |expr| spans.push((&row[expr.span.clone()], &row[expr.outer.clone()])));
    assert_eq!(
        spans,
        [
            ("(a . b) in [ 'é', r\"x\" ] && !f( -1 )", "(a . b) in [ 'é', r\"x\" ] && !f( -1 )"),
            ("(a . b) in [ 'é', r\"x\" ]", "(a . b) in [ 'é', r\"x\" ]"),
            ("a . b", "(a . b)"),
            ("a", "a"),
            ("[ 'é', r\"x\" ]", "[ 'é', r\"x\" ]"),
            ("'é'", "'é'"),
            ("r\"x\"", "r\"x\""),
            ("!f( -1 )", "!f( -1 )"),
            ("f( -1 )", "f( -1 )"),
            ("-1", "-1"),
        ]
    );
}

#[test]
fn limits_are_findings() {
    let deep = |levels: usize| format!("{}request.secure{}", "(".repeat(levels), ")".repeat(levels));
    assert_eq!(codes(&deep(NESTING_MAX - 1)), [""; 0]);
    for row in [
        deep(NESTING_MAX),
        deep(30_000),
        "!".repeat(30_000) + "request.secure",
        "not ".repeat(10_000) + "request.secure",
        "-".repeat(30_000) + "1 > 2",
        "[".repeat(30_000),
        "true ? true : ".repeat(4_000) + "true",
        "a.".repeat(HEIGHT_MAX) + "a",
        "true == ".repeat(HEIGHT_MAX) + "true",
        "1 + ".repeat(HEIGHT_MAX) + "1",
        "true || ".repeat(NODES_MAX) + "true",
        " ".repeat(ROW_BYTES_MAX + 1),
    ] {
        assert_eq!(codes(&row), ["SV2009"], "{}…", &row[..20]);
    }
    let wide = vec!["request.secure"; 300].join(" || ");
    assert_eq!(codes(&wide), [""; 0], "a long row that is flat is fine");
}

#[test]
fn a_value_that_is_read_twice_counts_twice() {
    let brackets =
        |levels: usize| format!("{}visitor.visits_30d{}", "(".repeat(levels), " between 1 and 5)".repeat(levels));
    for row in ["visitor.visits_30d".to_owned() + &" between 1 and 5".repeat(3_500), brackets(NESTING_MAX - 1)] {
        assert!(codes(&row).contains(&"SV2009"), "{}…", &row[..20]);
    }
}

#[test]
fn many_warnings_hide_no_error() {
    let warnings = "visitor.visits_30d > 5000 || ".repeat(100);
    let right = codes(&format!("{warnings}request.secure"));
    assert_eq!((right.len(), right.contains(&"SV2002")), (FINDINGS_MAX, false));
    let wrong = codes(&format!("{warnings}request.secur"));
    assert_eq!((wrong.len(), wrong.contains(&"SV2002")), (FINDINGS_MAX, true));
}

fn codes(row: &str) -> Vec<&'static str> {
    let catalogue = Catalogue::new();
    check_row(row, &catalogue.scope()).1.iter().map(|finding| finding.code).collect()
}

proptest! {
    #[test]
    fn a_printed_tree_parses_to_itself(expr in expression()) {
        let printed = expr.to_string();
        let mut findings = Vec::new();
        let again = parse(&printed, &mut findings);
        prop_assert_eq!(&findings, &[], "{}", &printed);
        prop_assert_eq!(again, Some(expr), "{}", printed);
    }

    #[test]
    fn the_span_of_every_node_reads_as_the_node(expr in expression()) {
        let printed = expr.to_string();
        let mut findings = Vec::new();
        let mut parts = Vec::new();
        walk(&parse(&printed, &mut findings).expect("it is printed by us"), &mut |part| parts.push(part.clone()));
        for part in parts {
            let text = &printed[part.span.clone()];
            prop_assert_eq!(parse(text, &mut findings), Some(part), "{} in {}", text, &printed);
        }
    }
}

fn walk(expr: &Expr, visit: &mut dyn FnMut(&Expr)) {
    visit(expr);
    expr.kind.children(&mut |child| walk(child, visit));
}

fn node(kind: Kind) -> Expr {
    Expr::new(kind, 0..0)
}

/// A tree that the grammar can make, with any types.
pub(in super::super) fn expression() -> impl Strategy<Value = Expr> {
    let name = || {
        "[a-z_][a-z0-9_]{0,6}".prop_filter("a plain name", |name| {
            !lex::KEYWORDS.contains(&name.as_str())
                && !lex::is_reserved(name)
                && !["not", "none", "nil", "undefined"].contains(&name.as_str())
        })
    };
    let leaf = prop_oneof![
        Just(Kind::Null),
        any::<bool>().prop_map(Kind::Bool),
        any::<i64>().prop_map(Kind::Int),
        any::<u64>().prop_map(Kind::Uint),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Kind::Double),
        any::<String>().prop_map(Kind::Text),
        "[ -~]{0,8}".prop_map(Kind::Bytes),
        name().prop_map(Kind::Name),
    ];
    leaf.prop_map(node).prop_recursive(4, 48, 4, move |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..4);
        let several = || prop::collection::vec(inner.clone(), 2..4);
        let one = || inner.clone().prop_map(Box::new);
        let function = name().prop_map(|name| Function { name, span: 0..0 });
        prop_oneof![
            some().prop_map(Kind::List),
            (one(), prop_oneof![name(), "[a-z]-[a-z]", Just("in".to_owned())])
                .prop_map(|(target, field)| Kind::Select(target, field)),
            (one(), one()).prop_map(|(target, index)| Kind::Index(target, index)),
            (prop::option::of(one()), function, some())
                .prop_map(|(target, function, some)| Kind::Call(target, function, some)),
            one().prop_map(Kind::Not),
            one().prop_map(Kind::Negate),
            (operator(), one(), one()).prop_map(|(operator, left, right)| Kind::Binary(operator, left, right)),
            several().prop_map(Kind::And),
            several().prop_map(Kind::Or),
            (one(), one(), one()).prop_map(|(test, yes, no)| Kind::If(test, yes, no)),
        ]
        .prop_map(node)
    })
}

fn operator() -> impl Strategy<Value = Operator> {
    let comparisons = Comparison::ALL.iter().map(|by| Operator::Compare(*by));
    let signs = ["+", "-", "*", "/", "%"].into_iter().filter_map(Arithmetic::from_name).map(Operator::Calculate);
    prop::sample::select(comparisons.chain(signs).chain([Operator::In]).collect::<Vec<_>>())
}
