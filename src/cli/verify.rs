//! `selvedge verify`: every signature, length and hash of a built folder.

use std::path::PathBuf;

use serde_json::json;

use super::publish::{self, Checked, Problem};
use super::{Outcome, now_ms};
use crate::trust::Order;
use crate::words::hex;
use crate::words::time::{MAX, format_rfc3339};

#[derive(clap::Args)]
#[command(after_help = "The exit code is 4 if anything is wrong.\n\nExamples:\n  selvedge verify dist/storefront\n  \
    selvedge verify dist/storefront --env development --json")]
pub(super) struct Args {
    /// The built folder
    folder: PathBuf,
    /// Only this environment
    #[arg(long)]
    env: Option<String>,
    /// A root document that you trust; without it, the folder's own root is trusted
    #[arg(long)]
    root: Option<PathBuf>,
    /// The time at which documents must not be expired; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    anyhow::ensure!(args.folder.is_dir(), "{} is not a folder", args.folder.display());
    let now_ms = now_ms(args.as_of.as_deref())?;
    match publish::verify(&args.folder, args.env.as_deref(), args.root.as_deref(), now_ms) {
        Ok(report) if args.json => {
            let environments: Vec<_> = report.environments.iter().map(|checked| as_json(checked, now_ms)).collect();
            anstream::println!(
                "{}",
                json!({"ok": true, "files": report.files, "unsigned": report.unsigned, "environments": environments})
            );
            Ok(Outcome::Clean)
        }
        Ok(report) => {
            report.environments.iter().for_each(|checked| tell(checked, now_ms));
            if !report.unsigned.is_empty() {
                let names: Vec<String> = report.unsigned.iter().map(|path| path.display().to_string()).collect();
                anstream::eprintln!(
                    "note: nobody signs the browser's files, so compare them with those of the npm package: {}",
                    names.join(", ")
                );
            }
            anstream::println!("ok: {} files, every signature, length and hash is right", report.files);
            Ok(Outcome::Clean)
        }
        Err(problems) => {
            if args.json {
                let problem =
                    |problem: &Problem| json!({"path": problem.path.display().to_string(), "why": problem.why});
                let problems: Vec<_> = problems.iter().map(problem).collect();
                anstream::println!("{}", json!({"ok": false, "problems": problems}));
            } else {
                problems.iter().for_each(|problem| anstream::eprintln!("error: {problem}"));
            }
            Ok(Outcome::Integrity)
        }
    }
}

fn tell(checked: &Checked, now_ms: i64) {
    let release = &checked.release;
    let (site, environment, digest) = (release.repository(), release.environment(), &hex(release.digest())[..16]);
    let (issued, expires) = (format_rfc3339(release.issued_ms()), format_rfc3339(release.expires_ms()));
    anstream::println!("{site} {environment}: release {digest} of {issued}, expires {expires}");
    if let Some(overlay) = release.overlay() {
        let list = checked.revocations.map_or_else(
            || "no withdrawals".to_owned(),
            |(epoch, entries)| format!("withdrawals on other devices: {entries}, under the key of epoch {epoch}"),
        );
        anstream::println!("  overlay {} of {}: {list}", overlay.version, format_rfc3339(overlay.issued_ms));
        for order in release.orders() {
            let Order { action, name, until_ms, reason } = order;
            let until = if *until_ms < MAX { format!(" until {}", format_rfc3339(*until_ms)) } else { String::new() };
            anstream::println!("  {action} `{name}`{until}: {reason}");
        }
        if overlay.stale(now_ms) {
            anstream::eprintln!(
                "warning: the overlay expired on {}. Hosts still apply it, and report that newer withdrawals may be missing. Publish the list again: selvedge revoke --publish DIR",
                format_rfc3339(overlay.expires_ms)
            );
        }
    }
    if !checked.waits.is_empty() {
        anstream::eprintln!(
            "warning: an overlay waits here for signatures, and hosts do not see it. `selvedge sign --overlay` says which are missing. It changes:\n  {}",
            checked.waits.join("\n  ")
        );
    }
    if let Some(data) = release.data() {
        let feeds: Vec<&str> = checked.feeds.iter().map(String::as_str).collect();
        anstream::println!("  data {} of {}: {}", data.version, format_rfc3339(data.issued_ms), feeds.join(", "));
        if data.stale(now_ms) {
            anstream::eprintln!(
                "warning: the data expired on {}. Its feeds count as stale. Publish them again: selvedge feed publish",
                format_rfc3339(data.expires_ms)
            );
        }
    }
    if !checked.pinned {
        let keys = hex(&checked.fingerprint);
        anstream::eprintln!("note: trusted the folder's own root, with the keys {keys}. Pin it with --root");
    }
}

fn as_json(checked: &Checked, now_ms: i64) -> serde_json::Value {
    let release = &checked.release;
    json!({
        "site": release.repository(),
        "environment": release.environment(),
        "release": hex(release.digest()),
        "version": release.version(),
        "issued": format_rfc3339(release.issued_ms()),
        "expires": format_rfc3339(release.expires_ms()),
        "root": hex(&checked.fingerprint),
        "overlay": release.overlay().map(|overlay| json!({
            "version": overlay.version,
            "issued": format_rfc3339(overlay.issued_ms),
            "expires": format_rfc3339(overlay.expires_ms),
            "stale": overlay.stale(now_ms),
            "orders": release.orders().iter().map(|order| json!({
                "action": order.action.name(), "name": order.name, "reason": order.reason,
                "until": (order.until_ms < MAX).then(|| format_rfc3339(order.until_ms)),
            })).collect::<Vec<_>>(),
            "revocations": checked.revocations.map(|(epoch, entries)| json!({"epoch": epoch, "entries": entries})),
        })),
        "data": release.data().map(|data| json!({
            "version": data.version,
            "issued": format_rfc3339(data.issued_ms),
            "expires": format_rfc3339(data.expires_ms),
            "stale": data.stale(now_ms),
            "feeds": checked.feeds,
        })),
        "waits": checked.waits,
        "pinned": checked.pinned,
    })
}
