//! `attributes.toml`: the catalogue of data.

use super::{BY_LOCALE, DEPTHS, File, Key, Layout, Name, Need, Shape, forms, key, list, needed};
use crate::author::closed_sets;
use crate::author::keys::shape::Shape::{
    Any, Filled, Flag, Form, Map, Number, Pair, Purpose, Table, Text, Value, Whole, Word, WordOr,
};
use crate::words::{Source, ValueType};

/// The source of research data: answers of a panel or a survey.
pub(crate) const PANEL: &str = "panel";

/// The places that need no name.
pub(crate) const PLACES: [&str; 5] = ["country", "region", "language", "device", "path"];

/// The values of a closed set.
pub(super) const VALUES: Shape = Any(&[TEXTS_ONCE, WordOr(|| closed_sets::NAMES.to_vec(), "")]);
const TEXTS_ONCE: Shape = Shape::Set(&Text);

pub(super) const FILE: File = File {
    pattern: "attributes.toml",
    about: "The catalogue of data. Each attribute is a table with a dotted name.",
    layout: Layout::Names(&forms::ATTRIBUTE),
    shape: Table(ATTRIBUTE),
};

const ATTRIBUTE: &[Key] = &[
    needed("type", WordOr(|| list(ValueType::ALL, ValueType::name), ""),
        "The type of its values. A `symbol` is a text from a closed set.",
        "say which: bool, int, double, string, symbol, list or timestamp"),
    key("values", VALUES,
        "The closed set of values, for a symbol or for the items of a list. It is an array, or the name of a set.")
        .such_as("[\"phone\", \"desktop\"]"),
    key("range", Pair(&Number(f64::MIN, f64::MAX)),
        "The smallest and the largest number. A number outside of the range is unknown."),
    key("max_length", Whole(1, 65_535), "The most characters of a string, or items of a list. A longer value is unknown."),
    needed(
        "source",
        // A feed has a name after a colon; a panel is no source of decisions, and so none of the bundle's.
        WordOr(
            || {
                let all = list(Source::ALL, Source::name).into_iter();
                all.filter(|name| *name != Source::Feed.name()).chain([PANEL]).collect()
            },
            "^feed:[a-z0-9][a-z0-9_-]*$",
        ),
        "The source of the value. A feed has its name after a colon: `feed:crm`. Data of a `panel` is for research, and no rule can read it.",
        "say where the value comes from: request, page, device, account, feed:NAME or panel",
    ),
    key("purposes", Filled(&Purpose), "The purposes that may use the value.").need(Need::Told),
    key("from", WordOr(|| PLACES.to_vec(), "^(header|query|cookie):.+$"),
        "The place of the value in a request. A host knows the place of names such as `request.country` by itself.")
        .such_as("\"query:q\""),
    key("key", Text, "For a feed: the attribute whose text says which row of the feed counts. Without it there is one value for everybody.")
        .such_as("\"page.sku\""),
    key("paths", Map(Name::Form(&forms::PATHS_OF_VALUES), &Text),
        "Values by the path of the page. The first pattern that matches gives the value. `*` is any run of characters.")
        .such_as("{ \"/products/*\" = \"product\" }"),
    key("depth", Word(DEPTHS), "How personal the value is. Without this key it follows from the source."),
    key("sensitive", Flag,
        "A special category of data, which needs a grant of its own. The purpose `sensitive` and the depth `sensitive` say the same."),
    key("retention", Form(&forms::RETENTION), "How old a value may be. An older value is hidden. Sources `device`, `account` and `feed:` need it."),
    key("required", Flag, "A missing value counts as unknown, because something should have sent it."),
    key("optional", Flag, "A missing value is normal. A row that orders, measures or searches the value needs `has()`."),
    key("default", Value, "The value if a host looked and found none."),
    key("description", Text, "A description for people."),
    key("texts", Map(BY_LOCALE, &Text), "The same text in other languages. Answers to persons use it."),
];
