//! The meaning of each consent signal for each of our purposes.
//!
//! It knows the form of the mapping and no signal by itself.

use serde::Serialize;
use toml::de::{DeTable, DeValue};

use crate::consent::platforms::{Group, PLATFORMS};
use crate::consent::sources::Sources;
use crate::words::{Purpose, Purposes, Signal};

/// One signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignalLine {
    /// Its name on the command line.
    pub signal: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// By purpose, in the order of the list of purposes: the parts of the signal about it, or nothing.
    pub means: Vec<String>,
    /// True if the site reads it.
    pub is_read: bool,
    /// The cookie that the edge finds it in.
    pub cookie: Option<String>,
    /// Other rules of how it is read.
    pub note: &'static str,
}

/// Every signal that the mapping knows, as a site with these `sources` reads it.
pub fn signals(mapping: &str, sources: &Sources) -> Vec<SignalLine> {
    let table = DeTable::parse_recoverable(mapping).0.into_inner();
    let at = |path: &[&str]| path.iter().try_fold(&table, |table, key| table.get(*key)?.get_ref().as_table());
    let line = |signal: &'static str, name, means: &dyn Fn(Purpose) -> String, note| {
        let source = sources
            .used
            .iter()
            .find(|source| Signal::from_byte(source.signal).is_some_and(|read| named(read) == signal));
        SignalLine {
            signal,
            name,
            means: Purpose::ALL.iter().map(|purpose| means(*purpose)).collect(),
            is_read: match signal {
                "gpc" => true,
                "usercentrics" => !sources.usercentrics.groups.is_empty(),
                _ => source.is_some(),
            },
            cookie: source.map(|source| source.cookie.clone()).filter(|cookie| !cookie.is_empty()),
            note,
        }
    };
    let (tcf, gpp, usp) = (at(&["tcf", "map"]), at(&["gpp", "us"]), at(&["gpp", "uspv1"]));
    let mut lines = vec![
        line(
            "tcf",
            "IAB TCF 2.2 and 2.3",
            &|purpose| of_tcf(tcf, purpose),
            "All bits must be set. Legitimate interest is not accepted. The string cannot grant `functional` or `sensitive`.",
        ),
        line(
            "gpp",
            "IAB GPP, sections of the United States",
            &|purpose| of_gpp(gpp, purpose),
            "1 denies in every region. 2 grants where the section applies. 0 counts as no answer. 3 is malformed and denies. The rules for minors apply to a known child. A Gpc of 1 is Global Privacy Control.",
        ),
        line("usp", "US Privacy string", &|purpose| of_usp(usp, purpose), "Read only, never written."),
        line(
            "gpc",
            "Global Privacy Control",
            &|purpose| of_gpc(purpose),
            "Exactly `1` counts. The table of regions says which purposes it switches off. A later grant does not override it.",
        ),
    ];
    let mut platforms = PLATFORMS;
    // Signals with types of their own come before those whose groups a site names.
    platforms.sort_by_key(|platform| platform.is_by_name);
    lines.extend(platforms.iter().map(|platform| {
        let about = &platform.about;
        let means = |purpose: Purpose| all_of(sources.groups(platform.signal), purpose);
        line(named(platform.signal), about.name, &means, about.note)
    }));
    lines.push(line(
        "usercentrics",
        "Usercentrics (local storage)",
        &|purpose| all_of(&sources.usercentrics.groups, purpose),
        "The edge cannot read it: pages read it and pass it on in the site's own cookie. The site names its services.",
    ));
    lines
}

/// How a signal is called here: Consent Mode is Google's.
fn named(signal: Signal) -> &'static str {
    if signal == Signal::Google { "consent_mode" } else { signal.name() }
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

fn all_of(groups: &[Group], purpose: Purpose) -> String {
    let stand_for = groups.iter().filter(|group| Purposes::from_bits(group.purposes).has(purpose));
    let listed: Vec<&str> = stand_for.map(|group| group.name.as_str()).collect();
    if listed.is_empty() && purpose == Purpose::Storage && !groups.is_empty() {
        return "granted with any of them, denied where all that were answered are off".into();
    }
    let all = if listed.len() > 1 { "all of " } else { "" };
    format!("{all}{}", listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::{REGIONS, SIGNALS, unchanged};

    #[test]
    fn the_mapping_in_words() {
        let signals = signals(SIGNALS, &unchanged(REGIONS).signals);
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
        assert_eq!(means("onetrust", Purpose::Personalization), "");
        assert_eq!(means("onetrust", Purpose::Analytics), "C0002");
        // Groups are of cookies: who agrees to one agrees to keep something.
        for platform in ["onetrust", "cookiebot", "consent_mode"] {
            assert!(means(platform, Purpose::Storage).starts_with("granted with any"), "{platform}");
        }
        assert_eq!(means("didomi", Purpose::Storage), "");
    }

    #[test]
    fn a_site_reads_what_it_names_in_its_own_words() {
        let mut sources = unchanged(REGIONS).signals;
        sources.used.retain(|source| source.signal == Signal::OneTrust as u8);
        sources.used[0].groups.push(Group::new("C0006", Purposes::NONE.with(Purpose::Personalization)));
        sources.usercentrics.groups.push(Group::new("Maps", Purposes::NONE.with(Purpose::Functional)));
        let lines = signals(SIGNALS, &sources);
        let read: Vec<&str> = lines.iter().filter(|line| line.is_read).map(|line| line.signal).collect();
        assert_eq!(read, ["gpc", "onetrust", "usercentrics"]);
        let onetrust = lines.iter().find(|line| line.signal == "onetrust").expect("a line");
        assert_eq!(onetrust.means[Purpose::Personalization as usize], "C0006");
        assert_eq!(onetrust.cookie.as_deref(), Some("OptanonConsent"));
    }
}
