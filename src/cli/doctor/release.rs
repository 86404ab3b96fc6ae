//! The release that the page goes by: the Worker's own word, and every signature and hash of what it serves.

use serde_json::Value;

use super::Findings;
use super::ask::Asking;
use super::markup;
use super::page::Block;
use crate::cli::deliver::Reads;
use crate::cli::open::{self, Opened, Refused};
use crate::page::{Deployment, static_block};
use crate::trust::{ROOT_BYTES_MAX, layout, native};
use crate::words::hex;
use crate::words::time::{HOUR, format_rfc3339};

/// Everything of ours is below this.
const BASE: &str = "/__selvedge";
/// Roots that are looked for: each change of keys makes one.
const ROOTS_MAX: u64 = 16;
/// A release that ends sooner than this is late: jobs that renew it run daily.
const LEFT_MIN_MS: i64 = 12 * HOUR;

/// Says how the release stands, and gives it.
pub(super) fn check(asking: &Asking, block: Option<&Block>, now_ms: i64, findings: &mut Findings) -> Option<Opened> {
    if block.is_none_or(Block::is_of_edge) {
        health(asking, findings);
    }
    let block = block?;
    let environment = block.text("environment");
    if environment == "development" && !asking.is_local() {
        findings.fault(
            "a public page goes by the environment `development`, whose keys anybody can have",
            "build and publish for an environment of its own",
        );
    }
    let Some(root) = root(asking, environment, block.text("root")) else {
        let fix = if block.is_of_edge() {
            "publish the root whose SHA-256 is ROOT_SHA256, or set ROOT_SHA256 to that of the published one"
        } else {
            "print the lines of the page again with `selvedge block`, and publish them together with the build"
        };
        findings.fault("the root document that the page trusts is not in the store, so no browser can decide", fix);
        return None;
    };
    match fetched(asking, &root, environment, now_ms) {
        Ok(opened) => {
            let release = &opened.release;
            let decided = block.0.pointer("/page/bundle").and_then(Value::as_str);
            if decided.is_some_and(|decided| decided != hex(opened.bundle.digest())) {
                findings.warning(
                    "the page was decided by other rules than those of the published release",
                    "wait for REFRESH_SECONDS after you publish, and look again",
                );
            }
            let (digest, until_ms) = (hex(release.digest()), release.expires_ms());
            let until = format_rfc3339(until_ms);
            if release.stale(now_ms) {
                findings.fault(
                    format!("the release expired on {until}"),
                    "build and publish again, and run `selvedge renew` in a scheduled job",
                );
            } else if until_ms - now_ms < LEFT_MIN_MS {
                findings
                    .warning(format!("the release ends soon, on {until}"), "run `selvedge renew` in a scheduled job");
            } else {
                findings.ok(format!("release {}: every signature and hash is right, until {until}", short(&digest)));
            }
            if !block.is_of_edge() {
                lines(block, &opened, now_ms, findings);
            }
            Some(opened)
        }
        Err(error) => {
            let why = match error.downcast_ref::<Refused>() {
                Some(refused) => refused.to_string(),
                None => format!("{error:#}"),
            };
            findings.fault(
                format!("the release is refused: {why}"),
                "publish the build again: `selvedge publish DIR STORE`",
            );
            None
        }
    }
}

/// The release that a server hands out, as this root vouches for it.
pub(super) fn fetched(asking: &Asking, root: &[u8], environment: &str, now_ms: i64) -> anyhow::Result<Opened> {
    open::fetched(root, environment, now_ms, |path, most| {
        let file = asking.file(&format!("{BASE}{path}"))?;
        anyhow::ensure!(file.status == 200, "{path} has status {}", file.status);
        anyhow::ensure!(file.body.len() as u64 <= most, "{path} is larger than {most} bytes");
        Ok(file.body)
    })
}

