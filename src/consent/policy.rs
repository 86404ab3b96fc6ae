//! How a site reads the strings of standards, as one value that travels with its rules.
//!
//! Plain data: the defaults are those of `signals.toml`, and a site changes single rows. It never reads TOML.

use super::{gpp, tcf};
use crate::words::record::record;

record! {
    /// How a site reads the strings of standards.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct SignalPolicy {
        /// TC strings of IAB Europe, also inside the Global Privacy Platform.
        pub tcf: tcf::Policy,
        /// Sections of the United States in the Global Privacy Platform.
        pub gpp: gpp::Policy,
    }
}

#[cfg(all(test, feature = "author"))]
mod tests {
    use alloc::string::String;

    use toml::{Table, Value};

    use super::SignalPolicy;
    use super::tcf::{Basis, POLICY_MIN};
    use crate::words::record::read;
    use crate::words::time::parse_rfc3339;
    use crate::words::{Purpose, Purposes};

    /// The shipped mapping, which people read and edit.
    const SIGNALS: &str = include_str!("signals.toml");

    fn signals() -> Table {
        SIGNALS.parse().expect("the shipped mapping is TOML")
    }

    #[test]
    fn transparency_strings_are_read_as_the_shipped_mapping_says() {
        let signals = signals();
        let tcf = signals["tcf"].as_table().expect("a table");
        let policy = SignalPolicy::default().tcf;
        let names = policy.basis_order.map(|byte| Basis::from_byte(byte).map_or("", Basis::name));
        assert_eq!(tcf["basis_order"], Value::from(names.to_vec()));
        assert_eq!(tcf["max_age_days"].as_integer(), Some(policy.max_age_days.into()));
        let from = tcf["disclosed_vendors_required_from"].as_str().map(|day| String::from(day) + "T00:00:00Z");
        assert_eq!(from.as_deref().and_then(parse_rfc3339), Some(policy.disclosed_vendors_from_ms));
        assert_eq!(tcf["min_policy_version"].as_integer(), Some(POLICY_MIN.into()));
        // The reader has no choice here: strings of other services and legitimate interest never grant.
        assert_eq!(tcf["require_service_specific"].as_bool(), Some(true));
        assert_eq!(tcf["accept_legitimate_interest"].as_bool(), Some(false));

        for purpose in Purpose::ALL {
            let row = tcf["map"].get(purpose.name());
            let bits = |key: &str| {
                let ids = row.and_then(|row| row.get(key)).and_then(Value::as_array);
                ids.into_iter().flatten().filter_map(Value::as_integer).fold(0_u32, |bits, id| bits | 1 << (id - 1))
            };
            let needs = policy.needs[*purpose as usize];
            assert_eq!((bits("purposes"), bits("special_features")), (needs.purposes, needs.special_features.into()));
        }
    }

    #[test]
    fn sections_of_the_united_states_are_read_as_the_shipped_mapping_says() {
        let us = signals()["gpp"]["us"].clone();
        let policy = SignalPolicy::default().gpp;
        let bits = |key: &str| us[key].as_str().and_then(Purpose::from_name).map(|one| Purposes::NONE.with(one).bits());
        assert_eq!(bits("sale"), Some(policy.sale));
        assert_eq!(bits("sharing"), Some(policy.sharing));
        assert_eq!(bits("targeted_advertising"), Some(policy.targeted_advertising));
        assert_eq!(bits("sensitive_data_processing"), Some(policy.sensitive_data_processing));
    }

    #[test]
    fn it_travels_as_bytes() {
        let policy = SignalPolicy::default();
        let bytes = postcard::to_allocvec(&policy).expect("plain data is written");
        assert_eq!(read::<SignalPolicy>(&bytes), Some(policy));
    }
}
