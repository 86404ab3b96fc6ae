//! The site as it is served: the last version without an error, and the findings about the newest one.
//!
//! A version with an error never replaces one that works.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;

use crate::author::diagnostic::{Diagnostic, Severity};
use crate::author::site::{Place, Site};
use crate::author::{self, Sources};
use crate::cli::heed::Heeded;
use crate::cli::open::{self, Opened};
use crate::cli::{now_ms, random};
use crate::compile::debug::Debug;
use crate::consent::revocation::list::Found;
use crate::log::measure::MeasureKey;
use crate::page::{self, AccountFrom};
use crate::words::Unit;

/// Notices that a listener may have waiting; more are dropped, as one is enough to look again.
const NOTICES_MAX: usize = 8;

/// How long an origin may take for the head of its answer; the whole may take twice that. A reader that stalls must not
/// delay the preview.
const ORIGIN_MAX: Duration = Duration::from_secs(20);

/// Everything that handlers share.
pub(super) struct State {
    pub(super) folder: PathBuf,
    /// The origin of the command line, before the site's own.
    pub(super) origin: Option<String>,
    /// The region of the command line, before the site's first market.
    pub(super) region: Option<String>,
    pub(super) agent: ureq::Agent,
    /// The place in a request of the account that is signed in.
    pub(super) account_from: Option<AccountFrom>,
    /// The key of pseudonyms, in lines that are only shown. Nobody keeps it.
    pub(super) key: Option<MeasureKey>,
    live: RwLock<Arc<Live>>,
    listeners: Mutex<Vec<mpsc::Sender<u64>>>,
}

/// One version of the site's folder.
pub(super) struct Live {
    pub(super) version: u64,
    /// The last version without an error; none if there never was one.
    pub(super) loaded: Option<Arc<Loaded>>,
    /// The findings about the newest version.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The texts that the diagnostics are about.
    pub(super) sources: Sources,
}

/// A site that compiles.
pub(super) struct Loaded {
    pub(super) site: Site,
    /// The build, as an edge would open it.
    pub(super) opened: Opened,
    /// Names and rows for explanations.
    pub(super) debug: Debug,
    /// The signed release, for pages that decide in the browser.
    pub(super) files: open::Files,
    /// The withdrawals on other devices, from the site's own list.
    pub(super) heeded: Option<Heeded>,
}

impl State {
    pub(super) fn new(
        folder: PathBuf,
        origin: Option<String>,
        region: Option<String>,
        account_from: Option<AccountFrom>,
    ) -> Self {
        // A redirect or an error of the origin is the visitor's to see.
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = agent.timeout_recv_response(Some(ORIGIN_MAX)).timeout_global(Some(2 * ORIGIN_MAX)).build().into();
        let live = RwLock::new(Arc::new(read(&folder, 1, None)));
        let key = random("the preview's pseudonyms").ok().map(|secret| MeasureKey::new(0, secret));
        Self { folder, origin, region, agent, account_from, key, live, listeners: Mutex::default() }
    }

    pub(super) fn live(&self) -> Arc<Live> {
        // A poisoned lock still holds a whole version: it is only ever replaced at once.
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn reload(&self) -> Arc<Live> {
        let old = self.live();
        let new = Arc::new(read(&self.folder, old.version + 1, old.loaded.clone()));
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners
            .retain(|listener| !matches!(listener.try_send(new.version), Err(mpsc::error::TrySendError::Closed(_))));
        new
    }

    /// The versions to come, beginning with the current one.
    pub(super) fn listen(&self) -> mpsc::Receiver<u64> {
        let (sender, receiver) = mpsc::channel(NOTICES_MAX);
        // The channel is empty: there is room.
        let _ = sender.try_send(self.live().version);
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        receiver
    }

    /// The region of requests that do not name one.
    pub(super) fn region<'s>(&'s self, loaded: &'s Loaded) -> Option<&'s str> {
        let first = || loaded.site.markets.first().and_then(|market| market.regions.first());
        self.region.as_ref().or_else(first).map(String::as_str)
    }

    /// A request as every host describes one, from the server's region, now.
    pub(super) fn request<'r>(
        &'r self,
        loaded: &'r Loaded,
        (path, query): (&'r str, &'r str),
        header: &'r dyn Fn(&str) -> Option<String>,
        randomness: &'r str,
    ) -> page::Request<'r> {
        let region = self.region(loaded);
        let (country, now_ms) = (region.map(page::country_of), now_ms(None).unwrap_or_default());
        page::Request { path, query, country, region, header, now_ms, randomness, edit: None }
    }

    /// The origin behind the server, if the pages are not the site's own.
    pub(super) fn origin(&self, live: &Live) -> Option<String> {
        let own = || live.loaded.as_ref().and_then(|loaded| loaded.site.origin.clone());
        self.origin.clone().or_else(own)
    }

    pub(super) fn pages(&self, live: &Live) -> Option<PathBuf> {
        let pages = live.loaded.as_ref()?.site.pages.as_ref()?;
        Some(self.folder.join(pages))
    }
}

impl Loaded {
    pub(super) fn find(&self, unit: Unit, id: &str) -> Found<'_> {
        self.heeded.as_ref().map(|heeded| heeded.find(unit, id)).unwrap_or_default()
    }
}

