//! Another implementation of CEL, the crate `cel`, behind a pipe.
//!
//! Reads one JSON object a line: `{"expressions": […], "contexts": [{"name": {"int": "5"}, …}, …]}`. Writes one object a line: for
//! each context a text with a letter for each expression, `T`, `F`, `E` for an error, `X` for a value that is no truth, `P` for what
//! does not parse. A name that a context does not have is an error to ask for.

use std::cmp::Ordering;
use std::io::{BufRead as _, Write as _};
use std::net::IpAddr;
use std::sync::Arc;

use cel::objects::Value;
use cel::{Context, Env, ExecutionError, Program, extensions};
use semver::Version;
use serde_json::{Value as Json, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut env = Env::stdlib();
    extensions::strings(&mut env)?;
    let env = Arc::new(env);
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let question: Json = serde_json::from_str(&line?)?;
        let texts = question["expressions"].as_array().ok_or("no expressions")?;
        let programs: Vec<Option<Program>> =
            texts.iter().map(|text| env.compile(text.as_str().unwrap_or_default()).ok()).collect();
        let mut answers = Vec::new();
        for variables in question["contexts"].as_array().ok_or("no contexts")? {
            let mut context = Context::with_env(Arc::clone(&env));
            libraries(&mut context)?;
            for (name, tagged) in variables.as_object().ok_or("no names")? {
                context.add_variable_from_value(name.as_str(), value(tagged)?);
            }
            let letter = |program: &Option<Program>| match program.as_ref().map(|program| program.execute(&context)) {
                None => 'P',
                Some(Ok(Value::Bool(true))) => 'T',
                Some(Ok(Value::Bool(false))) => 'F',
                Some(Ok(_)) => 'X',
                Some(Err(_)) => 'E',
            };
            answers.push(programs.iter().map(letter).collect::<String>());
        }
        writeln!(output, "{}", json!({ "answers": answers }))?;
        output.flush()?;
    }
    Ok(())
}

/// What the crate has not, from others: versions from the crate `semver`, addresses from the standard library.
fn libraries(context: &mut Context<'_, '_>) -> Result<(), cel::DeclarationError> {
    fn fault(function: &str, error: impl ToString) -> ExecutionError {
        ExecutionError::function_error(function, error)
    }
    // Precedence, which leaves build metadata out.
    let order = |one: &str, other: &str| -> Result<Ordering, ExecutionError> {
        let read = |text: &str| Version::parse(text).map_err(|error| fault("semver", error));
        Ok(read(one)?.cmp_precedence(&read(other)?))
    };
    context.add_function("versionOrder", move |one: Arc<String>, other: Arc<String>| {
        order(&one, &other).map(|order| order as i64)
    })?;
    context.add_function("versionPart", |version: Arc<String>, part: i64| {
        let version = Version::parse(&version).map_err(|error| fault("semver", error))?;
        Ok::<i64, ExecutionError>([version.major, version.minor, version.patch][part as usize] as i64)
    })?;
    context.add_function("isVersion", |text: Arc<String>| Version::parse(&text).is_ok())?;
    context.add_function("isAddress", |text: Arc<String>| text.parse::<IpAddr>().is_ok())?;
    context.add_function("addressFamily", |text: Arc<String>| {
        let address: IpAddr = text.parse().map_err(|error| fault("ip", error))?;
        Ok::<i64, ExecutionError>(if address.is_ipv4() { 4 } else { 6 })
    })?;
    context.add_function("isWithin", |network: Arc<String>, prefix: i64, address: Arc<String>| {
        let read = |text: &str| text.parse::<IpAddr>().map_err(|error| fault("ip", error));
        Ok::<bool, ExecutionError>(match (read(&network)?, read(&address)?) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                prefix == 0 || (network.to_bits() ^ address.to_bits()) >> (32 - prefix) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                prefix == 0 || (network.to_bits() ^ address.to_bits()) >> (128 - prefix) == 0
            }
            _ => false,
        })
    })?;
    Ok(())
}

/// A value with its type: JSON does not tell an int from a double.
fn value(tagged: &Json) -> Result<Value, Box<dyn std::error::Error>> {
    let (of, value) = tagged.as_object().and_then(|tagged| tagged.iter().next()).ok_or("a value without a type")?;
    let text = value.as_str().unwrap_or_default();
    Ok(match of.as_str() {
        "null" => Value::Null,
        "bool" => Value::Bool(value.as_bool().ok_or("no bool")?),
        "int" => Value::Int(text.parse()?),
        "double" => Value::Float(text.parse()?),
        "string" => Value::String(Arc::new(text.to_owned())),
        "timestamp" => Value::Timestamp(chrono::DateTime::parse_from_rfc3339(text)?),
        "list" => {
            let items = value.as_array().ok_or("no list")?.iter().filter_map(Json::as_str);
            Value::List(Arc::new(items.map(|item| Value::String(Arc::new(item.to_owned()))).collect()))
        }
        other => return Err(format!("no type {other}").into()),
    })
}
