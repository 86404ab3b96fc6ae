//! Names: attributes and audiences.

use super::super::print::selector;
use super::functions::getter;
use super::{
    Checked, Checker, Condition, Expr, Finding, Kind, REFUSED, TYPE_MISMATCH, Term, Type, UNKNOWN_NAME, error, member,
    nearest, quote,
};

/// The group of names that audiences have.
const AUDIENCE: &str = "audience";
/// The time of the decision.
const NOW: &str = "now";

/// What a path names.
pub(super) enum Named {
    Attribute(usize),
    Audience(usize),
}

impl Checker<'_, '_> {
    /// A path as an operand.
    pub(super) fn name(&mut self, expr: &Expr) -> Option<Checked> {
        if let Kind::Name(name) = &expr.kind
            && !self.is_global(expr)
            && let Some(item) = self.bound(name)
        {
            return Some(item);
        }
        if matches!(&expr.kind, Kind::Name(name) if name == NOW) {
            return Some(Checked::Value(Term::Now, Type::Timestamp));
        }
        match (self.resolve(expr)?, self.inside) {
            (Named::Attribute(attribute), _) => self.attribute(attribute),
            (Named::Audience(audience), None) => Some(Checked::Condition(Condition::Audience(audience))),
            (Named::Audience(_), Some(what)) => {
                let help = "write it in front, as in `audience.x && …`, or choose between whole conditions";
                self.refuse(&expr.span, format!("an audience cannot be used inside {what}"), help)
            }
        }
    }

    /// True if a path starts with a dot. Then it names an attribute, even if an item of a list has the same name.
    fn is_global(&self, expr: &Expr) -> bool {
        self.slice(&expr.span).starts_with('.')
    }

    /// The meaning of a path. An unknown path is reported.
    pub(super) fn resolve(&mut self, expr: &Expr) -> Option<Named> {
        let Some(path) = expr.path() else {
            return self.fail(error(TYPE_MISMATCH, &expr.span, "only attributes have parts with a dot"));
        };
        if self.is_bound(path[0]) && !self.is_global(expr) {
            let what = format!("`{}` is an item of a list here, and has no parts", path[0]);
            let finding = error(TYPE_MISMATCH, &expr.span, what);
            return self.fail(match path.as_slice() {
                [item, "length" | "size" | "count" | "len"] => {
                    finding.help("measure it with size()").mended(format!("size({item})"))
                }
                _ => finding.help("give the items another name than the attribute has"),
            });
        }
        if let Some(named) = self.look_up(&path) {
            return Some(named);
        }
        if self.full() {
            // Looking for similar names is the slowest part of a check.
            return None;
        }
        let finding = if path[0] == AUDIENCE { self.unknown_audience(expr, &path) } else { self.unknown(expr, &path) };
        self.fail(finding)
    }

