//! One experiment or holdout as a page of HTML that needs nothing else: no script, no font and no picture from elsewhere.
//!
//! Every picture has the same numbers in a table below it, so that nobody has to see it. The page prints in black on white.

use std::fmt::Write as _;

use super::judge::{Analysis, ArmResult, GoalResult, StudyResult};
use super::words::{Language, Tongue};
use crate::page::{escape_attribute, escape_text};

const STYLE: &str = "\
:root{color-scheme:light}body{font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1,h2,h3{line-height:1.2}table{border-collapse:collapse;margin:.5rem 0}th,td{border:1px solid #767676;padding:.25rem .6rem;text-align:right}\
th:first-child,td:first-child{text-align:left}.scroll{overflow-x:auto}.verdict{border-left:.5rem solid #1f4e8c;padding:.25rem 1rem;background:#f2f5f9}\
svg{width:100%;height:auto;max-width:45rem}svg text{font:12px system-ui,sans-serif;fill:#1a1a1a}\
@media (max-width:40rem){svg text{font-size:20px}}\
@media print{body{margin:0;max-width:none}.verdict{background:none}details{display:block}section{break-inside:avoid}}";

/// A picture: its size, where its scale ends, and the room below.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 96.0;
const FOOT: f64 = 30.0;

/// The page of one study.
pub fn page(analysis: &Analysis, study: &StudyResult, language: Language) -> String {
    let tongue = Tongue(language);
    let (title, lang) = (escape_text(&study.name), language.name());
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    if let Some([first, last]) = &analysis.days {
        let days = study.running_days;
        let _ = writeln!(
            page,
            "<p>{}</p>",
            tongue.say(&format!("{first} to {last}, {days} days"), &format!("{first} bis {last}, {days} Tage"))
        );
    }
    arms(&mut page, study, &tongue);
    for result in &study.results {
        one_arm(&mut page, study, result, &tongue);
    }
    funnel(&mut page, analysis, &tongue);
    page += "</main>\n</body>\n</html>\n";
    page
}

fn arms(page: &mut String, study: &StudyResult, tongue: &Tongue) {
    let head = tongue.say(
        "<th scope=\"col\">arm</th><th scope=\"col\">units</th><th scope=\"col\">planned</th>",
        "<th scope=\"col\">Gruppe</th><th scope=\"col\">Einheiten</th><th scope=\"col\">geplant</th>",
    );
    let _ = writeln!(page, "<table>\n<thead><tr>{head}</tr></thead>\n<tbody>");
    for arm in &study.arms {
        let name = escape_text(&tongue.arm(&arm.name));
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{name}</th><td>{}</td><td>{} %</td></tr>",
            arm.units,
            arm.share * 100.0
        );
    }
    *page += "</tbody>\n</table>\n";
}

fn one_arm(page: &mut String, study: &StudyResult, result: &ArmResult, tongue: &Tongue) {
    let _ = writeln!(page, "<section>\n<h2>{}</h2>", escape_text(&tongue.arm(&result.arm)));
    let _ = writeln!(
        page,
        "<div class=\"verdict\"><p><strong>{}</strong></p><ul>",
        escape_text(&tongue.what(study, result))
    );
    for why in &result.verdict.reasons {
        let _ = writeln!(page, "<li>{}</li>", prose(&tongue.why(why)));
    }
    *page += "</ul></div>\n";
    for goal in &result.goals {
        let _ = writeln!(page, "<h3>{}</h3>\n<p>{}</p>", escape_text(&goal.goal), prose(&tongue.goal(goal)));
        if goal.weeks.len() > 1 {
            picture(page, goal, tongue);
            numbers(page, goal, tongue);
        }
    }
    *page += "</section>\n";
}

