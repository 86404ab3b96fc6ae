//! Sites that nobody would write: large, deep, long, and on every edge of every type.

use std::fmt::Write as _;

use selvedge::author::Files;
use selvedge::author::points::LOCK;
use selvedge::words::ValueType;

use super::dice::Dice;
use super::rows::{Ground, Known};
use super::write::{toml, toml_list};

/// Rules of the large site.
pub(crate) const RULES: usize = 2_000;
/// Audiences of the large site, each of which needs the one before it.
pub(crate) const DEPTH: usize = 1_000;

/// A large site: thousands of rules, a long chain of audiences, many content items, long names.
pub(crate) fn large(seed: u64) -> Files {
    let dice = &mut Dice::new(seed);
    let long = "x".repeat(180);
    let (known, catalogue) = catalogue(120, &long);
    let mut texts = vec![
        ("selvedge.toml".to_owned(), "name = \"shop\"\n[locales]\ndefault = \"en\"\n".to_owned()),
        ("attributes.toml".to_owned(), catalogue),
    ];
    let mut slots = String::new();
    for number in 0..8 {
        let _ = writeln!(slots, "[s{number}.{long}]\nselector = \"#{long}\"\nchange = \"inner\"");
    }
    texts.push(("slots.toml".into(), slots));

    let (mut audiences, mut names) = (String::new(), Vec::new());
    for number in 0..DEPTH {
        let name = format!("a{number:04}");
        let row = Ground { attributes: &known, audiences: &[] }.row(dice);
        let before = names.last().map_or(String::new(), |last| format!(", {}", toml(&format!("audience.{last}"))));
        let key = dice.pick(&["all", "any", "none"]);
        let _ = writeln!(audiences, "[{name}]\n{key} = [{}{before}]", toml(&row));
        names.push(name);
    }
    texts.push(("audiences/chain.toml".into(), audiences));

    for number in 0..1_000 {
        let item = format!("[locale.en]\nhtml = \"<p>{number} {}</p>\"\n", "y".repeat(number % 300));
        texts.push((format!("content/{long}/c{number}.toml"), item));
    }
    let ground = Ground { attributes: &known, audiences: &names };
    for number in 0..40 {
        let mut text = format!("slot = \"s{}.{long}\"\naudit = \"full\"\npriority = {}\n", number % 8, dice.below(5));
        for _ in 0..RULES / 40 {
            let rows: Vec<String> = (0..3).map(|_| ground.row(dice)).collect();
            let content = format!("{long}/c{}", dice.below(1_000));
            let _ = writeln!(text, "[[rule]]\nall = {}\nshow = \"{content}\"", toml_list(&rows));
        }
        texts.push((format!("experiences/e{number}-{long}.toml"), text));
    }
    super::files(texts)
}

/// Rows that ask every construct about every edge. They read the attributes of [`small`].
const ROWS: [&str; 62] = [
    "request.flag",
    "!request.flag",
    "request.flag == true",
    "request.flag != false",
    "request.flag == request.switch",
    "(request.flag || request.switch) == !request.flag",
    "has(request.maybe) && request.maybe > 0",
    "!has(request.maybe)",
    "has(request.maybe) || request.n == 0",
    "request.n < -9007199254740991",
    "request.n <= -9007199254740991",
    "request.n >= 9007199254740991",
    "request.n > 9007199254740991",
    "request.n == 9007199254740992",
    "request.n < 9223372036854775807",
    "request.n > -9223372036854775807",
    "request.n == 2.5",
    "request.n < 2.5",
    "request.n >= -0.5",
    "request.n < 1e300",
    "request.n > -1e300",
    "request.n in [0, 1.0, -1]",
    "request.n == request.x",
    "request.n < request.x",
    "request.x == 0",
    "request.x < 0.0",
    "request.x <= -0.0",
    "request.x > 5e-324",
    "request.x == 0.1",
    "request.x < 9007199254740993",
    "request.x <= 9007199254740993",
    "request.x >= 9223372036854775807",
    "request.x != 1.7976931348623157e308",
    "3 <= request.x && request.x < 4",
    "(request.flag ? request.n : 3) >= 3",
    "(request.flag ? 0.5 : request.x) != request.n",
    "request.n in (request.flag ? [] : [1, 2])",
    "request.text == \"\"",
    "request.text != \"Größe\"",
    "request.text == \"e\u{301}\"",
    "request.text == \"é\"",
    "request.text < \"\u{ffff}\"",
    "request.text >= \"\u{10ffff}\"",
    "request.text.startsWith(\"\")",
    "request.text.startsWith(\"Grö\")",
    "request.text.endsWith(\"\u{301}\")",
    "request.text.contains(\"\\\\ <b>\")",
    "\"abc\".contains(request.text)",
    "request.text in [\"\", \"a\", \"日本\"]",
    "request.text in request.tags",
    "size(request.text) == 2",
    "request.text.size() < 1",
    "\"\" in request.tags",
    "size(request.tags) >= 2.5",
    "size(request.flag ? [\"a\", \"b\"] : request.tags) == 2",
    "\"a\" in (request.flag ? request.tags : [\"a\"])",
    "request.country in [\"DE\", \"ZW\", \"AD\"]",
    "request.country == \"DE\" || request.country != \"AT\"",
    "\"news \\\"quoted\\\"\" in request.closed",
    "audience.deep ? audience.wide : !audience.deep",
    "audience.deep != audience.wide",
    "profile.score > 0.5 && !(visitor.visits >= 3) && visitor.secret",
];

