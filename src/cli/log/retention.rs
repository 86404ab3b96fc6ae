//! How long each class of lines is kept.
//!
//! No length is guessed in silence: what the lengths come from is told.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::author::site::Site;
use crate::cli::{Usage, open};
use crate::log::audit::kept_days;
use crate::log::{LogClass, RETENTION_DAYS};
use crate::words::time::DAY;

/// How long each kind of line is kept, in milliseconds. What is said last goes first.
pub(super) struct Retention {
    kinds: Vec<(String, i64)>,
    others: i64,
    /// Days that the longest class of sealed values is kept.
    pub(super) values_days: u32,
}

impl Retention {
    /// Reads the site's word, if there is a site, and `retain` over it; and gives the folder or file of the logs.
    pub(super) fn read(log: &Path, site: Option<&Path>, retain: &[String]) -> anyhow::Result<(PathBuf, Self)> {
        let here = Path::new(".");
        let (folder, logs) = match site {
            _ if open::is_site(log) => (Some(log), log.join("log")),
            Some(site) => (Some(site), log.to_owned()),
            None => (Some(here).filter(|here| open::is_site(here)), log.to_owned()),
        };
        let mut retention = Self { kinds: Vec::new(), others: days_ms(RETENTION_DAYS), values_days: RETENTION_DAYS };
        if let Some(folder) = folder {
            anyhow::ensure!(open::is_site(folder), "{} has no selvedge.toml: it is not a site", folder.display());
            let site = open::site(folder)?.0;
            retention.values_days = values_days(&site);
            let log = site.consent.records.log;
            let said = |class: &LogClass| (class.name().to_owned(), days_ms(log.days(*class)));
            retention.kinds = LogClass::ALL.iter().map(said).collect();
            let told = retention.kinds.iter().map(|(kind, ms)| format!("{kind} {}d", ms / DAY)).collect::<Vec<_>>();
            anstream::eprintln!("note: retention as in {}: {}", folder.join("consent.toml").display(), told.join(", "));
        }
        // A period of every class comes first, in any order. A period of one class goes before it.
        let (of_one, of_all): (Vec<&String>, Vec<&String>) = retain.iter().partition(|text| text.contains('='));
        for days in of_all {
            (retention.kinds, retention.others) = (Vec::new(), read_days(days)?);
        }
        for (kind, days) in of_one.into_iter().filter_map(|text| text.split_once('=')) {
            let known = LogClass::ALL.iter().map(|class| class.name()).collect::<Vec<_>>().join(", ");
            let unknown = || Usage(format!("a log has no class of lines `{kind}`; there are {known}"));
            let class = LogClass::from_name(kind).with_context(unknown)?;
            retention.kinds.insert(0, (class.name().to_owned(), read_days(days)?));
        }
        Ok((logs, retention))
    }

    pub(super) fn of(&self, kind: &str) -> i64 {
        self.kinds.iter().find(|(known, _)| known == kind).map_or(self.others, |(_, ms)| *ms)
    }
}

/// Days that the longest class of a site's sealed values is kept.
pub(in crate::cli) fn values_days(site: &Site) -> u32 {
    let days = site.attributes.iter().map(|one| kept_days(one.retention_seconds));
    days.max().unwrap_or_default().max(RETENTION_DAYS)
}

/// `395d` in milliseconds.
pub(super) fn read_days(text: &str) -> anyhow::Result<i64> {
    let days: Option<u32> = text.strip_suffix('d').and_then(|days| days.parse().ok());
    days.map(days_ms).with_context(|| Usage(format!("`{text}` is not a number of days, as in 395d")))
}

pub(super) fn days_ms(days: u32) -> i64 {
    i64::from(days) * DAY
}
