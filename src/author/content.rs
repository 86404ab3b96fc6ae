//! `content/**`: the content library.
//!
//! Takes the files, gives every item with its locales, markup checked. The slots check later whether an item fits.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Diagnostic;
use super::expr::mentions;
use super::keys::{Named, Table, Text};
use super::quoted::span_in_file;
use super::rows::{self, Ground};
use super::settings::{CONTROL, Settings, owner};
use super::site::{Body, Content, Place, Rows, Variant};
use super::source::Source;
use super::{html, names, numbers, times};
use crate::bundle::manifest::From;

type Span = std::ops::Range<usize>;

/// The library.
#[derive(Default)]
pub(crate) struct Library {
    /// Sorted by name.
    pub(crate) content: Vec<Content>,
    /// Items that exist but could not be read: what names them is not wrong.
    pub(crate) unread: BTreeSet<String>,
}

/// The locale and the text of a file of markup beside its item: `content/hero/winter.de.html`.
type Beside<'a> = (&'a str, &'a Source<'a>);

/// Reads the library: TOML files, and the files of markup beside them.
pub(crate) fn library<'a>(
    entries: Vec<Named<'a>>,
    markup: &[&'a Source<'a>],
    settings: &Settings,
    ground: &Ground<'_>,
) -> Library {
    let mut beside: BTreeMap<&str, Vec<Beside<'a>>> = BTreeMap::new();
    for source in markup.iter().copied() {
        let stem = source.path.strip_prefix("content/").unwrap_or(source.path);
        let stem = stem.strip_suffix(".html").unwrap_or(stem);
        match stem.rsplit_once('.').filter(|(_, locale)| names::is_locale(locale)) {
            Some((name, locale)) => beside.entry(name).or_default().push((locale, source)),
            None => source.report(
                Diagnostic::error("SV4006", source.place(0..0), "the file's name has no locale")
                    .help(format!("name it `{stem}.{}.html`", settings.site.locales.default)),
            ),
        }
    }
    let mut library = Library::default();
    for Named { name, table, .. } in entries {
        let files = beside.remove(&*name).unwrap_or_default();
        let in_stock = in_stock(table, ground);
        let item = item(&name, table, &files, settings);
        let numbers = numbers::numbers(table, &item.variants, ground);
        library.content.push(Content { in_stock, numbers, ..item });
    }
    for (name, source) in beside.iter().flat_map(|(name, files)| files.iter().map(move |file| (name, file.1))) {
        let fault = Diagnostic::error("SV4006", source.place(0..0), format!("there is no content item `{name}`"));
        source.report(fault.help(format!("create content/{name}.toml beside it, with its owner")));
    }
    library.content.sort_by(|a, b| a.name.cmp(&b.name));
    library
}

/// Reads the conditions that hold while an item is shown. They are about facts of published feeds, and about nothing of the visit.
fn in_stock(top: Table<'_>, ground: &Ground<'_>) -> Rows {
    let rows = rows::listed(top, "in_stock", ground);
    let is_fact = |read: usize| {
        let from = ground.catalogue.attributes.get(read).map(|attribute| &attribute.from);
        from.is_some_and(|from| matches!(from, From::Feed(place) if place.published))
    };
    for row in &rows {
        let (attributes, audiences) = mentions(&row.condition);
        let other = attributes.iter().find(|read| !is_fact(**read));
        if other.is_some() || !audiences.is_empty() || attributes.is_empty() {
            let name = other.and_then(|read| ground.catalogue.attributes.get(*read)).map(|one| one.name.as_str());
            let of = name.map_or_else(|| "it reads none".to_owned(), |name| format!("`{name}` is none"));
            let what = format!("`in_stock` is about facts of published feeds, and {of}");
            let fault = top.error("SV5257", row.place.clone(), what);
            let fault = fault.why(
                "what a visitor is or does cannot be out of stock, and would count for every rule that shows this",
            );
            top.report(fault.help(
                "put the condition into the rules that show this, or declare its attribute with source = \"feed:NAME\"",
            ));
        }
    }
    Rows { all: rows, ..Rows::default() }
}

fn item(name: &str, top: Table<'_>, files: &[Beside<'_>], settings: &Settings) -> Content {
    let trusted = top.text("trusted");
    let mut variants = written(top, trusted.is_some(), settings);
    for file in files {
        add_file(file, &mut variants, top, trusted.is_some(), settings);
    }
    variants.sort_by(|a, b| a.locale.cmp(&b.locale));
    check_locales(name, &variants, top, settings);
    Content {
        name: name.to_owned(),
        owner: owner(top, settings),
        tags: top.strings("tags"),
        expires_ms: top.get("expires").and_then(times::end),
        ordinal: 0,
        in_stock: Rows::default(),
        numbers: Vec::new(),
        trusted: trusted.map(|reason| reason.text.to_owned()),
        variants,
        place: top.place(),
    }
}

