//! Random rows as an author would write them, and visits for them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::meaning::{Value, Visit};
use super::words;

fn one_of(texts: &'static str) -> impl Strategy<Value = String> {
    prop::sample::select(words(texts)).prop_map(String::from)
}

/// A row without a fault: every part has the type that its place asks for.
pub(super) fn row() -> impl Strategy<Value = String> {
    let number = || {
        one_of(
            r"visitor.visits_30d  1  2  -1  0x2  --2  page.title.size()  page.tags.size()  [1, 2].size()
            (visitor.visits_30d + 1)  (2 - visitor.visits_30d * 3)  -(visitor.visits_30d)
            page.title.upperAscii().size()",
        )
    };
    let text = || one_of(r#"page.title  page.path  "a"  'ab'  r'b'  ""  page.title.upperAscii()  'AB'.lowerAscii()"#);
    let country = || one_of(r#"request.country  visitor.home  "DE"  "AT""#);
    let texts = || one_of(r#"[]  ["a"]  ['ab', 'b']"#);
    let numbers = || one_of("[]  [1]  [2.0, -1]");
    let relation = || one_of("==  !=  <  <=  >  >=");
    let equality = || one_of("==  !=");
    let test = one_of("startsWith  endsWith  contains");
    let atom = prop_oneof![
        2 => one_of("request.secure  profile.open_complaint  true  false"),
        2 => (number(), relation(), number()).prop_map(|(left, by, right)| format!("{left} {by} {right}")),
        1 => (text(), relation(), text()).prop_map(|(left, by, right)| format!("{left} {by} {right}")),
        1 => (country(), equality(), country()).prop_map(|(left, by, right)| format!("{left} {by} {right}")),
        1 => (text(), test, text()).prop_map(|(subject, test, argument)| format!("{subject}.{test}({argument})")),
        1 => (text(), texts()).prop_map(|(item, list)| format!("{item} in {list}")),
        1 => (number(), numbers()).prop_map(|(item, list)| format!("{item} in {list}")),
        1 => one_of(r#""new" in page.tags  request.country in ["DE"]  request.secure in [true]"#),
        2 => macros(),
        1 => one_of("page.title == null  null != page.path"),
    ];
    atom.prop_map(|atom| format!("({atom})")).prop_recursive(4, 40, 3, move |inner| {
        let one = || inner.clone();
        prop_oneof![
            one().prop_map(|operand| format!("!{operand}")),
            (one(), one()).prop_map(|(left, right)| format!("({left} && {right})")),
            (one(), one()).prop_map(|(left, right)| format!("({left} || {right})")),
            (one(), one(), one()).prop_map(|(a, b, c)| format!("({a} && {b} || {c})")),
            (one(), equality(), one()).prop_map(|(left, by, right)| format!("({left} {by} {right})")),
            (one(), one(), one()).prop_map(|(test, yes, no)| format!("({test} ? {yes} : {no})")),
            (one(), number(), relation(), number())
                .prop_map(|(test, a, by, b)| format!("(({test} ? {a} : 2) {by} {b})")),
        ]
    })
}

/// Macros over an attribute, over lists that are written down, and in one another.
fn macros() -> impl Strategy<Value = String> {
    let by = || one_of("all  exists  exists_one  existsOne");
    let list = || one_of("page.tags  page.tags  ['new', 'ab', 'new']  []");
    let body = one_of(
        r"t == 'new'  t.startsWith(page.title)  t.size() + 1 > visitor.visits_30d * 2
        request.secure || t.upperAscii() != 'NEW'  t in page.tags  page.tags.exists(u, u == t)
        page.tags.all(t, t.contains('e'))  ['a', 's'].exists_one(u, t.contains(u) && !page.path.contains(u))
        [1, 2].all(n, n + visitor.visits_30d > t.size())",
    );
    (list(), by(), body).prop_map(|(list, by, body)| format!("{list}.{by}(t, {body})"))
}

pub(super) fn visit() -> impl Strategy<Value = Visit> {
    let text = || prop::sample::select(vec!["", "a", "ab", "b"]).prop_map(|text| Value::Text(text.into()));
    let country = || prop::sample::select(vec!["DE", "AT", "FR"]).prop_map(|text| Value::Text(text.into()));
    let tags = prop::sample::subsequence(vec!["new", "sale"], 0..=2)
        .prop_map(|tags| Value::List(tags.into_iter().map(|tag| Value::Text(tag.into())).collect()));
    let truth = || any::<bool>().prop_map(Value::Bool);
    (text(), text(), country(), country(), tags, truth(), truth(), 0..4_i32).prop_map(
        |(title, path, country, home, tags, secure, complaint, visits)| {
            BTreeMap::from([
                ("page.title".into(), title),
                ("page.path".into(), path),
                ("request.country".into(), country),
                ("visitor.home".into(), home),
                ("page.tags".into(), tags),
                ("request.secure".into(), secure),
                ("profile.open_complaint".into(), complaint),
                ("visitor.visits_30d".into(), Value::Number(f64::from(visits))),
            ])
        },
    )
}

/// A row over optional attributes, guarded or not.
pub(super) fn guarded_row() -> impl Strategy<Value = String> {
    let atom = one_of(
        r#"has(profile.age)  !has(profile.age)  has(profile.name)  !has(profile.name)  has(profile.subscribed)
        profile.age == 1  profile.age != 1  profile.age > 0  profile.age + 1 > 0  profile.age + 1 == 2
        -profile.age != 1  (has(profile.age) ? profile.age : 1) * 2 == 2  profile.age == null  profile.name != null
        profile.name.lowerAscii() == "a"  profile.name.lowerAscii() in ["a"]  profile.interests.exists(i, i == "a")
        profile.interests.all(i, i == profile.name)  page.tags.exists(t, t.startsWith(profile.name))
        [1, 2].exists(n, profile.age > n)  (has(profile.age) ? profile.age : 1) > 0
        (has(profile.name) ? profile.age : 1) > 0  profile.age in [1, 2]  profile.age in []
        profile.name == page.title  profile.name == "a"  profile.name.startsWith("a")
        page.title.contains(profile.name)  profile.name.size() > 1  "a" in profile.interests
        profile.interests.size() == 1  profile.subscribed  !profile.subscribed  profile.subscribed == true
        profile.subscribed == request.secure  profile.subscribed == (visitor.visits_30d > 1)  request.secure"#,
    );
    let guard = || one_of("has(profile.age)  has(profile.name)  has(profile.subscribed)");
    atom.prop_recursive(3, 12, 2, move |inner| {
        let one = || inner.clone();
        prop_oneof![
            one().prop_map(|operand| format!("!({operand})")),
            (one(), one()).prop_map(|(left, right)| format!("({left} && {right})")),
            (one(), one()).prop_map(|(left, right)| format!("({left} || {right})")),
            (guard(), one()).prop_map(|(guard, operand)| format!("({guard} && {operand})")),
            (guard(), one()).prop_map(|(guard, operand)| format!("(!{guard} || {operand})")),
            (guard(), one(), one()).prop_map(|(guard, yes, no)| format!("({guard} ? {yes} : {no})")),
            (one(), one()).prop_map(|(left, right)| format!("({left} == ({right}))")),
        ]
    })
}

pub(super) fn visit_with_gaps() -> impl Strategy<Value = Visit> {
    let gap = |value: Value| prop::sample::select(vec![Value::Absent, value]);
    let text = || Value::Text("a".into());
    let optional = (
        gap(Value::Number(1.0)),
        gap(text()),
        gap(Value::List(vec![text()])),
        prop::sample::select(vec![Value::Absent, Value::Bool(true), Value::Bool(false)]),
    );
    (visit(), optional).prop_map(|(mut visit, (age, name, interests, subscribed))| {
        visit.extend([
            ("profile.age".into(), age),
            ("profile.name".into(), name),
            ("profile.interests".into(), interests),
            ("profile.subscribed".into(), subscribed),
        ]);
        visit
    })
}
