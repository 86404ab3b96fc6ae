//! The data that pages need to listen to consent platforms: `signals` of the data block.
//!
//! Takes how the site reads signals, gives the tables that `pkg-config/npm/cmp.js` reads, in the platforms' own names.

use alloc::string::String;

use crate::consent::platforms::Group;
use crate::consent::sources::{Sources, Usercentrics};
use crate::consent::{gpp, tcf};
use crate::words::{Purpose, Purposes, Signal};
use crate::words::{write_number, write_text};

/// Writes `"signals":{…},`, or nothing where pages do not listen.
pub(super) fn write_platforms(out: &mut String, sources: &Sources) {
    let policy = &sources.policy;
    let mut before = ",\"signals\":{";
    let used = sources.used.iter().filter(|_| sources.in_pages);
    for (source, signal) in used.filter_map(|source| Some((source, Signal::from_byte(source.signal)?))) {
        out.push_str(before);
        before = ",";
        write_text(out, signal.name());
        out.push(':');
        match signal {
            Signal::Tcf => write_tcf(out, &policy.tcf),
            Signal::Gpp => write_gpp(out, &policy.gpp),
            Signal::Usp => {
                out.push_str("{\"cookie\":");
                write_text(out, &source.cookie);
                out.push('}');
            }
            _ => write_groups(out, "{", sources.groups(signal)),
        }
    }
    let Usercentrics { event, groups } = &sources.usercentrics;
    if !groups.is_empty() {
        out.push_str(before);
        before = ",";
        out.push_str("\"usercentrics\":{\"event\":");
        write_text(out, event);
        write_groups(out, ",", groups);
    }
    out.push_str(if before == "," { "}" } else { "" });
}

fn write_tcf(out: &mut String, policy: &tcf::Policy) {
    let mut before = "{\"basis\":[";
    for basis in policy.basis_order {
        out.push_str(before);
        write_text(out, tcf::Basis::from_byte(basis).map_or("core_purposes", tcf::Basis::name));
        before = ",";
    }
    out.push_str("],\"vendor\":");
    write_number(out, policy.vendor.map_or(0, u32::from));
    let mut before = ",\"map\":{";
    for (purpose, needs) in Purpose::ALL.iter().zip(policy.needs).filter(|(_, needs)| needs.purposes != 0) {
        out.push_str(before);
        write_text(out, purpose.name());
        let mut inner = ":[";
        for bit in (0..u32::BITS).filter(|bit| needs.purposes & 1 << bit != 0) {
            out.push_str(inner);
            write_number(out, bit + 1);
            inner = ",";
        }
        out.push(']');
        before = ",";
    }
    out.push_str("}}");
}

fn write_gpp(out: &mut String, policy: &gpp::Policy) {
    let fields = [
        ("SaleOptOut", policy.sale),
        ("OptOutSale", policy.sale),
        ("SharingOptOut", policy.sharing),
        ("TargetedAdvertisingOptOut", policy.targeted_advertising),
        ("SensitiveDataProcessing", policy.sensitive_data_processing),
    ];
    out.push('{');
    write_table(out, "fields", fields.into_iter().map(|(name, purposes)| (name, Purposes::from_bits(purposes))));
}

/// `"map":{…}}` behind `before`.
fn write_groups(out: &mut String, before: &str, groups: &[Group]) {
    out.push_str(before);
    let names = groups.iter().map(|group| (group.name.as_str(), Purposes::from_bits(group.purposes)));
    write_table(out, "map", names);
}

/// `"KEY":{"PURPOSE":[names],…}}`: the rest of an object.
fn write_table<'n>(out: &mut String, key: &str, names: impl Iterator<Item = (&'n str, Purposes)> + Clone) {
    write_text(out, key);
    out.push_str(":{");
    let mut before = "";
    for purpose in Purpose::ALL {
        let mut inner = ":[";
        for (name, _) in names.clone().filter(|(_, purposes)| purposes.has(*purpose)) {
            if inner == ":[" {
                out.push_str(before);
                write_text(out, purpose.name());
            }
            out.push_str(inner);
            write_text(out, name);
            inner = ",";
        }
        if inner == "," {
            out.push(']');
            before = ",";
        }
    }
    out.push_str("}}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::policy::SignalPolicy;
    use crate::consent::sources::Source;

    fn source(signal: Signal) -> Source {
        let groups = [
            ("preferences", Purpose::Functional),
            ("statistics", Purpose::Analytics),
            ("marketing", Purpose::Advertising),
        ];
        let groups = groups.map(|(name, purpose)| Group::new(name, Purposes::NONE.with(purpose))).into();
        Source { signal: signal as u8, cookie: String::new(), groups }
    }

    fn written(used: &[Signal], in_pages: bool) -> String {
        let used = used.iter().map(|signal| source(*signal)).collect();
        let mut out = String::new();
        let usercentrics = Usercentrics::default();
        write_platforms(&mut out, &Sources { used, policy: SignalPolicy::default(), in_pages, usercentrics });
        out
    }

    #[test]
    fn a_platform_of_pages_is_heard_whatever_the_edge_reads() {
        let groups = [("Our statistics", Purpose::Analytics), ("functional", Purpose::Functional)];
        let groups = groups.map(|(name, purpose)| Group::new(name, Purposes::NONE.with(purpose))).into();
        let mut sources =
            Sources { usercentrics: Usercentrics { event: "ucEvent".into(), groups }, ..Sources::default() };
        let mut out = String::new();
        write_platforms(&mut out, &sources);
        let table =
            r#""usercentrics":{"event":"ucEvent","map":{"functional":["functional"],"analytics":["Our statistics"]}}"#;
        assert_eq!(out, [",\"signals\":{", table, "}"].concat());
        sources.used.push(source(Signal::Cookiebot));
        sources.in_pages = true;
        let cookiebot = r#""cookiebot":{"map":{"functional":["preferences"],"analytics":["statistics"],"advertising":["marketing"]}},"#;
        out.clear();
        write_platforms(&mut out, &sources);
        assert_eq!(out, [",\"signals\":{", cookiebot, table, "}"].concat());
    }

    #[test]
    fn tables_are_in_the_platforms_own_names() {
        assert_eq!(written(&[Signal::Tcf], false), "");
        let tcf = r#","signals":{"tcf":{"basis":["publisher_tc","vendor","core_purposes"],"vendor":0,"map":{"contextual":[11],"analytics":[8],"personalization":[6],"advertising":[4],"storage":[1]}},"usp":{"cookie":""}}"#;
        assert_eq!(written(&[Signal::Tcf, Signal::Usp], true), tcf);
        let others = r#","signals":{"gpp":{"fields":{"advertising":["SaleOptOut","OptOutSale","SharingOptOut","TargetedAdvertisingOptOut"],"sensitive":["SensitiveDataProcessing"]}},"cookiebot":{"map":{"functional":["preferences"],"analytics":["statistics"],"advertising":["marketing"]}}}"#;
        assert_eq!(written(&[Signal::Gpp, Signal::Cookiebot], true), others);
    }
}