fn written(top: Table<'_>, trusted: bool, settings: &Settings) -> Vec<Variant> {
    let mut variants = Vec::new();
    for (field, table) in top.named("locale") {
        known_locale(field.key, field.key_place(), top, settings);
        if let Some(text) = table.get("text").filter(|_| table.has("html")) {
            text.refuse_key("SV4007", "a locale has `html` or `text`, not both", "keep the one that the slot takes");
        }
        let body = match (table.text("html"), table.text("text")) {
            (Some(html), _) => {
                check_written(html, trusted);
                Body::Html(html.text.to_owned())
            }
            (None, Some(text)) => Body::Text(text.text.to_owned()),
            (None, None) => Body::Empty,
        };
        variants.push(Variant { locale: field.key.to_owned(), body, place: table.place() });
    }
    variants
}

fn add_file(file: &Beside<'_>, variants: &mut Vec<Variant>, top: Table<'_>, trusted: bool, settings: &Settings) {
    let (locale, source) = *file;
    let place = source.place(0..0);
    known_locale(locale, place.clone(), top, settings);
    if let Some(variant) = variants.iter().find(|variant| variant.locale == locale) {
        let what = format!("the locale `{locale}` is in {} too", variant.place.file);
        source.report(top.error("SV4007", place, what).help("keep one of the two"));
        return;
    }
    report_flaws(source.text, trusted, source, top, |span| span);
    variants.push(Variant { locale: locale.to_owned(), body: Body::Html(source.text.to_owned()), place });
}

fn check_written(markup: Text<'_>, trusted: bool) {
    let source = markup.field.table.source;
    let whole = markup.field.span();
    let raw = source.text.get(whole.clone()).unwrap_or_default();
    let place = |span| span_in_file(raw, whole.start, markup.text, span);
    report_flaws(markup.text, trusted, source, markup.field.table, place);
}

/// Reports what is wrong with markup; `place` gives the bytes of the file that some of the markup's are written as.
fn report_flaws(markup: &str, trusted: bool, source: &Source<'_>, top: Table<'_>, place: impl Fn(Span) -> Span) {
    for html::Flaw { code, span, what, why, help } in html::check(markup, trusted) {
        source.report(Diagnostic { why, ..top.error(code, source.place(place(span)), what).help(help) });
    }
}

fn known_locale(locale: &str, place: Place, top: Table<'_>, settings: &Settings) {
    let all = &settings.site.locales.all;
    // Without locales of the site, which is a fault of its own, there is nothing to compare with.
    if all.is_empty() || all.iter().any(|known| known == locale) {
        return;
    }
    let fault = top.error("SV7004", place, format!("`{locale}` is not one of the site's locales"));
    let otherwise = |all| format!("the site has {all}; add it to `all` in selvedge.toml");
    top.report(fault.help(names::hint(locale, all.iter().map(String::as_str), otherwise)));
}

fn check_locales(name: &str, variants: &[Variant], top: Table<'_>, settings: &Settings) {
    let there: BTreeSet<&str> = variants.iter().map(|variant| variant.locale.as_str()).collect();
    let default = settings.site.locales.default.as_str();
    if !default.is_empty() && !there.contains(default) && !settings.site.locales.end_everywhere() {
        let fault = top.error("SV4003", top.place(), format!("`{name}` lacks the default locale `{default}`"));
        let fault = fault.why("every other locale falls back to it, so some visitors would see nothing");
        top.source.report(fault.help(format!("add [locale.{default}], or content/{name}.{default}.html")));
    }
    let missing = settings
        .site
        .locales
        .all
        .iter()
        .map(String::as_str)
        .filter(|locale| *locale != default && !there.contains(locale));
    let missing: Vec<&str> = missing.collect();
    if !missing.is_empty() {
        let fault = top.error("SV7001", top.place(), format!("`{name}` has no text for: {}", names::listed(missing)));
        let until = match settings
            .site
            .locales
            .fallback
            .values()
            .any(|chain| chain.iter().any(|locale| locale == CONTROL))
        {
            true => {
                "translate it; until then visitors see the locale that it falls back to, or the origin's own content"
            }
            false => "translate it; until then visitors see the locale that it falls back to",
        };
        top.source.report(fault.warning().help(until));
    }
}
