//! Functions: the known ones, and the messages about unknown ones.

use super::functions::{functions, is_method, meant};
use super::{
    Checked, Checker, Condition, Expr, Finding, Function, Kind, Named, Part, Quantifier, REFUSED, SYNTAX,
    TYPE_MISMATCH, TextTest, UNKNOWN_NAME, error, nearest, network, quantified, quote,
};

/// Functions of CEL that this profile leaves out, and what to do instead.
const LEFT_OUT: &[(&[&str], &str)] = &[
    (&["matches"], "use startsWith, endsWith, contains, or glob(\"…*…\")"),
    (
        &["trim", "replace", "substring", "split", "join", "charAt", "indexOf", "lastIndexOf", "format", "quote"],
        "store the value in the form that the condition needs",
    ),
    (&["bool", "bytes", "dyn", "string", "type", "uint"], "an attribute has a type; write constants of that type"),
];

/// A call: the whole of it, what stands in front of the function, and what stands in its brackets.
#[derive(Clone, Copy)]
pub(super) struct Call<'e> {
    pub(super) whole: &'e Expr,
    pub(super) target: Option<&'e Expr>,
    pub(super) function: &'e Function,
    pub(super) arguments: &'e [Expr],
}

impl Checker<'_, '_> {
    pub(super) fn call(&mut self, call: Call<'_>) -> Option<Checked> {
        let Call { whole, target, function, arguments } = call;
        let name = function.name.as_str();
        if let (Some(list), Some(by)) = (target, Quantifier::of(name)) {
            return self.quantified(by, list, call);
        }
        if let (Some(target), Some(part)) = (target, Part::from_name(name)) {
            return match (part, arguments) {
                (Part::Major | Part::Minor | Part::Patch, []) => self.version_part(part, whole, target),
                (Part::Family, []) => self.ip_part(whole, target, function),
                (Part::Major | Part::Minor | Part::Patch | Part::Family, _) => {
                    self.shape(whole, format!("`{name}` takes no argument"), format!("write `x.{name}()`"))
                }
                _ => self.getter(part, whole, target, arguments),
            };
        }
        match (TextTest::from_name(name), name, target, arguments) {
            (Some(test), _, Some(subject), [argument]) => {
                self.relation(whole, |it| it.text_test(test, whole, subject, argument))
            }
            (Some(_), name, None, [subject, argument]) => {
                let mended = format!("{}.{name}({})", self.slice(&subject.outer), self.slice(&argument.outer));
                let finding = error(SYNTAX, &whole.span, format!("`{name}` is called on a text"));
                self.fail(finding.help("write the text in front of it").mended(mended))
            }
            (None, "size", Some(of), []) | (None, "size", None, [of]) => self.relation(whole, |it| it.size(of, whole)),
            (None, "has", None, [attribute]) => self.has(whole, attribute),
            (None, "has", Some(attribute), []) => {
                let mended = format!("has({})", self.slice(&attribute.outer));
                let finding = error(SYNTAX, &whole.span, "`has` takes the attribute in its brackets");
                self.fail(finding.help(format!("write `{mended}`")).mended(mended))
            }
            (None, "lowerAscii" | "upperAscii", Some(of), []) => self.cased(whole, of, function),
            (None, "timestamp" | "duration", None, _) => self.time_constant(whole, function, arguments),
            (None, "int" | "double", None, [of]) => self.conversion(whole, function, of),
            (None, "semver" | "isSemver", None, [text]) => self.semver(whole, function, text),
            (None, "isLessThan" | "isGreaterThan" | "compareTo", Some(one), [other]) => {
                self.version_order(whole, one, name, other)
            }
            (None, "ip" | "isIP", None, [text]) => self.ip(whole, function, text),
            (None, "containsIP", Some(range), [address]) => self.contains_ip(whole, range, address),
            (None, name, Some(address), []) if network::is_kind(name) => self.ip_part(whole, address, function),
            (Some(_), name, ..) => {
                self.shape(whole, format!("`{name}` takes one text"), format!("write `text.{name}(\"…\")`"))
            }
            (None, "size", ..) => self.shape(whole, "`size` takes one text or list", "write `size(x)` or `x.size()`"),
            (None, "has", ..) => self.shape(whole, "`has` takes one attribute", "write `has(request.country)`"),
            _ => {
                let finding = self.foreign(call).unwrap_or_else(|| self.unknown_function(call));
                self.fail(finding)
            }
        }
    }

    pub(super) fn shape<T>(&mut self, whole: &Expr, what: impl Into<String>, help: impl Into<String>) -> Option<T> {
        self.wrong(SYNTAX, &whole.span, what, help)
    }

