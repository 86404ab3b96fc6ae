//! The digest of a table of regions: which law a decision was made under.
//!
//! Takes the table, gives a SHA-256 over every field of it, each text behind its length. It never decides which law applies.

use crate::consent::platforms::Group;
use crate::consent::policy::SignalPolicy;
use crate::consent::sources::Sources;
use crate::consent::table::RegionTable;
use crate::words::sha256::Sha256;

/// The digest of a table.
pub fn regions_digest(table: &RegionTable) -> [u8; 32] {
    let mut hash = Sha256::new();
    let count = |hash: &mut Sha256, count: usize| hash.update(&(count as u32).to_be_bytes());
    let text = |hash: &mut Sha256, text: &str| {
        count(hash, text.len());
        hash.update(text.as_bytes());
    };
    text(&mut hash, &table.version);
    count(&mut hash, table.rows.len());
    for row in &table.rows {
        text(&mut hash, &row.code);
        hash.update(&row.models);
        hash.update(&[row.gpc_off, row.without_consent.map_or(u8::MAX, |unit| unit)]);
        hash.update(&[row.child.model, row.child.purposes, row.teen.model, row.teen.purposes, row.child_age_max]);
        hash.update(&row.grant_days_max.to_be_bytes());
        hash.update(&row.effective_from_ms.to_be_bytes());
        hash.update(&row.parent.to_be_bytes());
    }
    count(&mut hash, table.codes.len());
    for (code, row) in &table.codes {
        text(&mut hash, code);
        hash.update(&row.to_be_bytes());
    }
    hash.update(&[u8::from(table.child_directed)]);
    let Sources { used, policy, in_pages, usercentrics } = &table.signals;
    hash.update(&[u8::from(*in_pages)]);
    count(&mut hash, used.len());
    let groups = |hash: &mut Sha256, groups: &[Group]| {
        count(hash, groups.len());
        for group in groups {
            text(hash, &group.name);
            hash.update(&[group.purposes]);
        }
    };
    for source in used {
        hash.update(&[source.signal]);
        text(&mut hash, &source.cookie);
        groups(&mut hash, &source.groups);
    }
    let SignalPolicy { tcf, gpp } = policy;
    hash.update(&tcf.basis_order);
    hash.update(&tcf.vendor.unwrap_or(0).to_be_bytes());
    hash.update(&tcf.max_age_days.to_be_bytes());
    hash.update(&tcf.disclosed_vendors_from_ms.to_be_bytes());
    for needs in &tcf.needs {
        hash.update(&needs.purposes.to_be_bytes());
        hash.update(&needs.special_features.to_be_bytes());
    }
    hash.update(&[gpp.sale, gpp.sharing, gpp.targeted_advertising, gpp.sensitive_data_processing]);
    text(&mut hash, &usercentrics.event);
    groups(&mut hash, &usercentrics.groups);
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::sources::Source;
    use crate::consent::table::Regime;
    use crate::words::Purposes;

    #[test]
    fn every_field_counts() {
        let table = RegionTable {
            version: "2026-11-01".into(),
            rows: alloc::vec![Regime::default()],
            codes: alloc::vec![("DE".into(), 0)],
            signals: Sources {
                used: alloc::vec![Source { groups: alloc::vec![Group::new("a", Purposes::NONE)], ..Source::default() }],
                ..Sources::default()
            },
            ..RegionTable::default()
        };
        let changes: [fn(&mut RegionTable); 20] = [
            |_| {},
            |table| table.version = "2026-11-02".into(),
            |table| table.codes[0].1 = 1,
            |table| table.codes[0].0 = "AT".into(),
            |table| table.rows[0].code = "DE".into(),
            |table| table.rows[0].models[7] = 0,
            |table| table.rows[0].gpc_off = 1,
            |table| table.rows[0].without_consent = Some(0),
            |table| table.rows[0].effective_from_ms = 0,
            |table| table.rows[0].parent = 1,
            |table| table.rows[0].child.model = 1,
            |table| table.rows[0].teen.purposes = 1,
            |table| table.rows[0].child_age_max = 1,
            |table| table.rows[0].grant_days_max = 1,
            |table| table.child_directed = true,
            |table| table.signals.policy.tcf.vendor = Some(7),
            |table| table.signals.policy.tcf.needs[3].special_features = 7,
            |table| table.signals.policy.gpp.sharing ^= 1,
            |table| table.signals.used[0].groups.clear(),
            |table| table.signals.usercentrics.event = "ucEvent".into(),
        ];
        let digest = |change: &fn(&mut RegionTable)| {
            let mut table = table.clone();
            change(&mut table);
            regions_digest(&table)
        };
        let mut all: alloc::vec::Vec<_> = changes.iter().map(digest).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 20);
    }
}