/// The interval up to the end of each week: it becomes narrower as units come in.
fn picture(page: &mut String, goal: &GoalResult, tongue: &Tongue) {
    // The first weeks are so wide that nothing else could be seen: the last ones rule the scale.
    let last = goal.weeks.last().map_or(0.1, |week| week.number.interval.high - week.number.interval.low);
    let margin = goal.margin.unwrap_or_default();
    let middle = goal.weeks.last().map_or(0.0, |week| week.number.estimate);
    let (low, high) =
        ((middle - 2.0 * last).min(-margin * 1.2).min(0.0), (middle + 2.0 * last).max(margin * 1.2).max(0.0));
    let across = |at: usize| LEFT + (at as f64 + 0.5) / goal.weeks.len() as f64 * (WIDTH - LEFT);
    let down = |value: f64| (high - value.clamp(low, high)) / (high - low) * (HEIGHT - FOOT) + 5.0;
    let title =
        tongue.say(&format!("Effect on {} by week", goal.goal), &format!("Wirkung auf {} nach Wochen", goal.goal));
    let _ = writeln!(
        page,
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">",
        HEIGHT + 10.0,
        escape_attribute(&title)
    );
    for value in [low, 0.0, high] {
        let (y, percent) = (down(value), tongue.number(format!("{:+.1} %", value * 100.0)));
        let _ = writeln!(
            page,
            "<line x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#767676\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{percent}</text>",
            LEFT - 6.0,
            y + 4.0
        );
    }
    for (at, week) in goal.weeks.iter().enumerate() {
        let (x, interval) = (across(at), week.number.interval);
        let _ = writeln!(
            page,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\" stroke=\"#1f4e8c\" stroke-width=\"6\"/><circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"5\" fill=\"#fff\" stroke=\"#1f4e8c\" stroke-width=\"2\"/>",
            down(interval.low),
            down(interval.high),
            down(week.number.estimate)
        );
    }
    for (x, anchor, week) in [(LEFT, "start", goal.weeks.first()), (WIDTH, "end", goal.weeks.last())] {
        let Some(week) = week else { continue };
        let _ = writeln!(page, "<text x=\"{x}\" y=\"{HEIGHT}\" text-anchor=\"{anchor}\">{}</text>", week.until);
    }
    *page += "</svg>\n";
}

fn numbers(page: &mut String, goal: &GoalResult, tongue: &Tongue) {
    let summary = tongue.say("The same numbers", "Dieselben Zahlen");
    let head = tongue.say(
        "<th scope=\"col\">until</th><th scope=\"col\">estimate</th><th scope=\"col\">from</th><th scope=\"col\">to</th>",
        "<th scope=\"col\">bis</th><th scope=\"col\">Schätzung</th><th scope=\"col\">von</th><th scope=\"col\">bis zu</th>",
    );
    let _ = writeln!(
        page,
        "<details><summary>{summary}</summary><div class=\"scroll\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>"
    );
    for week in &goal.weeks {
        let percent = |value: f64| tongue.number(format!("{:+.2} %", value * 100.0));
        let (number, interval) = (percent(week.number.estimate), week.number.interval);
        let (low, high) = (percent(interval.low), percent(interval.high));
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{number}</td><td>{low}</td><td>{high}</td></tr>",
            week.until
        );
    }
    *page += "</tbody>\n</table></div></details>\n";
}

/// What became of all decisions of the site.
fn funnel(page: &mut String, analysis: &Analysis, tongue: &Tongue) {
    let of = &analysis.decisions;
    let all: u64 = of.decided.values().sum();
    if all == 0 {
        return;
    }
    let mut rows = vec![(tongue.say("impressions", "Einblendungen"), of.impressions as i64)];
    let control = tongue.say("control", "Kontrolle");
    rows.extend(of.control.iter().map(|(reason, count)| (format!("{control}: {reason}"), *count as i64)));
    rows.push((tongue.say("not seen: bots, prefetches", "nicht gesehen: Bots, Vorabrufe"), of.unseen as i64));
    rows.push((
        tongue.say(
            "without an exposure: not permitted, not on the page, or lost",
            "ohne Einblendung: nicht erlaubt, nicht auf der Seite oder verloren",
        ),
        of.without_exposure,
    ));
    let heading = tongue.say("All decisions of the site", "Alle Entscheidungen der Website");
    let head = tongue.say(
        "<th scope=\"col\">outcome</th><th scope=\"col\">decisions</th><th scope=\"col\">share</th>",
        "<th scope=\"col\">Ausgang</th><th scope=\"col\">Entscheidungen</th><th scope=\"col\">Anteil</th>",
    );
    let _ = writeln!(
        page,
        "<section>\n<h2>{heading}: {all}</h2>\n<div class=\"scroll\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>"
    );
    for (name, count) in rows {
        let share = tongue.number(format!("{:.1} %", count as f64 / all as f64 * 100.0));
        let _ =
            writeln!(page, "<tr><th scope=\"row\">{}</th><td>{count}</td><td>{share}</td></tr>", escape_text(&name));
    }
    *page += "</tbody>\n</table></div>\n</section>\n";
}

/// A sentence, whose names stand between backticks.
fn prose(text: &str) -> String {
    let parts = escape_text(text);
    let parts = parts.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}