/// Content items that the rows of the small site show.
const CONTENTS: usize = 5;

/// A small site with every construct and every edge: what hosts are compared on.
pub(crate) fn small() -> Files {
    let mut texts: Vec<(String, String)> = [
        ("selvedge.toml", SETTINGS),
        ("attributes.toml", ATTRIBUTES),
        ("consent.toml", CONSENT),
        ("slots.toml", SLOTS),
        ("audiences/deep.toml", AUDIENCES),
        ("content/late.toml", "expires = 2026-11-15T12:00:00Z\n[locale.en]\nhtml = \"<p>late</p>\"\n"),
        ("content/words.toml", "[locale.en]\ntext = \"<words> & \\\"more\\\"\"\n[locale.de]\ntext = \"Wörter\"\n"),
        ("content/nothing.toml", "[locale.en]\n[locale.de]\n"),
        ("experiences/words.toml", "slot = \"words\"\n[[rule]]\nall = [\"request.n > 0\"]\nshow = \"words\"\n"),
        ("experiences/gone.toml", "slot = \"gone\"\n[[rule]]\nshow = \"nothing\"\n"),
        ("experiences/split.toml", SPLIT),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into();
    for number in 0..CONTENTS {
        let mut item = format!("[locale.en]\nhtml = \"<b>en {number}</b>\"\n");
        if number % 3 == 0 {
            let _ = writeln!(item, "[locale.de-AT]\nhtml = \"<b>de-AT {number} ẞ</b>\"");
        }
        texts.push((format!("content/row/{number:02}.toml"), item));
    }
    // Each row decides a slot of its own, once as it is and once as an exclusion.
    let mut slots = SLOTS.to_owned();
    for (number, row) in ROWS.iter().enumerate() {
        let _ = writeln!(slots, "[row.r{number:02}]\nselector = \"#r{number:02}\"\nchange = \"inner\"");
        let purpose = ["personalization", "contextual", "advertising"][number % 3];
        let text = format!(
            "slot = \"row.r{number:02}\"\naudit = \"full\"\npurpose = \"{purpose}\"\n[[rule]]\nall = [{row}]\nshow = \"row/{:02}\"\n\
             [[rule]]\nnone = [{row}]\nshow = \"row/{:02}\"\n",
            number % CONTENTS,
            (number + 1) % CONTENTS,
            row = toml(row),
        );
        texts.push((format!("experiences/r{number:02}.toml"), text));
    }
    texts.retain(|(path, _)| path != "slots.toml");
    texts.push(("slots.toml".into(), slots));
    let files = super::files(texts.clone());
    // With its lock file, so that a build of the committed copy changes no file.
    let lock = super::checked(&files).laid.lock;
    texts.extend(lock.map(|lock| (LOCK.to_owned(), lock)));
    super::files(texts)
}

const SETTINGS: &str = r#"name = "hostile"
[locales]
default = "en"
all = ["de", "de-AT", "en"]
fallback = { "lb" = ["de-AT", "de"] }
[markets.dach]
zone = "Europe/Berlin"
regions = ["DE", "AT", "CH"]
"#;

const ATTRIBUTES: &str = r#"[request.flag]
type = "bool"
source = "request"
purposes = ["contextual"]
[request.switch]
type = "bool"
source = "request"
purposes = ["contextual"]
default = false
[request.maybe]
type = "int"
source = "request"
purposes = ["contextual"]
optional = true
[request.n]
type = "int"
source = "request"
purposes = ["contextual"]
[request.x]
type = "double"
source = "request"
purposes = ["contextual"]
[request.text]
type = "string"
source = "request"
purposes = ["contextual"]
max_length = 20
[request.tags]
type = "list"
source = "page"
purposes = ["contextual"]
max_length = 3
[request.closed]
type = "list"
values = ["", "a", "news \"quoted\"", "Größe\u0009"]
source = "page"
purposes = ["contextual"]
[request.country]
type = "symbol"
values = "iso-3166-1"
source = "request"
purposes = ["contextual"]
[visitor.visits]
type = "int"
range = [0.5, 1000.5]
source = "device"
purposes = ["personalization"]
retention = "30d"
required = true
[visitor.secret]
type = "bool"
source = "device"
purposes = ["personalization", "advertising", "sensitive"]
retention = "1s"
sensitive = true
[profile.score]
type = "double"
range = [-0.0, 1]
source = "feed:crm"
purposes = ["personalization"]
retention = "100d"
depth = "inferred"
"#;

const SLOTS: &str = r#"[words]
selector = "[data-slot='words']"
change = "text"
[gone]
selector = "p.gone"
change = "remove"
[arms]
selector = "div > #arms"
change = "inner"
[empty]
selector = "main"
change = "before"
"#;

const AUDIENCES: &str = r#"[deep]
all = ["audience.d1"]
none = ["request.n == 3"]
[d1]
any = ["audience.d2", "request.text == \"Größe\""]
[d2]
none = ["audience.d3", "request.x > 1e300"]
[d3]
all = ["has(request.maybe)", "!audience.d4"]
[d4]
any = ["visitor.visits > 2", "\"a\" in request.tags", "request.flag"]
[wide]
any = ["audience.d1", "audience.d3", "audience.d4"]
"#;

/// Hosts are compared on what was built, and nothing is built that is not classified.
const CONSENT: &str = r#"[purposes.analytics]
text = "What analytics means here."
basis = "consent"
condition = "explicit_consent"

[purposes.personalization]
text = "What personalization means here."
basis = "consent"
condition = "explicit_consent"

[purposes.advertising]
text = "What advertising means here."
basis = "consent"
condition = "explicit_consent"

[purposes.sensitive]
text = "What sensitive means here."
basis = "consent"
condition = "explicit_consent"
"#;

const SPLIT: &str = r#"slot = "arms"
audit = "full"
all = ["request.n != 13"]
none = ["visitor.secret"]
[[rule]]
all = ["request.n == 7"]
show = "late"
[[rule]]
all = ["request.flag"]
split = { experiment = "flagged", arms = { control = 0.01, "row/00" = 49.99, "row/01" = 33.33 }, unit = "account" }
[[rule]]
split = { experiment = "rest", salt = "Salz & Söhne", traffic = 66.67, arms = { "row/02" = 50, "late" = 25, control = 25 } }
[[rule]]
all = ["request.switch"]
show = "control"
[schedule]
from = 2026-10-25T02:30:00
until = 2027-03-28T02:30:00
zone = "market"
default_zone = "America/New_York"
"#;

/// Attributes of every type, in number and with long names.
fn catalogue(count: usize, long: &str) -> (Vec<Known>, String) {
    let (mut known, mut text) = (Vec::new(), String::new());
    for number in 0..count {
        let value_type = ValueType::ALL[number % ValueType::ALL.len()];
        let name = format!("request.a{number}_{}", &long[..number.min(long.len())]);
        let values: Vec<String> = match value_type {
            ValueType::Symbol => (0..200).map(|value| format!("{value}{}", "é".repeat(value * 2))).collect(),
            _ => Vec::new(),
        };
        let _ = writeln!(text, "[{name}]\ntype = \"{value_type}\"\nsource = \"request\"\npurposes = [\"contextual\"]");
        if !values.is_empty() {
            let _ = writeln!(text, "values = {}", toml_list(&values));
        }
        known.push(Known { name, value_type, values, guarded: false });
    }
    (known, text)
}
