//! Tests of what formatting does, and of what it never does.

use proptest::prelude::*;

use super::{format, rewritten, same};
use crate::author::keys::FileKind;

fn check(path: &str, before: &str, after: &str) {
    let once = format(path, before).expect("is TOML");
    assert_eq!(once, after, "{path}");
    assert_eq!(format(path, &once).as_deref(), Some(after), "not stable: {path}");
}

#[test]
fn spacing_blank_lines_and_headings() {
    check(
        "slots.toml",
        "\n\n# Places.  \n\n\n[ home . hero ]   # first\nchange=\"inner\"\n\n\n\nselector = '#a'  \t# why\n# loose\n[b]\nchange = \"text\"\nselector='#b'\n\n\n",
        "# Places.\n\n[home.hero] # first\nchange = \"inner\"\n\nselector = '#a' # why\n\n# loose\n[b]\nselector = '#b'\nchange = \"text\"\n",
    );
}

#[test]
fn keys_are_sorted_only_where_no_comment_loses_its_key() {
    check(
        "experiences/a.toml",
        "owner = \"x\" # them\nslot = \"s\"\n\nclass = \"c\"\n# about the goal\ngoal = \"g\"\nbenefit = \"b\"\npurpose = \"analytics\"\n",
        "slot = \"s\"\nowner = \"x\" # them\n\nclass = \"c\"\n# about the goal\ngoal = \"g\"\nbenefit = \"b\"\npurpose = \"analytics\"\n",
    );
    check(
        "experiences/b.toml",
        "# The file.\nslot = \"s\"\nowner = \"x\"\npurpose = \"p\"\n",
        "# The file.\nslot = \"s\"\npurpose = \"p\"\nowner = \"x\"\n",
    );
    check(
        "attributes.toml",
        "[visitor.seen]\ndefault=2026-12-01T09:00:00+01:00\nsource = \"device\"\ntype = \"timestamp\"\n",
        "[visitor.seen]\ntype = \"timestamp\"\nsource = \"device\"\ndefault = 2026-12-01T09:00:00+01:00\n",
    );
    let unknown = "ownr = \"x\"\nslot = \"s\"\n";
    check("experiences/c.toml", unknown, unknown);
}

#[test]
fn a_table_inside_the_one_above_keeps_its_distance() {
    let text = "[[case]]\nvisitor = \"a\"\nnow = 2026-12-01T09:00:00Z\n[case.expect]\n\"home.hero\" = \"control\"\n\n[[case]]\nvisitor = \"b\"\n\n[case.expect]\n";
    check("tests/a.toml", text, text);
}

#[test]
fn rows_are_written_as_the_language_is() {
    check(
        "audiences/a.toml",
        "all = [ \"request.country  in ['DE','AT']\",'(visitor.visits_30d>=2)' ]\nany = ['a b', 'x == 1 // no', 'it = 1']\n",
        "all = ['request.country in [\"DE\", \"AT\"]', 'visitor.visits_30d >= 2']\nany = ['a b', 'x == 1 // no', 'it = 1']\n",
    );
    check(
        "audiences/c.toml",
        "all = ['(visitor.seen<timestamp( \"2026-12-01T09:00:00Z\" ))']\n",
        "all = ['visitor.seen < timestamp(\"2026-12-01T09:00:00Z\")']\n",
    );
    let other = "[locales]\ndefault = \"de\"\nall = [\"de\", \"en\"]\n";
    check("selvedge.toml", other, other);
    check("audiences/b.toml", "all = ['''\nx == \"it's\"''']\n", "all = [\"x == \\\"it's\\\"\"]\n");
}

#[test]
fn a_long_array_has_a_line_for_every_item() {
    let row = "visitor.last_category == \"knitwear\" && visitor.visits_30d >= 1000";
    check(
        "audiences/a.toml",
        &format!("all = ['{row}', '{row}'] # both\n"),
        &format!("all = [\n  '{row}',\n  '{row}',\n] # both\n"),
    );
    check("audiences/a.toml", "all = [\n 'a',\n\n  'b']\n", "all = ['a', 'b']\n");
    check(
        "audiences/a.toml",
        "all = [ # first\n  'a' , # about a\n\n\n  # about b\n'b'\n # end\n]\n",
        "all = [\n  # first\n  'a', # about a\n\n  # about b\n  'b',\n  # end\n]\n",
    );
}

#[test]
fn tables_in_braces_stay_on_their_line_unless_they_have_comments() {
    check("x.toml", "a={x=1,y=[ 1,2 ],z={}}\n", "a = { x = 1, y = [1, 2], z = {} }\n");
    check("x.toml", "a={\n x=1,\n y = 2,\n}\n", "a = { x = 1, y = 2 }\n");
    let with_comments = "a = {\n x=1, # one\n}\n";
    check("x.toml", with_comments, with_comments);
}

