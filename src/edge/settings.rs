//! What the deployment says: the variables of `wrangler.toml`.
//!
//! Takes the environment's bindings, gives settings, or which variable is missing. Without the pin of a root nothing is trusted, so
//! there is no default for it.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::Host;
use super::audit::Audit;
use crate::consent::revocation::Key;
use crate::log::measure::MeasureKey;
use crate::page::AccountFrom;
use crate::trust::Floor;
use crate::words::{hex, parse_hex};

thread_local! {
    /// What was read of these bindings.
    static KNOWN: RefCell<Option<(JsValue, Read)>> = const { RefCell::new(None) };
}

/// The settings, or which variable is missing or wrong.
pub(super) type Read = Result<Rc<Settings>, String>;

/// The variables of a deployment.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// `SITE`: the repository that every signature must be made for.
    pub(super) site: String,
    /// `ENVIRONMENT`: likewise.
    pub(super) environment: String,
    /// `ROOT_SHA256`: the digest of the root document.
    pub(super) root_sha256: [u8; 32],
    /// The same in hexadecimal digits.
    pub(super) root: String,
    /// `VERSION_FLOOR`: the versions of the release that the deployment was made with. Nothing older is taken, also without memory.
    pub(super) floor: Floor,
    /// `ROOT_VERSION`: which root document that is; 1 unless it says otherwise.
    pub(super) root_version: u64,
    /// `REFRESH_SECONDS`: how long it takes at most until a new head is asked for, 1 to 3600; 120 unless it says otherwise.
    pub(super) refresh_seconds: i64,
    /// `ALLOW_OVERRIDES`: whether request headers may set region and time. For development and tests alone.
    pub(super) allow_overrides: bool,
    /// `AUDIT`, `AUDIT_VALUES` and the secret `AUDIT_KEY`: which decisions are recorded for an audit, and how.
    pub(super) audit: Option<Audit>,
    /// The secret `MEASUREMENT_KEY`: what lines of what was shown and done are pseudonymous by. Without it they name nobody.
    pub(super) measure: Option<MeasureKey>,
    /// The secret `REVOCATION_KEY`: what withdrawals on other devices are looked up with.
    pub(super) revocation_key: Option<Key>,
    /// `ACCOUNT_FROM`: where a request has the id of the account that is signed in, `header:NAME` or `cookie:NAME`.
    pub(super) account_from: Option<AccountFrom>,
}

impl Settings {
    /// The settings of the deployment, which are read once in an isolate.
    pub(super) fn of(host: &Host) -> Read {
        KNOWN.with_borrow_mut(|known| {
            let known = match known {
                Some(known) if host.has_bindings(&known.0) => known,
                _ => known.insert((host.env.clone().into(), Self::read(host).map(Rc::new))),
            };
            known.1.clone()
        })
    }

    fn read(host: &Host) -> Result<Self, String> {
        let optional = |name: &str| host.variable(name);
        let required = |name: &str| optional(name).ok_or_else(|| format!("the variable {name} is not set"));
        let digest = |name: &str| {
            let digits = required(name)?;
            parse_hex(&digits).ok_or_else(|| format!("the variable {name} is not a SHA-256 of 64 hexadecimal digits"))
        };
        let refresh = optional("REFRESH_SECONDS").map_or(Some(120), |seconds| seconds.parse().ok());
        let refresh = refresh.filter(|seconds| (1..=3_600).contains(seconds));
        // What is there and cannot be read is refused: a withdrawal would be overlooked in silence.
        let revocation_key = optional("REVOCATION_KEY").map(|key| {
            Key::parse(&key).ok_or("the secret REVOCATION_KEY is not an epoch, a colon and 64 hexadecimal digits")
        });
        let measure = optional("MEASUREMENT_KEY").map(|key| {
            let wrong = "the secret MEASUREMENT_KEY is not a number, a colon and 64 hexadecimal digits";
            MeasureKey::parse(&key, ':').ok_or(wrong)
        });
        let measure = measure.transpose()?;
        let secret = |name: &str| optional(name).and_then(|key| Some(key.split(':').nth(1)?.to_owned()));
        if measure.is_some() && secret("AUDIT_KEY") == secret("MEASUREMENT_KEY") {
            return Err("AUDIT_KEY and MEASUREMENT_KEY hold the same secret".into());
        }
        let account_from = optional("ACCOUNT_FROM").map(|place| {
            AccountFrom::parse(&place).ok_or("the variable ACCOUNT_FROM is not header:NAME or cookie:NAME")
        });
        let floor = optional("VERSION_FLOOR").map_or(Some(Floor::default()), |floor| Floor::parse(&floor));
        let root_sha256 = digest("ROOT_SHA256")?;
        let version = optional("ROOT_VERSION").map_or(Ok(1), |version| version.parse());
        Ok(Self {
            site: required("SITE")?,
            environment: required("ENVIRONMENT")?,
            root: hex(&root_sha256),
            floor: floor.ok_or("the variable VERSION_FLOOR is not four whole numbers with dots between them")?,
            root_sha256,
            root_version: version.map_err(|_| "the variable ROOT_VERSION is not a whole number".to_string())?,
            refresh_seconds: refresh.ok_or("the variable REFRESH_SECONDS is not a whole number from 1 to 3600")?,
            allow_overrides: optional("ALLOW_OVERRIDES").as_deref() == Some("true"),
            audit: Audit::read(optional)?,
            measure,
            revocation_key: revocation_key.transpose()?,
            account_from: account_from.transpose()?,
        })
    }
}
