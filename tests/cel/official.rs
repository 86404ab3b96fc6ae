//! One official test as the profile can state it.
//!
//! Takes what cel-spec says of a test, gives a row that is true or false, or an error; the attributes that stand for its
//! variables and for the literals lifted out of it; or why it cannot be stated at all.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::panel::quoted;
use crate::scan::{Kind, Piece, scan};

/// A test of the package.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Test {
    pub(crate) suite: String,
    /// The file of the suite.
    pub(crate) file: String,
    /// Unique.
    pub(crate) name: String,
    /// Whether cel-go's parser takes it.
    pub(crate) parses: bool,
    /// What cel-go's parser or checker says against it.
    pub(crate) error: Option<String>,
    test: Json,
}

/// What a test expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Truth(bool),
    /// An error while it is evaluated, or before.
    Error,
    /// That it can be checked; it has no value.
    Checked,
}

/// A test as rows and attributes.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    /// The row, with its variables under their names in the catalogue; and another, should the first be no condition.
    pub(crate) rows: Vec<String>,
    pub(crate) expected: Expected,
    /// The catalogue's entries for its variables.
    pub(crate) declared: String,
    /// What its variables are.
    pub(crate) values: Map<String, Json>,
}

/// The variables of a test.
#[derive(Default)]
struct Variables {
    /// The catalogue's entries.
    declared: String,
    /// What they are.
    values: Map<String, Json>,
    /// What each is called in the catalogue.
    names: BTreeMap<String, String>,
}

/// The largest whole number that every host can tell from its neighbours: hosts hand over no larger one.
const INT_MAX: i64 = 9_007_199_254_740_991;

/// Every test of the package, as `export.mjs` writes them.
pub(crate) fn read(file: &Path) -> Vec<Test> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| {
        panic!("{} cannot be read ({error}); `cargo xtask conformance` makes it", file.display())
    });
    serde_json::from_str(&text).expect("export.mjs writes tests")
}

impl Test {
    /// The text of its expression.
    pub(crate) fn expression(&self) -> &str {
        self.test["expr"].as_str().unwrap_or_default()
    }

    /// Whether it is to be evaluated although no checker takes it.
    pub(crate) fn is_unchecked(&self) -> bool {
        self.test["disableCheck"] == json!(true)
    }

    /// Whether the error that it expects is one that a checker finds: names and types.
    pub(crate) fn is_for_a_checker(&self) -> bool {
        let errors = self.test["evalError"]["errors"].as_array().map_or(&[][..], Vec::as_slice);
        let of_checker = |message: &str| {
            ["no such overload", "no matching overload", "unbound function", "undeclared reference", "unknown variable"]
                .iter()
                .any(|words| message.contains(words))
        };
        errors.iter().any(|error| error["message"].as_str().is_some_and(of_checker))
    }

    /// The test as a row, with names that begin with `prefix`.
    ///
    /// # Errors
    /// What no row or no attribute can say, in words.
    pub(crate) fn stated(&self, prefix: &str) -> Result<Stated, String> {
        let Variables { declared, values, names } = self.variables(prefix)?;
        let expression = renamed(self.expression(), &names);
        let result = match &self.test["typedResult"]["result"] {
            Json::Null => &self.test["value"],
            result => result,
        };
        let whole = if expression.contains("//") { format!("({expression}\n)") } else { format!("({expression})") };
        // What has a value of no matter which type is made a condition by comparing it with itself.
        let any = |expected: Expected| (vec![expression.clone(), format!("{whole} == {whole}")], expected);
        let one = |row: String, truth: bool| (vec![row], Expected::Truth(truth));
        let (rows, expected) = if self.test["checkOnly"] == json!(true) || self.suite != "conformance" {
            any(Expected::Checked)
        } else if self.test.get("evalError").is_some() {
            any(Expected::Error)
        } else {
            match result {
                Json::Null => one(expression, true),
                value if value.get("boolValue").is_some() => one(expression, value["boolValue"] == json!(true)),
                value if value["doubleValue"] == json!("NaN") => one(format!("{whole} != {whole}"), true),
                value => one(format!("{whole} == {}", literal(value)?), true),
            }
        };
        Ok(Stated { rows, expected, declared, values })
    }