    pub(super) fn look_up(&self, path: &[&str]) -> Option<Named> {
        match path {
            [AUDIENCE, name] => {
                self.scope.audiences.binary_search_by(|known| known.as_str().cmp(name)).ok().map(Named::Audience)
            }
            // A dot inside backticks is part of one segment, which no attribute has.
            _ if path.iter().any(|segment| segment.contains('.')) => None,
            _ => self.find(&path.join(".")).map(Named::Attribute),
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.scope.attributes.binary_search_by(|known| known.name.as_str().cmp(name)).ok()
    }

    /// An operand beside one of the given type. A bare word beside a text is a text without its quotes.
    pub(super) fn beside(&mut self, expr: &Expr, other: Option<Type>) -> Option<Checked> {
        let (Kind::Name(word), Some(Type::Text(set))) = (&expr.kind, other) else {
            return self.value(expr);
        };
        if word == NOW || self.is_bound(word) || self.look_up(&[word]).is_some() || self.group(word).is_some() {
            return self.value(expr);
        }
        let values = set.map(|set| self.values(set));
        let finding = self.unknown(expr, &[word]);
        let certain = values.is_some_and(|values| values.contains(word));
        let meant = values.map_or(Some(word.as_str()), |values| member(word, values));
        self.fail(match meant {
            Some(meant) if certain || finding.mended.is_none() => {
                Finding { help: Some("put a text in quotes".into()), mended: Some(quote(meant)), ..finding }
            }
            _ => finding,
        })
    }

    fn unknown_audience(&self, expr: &Expr, path: &[&str]) -> Finding {
        let Some(name) = path.get(1) else {
            return error(UNKNOWN_NAME, &expr.span, "`audience` alone is not a name").help("write audience.NAME");
        };
        let finding = error(UNKNOWN_NAME, &expr.span, format!("there is no audience `{}`", path[1..].join(".")));
        match nearest(name, self.scope.audiences.iter().map(String::as_str)) {
            Some(near) => finding.meant(&audience(near), audience(near)),
            None if self.scope.audiences.is_empty() => {
                finding.help("this site has no audiences; one is a table in audiences/*.toml")
            }
            None => finding.help("declare it in audiences/*.toml"),
        }
    }

    fn unknown(&self, expr: &Expr, path: &[&str]) -> Finding {
        let written = path.join(".");
        if let Some(attribute) = (1..path.len()).rev().find_map(|end| self.find(&path[..end].join("."))) {
            let name = &self.scope.attributes[attribute].name;
            let part = &written[name.len() + 1..];
            let finding = error(UNKNOWN_NAME, &expr.span, format!("`{name}` has no part `{part}`"));
            if matches!(part, "length" | "size" | "count" | "len") {
                return finding.help("measure it with size()").mended(format!("size({name})"));
            }
            let time = self.attribute(attribute).as_ref().and_then(Checked::of) == Some(Type::Timestamp);
            return match getter(part) {
                Some(getter) if time => finding.help("use a function on it").mended(format!("{name}.{getter}()")),
                _ => finding.help(format!("use `{name}` itself")).mended(name),
            };
        }
        if let Some(names) = self.group(&written) {
            return error(UNKNOWN_NAME, &expr.span, format!("`{written}` is a group of attributes"))
                .help(format!("name one of them: {names}"));
        }
        let finding = error(UNKNOWN_NAME, &expr.span, format!("there is no attribute `{written}`"));
        if let [NOW, part] = path
            && let Some(getter) = getter(part)
        {
            return finding.help("this is a function").mended(format!("{NOW}.{getter}()"));
        }
        if path.len() == 1
            && matches!(written.to_ascii_lowercase().as_str(), "now" | "today" | "current_timestamp" | "current_date")
        {
            return finding.help("the time of the decision is `now`").mended(NOW);
        }
        let audiences: Vec<String> = self.scope.audiences.iter().map(|name| audience(name)).collect();
        let known = self.scope.attributes.iter().map(|attribute| attribute.name.as_str());
        match nearest(&written, known.chain(audiences.iter().map(String::as_str))) {
            Some(near) => finding.meant(near, near),
            None if path.len() == 1 => finding.help("declare it in attributes.toml, or put quotes around a text"),
            None => finding.help("declare it in attributes.toml"),
        }
    }

    /// The first attributes under a prefix, for messages.
    fn group(&self, prefix: &str) -> Option<String> {
        const NAMES_MAX: usize = 5;
        let within = |name: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        let known = self.scope.attributes.iter().map(|known| known.name.as_str());
        let mut names: Vec<&str> = known.filter(|name| within(name)).take(NAMES_MAX + 1).collect();
        if names.len() > NAMES_MAX {
            names[NAMES_MAX] = "…";
        }
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// `audience.winter-fans` is a subtraction in CEL. Says so, if an audience may be meant.
    pub(super) fn hyphenated(&self, expr: &Expr) -> Option<Finding> {
        let written = self.slice(&expr.span).strip_prefix(AUDIENCE)?.strip_prefix('.')?;
        if written.contains(|c: char| c.is_whitespace() || !(c == '-' || c == '_' || c.is_ascii_alphanumeric())) {
            return None;
        }
        let near = nearest(written, self.scope.audiences.iter().map(String::as_str))?;
        let finding = error(UNKNOWN_NAME, &expr.span, "a name with a hyphen reads as a subtraction");
        Some(finding.help("put it in backticks").mended(audience(near)))
    }

    /// `a["b"]` and `a[0]`.
    pub(super) fn index(&mut self, expr: &Expr, target: &Expr, index: &Expr) -> Option<Checked> {
        let finding = error(REFUSED, &expr.span, "this profile of CEL has no `[…]` after a value");
        self.fail(match &index.kind {
            Kind::Text(field) if target.path().is_some() => finding
                .help("select the attribute with a dot")
                .mended(format!("{}.{}", self.slice(&target.outer), selector(field))),
            _ => finding.help("test with `in` whether a list contains a value"),
        })
    }
}

/// An audience as it is written in a row.
fn audience(name: &str) -> String {
    format!("{AUDIENCE}.{}", selector(name))
}
