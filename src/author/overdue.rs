//! Finds what is over: reviews, schedules, and content that can never show again.
//!
//! Takes a checked site and the time, gives warnings. The time is an argument, as everywhere.

use super::diagnostic::Diagnostic;
use super::site::{Experience, Site};
use crate::words::time::{DAY, format_day, parse_rfc3339};

/// Every finding as of `now_ms`.
pub fn overdue(site: &Site, now_ms: i64) -> Vec<Diagnostic> {
    let reviews = site.experiences.iter().filter(|one| !is_over(one, now_ms)).filter_map(|one| review(one, now_ms));
    let schedules = site.experiences.iter().filter(|one| is_over(one, now_ms)).map(schedule);
    let contents = (0..site.content.len()).filter_map(|at| content(site, at, now_ms));
    reviews.chain(schedules).chain(contents).collect()
}

fn review(experience: &Experience, now_ms: i64) -> Option<Diagnostic> {
    let day = experience.review_by.as_deref()?;
    // The day itself is in time.
    let due_ms = parse_rfc3339(&format!("{day}T00:00:00Z"))? + DAY;
    let what = format!("the review of `{}` was due by {day}", experience.name);
    let fault = warning("SV5022", &experience.place, what, &experience.owner);
    let fault = fault.why("it still runs, but nobody has reviewed it since");
    (now_ms >= due_ms).then(|| fault.help("review its results, then write a later day into `review_by`"))
}

/// True if no market will have it again.
fn is_over(experience: &Experience, now_ms: i64) -> bool {
    last(experience).is_some_and(|until_ms| now_ms >= until_ms)
}

/// The end of its last window.
fn last(experience: &Experience) -> Option<i64> {
    let schedule = experience.schedule.as_ref()?;
    let windows = schedule.markets.iter().map(|(_, window)| window).chain([&schedule.default]);
    windows.map(|window| window.until_ms).max()
}

fn schedule(experience: &Experience) -> Diagnostic {
    let day = format_day(last(experience).unwrap_or_default());
    let what = format!("the schedule of `{}` ended on {day}", experience.name);
    let fault = warning("SV7016", &experience.place, what, &experience.owner);
    fault.why("it can never show again").help("remove the experience, or give it a later `until`")
}

/// Content that rules show, and that has expired or is left to experiences that are over.
fn content(site: &Site, at: usize, now_ms: i64) -> Option<Diagnostic> {
    let content = site.content.get(at)?;
    let showing =
        site.experiences.iter().filter(|one| one.rules.iter().any(|rule| rule.effect.contents().contains(&at)));
    let (over, running): (Vec<_>, Vec<_>) = showing.partition(|one| is_over(one, now_ms));
    let expired = content.expires_ms.filter(|expires_ms| now_ms >= *expires_ms);
    let (what, why) = match (expired, running.first()) {
        (Some(ms), Some(one)) => (
            format!("`{}` expired on {}, but `{}` still shows it", content.name, format_day(ms - 1), one.name),
            "visitors see the origin's content instead",
        ),
        (None, None) if !over.is_empty() => (
            format!("`{}` can never show again", content.name),
            "the schedules of all experiences that show it are over",
        ),
        _ => return None,
    };
    let fault = warning("SV4018", &content.place, what, &content.owner).why(why);
    Some(fault.help("give it a later `expires`, or remove it and the rules that show it"))
}

fn warning(code: &'static str, place: &super::place::Place, what: String, owner: &Option<String>) -> Diagnostic {
    Diagnostic { owner: owner.clone(), ..Diagnostic::error(code, place.clone(), what).warning() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::{Entry, Files, check};

    #[test]
    fn what_is_past_is_found_on_the_day_after() {
        let texts = [
            ("selvedge.toml", "name = \"shop\"\nlocales = { default = \"en\" }\n"),
            ("slots.toml", "[home.hero]\nselector = \"#a\"\nchange = \"text\"\n"),
            ("content/a.toml", "expires = 2026-12-24\n[locale.en]\ntext = \"a\"\n"),
            ("content/b.toml", "[locale.en]\ntext = \"b\"\n"),
            ("experiences/a.toml", "slot = \"home.hero\"\nreview_by = 2026-12-01\n[[rule]]\nshow = \"a\"\n"),
            (
                "experiences/b.toml",
                "slot = \"home.hero\"\npriority = 2\nreview_by = 2026-12-01\n[[rule]]\nshow = \"b\"\n\
                 [schedule]\nuntil = 2026-12-10\nzone = \"UTC\"\n",
            ),
        ];
        let mut files = Files::default();
        let entry = |(path, text): (&str, &str)| (path.to_owned(), Entry::Bytes(text.as_bytes().to_vec()));
        files.entries.extend(texts.map(entry));
        let site = check(&files).0.expect("has no fault");
        let found = |day: &str| {
            let now_ms = parse_rfc3339(&format!("{day}T12:00:00Z")).expect("a day");
            let of = |one: Diagnostic| format!("{} {}", one.code, one.place.file);
            overdue(&site, now_ms).into_iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(found("2026-12-01"), Vec::<String>::new());
        assert_eq!(found("2026-12-02"), ["SV5022 experiences/a.toml", "SV5022 experiences/b.toml"]);
        let past = ["SV5022 experiences/a.toml", "SV7016 experiences/b.toml", "SV4018 content/b.toml"];
        assert_eq!(found("2026-12-24"), past);
        assert_eq!(found("2026-12-25")[2..], ["SV4018 content/a.toml", "SV4018 content/b.toml"]);
    }
}