    /// The variables as attributes.
    fn variables(&self, prefix: &str) -> Result<Variables, String> {
        let Variables { mut declared, mut values, mut names } = Variables::default();
        let declarations = self.test["typeEnv"].as_array().map_or(&[][..], Vec::as_slice);
        let bindings = self.test["bindings"].as_object();
        let mut variables: BTreeMap<&str, (Option<&Json>, Option<&Json>)> = BTreeMap::new();
        for declaration in declarations {
            if let Some(of) = declaration["ident"].get("type") {
                variables.entry(declaration["name"].as_str().unwrap_or_default()).or_default().0 = Some(of);
            }
        }
        for (name, value) in bindings.into_iter().flatten() {
            variables.entry(name).or_default().1 = value.get("value");
        }
        // Constants win over variables of the same name, in CEL as in rows.
        variables.retain(|name, _| !matches!(*name, "true" | "false"));
        // Longer names first: what a container shortens takes the place of what is outside of it.
        let mut variables: Vec<_> = variables.into_iter().collect();
        variables.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (number, (name, (of, value))) in variables.into_iter().enumerate() {
            let called = format!("{prefix}.v{number}");
            let (of, value) = variable(of, value)?;
            declared += &entry(&called, of);
            // Without a value it is an error to ask for it.
            match value {
                Some(value) => drop(values.insert(called.clone(), value)),
                None => declared += "required = true\n",
            }
            // Names are looked up in the test's container first.
            let container = format!("{}.", self.test["container"].as_str().unwrap_or_default());
            if let Some(short) = name.strip_prefix(&container) {
                names.insert(short.to_owned(), called.clone());
            }
            names.entry(name.to_owned()).or_insert(called);
        }
        Ok(Variables { declared, values, names })
    }
}

/// The catalogue's entry for an attribute.
pub(crate) fn entry(name: &str, of: &str) -> String {
    let limit = if of == "string" { "max_length = 4096\n" } else { "" };
    format!("[{name}]\ntype = \"{of}\"\n{limit}source = \"request\"\npurposes = [\"contextual\"]\n")
}

/// The type and value of the attribute that a literal can be lifted into: `None` for what no host can hand over.
pub(crate) fn lifted(piece: &Piece, name: &str) -> Option<(String, Json)> {
    let (of, value) = match &piece.kind {
        Kind::Bool(value) => ("bool", json!(value)),
        Kind::Int(value) if value.unsigned_abs() <= INT_MAX.unsigned_abs() => ("int", json!(value)),
        // JSON has no negative zero that every host would keep.
        Kind::Double(value) if value.is_finite() && (*value != 0.0 || value.is_sign_positive()) => {
            ("double", json!(value))
        }
        Kind::Text(value) => ("string", json!(value)),
        Kind::List(items) => ("list", json!(items)),
        Kind::Timestamp(moment) => ("timestamp", json!(moment)),
        _ => return None,
    };
    Some((entry(name, of), value))
}

