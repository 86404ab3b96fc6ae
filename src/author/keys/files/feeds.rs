//! `feeds.toml`: the feeds of other systems.

use super::{File, Key, Layout, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Flag, Form, Table, Text, Whole, Word};
use crate::words::WhenStale;

pub(super) const FILE: File = File {
    pattern: "feeds.toml",
    about: "The feeds that attributes come from. Each feed is a table with its name.",
    layout: Layout::Names(&forms::FEED),
    shape: Table(FEED),
};

const FEED: &[Key] = &[
    key("url", Form(&forms::FEED_URL), "The address that `selvedge feed fetch` asks. A change there is asked for with the last ETag."),
    key("file", Text, "The file that a job of your own writes, from the site's folder. A feed has `url` or `file`.")
        .such_as("\"exports/stock.csv\""),
    key("map", Text, "The mapping file, from the site's folder. It says which column is which attribute.")
        .such_as("\"maps/stock.toml\""),
    key("refresh", Form(&forms::FEED_TIME), "How often a job takes the feed.").such_as("\"15m\""),
    needed("max_age", Form(&forms::FEED_TIME), "How old the feed may be. An older one is stale.",
        "say how old the feed may be").such_as("\"2h\""),
    key("on_stale", Word(|| list(WhenStale::ALL, WhenStale::name)),
        "What a stale feed does. `use`: its values count, and the decision says so. `fallback`: its values are unknown. `suppress`: a \
         slot whose rule needs them shows the origin's own content.").or("\"fallback\""),
    key("budget", Whole(1, 10_000_000), "The most requests a day that the feed's source allows.").such_as("200"),
    key("persons", Flag, "The feed has facts about persons. It is never published, and your own code hands its values over."),
    key("description", Text, "A description for people."),
];
