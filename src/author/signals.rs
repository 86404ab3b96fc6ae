//! `[signals]` of `consent.toml`: which consent signals a site uses, where they are kept, and what their parts stand for.
//!
//! Takes the table and the shipped `consent/signals.toml`, gives the settings by which the engine reads signals. A key that
//! the site leaves out is as shipped.

use toml::de::DeTable;

use super::diagnostic::Diagnostic;
use super::keys::{Field, Table, Text, mapped};
use super::regions::{text, texts};
use super::site::Visitor;
use super::source::Sink;
use crate::consent::bits::Malformed;
use crate::consent::platforms::{Answer, Group, PLATFORMS, Platform};
use crate::consent::sources::{Source, Sources, Usercentrics};
use crate::consent::statement::Fault;
use crate::consent::tcf;
use crate::words::{Map, Purpose, Purposes, Signal};

/// The shipped mapping of consent signals to purposes, as data for people and for the hosts that read other vendors' signals.
pub const SIGNALS: &str = include_str!("../consent/signals.toml");

/// The platform that only pages can read.
const USERCENTRICS: &str = "usercentrics";

/// Every signal, read as shipped.
pub(crate) fn shipped() -> Sources {
    let shipped = DeTable::parse_recoverable(SIGNALS).0.into_inner();
    let source = |signal: &Signal| {
        let table = place(*signal).iter().try_fold(&shipped, |table, key| table.get(*key)?.get_ref().as_table());
        let mut groups = Vec::new();
        for purpose in Purpose::ALL.iter().filter(|_| Platform::of(*signal).is_some()) {
            stand_for(&mut groups, *purpose, table.into_iter().flat_map(|table| texts(table, purpose.name())));
        }
        let cookie = table.and_then(|table| text(table, "cookie")).unwrap_or_default();
        Source { signal: *signal as u8, cookie: cookie.to_owned(), groups }
    };
    Sources { used: Signal::ALL.iter().map(source).collect(), ..Sources::default() }
}

/// The signals that a site uses, as it reads them.
pub(crate) fn signals(top: Option<Table<'_>>, own: &[&str]) -> Sources {
    let mut sources = shipped();
    let Some(top) = top else { return sources };
    if let Some(field) = top.get(USERCENTRICS)
        && let Some(table) = field.table()
    {
        sources.usercentrics = usercentrics(field, table);
    }
    if let Some(used) = top.get("use") {
        sources.in_pages = true;
        let (pages, used): (Vec<Text<'_>>, Vec<Text<'_>>) =
            used.texts().into_iter().partition(|text| text.text == USERCENTRICS);
        pages.into_iter().for_each(only_in_pages);
        let used: Vec<Signal> = used.into_iter().filter_map(|text| text.word(Signal::ALL, Signal::name)).collect();
        sources.used.retain(|source| used.iter().any(|signal| *signal as u8 == source.signal));
    }
    for signal in Signal::ALL {
        let Some(field) = top.get(signal.name()) else { continue };
        let Some(table) = field.table() else { continue };
        if sources.used.iter().any(|source| source.signal == *signal as u8) {
            if !sources.in_pages {
                let fault = field.key_error("SV5023", format!("pages do not listen to `{signal}`")).warning();
                let fault = fault.why(
                    "without `use` only the edge reads signals, so a visitor's change only counts on the next page",
                );
                field.report(fault.help(format!("name the signals of the site under [signals]: use = [\"{signal}\"]")));
            }
            read(table, *signal, &mut sources, own);
            continue;
        }
        // Its faults are said all the same.
        read(table, *signal, &mut shipped(), own);
        let fault = field.key_error("SV5015", format!("`{signal}` is not in `use`"));
        field.report(fault.warning().help("add it to `use`, or remove this table"));
    }
    sources
}

/// Reports groups in the site's map that no sample visitor's answer has. No visitor ever agrees to such a group.
pub(crate) fn fit(sources: &Sources, visitors: &[Visitor], sink: &Sink) {
    for platform in PLATFORMS {
        let texts = visitors.iter().filter_map(|one| Some((one, one.visit.signals.of(platform.signal)[0]?)));
        let samples: Vec<_> = texts.collect();
        let Some((first, _)) = samples.first() else { continue };
        for group in sources.groups(platform.signal) {
            let alone = [Group::new(&group.name, Purposes::NONE.with(Purpose::Analytics))];
            let lacks = |text: &str| {
                let answer = Answer { text, chosen: Some("2026-01-01"), types: &Map::new() };
                (platform.read)(&answer, &alone).fault == Some(Fault::Malformed(Malformed::Unmapped))
            };
            if group.purposes != Purposes::NONE.with(Purpose::Necessary).bits()
                && samples.iter().all(|(_, text)| lacks(text))
            {
                let (signal, name) = (platform.signal, &group.name);
                let what = format!("no sample visitor's `{signal}` has the group `{name}`");
                let fault = Diagnostic::error("SV5024", first.place.clone(), what).warning();
                let fault = fault.why("an answer that lacks a group denies the purposes that need it");
                let help = "add a real cookie of your site to a visitor, and use its groups in consent.toml";
                sink.report(fault.help(format!("{help}, under [signals.{signal}]")));
            }
        }
    }
}