/// The lines that `selvedge block` prints for this release, beside those of the page.
fn lines(block: &Block, opened: &Opened, now_ms: i64, findings: &mut Findings) {
    let deployment = Deployment {
        environment: opened.release.environment(),
        root: &opened.root,
        root_version: opened.release.floor().root,
        cookie: None,
        nonce: "",
    };
    let region = Some(block.text("region")).filter(|region| !region.is_empty());
    let printed = static_block(&opened.bundle, region, &[], &deployment, now_ms);
    let printed = markup::read(&printed).block.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    // These are the page's own, or change with every build.
    let plain = |block: &Value| {
        let mut block = block.as_object().cloned().unwrap_or_default();
        block.retain(|name, _| !["ahead", "beacon", "nonce"].contains(&name.as_str()));
        block
    };
    if printed.is_some_and(|printed| plain(&printed) == plain(&block.0)) {
        findings.ok("the lines of the page are those of the release");
    } else {
        findings.warning(
            "the lines of the page are of another release: `selvedge.set` can refuse what it permits, and the law can be another",
            "print them again with `selvedge block`, as with every change of attributes, consent.toml or region",
        );
    }
}

fn health(asking: &Asking, findings: &mut Findings) {
    let Some(health) = asked_health(asking) else {
        let fix = "route every address of the site through the Worker, with those below /__selvedge/";
        return findings.unknown(format!("{BASE}/health does not answer as a Worker does"), fix);
    };
    let text = |name: &str| health.get(name).and_then(Value::as_str).unwrap_or_default();
    if let Some(reason) = health.get("reason").and_then(Value::as_str) {
        findings.fault(
            format!("the Worker has no release: {reason}"),
            "look up the stage `settings` or `bundle` in docs/edge.md",
        );
    } else if health["ok"] == true {
        findings.ok(format!("the host is well, by release {}", short(text("release"))));
    } else if !["none", "used"].contains(&text("revocations")) {
        findings.fault(
            format!("withdrawals on other devices are not applied: {}", text("revocations")),
            "set REVOCATION_KEY, or run `selvedge revoke --publish`",
        );
    } else {
        findings.fault("the Worker goes by a release that is past its time", "build and publish");
    }
    let (reads, own) = (Reads::of(&health), Reads::OWN);
    if reads.engine < own.engine || reads.formats[1] < own.formats[1] {
        findings.warning(
            format!("the Worker reads {reads}, and this version of Selvedge builds up to {own}"),
            "deploy the Worker of this version before you publish",
        );
    }
    if health.get("overlay_stale") == Some(&Value::Bool(true)) {
        findings.warning("the list of withdrawals is past its time", "run `selvedge revoke --publish` on a schedule");
    }
    store(&health, findings);
    if health["ok"] == true && health.get("sync").is_some() && health.get("floor").is_none() && !asking.is_local() {
        findings.warning(
            "the Worker has no VERSION_FLOOR, so a new isolate takes any older release that has not expired",
            "set VERSION_FLOOR to what `selvedge publish` printed, and deploy",
        );
    }
    for (slot, pages) in health.get("absent").and_then(Value::as_object).into_iter().flatten() {
        findings.warning(format!("`{slot}` had no element on {pages} pages of this isolate"), "look at its selector");
    }
}

/// What the Worker says of itself.
pub(super) fn asked_health(asking: &Asking) -> Option<Value> {
    let seen = asking.file(&format!("{BASE}/health")).ok()?;
    serde_json::from_slice::<Value>(&seen.body).ok().filter(|health| health.get("ok").is_some())
}

/// How the Worker's connection to its store stands.
fn store(health: &Value, findings: &mut Findings) {
    let sync = &health["sync"];
    let failure = sync.get("failure").and_then(Value::as_str).unwrap_or("no answer yet");
    let failures = sync.get("failures").and_then(Value::as_u64).unwrap_or_default();
    let fix = "look up the stage `bundle` in docs/edge.md";
    if sync.get("source").and_then(Value::as_str) == Some("kept") && failures > 0 {
        findings.warning(format!("the store fails, and the Worker goes by what its data center kept: {failure}"), fix);
    } else if failures > 0 && health["ok"] == true {
        findings.warning(
            format!("the store failed {failures} times in a row, and the Worker keeps its release: {failure}"),
            fix,
        );
    }
}

/// The root of this digest, by whichever number it has.
pub(super) fn root(asking: &Asking, environment: &str, digest: &str) -> Option<Vec<u8>> {
    (1..=ROOTS_MAX).find_map(|version| {
        let seen = asking.file(&format!("{BASE}{}", layout::root(environment, version))).ok()?;
        let is_it =
            seen.status == 200 && seen.body.len() <= ROOT_BYTES_MAX && hex(&native::sha256(&seen.body)) == digest;
        is_it.then_some(seen.body)
    })
}

fn short(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}
