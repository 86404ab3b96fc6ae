//! From files to a checked site.
//!
//! Takes every file of a folder, gives the site if there is no error, and every fault of every file in one run. It never
//! panics on any file, and never stops at the first fault.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::cases::{self, Cast};
use super::diagnostic::Diagnostic;
use super::feeds::Feeds;
use super::keys::{self, FileKind, Named, Parsed};
use super::read::{Entry, FILE_BYTES_MAX, Files};
use super::rows::Ground;
use super::site::{Place, Site};
use super::source::{Sink, Source, Sources};
use super::stage::Stage;
use super::{
    answerable, attributes, audiences, bidi, channels, classified, consent, contact, content, elsewhere, events,
    experiences, feeds, goals, governance, holdouts, holidays, journeys, layers, looser, markets, plan, points, reach,
    region_table, regions, settings, signals, slots, visitors,
};

/// Reads and checks the site in `folder`.
pub fn load(folder: &Path) -> (Option<Site>, Vec<Diagnostic>, Sources) {
    check(&Files::read(folder))
}

/// Checks a site. The site is there only if no diagnostic is an error; diagnostics are sorted by file and position.
pub fn check(files: &Files) -> (Option<Site>, Vec<Diagnostic>, Sources) {
    let sink = Sink::default();
    let (texts, damaged) = texts(files, &sink);
    let site = if files.entries.contains_key("selvedge.toml") {
        let whole = texts.iter().filter(|(path, _)| !damaged.contains(path.as_str()));
        let sources: Vec<Source<'_>> = whole.map(|(path, text)| Source::new(path, text, &sink)).collect();
        let markup: Vec<&Source<'_>> = sources.iter().filter(|source| source.path.ends_with(".html")).collect();
        let tables = sources.iter().filter(|source| source.path.ends_with(".toml"));
        sources.iter().filter(|source| source.path != points::LOCK).for_each(bidi::check);
        let parsed: Vec<Parsed<'_>> = tables.map(|source| (source, keys::parse(source))).collect();
        let mut site = assemble(&parsed, &markup, files, &sink);
        let lock = sources.iter().find(|source| source.path == points::LOCK).map(|source| source.text);
        points::lay(&mut site, lock, &sink);
        Some(site)
    } else {
        let place = Place { file: "selvedge.toml".into(), line: 1, column: 1, ..Place::default() };
        let fault = Diagnostic::error("SV9001", place, format!("`{}` is not a site", files.folder.display()));
        let fault = fault.why("the folder of a site has a file `selvedge.toml`");
        sink.report(fault.help("run `selvedge init` to start a site, or name the folder of a site"));
        None
    };
    let site = site.filter(|_| !sink.has_errors());
    (site, sink.into_sorted(), texts)
}

/// The text of every file that is one, and the paths of those whose text is for drawing only. Anything else is reported here.
fn texts<'f>(files: &'f Files, sink: &Sink) -> (Sources, BTreeSet<&'f str>) {
    let (mut texts, mut damaged) = (Sources::new(), BTreeSet::new());
    for (path, meant) in &files.strays {
        let place = Place { file: path.clone(), line: 1, column: 1, ..Place::default() };
        let fault = Diagnostic::error("SV9016", place, format!("`{path}` is not read")).warning();
        let fault = fault.why("no file of a site has this name, so nothing of it counts");
        sink.report(fault.help(format!("did you mean `{meant}`?")));
    }
    for (path, entry) in &files.entries {
        let place = |at: usize| Place { file: path.clone(), span: at..at, line: 1, column: 1 };
        match entry {
            Entry::Unreadable(why) => {
                sink.report(Diagnostic::error("SV9002", place(0), format!("`{path}` cannot be read")).why(why.clone()));
            }
            Entry::TooLarge(bytes) => {
                let what = format!("`{path}` has {bytes} bytes, more than {FILE_BYTES_MAX}");
                sink.report(Diagnostic::error("SV9015", place(0), what).help("split it into smaller files"));
            }
            Entry::Folder => {
                let fault = Diagnostic::error("SV9016", place(0), format!("the folder `{path}` is not read")).warning();
                let why = "subfolders are only read below content/, and there 16 deep";
                sink.report(fault.why(why).help("move its files up, or remove it"));
            }
            Entry::Bytes(_) if !is_read(path) => {
                let fault = Diagnostic::error("SV9016", place(0), format!("`{path}` is not read")).warning();
                let fault = fault.why("only .toml files are read, and .html files below content/");
                sink.report(fault.help("rename or remove it"));
            }
            Entry::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => drop(texts.insert(path.clone(), text.to_owned())),
                Err(error) => {
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    let start = error.valid_up_to();
                    let place = Source::new(path, &text, sink).place(start..start + '\u{fffd}'.len_utf8());
                    let what = format!("byte {start} of `{path}` is not UTF-8");
                    sink.report(Diagnostic::error("SV9003", place, what).help("save the file as UTF-8"));
                    damaged.insert(path.as_str());
                    texts.insert(path.clone(), text);
                }
            },
        }
    }
    (texts, damaged)
}

