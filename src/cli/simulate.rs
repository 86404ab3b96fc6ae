//! `selvedge simulate`: made-up persons, and whether anybody is contacted too often, too soon or at the wrong moment.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::meter::{Meter, Unit};
use super::{Outcome, SiteFolder, Usage, now_ms, open};
use crate::author::site::Site;
use crate::cli::open::Opened;
use crate::report::simulate::picture::picture;
use crate::report::simulate::{Example, Happens, Plan, Tally, counter_example, parts, simulate, without};
use crate::words::time::format_rfc3339;

/// The most persons that a search for a counter-example lives through.
const SEARCHED_MAX: u64 = 20_000;

#[derive(clap::Args)]
#[command(
    after_help = "The persons have several channels, zones and consents. They complain, dismiss, and reach goals. Every contact is counted again \
    from exact times, by code that shares nothing with the engine.\n\n\
    Exit codes: 0 if every promise is kept, and with --without-each if every part is needed; 1 if not.\n\nExamples:\n  \
    selvedge simulate examples/letters --days 30 --persons 200 --seed 7\n  \
    selvedge simulate examples/letters --persons 100 --svg weeks.svg --json\n  \
    selvedge simulate examples/letters --without-each"
)]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// Days of each person
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_660))]
    days: u32,
    /// Persons
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    persons: u64,
    /// The same seed, site and time make the same persons
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Leave out this part of the policy, and look for a person with whom its promise is broken
    #[arg(long, value_name = "PART", conflicts_with = "without_each")]
    without: Option<String>,
    /// Do that with each part in turn
    #[arg(long)]
    without_each: bool,
    /// Percent of the visits of pages that two tabs make at once
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    tabs: u8,
    /// Write a picture of contacts per person and week
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Threads; all there are by default
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The first day
    #[arg(long, default_value = "2027-01-01")]
    as_of: String,
    /// Print the answer as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, ..) = open::site(&args.folder.site)?;
    if site.contact.is_empty() {
        return Err(Usage("the site has no contact.toml, so there is no promise to keep".into()).into());
    }
    let threads = args.threads.or_else(|| std::thread::available_parallelism().map(Into::into).ok()).unwrap_or(1);
    let start_ms = now_ms(Some(&args.as_of))?;
    let plan = Plan { persons: args.persons, days: args.days, seed: args.seed, start_ms, tabs: args.tabs, threads };
    if args.without.is_some() || args.without_each {
        return search(args, &site, plan);
    }
    let opened = compiled(&site, start_ms)?;
    let meter = Meter::new(plan.persons, Unit::Persons);
    let tally = simulate(&site, &opened.bundle, plan, &|done| meter.tick(done));
    meter.finish();
    let example = match tally.broken.is_empty() {
        true => None,
        false => counter_example(&site, &opened.bundle, plan, None),
    };
    if let Some(file) = &args.svg {
        let title = format!("{}: {} persons, {} days, seed {}", site.name, plan.persons, plan.days, plan.seed);
        fs_err::write(file, picture(&tally, &title))?;
    }
    if args.json {
        let story = example.as_ref().map(|example| story(&site, example));
        anstream::println!(
            "{}",
            json!({
                "persons": plan.persons, "days": plan.days, "seed": plan.seed, "chances": tally.chances, "contacts": tally.contacts,
                "held": tally.held, "forgotten": tally.forgotten, "weeks": tally.weeks, "state_characters_max": tally.state_characters_max,
                "races": tally.races, "broken": tally.broken, "example": story,
            })
        );
    } else {
        anstream::print!(
            "{}{}",
            words(&tally, plan),
            example.as_ref().map_or(String::new(), |example| story(&site, example))
        );
    }
    Ok(if tally.broken.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// Without one part after another: a simulation that finds nothing then would find nothing ever.
fn search(args: &Args, site: &Site, plan: Plan) -> anyhow::Result<Outcome> {
    let all = parts(site);
    let wanted = match &args.without {
        Some(part) => vec![part.clone()],
        None => all.clone(),
    };
    let plan = Plan { persons: plan.persons.min(SEARCHED_MAX), tabs: 0, ..plan };
    let (mut found, mut rows) = (0, Vec::new());
    for part in &wanted {
        let less = without(site, part)
            .with_context(|| Usage(format!("the policy has no part `{part}`; its parts are {}", all.join(", "))))?;
        let opened = compiled(&less, plan.start_ms)?;
        let example = counter_example(site, &opened.bundle, plan, Some(part));
        found += usize::from(example.is_some());
        let told = match &example {
            Some(example) => format!(
                "without `{part}`: person {} of seed {}, {} of {} events\n{}",
                example.person.number,
                plan.seed,
                example.person.events.len(),
                example.events,
                story(site, example)
            ),
            None => format!("without `{part}`: nothing found in {} persons\n", plan.persons),
        };
        if !args.json {
            anstream::print!("{told}");
        }
        rows.push(json!({
            "part": part,
            "person": example.as_ref().map(|example| example.person.number),
            "events": example.as_ref().map(|example| example.person.events.len()),
            "story": example.as_ref().map(|example| story(site, example)),
        }));
    }
    if args.json {
        anstream::println!("{}", json!({ "seed": plan.seed, "persons": plan.persons, "without": rows }));
    } else {
        anstream::println!("{found} of {} parts are needed", wanted.len());
    }
    let is_clean = args.without_each && found == wanted.len();
    Ok(if is_clean { Outcome::Clean } else { Outcome::Findings })
}

fn compiled(site: &Site, now_ms: i64) -> anyhow::Result<Opened> {
    open::compiled(site, open::environment(site, None)?, now_ms)
}

fn words(tally: &Tally, plan: Plan) -> String {
    let listed = |all: Vec<String>| if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    let contacts = listed(tally.contacts.iter().map(|(channel, count)| format!("{channel} {count}")).collect());
    let held = listed(tally.held.iter().map(|(detail, count)| format!("{detail} {count}")).collect());
    let broken = listed(tally.broken.iter().map(|(part, count)| format!("{part} {count}")).collect());
    let state = match tally.state_characters_max {
        0 => String::new(),
        most => format!("state of a device: at most {most} characters of 512\n"),
    };
    let races = match plan.tabs {
        0 => String::new(),
        share => format!("{share} % of visits in two tabs at once: {} contacts over a cap\n", tally.races),
    };
    format!(
        "{} persons, {} days, seed {}: {} chances\ncontacts: {contacts}\nheld back: {held}\n\
         pages without memory, as no storage is permitted: {}\n{state}{races}broken promises: {broken}\n",
        plan.persons, plan.days, plan.seed, tally.chances, tally.forgotten
    )
}

/// What happened to a person, a line for each event.
fn story(site: &Site, example: &Example) -> String {
    let person = &example.person;
    let mut text = format!(
        "  in {}{}{}{}\n",
        person.zone,
        if person.is_known { ", known on every channel" } else { ", known to a device alone" },
        if person.has_storage { "" } else { ", without storage" },
        if person.says_zone { "" } else { ", without a known zone" },
    );
    let mut channels: Vec<&str> = Vec::new();
    site.slots.iter().for_each(|slot| {
        if !channels.contains(&slot.channel.as_str()) {
            channels.push(&slot.channel);
        }
    });
    for event in &person.events {
        let what = match &event.happens {
            Happens::Change(attribute, value) => {
                let name = site.attributes.get(*attribute).map_or("?", |attribute| attribute.name.as_str());
                format!("{name} is {value:?} from now on")
            }
            Happens::Chance { channel, dismisses, .. } => {
                let channel = channels.get(*channel).copied().unwrap_or("?");
                format!("{channel}{}", if *dismisses { ", and dismisses what it shows" } else { "" })
            }
        };
        text += &format!("  {}  {what}\n", format_rfc3339(event.at_ms));
    }
    text + &format!("  {}: {}\n", example.broken.part, example.broken.what)
}
