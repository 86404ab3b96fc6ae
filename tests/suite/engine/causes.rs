//! Why a value that may be read is unknown.

use selvedge::consent::grants;
use selvedge::engine::{Workspace, all_slots, decide, permit};
use selvedge::words::Visit;
use selvedge::words::{Cause, Detail, Purpose};
use serde_json::json;

use crate::sites::{self, NOW_MS};

const ATTRIBUTES: &str = r#"
[profile.age]
type = "int"
range = [0, 120]
source = "account"
purposes = ["personalization"]
retention = "30d"

[profile.plan]
type = "symbol"
values = ["free", "gold"]
source = "account"
purposes = ["personalization"]
retention = "30d"
required = true

[profile.tags]
type = "list"
max_length = 2
source = "account"
purposes = ["personalization"]
retention = "30d"

[profile.since]
type = "timestamp"
source = "account"
purposes = ["personalization"]
retention = "30d"

[request.word]
type = "string"
max_length = 3
source = "request"
purposes = ["contextual"]
from = "query:word"
"#;

#[test]
fn every_unknown_value_has_a_cause_that_hidden_ones_keep_to_themselves() {
    let row = "profile.age > 1 && profile.plan == \"gold\" && \"a\" in profile.tags && profile.since < now && request.word == \"a\"";
    let files = sites::files([
        ("selvedge.toml", "name = \"shop\"\n[locales]\ndefault = \"en\"\n".to_owned()),
        (
            "attributes.toml",
            ATTRIBUTES
                .replace("[profile.age]", "[profile.age]\ndefault = 1")
                .replace("[profile.since]", "[profile.since]\ndefault = 2026-01-01T00:00:00Z"),
        ),
        ("slots.toml", "[home]\nselector = \"#home\"\nchange = \"inner\"\n".to_owned()),
        ("content/c.toml", "[locale.en]\nhtml = \"<p>c</p>\"\n".to_owned()),
        ("experiences/e.toml", format!("slot = \"home\"\n[[rule]]\nall = ['{row}']\nshow = \"c\"\n")),
    ]);
    let opened = sites::opened(&sites::checked(&files));
    let fine = json!({ "profile.age": 7, "profile.plan": "gold", "profile.tags": ["a"], "profile.since": 5, "request.word": "a" });
    let (stale, fresh) = (NOW_MS - 31 * 86_400_000, NOW_MS - 29 * 86_400_000);
    let cases = [
        ("profile.age", json!(7), json!(fresh), None),
        ("profile.age", json!(null), json!(fresh), None),
        ("profile.age", json!("7"), json!(fresh), Some(Cause::WrongType)),
        ("profile.age", json!(7.5), json!(fresh), Some(Cause::WrongType)),
        ("profile.age", json!(121), json!(fresh), Some(Cause::OutOfRange)),
        ("profile.age", json!(7), json!(stale), Some(Cause::TooOld)),
        ("profile.age", json!(7), json!(fresh), Some(Cause::NotLookedUp)),
        ("profile.age", json!(7), json!(NOW_MS + 86_400_000), None),
        ("profile.age", json!(7), json!(NOW_MS + 86_400_001), Some(Cause::FromTheFuture)),
        ("profile.age", json!(null), json!("2099-01-01T00:00:00Z"), Some(Cause::FromTheFuture)),
        ("request.word", json!("a"), json!("2099-01-01T00:00:00Z"), Some(Cause::FromTheFuture)),
        ("profile.plan", json!("silver"), json!(fresh), Some(Cause::NotInSet)),
        ("profile.plan", json!(null), json!(fresh), Some(Cause::Missing)),
        ("profile.plan", json!({}), json!(fresh), Some(Cause::WrongType)),
        ("profile.tags", json!(["a", "b", "c"]), json!(fresh), Some(Cause::TooLong)),
        ("profile.tags", json!(["a", 1]), json!(fresh), Some(Cause::WrongType)),
        ("profile.since", json!("2026-01-01"), json!(fresh), Some(Cause::WrongType)),
        ("profile.since", json!(300_000_000_000_000_i64), json!(fresh), Some(Cause::OutOfRange)),
        ("request.word", json!("a"), json!(fresh), None),
        ("request.word", json!("abcd"), json!(fresh), Some(Cause::TooLong)),
        ("request.word", json!(true), json!(fresh), Some(Cause::WrongType)),
    ];
    let program = opened.bundle.program();
    for (name, value, observed, expected) in cases {
        let unknown: &[&str] = if expected == Some(Cause::NotLookedUp) { &[name] } else { &[] };
        let position = program.manifest().attributes.iter().position(|entry| entry.name == name).expect(name);
        let mut attributes = fine.clone();
        attributes[name] = value.clone();
        for agrees in [true, false] {
            let context = json!({
                "attributes": attributes, "observed": { name: observed }, "unknown": unknown,
                "grants": { "personalization": agrees, "storage": agrees },
            });
            let visit: Visit = serde_json::from_value(context).expect("is a context");
            let grants = grants(&program.manifest().regions, &visit, NOW_MS);
            let permitted = permit(&opened.bundle, &visit, &grants, NOW_MS);
            let readable = agrees || name.starts_with("request.");
            let cause = permitted.cause(position, Purpose::Personalization);
            assert_eq!(cause, expected.filter(|_| readable), "{name} {value} {agrees}");
            let page = decide(&opened.bundle, &permitted, &all_slots(&opened.bundle), &mut Workspace::default());
            let detail = match (agrees, cause) {
                (false, _) => Some(Detail::ConsentWithdrawn),
                (true, cause) => cause.map(|_| Detail::DataQuality),
            };
            assert_eq!(page.decisions[0].detail, detail, "{name} {value} {agrees}");
        }
    }
}