fn is_read(path: &str) -> bool {
    path == points::LOCK || path.ends_with(".toml") || path.starts_with("content/") && path.ends_with(".html")
}

fn assemble(parsed: &[Parsed<'_>], markup: &[&Source<'_>], files: &Files, sink: &Sink) -> Site {
    let entries = |kind: FileKind, owner| -> Vec<Named<'_>> {
        let of_kind = parsed.iter().filter(|(source, _)| FileKind::of(source.path) == Some(kind));
        of_kind.flat_map(|parsed| keys::entries(kind, parsed, owner)).collect()
    };
    let all = |kind| entries(kind, None);
    let one = |kind: FileKind| all(kind).into_iter().next();
    let table = |kind: FileKind| one(kind).map(|entry| entry.table);
    // A file that is there and could not be read leaves names unknown that are not wrong.
    let whole: BTreeSet<&str> =
        parsed.iter().filter(|(source, _)| !source.broken.get()).map(|(source, _)| source.path).collect();
    let unread = |prefix: &'static str| {
        let paths = files.entries.keys().filter_map(move |path| Some((path, path.strip_prefix(prefix)?)));
        paths.filter(|(path, _)| path.ends_with(".toml") && !whole.contains(path.as_str())).map(|(_, name)| name)
    };
    let unread_names =
        |prefix| unread(prefix).filter_map(|name| name.strip_suffix(".toml")).map(str::to_owned).collect();
    let top = table(FileKind::Settings);
    let mut settings = top.map(|top| settings::settings(top, files)).unwrap_or_default();
    table(FileKind::Holidays).into_iter().for_each(|top| holidays::holidays(top, &mut settings.site.markets));
    let settings = settings;
    let owned = |kind| entries(kind, settings.owner.as_deref());
    let has_feeds = files.entries.contains_key("feeds.toml");
    let is_unread = unread("feeds.toml").next().is_some();
    let feeds = Feeds { feeds: feeds::feeds(all(FileKind::Feeds)), incomplete: !has_feeds || is_unread };
    let mut catalogue = attributes::attributes(all(FileKind::Attributes), &feeds);
    catalogue.incomplete = unread("attributes.toml").next().is_some();
    let entries_of_slots = all(FileKind::Slots);
    let tables_of_slots: Vec<_> = entries_of_slots.iter().map(|entry| entry.table).collect();
    let (slots, slot_names) = slots::slots(entries_of_slots);
    let channels = top.map(|top| channels::channels(top, &tables_of_slots)).unwrap_or_default();
    let headings = audiences::headings(owned(FileKind::Audiences));
    let names: Vec<String> = headings.iter().map(|heading| heading.name.clone()).collect();
    let ground = |catalogue| Ground {
        catalogue,
        audiences: &names,
        audiences_incomplete: unread("audiences/").next().is_some(),
    };
    let audiences = audiences::audiences(&headings, &ground(&catalogue), &settings);
    let files_of_content = owned(FileKind::Content);
    let of_content: Vec<_> = files_of_content.iter().map(|entry| (entry.name.clone(), entry.table)).collect();
    let mut library = content::library(files_of_content, markup, &settings, &ground(&catalogue));
    library.unread = unread_names("content/");
    let policy = table(FileKind::Contact);
    let suppressions =
        policy.map(|top| contact::suppressions::suppressions(top, &ground(&catalogue))).unwrap_or_default();
    let stage = Stage {
        ground: ground(&catalogue),
        suppressions: &suppressions,
        slots: &slots,
        slot_names: &slot_names,
        slots_incomplete: unread("slots.toml").next().is_some(),
        library: &library,
        settings: &settings,
    };
    let files_of_experiences = owned(FileKind::Experiences);
    let of_experiences: Vec<_> = files_of_experiences.iter().map(|entry| (entry.name.clone(), entry.table)).collect();
    let experiences = files_of_experiences.into_iter();
    let mut experiences: Vec<_> = experiences.filter_map(|entry| experiences::experience(entry, &stage)).collect();
    // By name, which is not the order of paths: `a-b.toml` comes before `a.toml`.
    experiences.sort_by(|a, b| a.name.cmp(&b.name));
    if !sink.has_errors() {
        layers::units(&experiences, &settings.site.layers, sink);
        governance::check(&experiences, &audiences, &catalogue.attributes, sink);
        reach::check(&audiences, &experiences, &catalogue.attributes, sink);
    }
    let overrides = markets::markets(&owned(FileKind::Markets), &mut experiences, &stage);
    let mut contact = policy.map(|top| contact::policy(top, &stage, &experiences)).unwrap_or_default();
    contact.rotations = contact::repeat::rotations(&experiences);
    contact::fits(policy, &contact, &experiences, &slots, sink);
    let plan = plan::plan(top, [&of_experiences, &of_content], &experiences, &stage);
    if let Some(plan) = plan.as_ref().filter(|_| !sink.has_errors()) {
        plan::is_shown(plan, &experiences, &library.content, &slots, sink);
    }
    let holdouts = top.map(|top| holdouts::holdouts(top, &slots)).unwrap_or_default();
    let journeys = top.map(|top| journeys::journeys(top, &stage, plan.as_ref(), &experiences)).unwrap_or_default();
    let events = table(FileKind::Events).map(events::events);
    let of_goals = goals::Ground { events: events.as_ref(), experiences: &experiences, holdouts: &holdouts };
    let goals = table(FileKind::Goals).map(|top| goals::goals(top, &of_goals));
    let elsewhere = top.map(|top| elsewhere::elsewhere(top, &stage)).unwrap_or_default();
    let shipped = regions::shipped();
    let own = one(FileKind::Regions).filter(|entry| region_table::is_sound(entry.table) & entry.is_sound);
    let own = own.map(|entry| entry.table);
    own.into_iter().for_each(looser::check);
    let law = table(FileKind::Consent);
    let (consent, regions) = consent::consent(law, own.map_or(&shipped, |table| table.entries));
    let data = [catalogue.attributes.as_slice(), &catalogue.panel];
    classified::check(&consent, &data, &experiences, sink);
    let environments = &settings.site.environments;
    answerable::check(&answerable::Ground { consent: &consent, top: law, environments, data: &data }, sink);
    let visitors = all(FileKind::Visitors).into_iter();
    let mut visitors: Vec<_> = visitors.map(|entry| visitors::visitor(entry, &catalogue, &feeds)).collect();
    visitors.sort_by(|a, b| a.name.cmp(&b.name));
    signals::fit(&regions.signals, &visitors, sink);
    let visitors_unread = unread_names("visitors/");
    let cast = Cast { visitors: &visitors, visitors_unread: &visitors_unread, stage: &stage };
    let tests = all(FileKind::Tests).into_iter().flat_map(|entry| cases::cases(entry.table, &cast)).collect();
    Site {
        folder: files.folder.clone(),
        feeds: feeds.feeds,
        attributes: catalogue.attributes,
        panel: catalogue.panel,
        slots,
        audiences,
        content: library.content,
        experiences,
        overrides,
        elsewhere,
        regions,
        holdouts,
        journeys,
        contact,
        plan,
        channels,
        consent,
        events,
        goals,
        visitors,
        tests,
        files: digests(files),
        ..settings.site
    }
}

fn digests(files: &Files) -> BTreeMap<PathBuf, [u8; 32]> {
    let read = files.entries.iter().filter_map(|(path, entry)| match entry {
        Entry::Bytes(bytes) if is_read(path) => Some((PathBuf::from(path), Sha256::digest(bytes).into())),
        _ => None,
    });
    read.collect()
}
