//! Finds what an argument of `diff` names, and opens it.

use std::path::Path;

use anyhow::Context as _;

use super::Args;
use crate::author::site::Site;
use crate::cli::deliver::{Source, environment_of};
use crate::cli::open::{self, Opened};
use crate::cli::store::Place;
use crate::cli::{Usage, doctor, git, now_ms};
use crate::report::{Ropa, ropa};
use crate::trust::{Class, Role, Scope, native};

/// One side, opened.
pub(super) struct Found {
    pub(super) opened: Opened,
    /// The sources with their register, if it was made of sources.
    pub(super) site: Option<(Site, Ropa)>,
    /// Who must approve what, by the root of a release.
    pub(super) approvals: Option<Vec<(Class, Vec<Role>)>>,
}

/// Where arguments are looked up.
pub(super) struct Places<'a> {
    args: &'a Args,
}

impl<'a> Places<'a> {
    pub(super) fn of(args: &'a Args) -> Self {
        Self { args }
    }

    /// Opens what a word names.
    ///
    /// # Errors
    /// It names nothing, or what it names does not open.
    pub(super) fn find(&self, word: &str) -> anyhow::Result<Found> {
        let path = Path::new(word);
        if let Some(place) = &self.args.inside {
            return self.store(place, Some(word));
        }
        if word.starts_with("http://") || word.starts_with("https://") {
            let opened = doctor::release_at(word, now_ms(None)?)?;
            return Ok(Found { opened, site: None, approvals: None });
        }
        if word.contains("://") || path.join("v1").is_dir() {
            return self.store(word, self.args.env.as_deref());
        }
        if path.is_dir() {
            return self.site(path);
        }
        anyhow::ensure!(
            open::is_site(&self.args.site),
            Usage(format!(
                "`{word}` is no folder and no store. For a revision of git, name the site's folder with --site"
            ))
        );
        let room = git::checkout(&self.args.site, word)?;
        self.site(&git::site_of(&room)).with_context(|| format!("the site at the revision `{word}`"))
    }

    fn site(&self, folder: &Path) -> anyhow::Result<Found> {
        let (site, _, sources) = open::site(folder)?;
        let environment = match &self.args.env {
            Some(named) if site.environments.contains(named) => named,
            _ => site.environments.first().context("the site has no environment")?,
        };
        let opened = open::compiled(&site, environment, now_ms(None)?)?;
        let register = ropa(&site, &sources);
        Ok(Found { opened, approvals: Some(site.approvals.clone()), site: Some((site, register)) })
    }

    fn store(&self, place: &str, environment: Option<&str>) -> anyhow::Result<Found> {
        let place = Place::at(place.to_owned(), self.args.reach.clone());
        let store = place.open(false)?;
        let environment = environment_of(&*store, environment)?;
        let source = Source::live(&*store, &environment)?;
        let scope = Scope { repository: source.release.repository(), environment: &environment };
        let approvals = native::root(&source.root, &scope).map(|root| root.classes()).ok();
        Ok(Found { opened: source.opened()?, site: None, approvals })
    }
}