/// The attribute type of a variable, and its value as a host hands it over.
fn variable(of: Option<&Json>, value: Option<&Json>) -> Result<(&'static str, Option<Json>), String> {
    let refused = |what: &str| Err(format!("a variable of a type that no attribute has: {what}"));
    let by_value = match value.and_then(Json::as_object).and_then(|value| value.iter().next()) {
        None => None,
        Some((kind, value)) => Some(match kind.as_str() {
            "int64Value" => ("int", json!(value.as_str().and_then(|text| text.parse::<i64>().ok()))),
            "boolValue" => ("bool", value.clone()),
            "doubleValue" if value.is_number() => ("double", value.clone()),
            "stringValue" => ("string", value.clone()),
            "listValue" => {
                let items = value["values"].as_array().map_or(&[][..], Vec::as_slice);
                let texts: Option<Vec<&str>> = items.iter().map(|item| item["stringValue"].as_str()).collect();
                match texts {
                    Some(texts) => ("list", json!(texts)),
                    None => return refused("a list of other things than texts"),
                }
            }
            "objectValue" => return refused(value["@type"].as_str().map_or("message", last)),
            other => return refused(other.trim_end_matches("Value")),
        }),
    };
    let by_type = match of {
        None => None,
        Some(of) => Some(match of["primitive"].as_str() {
            Some("INT64") => "int",
            Some("BOOL") => "bool",
            Some("DOUBLE") => "double",
            Some("STRING") => "string",
            Some(other) => return refused(&other.to_ascii_lowercase()),
            None if of["listType"]["elemType"]["primitive"] == json!("STRING") => "list",
            None if of["wellKnown"] == json!("TIMESTAMP") => "timestamp",
            None => return refused(&kind_of_type(of)),
        }),
    };
    match (by_type, by_value) {
        (Some(of), value) => Ok((of, value.map(|(_, value)| value))),
        (None, Some((of, value))) => Ok((of, Some(value))),
        (None, None) => refused("none is given"),
    }
}

/// The kind of a type, for people.
fn kind_of_type(of: &Json) -> String {
    match of.get("messageType").and_then(Json::as_str) {
        Some(message) => last(message).to_owned(),
        None => of.as_object().and_then(|of| of.keys().next()).map_or("null", |kind| kind.as_str()).to_owned(),
    }
}

/// A value as CEL writes it.
fn literal(value: &Json) -> Result<String, String> {
    let (kind, value) = value.as_object().and_then(|value| value.iter().next()).ok_or("a result of no type")?;
    let text = value.as_str().unwrap_or_default();
    Ok(match kind.as_str() {
        "boolValue" => value.to_string(),
        "int64Value" => text.to_owned(),
        "uint64Value" => format!("{text}u"),
        "doubleValue" => match value.as_f64() {
            Some(number) => format!("{number:?}"),
            // CEL has no literal for what is infinite.
            None if text.starts_with('-') => "(-1.0 / 0.0)".to_owned(),
            None => "(1.0 / 0.0)".to_owned(),
        },
        "stringValue" => quoted(text),
        "nullValue" => "null".to_owned(),
        "typeValue" => text.to_owned(),
        "listValue" => {
            let items = value["values"].as_array().map_or(&[][..], Vec::as_slice);
            format!("[{}]", items.iter().map(literal).collect::<Result<Vec<_>, _>>()?.join(", "))
        }
        "objectValue" => match value["@type"].as_str().map_or("", last) {
            "Timestamp" => format!("timestamp({})", quoted(value["value"].as_str().unwrap_or_default())),
            "Duration" => format!("duration({})", quoted(value["value"].as_str().unwrap_or_default())),
            _ => return Err("a result that is a message".to_owned()),
        },
        "bytesValue" => return Err("a result that is bytes".to_owned()),
        "mapValue" => return Err("a result that is a map".to_owned()),
        "enumValue" => return Err("a result that is an enum".to_owned()),
        other => return Err(format!("a result that is {other}")),
    })
}

/// The last part of a type's name.
fn last(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap_or(name)
}

/// The expression with its variables under other names.
fn renamed(expression: &str, names: &BTreeMap<String, String>) -> String {
    let mut text = expression.to_owned();
    for piece in scan(expression).into_iter().rev() {
        let Kind::Path(path) = piece.kind else { continue };
        // The longest name that the path begins with.
        let found = names.iter().rev().find(|(name, _)| {
            path == **name || path.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
        });
        if let Some((name, called)) = found {
            text.replace_range(piece.span.start..piece.span.start + name.len(), called);
        }
    }
    text
}
