//! A small shop that reads something of every kind, from every source and for several purposes: one slot for each way in.

use std::collections::BTreeMap;
use std::path::Path;

use selvedge::author::site::Site;
use selvedge::cli::open::Opened;
use selvedge::cli::prove::Host;
use selvedge::report::interference::Maker;

use crate::sites::{self, NOW_MS};

const ATTRIBUTES: &str = r#"
[request.country]
type = "symbol"
values = ["CA", "DE", "GB", "US"]
source = "request"
purposes = ["contextual"]
from = "country"
[request.tier]
type = "string"
source = "request"
purposes = ["personalization"]
from = "header:x-tier"
[request.coupon]
type = "string"
source = "request"
purposes = ["advertising"]
from = "query:coupon"
[visitor.cart]
type = "int"
source = "device"
purposes = ["functional"]
retention = "1d"
default = 0
[visitor.note]
type = "string"
source = "device"
purposes = ["functional"]
retention = "30d"
from = "cookie:note"
[visitor.visits]
type = "int"
source = "device"
purposes = ["personalization"]
depth = "behavioural"
retention = "30d"
optional = true
[profile.language]
type = "symbol"
values = ["de", "en"]
source = "account"
purposes = ["personalization"]
retention = "365d"
[profile.spend]
type = "double"
source = "account"
purposes = ["analytics"]
retention = "365d"
default = 0.0
[profile.illness]
type = "bool"
source = "feed:survey"
purposes = ["personalization", "sensitive"]
sensitive = true
retention = "365d"
default = false
"#;

/// Slot, purpose and rows.
const EXPERIENCES: [(&str, &str, &str); 8] = [
    ("cart", "functional", "all = ['visitor.cart >= 2']"),
    ("country", "personalization", "all = ['request.country == \"DE\"']"),
    ("coupon", "advertising", "all = ['request.coupon.startsWith(\"win\")']"),
    ("has", "personalization", "all = ['has(visitor.visits)']"),
    ("illness", "personalization", "none = ['profile.illness']"),
    ("note", "functional", "all = ['visitor.note == \"hello\"']"),
    ("tier", "personalization", "all = ['request.tier == \"gold\"', 'profile.spend < 100.0']"),
    (
        "visits",
        "personalization",
        "all = ['has(visitor.visits) && visitor.visits > 3']\nnone = ['profile.language == \"de\"']",
    ),
];

pub(super) struct Shop {
    pub(super) site: Site,
    pub(super) opened: Opened,
}

impl Shop {
    pub(super) fn new() -> Self {
        let site = sites::checked(&files());
        let opened = sites::opened(&site);
        Self { site, opened }
    }

    pub(super) fn host(&self) -> Host<'_> {
        let slots: String =
            self.site.slots.iter().map(|slot| format!("<p {}>as it was</p>", selected(&slot.selector))).collect();
        let html = format!("<!doctype html><html><body>{slots}</body></html>");
        Host::new(&self.opened, "development", BTreeMap::from([("/".to_owned(), html)]))
    }

    pub(super) fn maker(&self) -> Maker<'_> {
        Maker::new(&self.site, &["/".into()], NOW_MS)
    }
}

/// The attribute that a selector `#name` asks for.
pub(super) fn selected(selector: &str) -> String {
    format!("id=\"{}\"", selector.trim_start_matches('#'))
}

/// Pages of a folder by their paths.
pub(super) fn pages_of(folder: &Path, paths: &[&str]) -> BTreeMap<String, String> {
    let page = |path: &&str| {
        let file = folder.join(path.trim_matches('/')).join("index.html");
        ((*path).to_owned(), std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display())))
    };
    paths.iter().map(page).collect()
}

fn files() -> selvedge::author::Files {
    let settings = "name = \"shop\"\n[locales]\ndefault = \"en\"\nall = [\"de\", \"en\"]\n\
        [markets.dach]\nzone = \"Europe/Berlin\"\nregions = [\"DE\", \"AT\", \"CH\"]\n\
        [markets.na]\nzone = \"America/New_York\"\nregions = [\"US\", \"CA\"]\n";
    let content = "[locale.de]\nhtml = \"<b>neu</b>\"\n[locale.en]\nhtml = \"<b>new</b>\"\n";
    let mut texts = vec![
        ("selvedge.toml".to_owned(), settings.to_owned()),
        ("attributes.toml".to_owned(), ATTRIBUTES.to_owned()),
        ("content/c.toml".to_owned(), content.to_owned()),
        ("content/d.toml".to_owned(), content.to_owned()),
    ];
    let mut slots = String::new();
    let mut slot = |name: &str| slots += &format!("[home.{name}]\nselector = \"#{name}\"\nchange = \"inner\"\n");
    for (name, purpose, rows) in EXPERIENCES {
        slot(name);
        // One of them reads what is sensitive.
        let text = format!(
            "slot = \"home.{name}\"\npurpose = \"{purpose}\"\naudit = \"full\"\n[[rule]]\n{rows}\nshow = \"c\"\n"
        );
        texts.push((format!("experiences/{name}.toml"), text));
    }
    slot("drawn");
    let split =
        "[[rule]]\nsplit = { experiment = \"x\", unit = \"account\", arms = { c = 40, d = 30, control = 30 } }\n";
    texts.push(("experiences/drawn.toml".into(), format!("slot = \"home.drawn\"\n{split}")));
    slot("timed");
    let timed = "[[rule]]\nshow = \"d\"\n[schedule]\nfrom = 2026-11-15T09:00\nzone = \"market\"\n";
    texts.push(("experiences/timed.toml".into(), format!("slot = \"home.timed\"\n{timed}")));
    texts.push(("slots.toml".into(), slots));
    // No string of Europe's: a cookie with one is any cookie.
    let signals = "[signals]\nuse = [\"gpp\", \"onetrust\", \"didomi\", \"google\"]\n\
        [signals.didomi]\npersonalization = [\"p\"]\nanalytics = [\"a\"]\n\
        [signals.onetrust]\nsensitive = [\"C0009\"]\npersonalization = [\"C0002\"]\n";
    texts.push(("consent.toml".into(), signals.into()));
    sites::files(texts)
}