impl Live {
    /// True if the newest version of the files cannot be served.
    pub(super) fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Reads a folder; a version with an error keeps what worked before.
fn read(folder: &Path, version: u64, last_good: Option<Arc<Loaded>>) -> Live {
    let (site, mut diagnostics, sources) = author::load(folder);
    let opened = site.map(|site| opened(site, folder)).transpose().unwrap_or_else(|why| {
        let place = Place { file: "selvedge.toml".into(), line: 1, column: 1, ..Place::default() };
        let fault = Diagnostic::error("SV9900", place, format!("the compiled site cannot be opened: {why:#}"));
        diagnostics.push(fault.help("this is a bug in Selvedge, not in the site: please report it"));
        None
    });
    Live { version, loaded: opened.map(Arc::new).or(last_good), diagnostics, sources }
}

/// Compiles a site and opens it as an edge would, signature and all.
fn opened(site: Site, folder: &Path) -> anyhow::Result<Loaded> {
    let environment = open::environment(&site, None)?;
    let (mut opened, files) = open::compiled_with_files(&site, environment, now_ms(None).unwrap_or_default())?;
    let debug = opened.debug.take().context("the build has no debug file")?;
    let heeded = Heeded::of_site(folder).unwrap_or_else(|why| {
        anstream::eprintln!("warning: withdrawals on other devices are not applied: {why:#}");
        None
    });
    Ok(Loaded { site, opened, debug, files, heeded })
}

#[cfg(test)]
impl State {
    pub(super) fn shop(region: Option<&str>) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/storefront");
        Self::new(folder, None, region.map(str::to_owned), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::revocation::{Key, list};
    use crate::words::{Purpose, Purposes, Revoked};

    /// A folder of this test alone, and a way to write a file in it.
    fn folder(name: &str) -> (PathBuf, impl Fn(&str, &[u8])) {
        let folder = std::env::temp_dir().join(format!("selvedge-{name}-{}", std::process::id()));
        fs_err::create_dir_all(folder.join(".selvedge/keys")).expect("a temporary folder");
        let place = folder.clone();
        (folder, move |path, bytes| fs_err::write(place.join(path), bytes).expect("a temporary file"))
    }

    fn site(name: &str) -> String {
        format!("name = \"{name}\"\n[locales]\ndefault = \"en\"\nall = [\"en\"]\n")
    }

    #[test]
    fn a_withdrawal_on_another_device_is_heeded_by_the_sites_own_list() {
        let (folder, write) = folder("heed");
        write("selvedge.toml", site("shop").as_bytes());
        write(".selvedge/keys/revocation.key", format!("1:{}\n", "07".repeat(32)).as_bytes());
        let key = Key::new(1, [7; 32]);
        let revoked = Revoked { day: 20_000, purposes: Purposes::NONE.with(Purpose::Personalization) };
        let marks = [(key.mark(Unit::Account, "4711"), revoked)];
        write(".selvedge/revocations.bin", &list::write(1, key.check(), marks));

        let denies = |account_id: &str| {
            let state = State::new(folder.clone(), None, None, AccountFrom::parse("header:x-account"));
            let live = state.live();
            let header = |name: &str| (name == "x-account").then(|| account_id.to_owned());
            let loaded = live.loaded.as_ref().expect("the site compiles");
            let randomness = "0123456789abcdef0123456789abcdef";
            let request = page::Request { now_ms: 0, ..state.request(loaded, ("/", ""), &header, randomness) };
            let find = |unit, id: &str| loaded.find(unit, id);
            let person = page::Person { account: state.account_from.as_ref(), find: &find };
            page::arrive(&loaded.opened.bundle, &request, Some(&person)).0.grants.denies(Purpose::Personalization)
        };
        assert!(denies("4711") && !denies("4712"));
        // Without its key the list is of no use, and the preview goes on.
        fs_err::remove_file(folder.join(".selvedge/keys/revocation.key")).expect("the temporary file");
        assert!(!denies("4711"));
        fs_err::remove_dir_all(&folder).expect("the temporary folder");
    }

    #[test]
    fn a_version_with_an_error_keeps_the_last_good_one_and_tells_listeners() {
        let (folder, write) = folder("reload");
        let write = |text: &str| write("selvedge.toml", text.as_bytes());
        let name = |live: &Live| live.loaded.as_ref().map(|loaded| loaded.site.name.clone());
        write("name = 1");
        let state = State::new(folder.clone(), None, None, None);
        assert!(state.live().loaded.is_none() && state.live().is_broken());

        let mut versions = state.listen();
        assert_eq!(versions.try_recv(), Ok(1));
        let broken = site("second").replace("[locales]", "[locales");
        for (version, text, served) in
            [(2, site("first"), "first"), (3, broken.clone(), "first"), (4, site("third"), "third")]
        {
            write(&text);
            let live = state.reload();
            assert_eq!(name(&live).as_deref(), Some(served));
            assert_eq!(live.is_broken(), text == broken, "{:?}", live.diagnostics);
            assert_eq!(versions.try_recv(), Ok(version));
        }
        fs_err::remove_dir_all(&folder).expect("the temporary folder");
    }
}