    fn has(&mut self, whole: &Expr, attribute: &Expr) -> Option<Checked> {
        let bound = matches!(&attribute.kind, Kind::Name(name) if self.is_bound(name));
        if attribute.path().is_some_and(|path| path == ["now"]) && !bound {
            return self.wrong(UNKNOWN_NAME, &whole.span, "`now` is no attribute, and is always there", "remove it");
        }
        if bound || !matches!(attribute.kind, Kind::Select(..) | Kind::Name(_)) {
            return self.shape(whole, "`has` takes one attribute", "write `has(request.country)`");
        }
        match self.resolve(attribute)? {
            Named::Attribute(attribute) => Some(Checked::Condition(Condition::Has(attribute))),
            Named::Audience(_) => {
                let finding = error(TYPE_MISMATCH, &whole.span, "an audience is no attribute");
                self.fail(finding.help("use it as a condition").mended(self.slice(&attribute.span)))
            }
        }
    }

    fn unknown_function(&self, Call { whole, target, function, arguments }: Call<'_>) -> Finding {
        let name = function.name.as_str();
        let special = self
            .now_meant(whole, function, arguments)
            .or_else(|| quantified::left_out(whole, name))
            .or_else(|| network::left_out(whole, name));
        if let Some(finding) = special {
            return finding;
        }
        if functions().any(|known| known == name) {
            let finding = called_otherwise(whole, name);
            return match (target, arguments) {
                (None, [subject]) if is_method(name) => {
                    finding.mended(format!("{}.{name}()", self.slice(&subject.outer)))
                }
                _ => finding,
            };
        }
        if let Some((_, instead)) = LEFT_OUT.iter().find(|(names, _)| names.contains(&name)) {
            let finding = error(REFUSED, &whole.span, format!("this profile of CEL has no {name}()")).help(*instead);
            return finding.mended_where(match (target, arguments) {
                (Some(subject), [Expr { kind: Kind::Text(pattern), .. }]) if name == "matches" => {
                    without_pattern(self.slice(&subject.outer), pattern)
                }
                _ => None,
            });
        }
        let meant = meant(name);
        let finding = error(UNKNOWN_NAME, &function.span, format!("there is no function `{name}`"));
        if let (Some(meant), None, [subject]) = (meant, target, arguments)
            && is_method(meant)
        {
            let mended = format!("{}.{meant}()", self.slice(&subject.outer));
            return Finding { place: whole.span.clone(), ..finding }
                .help(format!("did you mean `{meant}`? Write it after the value"))
                .mended(mended);
        }
        match meant.or_else(|| nearest(name, functions())) {
            Some(meant) => finding.meant(meant, meant),
            None => finding.help("the profile of CEL lists all functions; see its documentation"),
        }
    }
}

/// A function of the profile that is called in another way.
fn called_otherwise(whole: &Expr, name: &str) -> Finding {
    let help = match name {
        "all" | "exists" | "exists_one" => format!("write `list.{name}(item, condition)`"),
        "int" | "double" => format!("write `{name}(number)`"),
        "semver" | "isSemver" | "ip" | "isIP" => format!("write `{name}(text)`"),
        "isLessThan" | "isGreaterThan" | "compareTo" => format!("write `semver(text).{name}(semver(\"1.2.0\"))`"),
        "lowerAscii" | "upperAscii" => format!("write `text.{name}()`"),
        "containsIP" => "write `cidr(\"10.0.0.0/8\").containsIP(text)`".to_owned(),
        "major" | "minor" | "patch" => format!("write `semver(text).{name}()`"),
        "family" | "isLoopback" | "isUnspecified" | "isLinkLocalUnicast" => format!("write `ip(text).{name}()`"),
        _ => format!("write `now.{name}()`"),
    };
    error(SYNTAX, &whole.span, format!("`{name}` is not called like this")).help(help)
}

/// A regular expression that is no more than fixed parts with `.*` between them.
fn without_pattern(subject: &str, pattern: &str) -> Option<String> {
    let (from_start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (to_end, rest) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
    let parts: Vec<String> = rest.split(".*").map(literal_part).collect::<Option<_>>()?;
    let [fixed] = parts.as_slice() else {
        let end = |fixed| if fixed { "" } else { "*" };
        let glob = format!("{}{}{}", end(from_start), parts.join("*"), end(to_end)).replace("**", "*");
        return Some(format!("{subject}.glob({})", quote(&glob)));
    };
    if fixed.is_empty() {
        return None;
    }
    let fixed = quote(fixed);
    Some(match (from_start, to_end) {
        (true, true) => format!("{subject} == {fixed}"),
        (true, false) => format!("{subject}.startsWith({fixed})"),
        (false, true) => format!("{subject}.endsWith({fixed})"),
        (false, false) => format!("{subject}.contains({fixed})"),
    })
}

/// The characters of a pattern that stand for themselves, some of them behind a backslash.
fn literal_part(part: &str) -> Option<String> {
    let plain = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '/' | '_' | '-' | ' ' | ':' | '@' | '&' | '=' | '!' | ',' | ';' | '#' | '~' | '%')
    };
    let mut text = String::new();
    let mut characters = part.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => text.push(characters.next().filter(|c| matches!(c, '.' | '/' | '-' | '?' | '+'))?),
            c if plain(c) => text.push(c),
            _ => return None,
        }
    }
    Some(text)
}
