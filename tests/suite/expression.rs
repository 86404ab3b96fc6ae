//! What rows compute: the verdict of single rows, from their text to the engine.

mod hostile;
mod zones;

use selvedge::author::site::Site;
use selvedge::cli::open::Opened;
use selvedge::consent::grants;
use selvedge::engine::explain::Verdicts;
use selvedge::engine::permit;
use selvedge::words::Purpose;
use selvedge::words::Visit;
use serde_json::{Value as Json, json};

use crate::sites::{self, NOW_MS};

/// A site with these rows, of one audience, over attributes of every type: each by itself, and `o…` that may be absent.
fn site(rows: &[&str]) -> Site {
    let types = ["bool", "int", "double", "string", "list", "timestamp"];
    let attribute = |name: &str, value_type: &str, more: &str| {
        format!("[v.{name}]\ntype = \"{value_type}\"\n{more}source = \"request\"\npurposes = [\"contextual\"]\n")
    };
    let attributes: String = types
        .iter()
        .flat_map(|name| {
            let long = match *name {
                "string" => "max_length = 60000\n",
                "list" => "max_length = 100\n",
                _ => "",
            };
            [
                attribute(&name[..1], name, &format!("{long}required = true\n")),
                attribute(&format!("o{}", &name[..1]), name, "optional = true\n"),
            ]
        })
        .chain([attribute("u", "string", "required = true\n")])
        .collect();
    let quoted: Vec<String> = rows.iter().map(|row| format!("'''{row}'''")).collect();
    sites::checked(&sites::files([
        ("selvedge.toml", "name = \"shop\"\n[locales]\ndefault = \"en\"\n".to_owned()),
        ("attributes.toml", attributes),
        ("slots.toml", "[home]\nselector = \"#h\"\nchange = \"inner\"\n".to_owned()),
        ("content/c.toml", "[locale.en]\nhtml = \"c\"\n".to_owned()),
        ("audiences/rows.toml", format!("all = [{}]\n", quoted.join(", "))),
        ("experiences/e.toml", "slot = \"home\"\n[[rule]]\nall = [\"audience.rows\"]\nshow = \"c\"\n".to_owned()),
    ]))
}

/// The verdict of every row of the audience.
fn verdicts(opened: &Opened, attributes: Json) -> Vec<&'static str> {
    let visit: Visit = serde_json::from_value(json!({ "attributes": attributes })).expect("a visit");
    let grants = grants(&opened.bundle.program().manifest().regions, &visit, NOW_MS);
    let permitted = permit(&opened.bundle, &visit, &grants, NOW_MS);
    let verdicts = Verdicts::new(&opened.bundle, &permitted, Purpose::Personalization);
    let debug = opened.debug.as_ref().expect("a debug file");
    debug.audiences[0].rows.iter().map(|row| verdicts.of(row.literal).name()).collect()
}