#[test]
fn what_is_not_toml_is_refused_and_what_is_odd_survives() {
    for text in ["a = ", "a = 1\na = 2\n", "[a]\n[a]\n", "a = [1\n", "= 1", "a = 1 b = 2"] {
        assert_eq!(format("x.toml", text), None, "{text}");
    }
    check("x.toml", "", "");
    check("x.toml", "\r\na = 1\r\n\r\n\r\n# c\r\nb = '''\r\nx'''\r\n", "a = 1\n\n# c\nb = '''\r\nx'''\n");
    check("x.toml", "a.b = 0x1F\na . c = 1_000\n\"x y\".z = inf\n", "a.b = 0x1F\na.c = 1_000\n\"x y\".z = inf\n");
    let not_a_number = "a  =  nan\n";
    check("x.toml", not_a_number, "a = nan\n");
    check("x.toml", "a =  99999999999999999999\n", "a = 99999999999999999999\n");
    let laid_out = format!("all = [\n  '''\na == \"{}\" &&\n  b''',\n]\n", "x".repeat(90));
    check("audiences/a.toml", &laid_out, &laid_out);
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(texts).prop_map(String::from)
}

/// TOML as people might write it, from lines that are each right on their own.
fn any_text() -> impl Strategy<Value = (String, String)> {
    let pad = "[ \t]{0,3}";
    let value = prop_oneof![
        4 => one_of(&["1", "0x1F", "2026-12-01T08:00", "\"a # b\\u00e9\"", "'''\n two\n lines'''"]),
        4 => one_of(&["{ a=1 ,b = [ 'x' ] }", "[\n# only\n]", "[['a' , 'b'],[ # deep\n1]]"]),
        1 => Just("['visitor.a>=1',\n\n \"x in ['b','c']\" # why\n,]".to_owned()),
        1 => "'[a-z ()&|!=<>.,]{0,40}'".prop_map(|row| format!("[{row}, {row}]")),
    ];
    let key = one_of(&["slot", "owner", "all", "any", "none", "goal", "tags", "\"odd key\""]);
    let comment = prop_oneof![Just(String::new()), "# [a-zé' \"]{0,12}"];
    let line = prop_oneof![
        4 => (pad, key, pad, value, pad, comment.clone()).prop_map(|(a, key, b, value, c, comment)| format!("{a}{key}{b}={c}{value} {comment}")),
        1 => Just(String::new()),
        1 => comment.clone(),
        1 => (Just("[[rule]]"), pad, comment).prop_map(|(heading, space, comment)| format!("{heading}{space}{comment}")),
    ];
    let path = one_of(&["experiences/a.toml", "audiences/a.toml", "content/a.toml", "other.toml"]);
    let lines = prop::collection::vec((line, one_of(&["\n", "\r\n", "\n\n\n"])), 0..14);
    (path, lines).prop_map(|(path, mut lines)| {
        // A key stands once in its table.
        let mut seen = std::collections::BTreeSet::new();
        lines.retain(|(line, _): &(String, String)| {
            if line.starts_with('[') {
                seen.clear();
            }
            line.starts_with('#') || line.split_once('=').is_none_or(|(key, _)| seen.insert(key.trim().to_owned()))
        });
        (path, lines.into_iter().map(|(line, end)| line + &end).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_formatted_or_refused(text in any::<String>(), path in prop::sample::select(&["slots.toml", "x"][..])) {
        if let Some(once) = format(path, &text) {
            prop_assert_eq!(format(path, &once), Some(once.clone()));
        }
        // A file that begins well.
        let text = format!("a = 1 # c\n[b]\nall = ['x'{text}");
        if let Some(once) = format(path, &text) {
            prop_assert_eq!(format(path, &once), Some(once.clone()));
        }
    }

    #[test]
    fn formatting_is_stable_and_keeps_values_and_comments((path, text) in any_text()) {
        prop_assert!(text.parse::<toml::Table>().is_ok(), "{:?}", text);
        // Without the guard: it must never be what saves us.
        let once = rewritten(&text, FileKind::of(&path)).expect("what the loader reads is formatted");
        prop_assert!(same::same(&text, &once, FileKind::of(&path)), "{text:?} -> {once:?}");
        if FileKind::of(&path).is_none() {
            prop_assert_eq!(text.parse::<toml::Table>().ok(), once.parse::<toml::Table>().ok());
        }
        prop_assert_eq!(format(&path, &once), Some(once.clone()), "not stable: {:?}", text);
        prop_assert!(!once.contains("\n\n\n") && !once.contains(" \n"), "{:?}", once);
    }
}
