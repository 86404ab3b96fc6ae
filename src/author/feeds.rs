//! `feeds.toml`, and what attributes say of feeds.
//!
//! Takes both, gives every feed, and every attribute of a published feed its place in it. It reports an attribute of a published
//! feed that could be about a person: everybody can read the data beside a release.

use super::keys::{self, Named, Table, Text};
use super::names;
use super::site::{Attribute, Feed};
use crate::bundle::data::FEEDS_MAX;
use crate::bundle::manifest::{FeedPlace, From};
use crate::words::{Depth, Purpose, Purposes, Source, ValueType, WhenStale};

/// The feeds of a site.
#[derive(Default)]
pub(crate) struct Feeds {
    /// By name.
    pub(crate) feeds: Vec<Feed>,
    /// There is no file of them, or it could not be read: a name that is not here may be a feed.
    pub(crate) incomplete: bool,
}

/// The purposes of facts that are about no person.
const IMPERSONAL: Purposes = Purposes::NONE.with(Purpose::Necessary).with(Purpose::Contextual);

/// Seconds of a day.
const DAY_SECONDS: u32 = 86_400;

/// Reads the feeds.
pub(crate) fn feeds(entries: Vec<Named<'_>>) -> Vec<Feed> {
    if let Some(one) = entries.get(FEEDS_MAX) {
        let what = format!("there are {} feeds, more than {FEEDS_MAX}", entries.len());
        one.table.refuse("SV5255", what, "put several columns into one feed");
    }
    let mut feeds: Vec<Feed> = entries.into_iter().map(|entry| feed(entry.name, entry.table)).collect();
    feeds.sort_by(|a, b| a.name.cmp(&b.name));
    feeds
}

fn feed(name: String, table: Table<'_>) -> Feed {
    let seconds = |key| table.string(key).and_then(|text| keys::seconds(&text));
    let feed = Feed {
        url: table.string("url"),
        file: table.string("file"),
        map: table.string("map"),
        refresh_seconds: seconds("refresh"),
        max_age_seconds: seconds("max_age").unwrap_or(DAY_SECONDS),
        on_stale: table.word("on_stale", WhenStale::from_name).unwrap_or(WhenStale::Fallback),
        budget: table.whole("budget"),
        persons: table.flag("persons"),
        description: table.string("description").unwrap_or_default(),
        place: table.place(),
        name,
    };
    let name = &feed.name;
    if let (Some(_), Some(file)) = (table.get("url"), table.get("file")) {
        file.refuse_key("SV5256", format!("`{name}` has a `url` and a `file`"), "keep the one that it comes from");
    }
    if let (Some(refresh), Some(field)) = (feed.refresh_seconds, table.get("refresh")) {
        if refresh > feed.max_age_seconds {
            let what = format!("`{name}` is refreshed after it is too old");
            let fault = field.error("SV5252", what).why("between the two it is stale");
            field.report(fault.help("refresh it more often, or let it be older"));
        }
        let asked = requests_a_day(refresh);
        if let Some(budget) = feed.budget.filter(|budget| asked > *budget) {
            let what = format!("`{name}` is asked {asked} times a day, and its source allows {budget}");
            let least = DAY_SECONDS.div_ceil(budget).div_ceil(60);
            field.refuse("SV5251", what, format!("refresh it at most every {least} minutes: refresh = \"{least}m\""));
        }
    }
    feed
}

/// The most requests that taking a feed at this interval makes in a day.
pub(crate) fn requests_a_day(refresh_seconds: u32) -> u32 {
    DAY_SECONDS.div_ceil(refresh_seconds.max(1))
}