/// Every row has its verdict for these attributes.
fn check(attributes: Json, expected: &[(&str, &str)]) {
    let rows: Vec<&str> = expected.iter().map(|(row, _)| *row).collect();
    let opened = sites::opened(&site(&rows));
    let found = verdicts(&opened, attributes);
    let wrong: Vec<String> = expected
        .iter()
        .zip(found)
        .filter(|((_, wanted), found)| wanted != found)
        .map(|((row, wanted), found)| format!("{row}\n    is {found}, not {wanted}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const TRUE: &str = "true";
const FALSE: &str = "false";
const UNKNOWN: &str = "unknown";

#[test]
fn arithmetic_is_checked() {
    check(
        json!({ "v.i": 7, "v.d": 0.5 }),
        &[
            ("v.i + 1 == 8", TRUE),
            ("v.i * v.i - 9 > 39", TRUE),
            ("v.i / 2 == 3", TRUE),
            ("-v.i / 2 == -3", TRUE),
            ("-v.i % 4 == -3", TRUE),
            ("v.i / (v.i - 7) == 1", UNKNOWN),
            ("v.i % (v.i - 7) == 1", UNKNOWN),
            ("v.i / (v.i - 7) == 1 || v.i == 7", TRUE),
            ("v.i / (v.i - 7) == 1 && v.i == 8", FALSE),
            ("v.i * 2000000000000000000 > 0", UNKNOWN),
            ("v.i - 9223372036854775800 > -9223372036854775800", TRUE),
            ("v.d / (v.d - 0.5) > 1e300", TRUE),
            ("(v.d - 0.5) / (v.d - 0.5) == (v.d - 0.5) / (v.d - 0.5)", FALSE),
            ("(v.d - 0.5) / (v.d - 0.5) != 1.0", TRUE),
            ("(v.d - 0.5) / (v.d - 0.5) < 1", FALSE),
            ("v.d / -0.0 < -1e300 && v.d / 0.0 > 1e300", TRUE),
            ("double(v.i) * v.d == 3.5", TRUE),
            ("int(v.d * 7.0) == 3", TRUE),
            ("int(v.d * 2e19) > 0", UNKNOWN),
            ("int(-v.d * 7.0) == -3", TRUE),
            ("(v.i > 3 ? 5 : 0) + (v.d > 0.4 ? 3 : 0) + (v.i > 100 ? 100 : 0) == 8", TRUE),
        ],
    );
}

#[test]
fn texts_are_read_in_their_case() {
    check(
        json!({ "v.s": "Größe XL", "v.u": "*", "v.l": ["Red", "SALE-5", ""] }),
        &[
            ("v.s.lowerAscii() == \"größe xl\"", TRUE),
            ("v.s.upperAscii() == \"GRößE XL\"", TRUE),
            ("v.s.lowerAscii().endsWith(\"XL\")", FALSE),
            ("v.s.lowerAscii().endsWith(\" xl\")", TRUE),
            ("v.s.upperAscii().lowerAscii().startsWith(\"gr\")", TRUE),
            ("size(v.s.lowerAscii()) == 8", TRUE),
            ("v.s.lowerAscii() in [\"a\", \"größe xl\", \"z\"]", TRUE),
            ("v.s.lowerAscii() in v.l", FALSE),
            ("v.s.glob(\"*ö* X?\")", FALSE),
            ("v.s.glob(\"*ö* X*\")", TRUE),
            ("v.s.contains(v.u)", FALSE),
            ("v.l.exists(x, x.lowerAscii() == \"red\")", TRUE),
            ("v.l.exists(x, x.lowerAscii().glob(\"sale-*\"))", TRUE),
            ("v.l.all(x, size(x) > 0)", FALSE),
            ("v.l.exists_one(x, x.startsWith(\"R\"))", TRUE),
            ("v.l.exists_one(x, x in [\"Red\", \"\"])", FALSE),
        ],
    );
}

#[test]
fn quantifiers_are_decided_by_one_item() {
    check(
        json!({ "v.i": 0, "v.s": "b", "v.l": ["a", "b"], "v.ol": [] }),
        &[
            ("v.l.exists(x, 1 / v.i == 1 || x == \"a\")", TRUE),
            ("v.l.exists(x, 1 / v.i == 1 || x == \"c\")", UNKNOWN),
            ("v.l.all(x, 1 / v.i == 1 && x == \"a\")", FALSE),
            ("v.l.exists_one(x, x == \"a\" || (x == \"b\" && 1 / v.i == 1))", UNKNOWN),
            ("v.l.exists(x, v.l.all(y, x <= y))", TRUE),
            ("v.l.all(x, v.l.exists_one(y, x == y))", TRUE),
            ("v.l.exists(x, x == v.s)", TRUE),
            ("has(v.ol) && v.ol.all(x, x == \"\")", TRUE),
            ("has(v.ol) && v.ol.exists(x, x == \"\")", FALSE),
            ("has(v.ol) && v.ol.exists_one(x, x == \"\")", FALSE),
            ("[1, 2, 3].exists_one(x, x == v.i + 2)", TRUE),
            ("[1, 0, 3].exists_one(x, x / v.i == 2)", UNKNOWN),
            ("[0, 1, 2].all(x, x >= v.i)", TRUE),
        ],
    );
}

#[test]
fn times_and_durations_keep_to_their_calendar() {
    // 2026-03-29 is the day on which Berlin's clocks go from 02:00 to 03:00.
    check(
        json!({ "v.t": "2026-03-29T01:30:00.250+01:00", "v.i": 3 }),
        &[
            ("v.t == timestamp(\"2026-03-29T00:30:00.250Z\")", TRUE),
            ("v.t < timestamp(\"2026-03-29T00:30:00.251Z\")", TRUE),
            ("v.t.getHours() == 0", TRUE),
            ("v.t.getHours(\"Europe/Berlin\") == 1", TRUE),
            ("(v.t + duration(\"30m\")).getHours(\"Europe/Berlin\") == 3", TRUE),
            ("v.t.getHours(\"-02:30\") == 22", TRUE),
            ("v.t.getDayOfWeek(\"-02:30\") == 6", TRUE),
            ("v.t.getMilliseconds() == 250", TRUE),
            ("v.t.getFullYear() == 2026 && v.t.getMonth() == 2 && v.t.getDate() == 29", TRUE),
            ("v.t.getDayOfYear() == 87", TRUE),
            ("int(v.t) == 1774744200", TRUE),
            ("now - v.t > duration(\"200h\")", TRUE),
            ("(now - v.t).getHours() == 5555", TRUE),
            ("now > v.t && now.getFullYear() == 2026", TRUE),
            ("v.t + duration(\"2000000h\") > v.t", TRUE),
            ("v.t - timestamp(\"0001-01-01T00:00:00Z\") > duration(\"1h\")", UNKNOWN),
            ("v.t + duration(\"2500000h\") + duration(\"2500000h\") > v.t", TRUE),
            ("timestamp(\"9999-12-31T23:59:59Z\") + (v.t - v.t) > v.t", TRUE),
            ("timestamp(\"9999-12-31T23:59:59Z\") + (now - v.t) > v.t", UNKNOWN),
            ("(v.t + duration(\"2500000h\")).getHours(\"Europe/Berlin\") >= 0", UNKNOWN),
            ("(v.t + duration(\"2500000h\")).getHours() >= 0", TRUE),
        ],
    );
    for (value, verdict) in [
        (json!(1_774_744_200_000_i64), TRUE),
        (json!("2026-03-29T00:30:00Z"), TRUE),
        (json!("2026-03-29 00:30:00+00:00"), TRUE),
        (json!("2026-03-29T00:30:00"), UNKNOWN),
        (json!("yesterday"), UNKNOWN),
        (json!(1.5), UNKNOWN),
        (json!(["2026-03-29T00:30:00Z"]), UNKNOWN),
        (json!("0000-12-31T23:59:59Z"), UNKNOWN),
        (json!(253_402_300_800_000_i64), UNKNOWN),
        (Json::Null, UNKNOWN),
    ] {
        check(json!({ "v.t": value }), &[("v.t == timestamp(\"2026-03-29T00:30:00Z\")", verdict)]);
    }
    check(
        json!({}),
        &[
            ("has(v.ot)", FALSE),
            ("v.ot == timestamp(\"2026-03-29T00:30:00Z\")", FALSE),
            ("has(v.ot) && v.ot.getHours() > 3", FALSE),
        ],
    );
}

#[test]
fn versions_and_addresses_are_read_strictly() {
    check(
        json!({ "v.s": "2.10.0-rc.1+build.7", "v.u": "10.20.30.40" }),
        &[
            ("isSemver(v.s)", TRUE),
            ("isSemver(v.u)", FALSE),
            ("semver(v.s).isGreaterThan(semver(\"2.9.9\"))", TRUE),
            ("semver(v.s).isLessThan(semver(\"2.10.0\"))", TRUE),
            ("semver(v.s) == semver(\"2.10.0-rc.1\")", TRUE),
            ("semver(v.s).minor() == 10", TRUE),
            ("semver(v.u).isLessThan(semver(\"1.0.0\"))", UNKNOWN),
            ("isIP(v.u)", TRUE),
            ("isIP(v.s)", FALSE),
            ("ip(v.u).family() == 4", TRUE),
            ("cidr(\"10.16.0.0/12\").containsIP(v.u)", TRUE),
            ("cidr(\"10.16.0.0/12\").containsIP(ip(v.u))", TRUE),
            ("cidr(\"10.32.0.0/12\").containsIP(v.u)", FALSE),
            ("cidr(\"2001:db8::/32\").containsIP(v.u)", FALSE),
            ("cidr(\"10.16.0.0/12\").containsIP(v.s)", UNKNOWN),
        ],
    );
    check(
        json!({ "v.u": "2001:DB8::1", "v.s": "::ffff:10.0.0.1" }),
        &[
            ("cidr(\"2001:db8::/32\").containsIP(v.u)", TRUE),
            ("ip(v.u) == ip(\"2001:db8:0::1\")", TRUE),
            ("ip(v.u).family() == 6", TRUE),
            ("isIP(v.s)", FALSE),
        ],
    );
}

#[test]
fn what_is_absent_or_hidden_is_unknown() {
    check(
        json!({ "v.i": 1 }),
        &[
            ("has(v.oi) ? v.oi + 1 == 2 : v.i == 1", TRUE),
            ("has(v.os) && v.os.lowerAscii() == \"a\"", FALSE),
            ("v.s.lowerAscii() == \"a\"", UNKNOWN),
            ("v.s.lowerAscii() == \"a\" || v.i + 0 == 1", TRUE),
            ("v.l.exists(x, x == \"a\")", UNKNOWN),
        ],
    );
}

#[test]
fn a_rule_that_asks_for_the_time_says_so() {
    for (row, reads) in [
        ("now.getHours() > 3", true),
        ("v.i > 3 || v.t + duration(\"1h\") > now", true),
        ("v.t.getHours() > 3", false),
        ("v.i > 3", false),
    ] {
        let opened = sites::opened(&site(&[row]));
        assert_eq!(opened.bundle.program().rulebook().reads_clock(0), reads, "{row}, through an audience");
    }
}
