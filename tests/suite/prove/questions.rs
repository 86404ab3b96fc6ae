//! Questions with known answers, one of each kind: what is decided, what is found, and what nobody can tell.

use selvedge::author::expr::{
    Arithmetic, Case, Comparison, Condition, Form, Network, Part, Quantifier, Scope, Term, TextTest, Unary, Zone,
    check_row,
};
use selvedge::author::prove::{Prover, Verdict};
use selvedge::author::site::{Literal, Site};

use crate::sites;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    Holds,
    Never,
    CannotTell,
}
use Expected::{CannotTell, Holds, Never};

#[test]
fn rows_with_known_answers() {
    let site = site();
    for (row, expected) in [
        ("request.n > 3 && request.n < 4", Never),
        ("request.x > 3.0 && request.x < 4.0", Holds),
        ("request.n > 3 && request.n < 5", Holds),
        ("request.n > 9007199254740991", Never),
        ("visitor.score > 1.0", Never),
        ("request.text.startsWith(\"ab\") && request.text.startsWith(\"b\")", Never),
        ("request.text.startsWith(\"ab\") && !request.text.startsWith(\"a\")", Never),
        ("request.text == \"abc\" && request.text.startsWith(\"b\")", Never),
        ("request.text.startsWith(\"ab\") && request.text.endsWith(\"bc\") && request.text != \"abc\"", Holds),
        ("request.text.contains(\"abc\") && !request.text.contains(\"b\")", Never),
        ("request.text.startsWith(\"a\") && request.text.size() == 1 && request.text != \"a\"", Never),
        ("request.text.startsWith(\"abc\") && request.text.size() < 3", Never),
        ("request.text > \"a\" && request.text < \"a\\u0000\"", Never),
        ("request.text > \"a\" && request.text < \"b\"", Holds),
        ("request.short.size() > 3", Never),
        ("\"abc\".startsWith(request.text) && request.text.size() == 2 && request.text != \"ab\"", Never),
        ("\"abc\".contains(request.text) && request.text == \"c\"", Holds),
        ("request.n < request.m && request.m < request.o && request.o < request.n", Never),
        ("request.n < request.m && request.m < request.o && request.n > 4 && request.o < 7", Never),
        ("request.n < request.m && request.m < request.o && request.n > 4 && request.o < 8", Holds),
        ("\"a\" in page.tags && page.tags.size() == 0", Never),
        ("\"a\" in page.tags && \"b\" in page.tags && page.tags.size() < 2", Never),
        ("page.tags.size() > 3", Never),
        ("page.tags.size() == 2 && !(\"a\" in page.tags)", Holds),
        ("request.text in page.tags && page.tags.size() == 0", CannotTell),
        ("request.text in page.tags && request.text == \"q\"", Holds),
        ("has(request.text) && !has(request.text)", Never),
        ("!has(visitor.score)", Never),
    ] {
        check(&site, row, &parsed(&site, row), expected);
    }
}