impl Feeds {
    /// The feed of an attribute, if it was declared.
    pub(crate) fn named(&self, name: &str) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.name == name)
    }

    /// True if everybody can read what this feed says.
    pub(crate) fn is_published(&self, feed: Option<&str>) -> bool {
        feed.and_then(|name| self.named(name)).is_some_and(|feed| !feed.persons)
    }

    /// Reports what an attribute says of its feed and should not, and gives its place there. The key comes later: see [`keyed`].
    pub(crate) fn place(&self, table: Table<'_>, attribute: &Attribute) -> Option<From> {
        let (key, source) = (table.text("key"), table.text("source"));
        let feed = attribute.feed.as_deref().and_then(|name| self.named(name));
        if let (Some(name), None, Some(source)) = (&attribute.feed, feed, source) {
            let what = format!("the feed `{name}` is not in feeds.toml");
            if !self.incomplete {
                match names::closest(name, self.feeds.iter().map(|feed| feed.name.as_str())) {
                    Some(meant) => {
                        source.report(source.error("SV1117", what).meant(meant, format!("\"feed:{meant}\"")))
                    }
                    None => source.refuse("SV1117", what, "declare it there, with how old it may be"),
                }
            } else if let Some(key) = key {
                key.refuse("SV1117", what, "write a file feeds.toml that has it, with how old it may be");
            }
        }
        let Some(feed) = feed else {
            if let Some(key) = key.filter(|_| attribute.feed.is_none()) {
                let fault = key.error("SV1117", "only an attribute of a feed has a `key`");
                key.report(fault.help("remove it, or write source = \"feed:NAME\""));
            }
            return None;
        };
        if feed.persons {
            if let Some(key) = key {
                let fault =
                    key.error("SV1117", format!("the feed `{}` is about persons, so it has no `key`", feed.name));
                key.report(fault.help("remove it: your own code hands over the values of each person"));
            }
        } else if !attribute.purposes.and(!IMPERSONAL).is_empty() || attribute.depth > Depth::Contextual {
            let (name, feed) = (&attribute.name, &feed.name);
            let field = table.get("purposes").or(table.get("source"));
            let what = format!("`{name}` could be about a person, and the feed `{feed}` is published");
            let place = field.map_or_else(|| table.place(), |field| field.place());
            let fault = table.error("SV5250", place, what).why("everybody can read what is beside a release");
            let help = format!(
                "a fact about no person has purposes = [\"contextual\"] and no `depth`; for facts about persons write persons = true in [{feed}] of feeds.toml"
            );
            table.report(fault.help(help));
        }
        let is_elsewhere = ["from", "paths"].into_iter().find_map(|key| table.get(key));
        if let Some(field) = is_elsewhere {
            if feed.persons {
                return None;
            }
            field.refuse_key("SV1113", "an attribute has one place, and this one is in a feed", "remove it");
        }
        Some(From::Feed(FeedPlace {
            feed: feed.name.clone(),
            published: !feed.persons,
            key: None,
            max_age_seconds: feed.max_age_seconds,
            on_stale: feed.on_stale as u8,
        }))
    }
}

/// Gives an attribute of a feed its key, by the positions of the sorted catalogue.
pub(crate) fn keyed(attributes: &mut [Attribute], at: usize, key: Text<'_>) {
    let Some(attribute) = attributes.get(at) else { return };
    let found = attributes.iter().position(|one| one.name == key.text);
    let Some(of) = found.and_then(|found| attributes.get(found)) else {
        let names = attributes.iter().map(|one| one.name.as_str());
        return key.unknown("SV1116", format!("there is no attribute `{}`", key.text), names);
    };
    let is_text = matches!(of.value_type, ValueType::String | ValueType::Symbol);
    let is_of_page = matches!(of.source, Source::Request | Source::Page) && of.depth <= Depth::Contextual;
    let (name, own) = (&of.name, &attribute.name);
    if !is_text {
        let what = format!("`{name}` is no text, so it cannot be the key of `{own}`");
        key.refuse("SV1116", what, "name a string or a symbol");
    } else if !is_of_page {
        let fault = key
            .error("SV1116", format!("`{name}` is not of the request or the page, so it cannot be the key of `{own}`"));
        let fault = fault.why("a value that is looked up by something about a person is about that person");
        key.report(fault.help("name an attribute whose source is `request` or `page`"));
    } else if !attribute.purposes.and(!of.purposes).is_empty() {
        let fault = key.error("SV1116", format!("`{own}` may be used for more than its key `{name}`"));
        let fault = fault.why("the value tells what its key is");
        key.report(fault.help(format!("give `{name}` every purpose of `{own}`")));
    } else if let (Some(found), Some(Attribute { from: From::Feed(place), .. })) = (found, attributes.get_mut(at)) {
        place.key = u16::try_from(found).ok();
    }
}