/// Reads a site's settings for one signal, over the shipped ones.
fn read(table: Table<'_>, signal: Signal, sources: &mut Sources, own: &[&str]) {
    if signal == Signal::Tcf {
        read_tcf(table, &mut sources.policy.tcf);
    }
    let Some(source) = sources.used.iter_mut().find(|source| source.signal == signal as u8) else { return };
    // Google's types are in no cookie.
    if let Some(name) = Some(table).filter(|_| signal != Signal::Google).and_then(|table| table.text("cookie")) {
        if own.contains(&name.text) {
            let fault = name.error("SV5014", format!("`{}` is a cookie of this site’s own", name.text));
            name.report(fault.help("name the cookie in which the consent platform keeps the signal"));
        }
        name.text.clone_into(&mut source.cookie);
    }
    if Platform::of(signal).is_none() {
        return;
    }
    let groups = &mut source.groups;
    for field in table.fields().filter(|field| !["cookie", "basis", "vendor"].contains(&field.key)) {
        // A key that does not exist was reported above.
        let Some(purpose) = mapped().find(|purpose| purpose.name() == field.key) else { continue };
        for group in groups.iter_mut() {
            group.purposes = Purposes::from_bits(group.purposes).without(purpose).bits();
        }
        groups.retain(|group| group.purposes != 0);
        stand_for(groups, purpose, field.texts().into_iter().map(|text| text.text));
    }
}

/// The groups of Usercentrics that pages read. Its services and categories have each site's own names.
fn usercentrics(field: Field<'_>, table: Table<'_>) -> Usercentrics {
    table.text("cookie").into_iter().for_each(only_in_pages);
    let mut groups = Vec::new();
    for purpose in mapped() {
        stand_for(&mut groups, purpose, table.texts(purpose.name()).into_iter().map(|name| name.text));
    }
    if groups.is_empty() {
        let fault = field.key_error("SV5018", "no service of Usercentrics stands for a purpose");
        let fault = fault.warning().why("without one, the visitor's choices in the platform have no effect");
        field.report(fault.help("map a service or category to its purpose: analytics = [\"Google Analytics\"]"));
    }
    Usercentrics { event: table.string("event").unwrap_or_default(), groups }
}

/// Reports settings that ask an edge to read a signal that only pages can read.
fn only_in_pages(text: Text<'_>) {
    let fault = text.error("SV5017", "the edge cannot read what Usercentrics keeps");
    let fault = fault.why("it is in the browser's local storage and in no cookie; pages read it and tell the edge");
    text.report(fault.help("remove this: the table [signals.usercentrics] alone is enough"));
}

/// Adds `purpose` to the purposes of these groups.
fn stand_for<'n>(groups: &mut Vec<Group>, purpose: Purpose, names: impl Iterator<Item = &'n str>) {
    for name in names {
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.purposes = Purposes::from_bits(group.purposes).with(purpose).bits(),
            None => groups.push(Group::new(name, Purposes::NONE.with(purpose))),
        }
    }
}

fn read_tcf(table: Table<'_>, tcf: &mut tcf::Policy) {
    tcf.vendor = table.whole("vendor");
    let Some(field) = table.get("basis") else { return };
    let order: Vec<tcf::Basis> =
        field.texts().into_iter().filter_map(|text| tcf::Basis::from_name(text.text)).collect();
    if order == [tcf::Basis::Vendor] && tcf.vendor.is_none() {
        let fault = field.error("SV5016", "the basis `vendor` needs the number of a vendor");
        field.report(fault.help("write the site's number on the vendor list: vendor = 123"));
    }
    // A byte that is no basis ends the order.
    tcf.basis_order = core::array::from_fn(|at| order.get(at).map_or(u8::MAX, |basis| *basis as u8));
}

/// The place of a signal in `signals.toml`.
fn place(signal: Signal) -> Vec<&'static str> {
    match signal {
        Signal::Tcf | Signal::Gpp => vec![signal.name()],
        Signal::Usp => vec!["gpp", "uspv1"],
        Signal::Google => vec!["google_consent_mode"],
        _ => vec!["cmp", signal.name()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::policy::SignalPolicy;

    #[test]
    fn every_signal_has_its_table_in_the_shipped_mapping() {
        let shipped = shipped();
        let toml: toml::Table = SIGNALS.parse().expect("the shipped mapping is TOML");
        for source in &shipped.used {
            let signal = Signal::from_byte(source.signal).expect("a signal");
            assert_eq!(source.cookie.is_empty(), signal == Signal::Google, "{signal}");
            let Some(platform) = Platform::of(signal) else { continue };
            let table = place(signal).iter().skip(1).fold(&toml[place(signal)[0]], |table, key| &table[*key]);
            let chosen = table.get("decided_when_cookie_present").and_then(toml::Value::as_str);
            assert_eq!(chosen, platform.chosen_cookie, "{signal}");
            assert_eq!(table.get("newer_cookie").and_then(toml::Value::as_str), platform.newer_cookie, "{signal}");
            let mut names: Vec<&str> = source.groups.iter().map(|group| group.name.as_str()).collect();
            let mut parts = platform.about.parts.map(|parts| parts()).unwrap_or_default();
            names.sort_unstable();
            parts.sort_unstable();
            assert!(parts.is_empty() || parts == names, "{signal}: {names:?}");
        }
        let onetrust: Vec<(&str, u8)> =
            shipped.groups(Signal::OneTrust).iter().map(|group| (group.name.as_str(), group.purposes)).collect();
        let bits = |purpose| Purposes::NONE.with(purpose).bits();
        let (advertising, analytics) = (bits(Purpose::Advertising), bits(Purpose::Analytics));
        let expected = [
            ("C0001", bits(Purpose::Necessary)),
            ("C0003", bits(Purpose::Functional)),
            ("C0002", analytics),
            ("C0004", advertising),
        ];
        assert_eq!(onetrust, expected);
        assert_eq!(shipped.policy, SignalPolicy::default());
    }
}
