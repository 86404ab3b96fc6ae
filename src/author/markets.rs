//! `markets/*.toml`: what a market does otherwise than the whole site.
//!
//! Takes the files and the experiences, gives the experiences with those of markets among them. An experience says which of its parts a
//! market may override, and anything else is a fault that names its owner. The result is an ordinary experience that runs in one market
//! alone, in place of the one that is global. So every host, proof and report treats it as any other.

mod apart;

use super::keys::{Named, Table, Text};
use super::names;
use super::rows;
use super::schedule;
use super::settings::{CONTROL, owner};
use super::site::{Content, Effect, Experience, OfMarket, Override, Point, Row, Rows, Schedule, Slot};
use super::stage::{Stage, find_content};
use crate::words::{hex, sha256::sha256};

/// An override as it is written, and the experience that comes of it, if it runs.
struct Made {
    what: Override,
    experience: Option<Experience>,
}

/// Reads the overrides, and adds what they make to the experiences. Both stay sorted by name.
pub(crate) fn markets(entries: &[Named<'_>], experiences: &mut Vec<Experience>, stage: &Stage<'_>) -> Vec<Override> {
    let mut overrides = Vec::new();
    let mut more = Vec::new();
    for Named { name, table, .. } in entries {
        let markets = &stage.settings.site.markets;
        let Some(market) = markets.iter().position(|market| market.name == *name) else {
            let fault = table.error("SV7102", table.place(), format!("there is no market `{name}`"));
            let otherwise = |all| format!("the markets are {all}; add [markets.{name}] to selvedge.toml");
            table.report(fault.help(names::hint(name, markets.iter().map(|market| market.name.as_str()), otherwise)));
            continue;
        };
        for (field, inner) in table.named("overrides") {
            let Some(of) = experiences.iter().position(|experience| experience.name == field.key) else {
                let fault = field.key_error("SV7103", format!("there is no experience `{}`", field.key));
                let otherwise = |all| format!("the experiences are {all}");
                let names = experiences.iter().map(|experience| experience.name.as_str());
                field.report(fault.help(names::hint(field.key, names, otherwise)));
                continue;
            };
            let Some(base) = experiences.get_mut(of) else { continue };
            let Some(Made { what, experience }) = made(inner, *table, market, base, stage) else { continue };
            apart::out_of(market, base);
            more.extend(experience);
            overrides.push(what);
        }
    }
    experiences.extend(more);
    experiences.sort_by(|a, b| a.name.cmp(&b.name));
    overrides.sort_by(|a, b| (a.market, &a.experience).cmp(&(b.market, &b.experience)));
    overrides
}

fn made(table: Table<'_>, top: Table<'_>, market: usize, base: &Experience, stage: &Stage<'_>) -> Option<Made> {
    let market_name = stage.settings.site.markets.get(market)?.name.as_str();
    let is_off = table.flag("off");
    let mut own = Experience { name: format!("{}@{market_name}", base.name), place: table.place(), ..base.clone() };
    own.owner = owner(top, stage.settings).or(own.owner);
    own.priority = table.whole("priority").unwrap_or(base.priority);
    let added = rows::rows(table, &stage.ground);
    let contents = contents(table, &mut own, stage);
    add(&mut own, added.clone());
    let schedule = table.table("schedule").and_then(|table| schedule::schedule(table, &stage.settings.site.markets));
    let has = |point: Point| match point {
        Point::Content => table.has("content"),
        Point::Priority => table.has("priority"),
        Point::Schedule => table.has("schedule"),
        Point::Conditions => ["all", "any", "none"].iter().any(|key| table.has(key)),
        Point::Off => is_off,
    };
    let points: Vec<Point> = Point::ALL.iter().copied().filter(|point| has(*point)).collect();
    is_allowed(table, base, &points)?;
    is_needed(table, base, &points, own.priority);
    is_looked_at(table, base, stage);
    apart::only_in(market, &mut own, schedule);
    let differs = |rule: usize| {
        let effect = |of: &Experience| of.rules.get(rule).map(|rule| format!("{:?}", rule.effect));
        is_off || points.contains(&Point::Conditions) || effect(&own) != effect(base)
    };
    let rules = (0..base.rules.len()).filter(|rule| differs(*rule)).count();
    let reason = table.string("reason");
    let what = Override {
        market,
        experience: base.name.clone(),
        owner: own.owner.clone(),
        reason: reason.clone(),
        points: points.clone(),
        contents,
        rules,
        place: table.place(),
    };
    own.market = Some(OfMarket { market, of: base.name.clone(), points, reason, place: table.place() });
    Some(Made { what, experience: (!is_off).then_some(own) })
}

/// Reports each part that the experience does not let markets override.
fn is_allowed(table: Table<'_>, base: &Experience, points: &[Point]) -> Option<()> {
    let mut is_allowed = true;
    for point in points.iter().filter(|point| !base.overridable.contains(point)) {
        is_allowed = false;
        let key = match point {
            Point::Conditions => ["all", "any", "none"].into_iter().find(|key| table.has(key)).unwrap_or("all"),
            other => other.name(),
        };
        let Some(field) = table.get(key) else { continue };
        let owner = base.owner.as_deref().map_or_else(|| "its owner".to_owned(), |owner| format!("`{owner}`"));
        let what = match point {
            Point::Off => format!("`{}` does not let markets switch it off", base.name),
            _ => format!("`{}` does not let markets override its {point}", base.name),
        };
        let fault = field.key_error("SV7101", what);
        let fault = fault.why(format!("{owner} decides it for every market"));
        let mut all: Vec<Point> = base.overridable.iter().copied().chain([*point]).collect();
        all.sort_unstable();
        let all: Vec<String> = all.iter().map(|point| format!("\"{point}\"")).collect();
        let help =
            format!("ask {owner} for overridable = [{}] in {}, or remove it here", all.join(", "), base.place.file);
        field.report(fault.help(help));
    }
    is_allowed.then_some(())
}

/// Reports an override that changes nothing.
fn is_needed(table: Table<'_>, base: &Experience, points: &[Point], priority: i32) {
    let same_priority = points == [Point::Priority] && priority == base.priority;
    if points.is_empty() || same_priority {
        let what = format!("the override of `{}` changes nothing", base.name);
        let why = if same_priority {
            "the experience has this priority everywhere"
        } else {
            "it has no part that is otherwise"
        };
        let fault = table.error("SV7104", table.place(), what).warning();
        table.report(fault.why(why).help("remove it, or write what is otherwise here"));
    }
    if points.contains(&Point::Off) && points.len() > 1 {
        let fault =
            table.error("SV7104", table.place(), format!("`{}` is off here, so the rest changes nothing", base.name));
        table.report(fault.warning().help("remove `off`, or the rest"));
    }
}

/// Warns if the experience is another one than when the market looked at it.
fn is_looked_at(table: Table<'_>, base: &Experience, stage: &Stage<'_>) {
    let (Some(seen), now) = (table.text("base"), digest(base, stage)) else { return };
    if seen.text != now && seen.text.len() == now.len() {
        let fault = seen.error("SV7106", format!("`{}` is another one than when this market looked at it", base.name));
        let fault = fault.warning().why("an override that fitted the experience of then may not fit the one of now");
        seen.report(fault.help(format!("look at {}, then write base = \"{now}\"", base.place.file)));
    }
}

/// Exchanges content in the rules that show it, and gives the names of both.
fn contents(table: Table<'_>, own: &mut Experience, stage: &Stage<'_>) -> Vec<(String, String)> {
    let slot = stage.slots.get(own.slot);
    let mut exchanged = Vec::new();
    for field in table.inside("content") {
        let Some(with) = field.text() else { continue };
        let library = &stage.library.content;
        let from = library.binary_search_by(|item| item.name.as_str().cmp(field.key)).ok();
        let is_shown =
            |effect: &Effect| from.is_some_and(|from| matches!(effect, Effect::Show(content) if *content == from));
        let is_arm = |effect: &Effect| {
            from.is_some_and(|from| matches!(effect, Effect::Split(_)) && effect.contents().contains(&from))
        };
        if own.rules.iter().any(|rule| is_arm(&rule.effect)) {
            let fault = field.key_error("SV7105", format!("`{}` is an arm of an experiment", field.key));
            let fault =
                fault.why("an arm that shows something else in one market would not be one arm that can be measured");
            field.report(
                fault.help(
                    "give the content a text for the locale of this market, or the market an experiment of its own",
                ),
            );
            continue;
        }
        if !own.rules.iter().any(|rule| is_shown(&rule.effect)) {
            let fault = field.key_error("SV7104", format!("`{}` shows no `{}`", base_name(own), field.key));
            let shown: Vec<&str> = own
                .rules
                .iter()
                .flat_map(|rule| rule.effect.contents())
                .filter_map(|at| Some(library.get(at)?.name.as_str()))
                .collect();
            field.report(fault.help(names::hint(field.key, shown.iter().copied(), |all| format!("it shows {all}"))));
            continue;
        }
        let Some(effect) = replacement(with, slot, stage) else { continue };
        for rule in own.rules.iter_mut().filter(|rule| is_shown(&rule.effect)) {
            // A rule asks for the stock and the numbers of the content that it shows, and of no other.
            let old: Vec<&Row> = from.and_then(|from| library.get(from)).into_iter().flat_map(Content::asks).collect();
            rule.rows.all.retain(|row| !old.contains(&row));
            if let Effect::Show(content) = effect {
                rule.rows.all.extend(library.get(content).into_iter().flat_map(Content::asks).cloned());
            }
            rule.effect = effect.clone();
            rule.place = field.key_place();
        }
        exchanged.push((field.key.to_owned(), with.text.to_owned()));
    }
    exchanged
}

fn base_name(own: &Experience) -> &str {
    own.name.split('@').next().unwrap_or_default()
}

fn replacement(with: Text<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Effect> {
    if with.text == CONTROL {
        return Some(Effect::Control);
    }
    let absent = with.error("SV2205", format!("there is no content `{}`", with.text));
    find_content(with.text, absent, with.field, slot, stage).map(Effect::Show)
}

/// Adds rows that hold for every rule. Those of suppressions and goals stay the last.
fn add(own: &mut Experience, rows: Rows) {
    own.eligible.all.extend(rows.all);
    let end = own.eligible.none.len() - own.suppressed_by.len().min(own.eligible.none.len());
    own.eligible.none.splice(end..end, rows.none);
    // Only one of two sets of alternatives fits into one list: the rules take the other.
    if own.eligible.any.is_empty() {
        own.eligible.any = rows.any;
    } else if !rows.any.is_empty() {
        let either = std::mem::replace(&mut own.eligible.any, rows.any);
        own.eligible.all.push(apart::either(&either));
    }
}

/// Eight digits that are others as soon as the experience decides otherwise.
pub(crate) fn digest(base: &Experience, stage: &Stage<'_>) -> String {
    digest_of(base, &stage.library.content)
}

/// As [`digest`], of an experience of a checked site. Its windows in markets that override it do not count.
pub(crate) fn digest_of(base: &Experience, content: &[Content]) -> String {
    let mut text = format!("{} {} {:?} {}", base.slot, base.priority, base.class, base.purpose);
    let rows = |text: &mut String, rows: &Rows| {
        for row in rows.iter() {
            text.push('\n');
            text.push_str(&row.text);
        }
    };
    rows(&mut text, &base.eligible);
    for rule in &base.rules {
        rows(&mut text, &rule.rows);
        let name = |content_at: usize| content.get(content_at).map_or("", |item| item.name.as_str());
        let effect = match &rule.effect {
            Effect::Control => CONTROL.to_owned(),
            Effect::Show(at) => name(*at).to_owned(),
            Effect::Split(split) => {
                let arms = split.arms.iter().map(|arm| format!("{} {}", arm.name, arm.share));
                format!("{} {} {} {}", split.experiment, split.unit, split.traffic, arms.collect::<Vec<_>>().join(" "))
            }
        };
        text.push_str(&format!("\n→ {effect} {:?}", rule.layout));
    }
    if let Some(Schedule { edges, zone, default, .. }) = &base.schedule
        && edges.iter().any(Option::is_some)
    {
        text.push_str(&format!("\n{} {} {zone}", default.from_ms, default.until_ms));
    }
    hex(&sha256(text.as_bytes())).chars().take(8).collect()
}
