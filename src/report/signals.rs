//! What each consent signal says of each of our purposes.
//!
//! Takes the shipped mapping, gives lines for a table. It knows the form of the mapping and no signal by itself.

use serde::Serialize;
use toml::de::{DeTable, DeValue};

use crate::bundle::words::Purpose;

/// One signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignalLine {
    /// Its name on the command line: `tcf`, `gpp`, `usp`, `gpc`, `consent_mode`, `onetrust`, `cookiebot`, `didomi`, `usercentrics`.
    pub signal: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// By purpose, in the order of the list of purposes: what speaks of it, or nothing.
    pub means: Vec<String>,
    /// What else matters when it is read.
    pub note: &'static str,
}

/// Every signal that the mapping knows.
#[must_use]
pub fn signals(mapping: &str) -> Vec<SignalLine> {
    let table = DeTable::parse_recoverable(mapping).0.into_inner();
    let at = |path: &[&str]| path.iter().try_fold(&table, |table, key| table.get(*key)?.get_ref().as_table());
    let line = |signal, name, means: &dyn Fn(Purpose) -> String, note| SignalLine {
        signal,
        name,
        means: Purpose::ALL.iter().map(|purpose| means(*purpose)).collect(),
        note,
    };
    let (tcf, gpp, mode) = (at(&["tcf", "map"]), at(&["gpp", "us"]), at(&["google_consent_mode"]));
    let usp = at(&["gpp", "uspv1"]);
    let nothing = |_: Purpose| String::new();
    let of_cmp = |cmp: &'static str| move |purpose: Purpose| groups(at(&["cmp", cmp]), purpose);
    vec![
        line(
            "tcf",
            "IAB TCF 2.2 and 2.3",
            &|purpose| of_tcf(tcf, purpose),
            "All bits must be set; legitimate interest is not accepted; nothing here can grant `functional` or `sensitive`.",
        ),
        line(
            "gpp",
            "IAB GPP, sections of the United States",
            &|purpose| of_gpp(gpp, purpose),
            "1 denies, 2 grants, 0 is silence, 3 is malformed and denies. A known child falls under the rules for minors.",
        ),
        line("usp", "US Privacy string", &|purpose| of_usp(usp, purpose), "Read only, never written."),
        line(
            "gpc",
            "Global Privacy Control",
            &|purpose| of_gpc(purpose),
            "Exactly `1` counts. What it switches off is in the table of regions; a later grant does not override it.",
        ),
        line(
            "consent_mode",
            "Google Consent Mode v2",
            &|purpose| all_of(mode, purpose),
            "Read from the data layer; what is not set is silence here.",
        ),
        line(
            "onetrust",
            "OneTrust (OptanonConsent)",
            &of_cmp("onetrust"),
            "Counts only once the visitor has closed the banner; the group for personalization is the site's own.",
        ),
        line(
            "cookiebot",
            "Cookiebot (CookieConsent)",
            &of_cmp("cookiebot"),
            "Only an explicit answer counts; the category for personalization is the site's own.",
        ),
        line(
            "didomi",
            "Didomi (didomi_token)",
            &nothing,
            "The site names its purposes; TCF purposes come by euconsent-v2.",
        ),
        line(
            "usercentrics",
            "Usercentrics (local storage)",
            &nothing,
            "Invisible to the edge: the browser hands it on.",
        ),
    ]
}

fn of_tcf(map: Option<&DeTable<'_>>, purpose: Purpose) -> String {
    let bits = |key: String| {
        let row = map?.get(key.as_str())?.get_ref().as_table()?;
        let numbers: Vec<&str> = row
            .get("purposes")?
            .get_ref()
            .as_array()?
            .iter()
            .filter_map(|n| Some(n.get_ref().as_integer()?.as_str()))
            .collect();
        Some(format!("purpose {}", numbers.join(" and ")))
    };
    let own = bits(purpose.name().to_owned());
    let collect = bits(format!("{}_collect", purpose.name())).map(|bits| format!("{bits} to collect"));
    own.into_iter().chain(collect).collect::<Vec<_>>().join("; ")
}

fn of_gpp(map: Option<&DeTable<'_>>, purpose: Purpose) -> String {
    let is_ours = |value: &DeValue<'_>| value.as_str() == Some(purpose.name());
    let fields = map.into_iter().flat_map(|map| map.iter()).filter(|(_, value)| is_ours(value.get_ref()));
    fields.map(|(field, _)| field.get_ref().to_string()).collect::<Vec<_>>().join(", ")
}

fn of_usp(map: Option<&DeTable<'_>>, purpose: Purpose) -> String {
    let denies = |value: &DeValue<'_>| value.as_str() == Some(&format!("{purpose}=denied"));
    let found = map.into_iter().flat_map(|map| map.iter()).any(|(_, value)| denies(value.get_ref()));
    if found { "third letter Y denies".into() } else { String::new() }
}

fn of_gpc(purpose: Purpose) -> String {
    let is_exempt = matches!(purpose, Purpose::Necessary | Purpose::Storage);
    if is_exempt { String::new() } else { "denies, where the region says so".into() }
}

fn all_of(map: Option<&DeTable<'_>>, purpose: Purpose) -> String {
    let listed = listed(map, purpose);
    let all = if listed.len() > 1 { "all of " } else { "" };
    format!("{all}{}", listed.join(", "))
}

fn groups(map: Option<&DeTable<'_>>, purpose: Purpose) -> String {
    let is_empty = map.is_some_and(|map| map.contains_key(purpose.name())) && listed(map, purpose).is_empty();
    if is_empty { "the site names its group".into() } else { all_of(map, purpose) }
}

fn listed<'t>(map: Option<&'t DeTable<'_>>, purpose: Purpose) -> Vec<&'t str> {
    let items = map.and_then(|map| map.get(purpose.name())?.get_ref().as_array());
    items.into_iter().flat_map(|items| items.iter()).filter_map(|item| item.get_ref().as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::SIGNALS;

    #[test]
    fn the_mapping_in_words() {
        let signals = signals(SIGNALS);
        let means = |signal: &str, purpose: Purpose| {
            let line = signals.iter().find(|line| line.signal == signal).expect(signal);
            line.means[purpose as usize].clone()
        };
        assert_eq!(means("tcf", Purpose::Personalization), "purpose 6; purpose 5 to collect");
        assert_eq!(means("tcf", Purpose::Storage), "purpose 1");
        assert_eq!(means("tcf", Purpose::Sensitive), "");
        assert_eq!(means("gpp", Purpose::Advertising), "sale, sharing, targeted_advertising");
        assert_eq!(means("usp", Purpose::Advertising), "third letter Y denies");
        assert_eq!(means("consent_mode", Purpose::Advertising), "all of ad_storage, ad_user_data, ad_personalization");
        assert_eq!(means("onetrust", Purpose::Personalization), "the site names its group");
        assert_eq!(means("onetrust", Purpose::Analytics), "C0002");
    }
}