#[test]
fn terms_with_known_answers() {
    let site = site();
    let at = |name: &str| site.attributes.iter().position(|attribute| attribute.name == name).expect(name);
    let attribute = |name: &str| Term::Attribute(at(name));
    let (n, m, text, tags) =
        (|| attribute("request.n"), || attribute("request.m"), || attribute("request.text"), || attribute("page.tags"));
    let int = |number: i64| Term::Literal(Literal::Int(number));
    let word = |word: &str| Term::Literal(Literal::Text(word.into()));
    let sum = |by, left, right| Term::Arithmetic(by, Box::new(left), Box::new(right));
    let compare = Condition::Compare;
    let both = |one, other| Condition::And(vec![one, other]);
    let version = |term| Term::Unary(Unary::Version, Box::new(term));
    let test = |test, text, part: &str| Condition::Text(test, text, word(part));
    let network = |text: &str, prefix| Network { address: text.parse().expect("an address"), prefix };
    let inside =
        |text: Term, of: &str, prefix| Condition::Within(Term::Unary(Unary::Ip, Box::new(text)), network(of, prefix));
    let part = |part, zone: &Zone, term| Term::Part(part, zone.clone(), Box::new(term));
    let berlin = Zone::Named("Europe/Berlin".into());
    let hour = |op, number| compare(op, part(Part::Hours, &berlin, Term::Now), int(number));
    let item = || Term::Item(0);
    let each = |quantifier, body| Condition::Each(quantifier, tags(), Box::new(body));
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, NotEqual};
    for (name, condition, expected) in [
        // 2n + 1 is odd, and n + 3 > 5 is n > 2.
        (
            "a line",
            both(
                compare(Equal, sum(Arithmetic::Add, sum(Arithmetic::Multiply, int(2), n()), int(1)), int(7)),
                compare(NotEqual, n(), int(3)),
            ),
            Never,
        ),
        (
            "no even odd",
            compare(Equal, sum(Arithmetic::Add, sum(Arithmetic::Multiply, int(2), n()), int(1)), int(8)),
            Never,
        ),
        (
            "a sum and a bound",
            both(compare(Greater, sum(Arithmetic::Add, n(), int(3)), int(5)), compare(Less, n(), int(3))),
            Never,
        ),
        ("two attributes", compare(Equal, sum(Arithmetic::Add, n(), m()), int(12)), Holds),
        (
            "two that contradict",
            both(
                compare(Equal, sum(Arithmetic::Add, n(), m()), int(3)),
                compare(Equal, sum(Arithmetic::Add, n(), m()), int(4)),
            ),
            CannotTell,
        ),
        (
            "two beside a proof",
            Condition::And(vec![
                compare(Equal, sum(Arithmetic::Add, n(), m()), int(3)),
                compare(Greater, n(), int(1)),
                compare(Less, n(), int(1)),
            ]),
            Never,
        ),
        ("a remainder", compare(Equal, sum(Arithmetic::Modulo, n(), int(7)), int(5)), Holds),
        ("no division by zero", compare(Equal, sum(Arithmetic::Divide, n(), int(0)), int(1)), CannotTell),
        (
            "one case",
            both(
                test(TextTest::StartsWith, Term::Cased(Case::Lower, Box::new(text())), "ab"),
                test(TextTest::StartsWith, Term::Cased(Case::Lower, Box::new(text())), "b"),
            ),
            Never,
        ),
        ("upper in lower", test(TextTest::Contains, Term::Cased(Case::Lower, Box::new(text())), "A"), Never),
        ("a glob", both(test(TextTest::Glob, text(), "/a/*/b"), test(TextTest::StartsWith, text(), "/c")), Never),
        ("a glob too short", both(test(TextTest::Glob, text(), "/a/*/b"), compare(Equal, text(), word("/a/b"))), Never),
        ("stars", test(TextTest::Glob, text(), "a*b*c"), Holds),
        (
            "between versions",
            both(
                compare(Greater, version(text()), version(word("1.2.0"))),
                compare(Less, version(text()), version(word("1.2.1-0"))),
            ),
            Never,
        ),
        (
            "a version between",
            both(
                compare(Greater, version(text()), version(word("1.2.0"))),
                compare(Less, version(text()), version(word("1.2.1"))),
            ),
            Holds,
        ),
        (
            "no version",
            both(
                Condition::Not(Box::new(Condition::Form(Form::Semver, text()))),
                compare(GreaterOrEqual, version(text()), version(word("0.0.0-0"))),
            ),
            Never,
        ),
        (
            "a network in another",
            both(inside(text(), "10.1.0.0", 16), Condition::Not(Box::new(inside(text(), "10.0.0.0", 8)))),
            Never,
        ),
        (
            "the rest of a network",
            both(inside(text(), "10.0.0.0", 8), Condition::Not(Box::new(inside(text(), "10.0.0.0", 9)))),
            Holds,
        ),
        (
            "both halves",
            Condition::And(vec![
                inside(text(), "2001:db8::", 32),
                Condition::Not(Box::new(inside(text(), "2001:db8::", 33))),
                Condition::Not(Box::new(inside(text(), "2001:db8:8000::", 33))),
            ]),
            Never,
        ),
        ("no such hour", hour(Greater, 23), Never),
        ("an evening", both(hour(GreaterOrEqual, 18), hour(Less, 19)), Holds),
        (
            "all and one that is not",
            both(
                each(Quantifier::All, test(TextTest::StartsWith, item(), "a")),
                each(Quantifier::Exists, test(TextTest::StartsWith, item(), "b")),
            ),
            Never,
        ),
        (
            "all of none",
            both(
                each(Quantifier::All, Condition::Const(false)),
                compare(Greater, Term::Size(Box::new(tags())), int(0)),
            ),
            Never,
        ),
        (
            "exactly one",
            both(
                each(Quantifier::ExistsOne, compare(Equal, item(), word("a"))),
                compare(Equal, Term::Size(Box::new(tags())), int(2)),
            ),
            Holds,
        ),
        ("two of one", Condition::One(vec![compare(Greater, n(), int(1)), compare(Greater, n(), int(0))]), Holds),
        ("one of the same", Condition::One(vec![compare(Greater, n(), int(1)), compare(Greater, n(), int(1))]), Never),
    ] {
        check(&site, name, &condition, expected);
    }
}

fn check(site: &Site, name: &str, condition: &Condition, expected: Expected) {
    let mut prover = Prover::new(site);
    let claim = prover.row(condition);
    let verdict = prover.can_hold(&[claim]);
    let found = match &verdict {
        Verdict::Holds(_) => Holds,
        Verdict::Never => Never,
        Verdict::CannotTell(_) => CannotTell,
    };
    assert_eq!(found, expected, "{name}: {verdict:?}");
}

fn parsed(site: &Site, row: &str) -> Condition {
    let (condition, findings) = check_row(row, &Scope { attributes: &site.attributes, audiences: &[] });
    condition.unwrap_or_else(|| panic!("{row}: {findings:?}"))
}

fn site() -> Site {
    let int =
        |name: &str| format!("[request.{name}]\ntype = \"int\"\nsource = \"request\"\npurposes = [\"contextual\"]\n");
    let attributes = ["n", "m", "o"].map(int).concat()
        + r#"[request.x]
type = "double"
source = "request"
purposes = ["contextual"]
[request.text]
type = "string"
source = "request"
purposes = ["contextual"]
[request.short]
type = "string"
max_length = 3
source = "request"
purposes = ["contextual"]
[page.tags]
type = "list"
max_length = 3
source = "page"
purposes = ["contextual"]
[visitor.score]
type = "double"
range = [0, 1]
source = "device"
purposes = ["personalization"]
retention = "30d"
required = true
"#;
    sites::checked(&sites::files([
        ("selvedge.toml", "name = \"questions\"\nlocales = { default = \"en\" }\n".to_owned()),
        ("attributes.toml", attributes),
    ]))
}
