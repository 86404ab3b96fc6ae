//! `selvedge verify`: every signature, length and hash of a built folder.

use std::path::PathBuf;

use serde_json::json;

use super::{Outcome, now_ms, publish};
use crate::words::hex;
use crate::words::time::format_rfc3339;

#[derive(clap::Args)]
#[command(
    after_help = "Ends with exit code 4 if anything is wrong.\n\nExamples:\n  selvedge verify dist/storefront\n  \
    selvedge verify dist --env production --root pinned/1.cose"
)]
pub(super) struct Args {
    /// The built folder
    folder: PathBuf,
    /// Only this environment
    #[arg(long)]
    env: Option<String>,
    /// A root document that is trusted already; without it the folder's own root is
    #[arg(long)]
    root: Option<PathBuf>,
    /// The time to check expiries at; this machine's clock by default
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
        Ok(report) => {
            if args.json {
                let environments: Vec<_> = report.environments.iter().map(environment_json).collect();
                anstream::println!("{}", json!({"ok": true, "files": report.files, "environments": environments}));
                return Ok(Outcome::Clean);
            }
            for checked in &report.environments {
                anstream::println!(
                    "{} {}: release {} of {}, good until {}",
                    checked.repository,
                    checked.environment,
                    &hex(&checked.release)[..16],
                    format_rfc3339(checked.issued_ms),
                    format_rfc3339(checked.expires_ms)
                );
                if let Some(overlay) = &checked.overlay {
                    overlay_lines(overlay);
                }
                if !checked.pinned {
                    anstream::eprintln!(
                        "note: trusted the folder's own root, whose keys are {}; pin it with --root",
                        hex(&checked.fingerprint)
                    );
                }
            }
            anstream::println!("ok: {} files, every signature, length and hash holds", report.files);
            Ok(Outcome::Clean)
        }
        Err(problems) => {
            if args.json {
                let problems: Vec<_> = problems
                    .iter()
                    .map(|problem| json!({"path": problem.path.display().to_string(), "why": problem.why}))
                    .collect();
                anstream::println!("{}", json!({"ok": false, "problems": problems}));
            } else {
                problems.iter().for_each(|problem| anstream::eprintln!("error: {problem}"));
            }
            Ok(Outcome::Integrity)
        }
    }
}

fn overlay_lines(overlay: &publish::CheckedOverlay) {
    let (issued, expires) = (format_rfc3339(overlay.issued_ms), format_rfc3339(overlay.expires_ms));
    let list = overlay.revocations.map_or_else(
        || "takes nothing back".to_owned(),
        |(epoch, entries)| format!("withdrawals on other devices: {entries}, under the key of epoch {epoch}"),
    );
    anstream::println!("  overlay {} of {issued}: {list}", overlay.version);
    if overlay.stale {
        anstream::eprintln!(
            "warning: the overlay expired on {expires}; hosts go on heeding it and report it, as nobody has said since who else \
             withdrew. Publish the list again: selvedge revoke --publish DIR"
        );
    }
}

fn environment_json(checked: &publish::Checked) -> serde_json::Value {
    json!({
        "site": checked.repository,
        "environment": checked.environment,
        "release": hex(&checked.release),
        "version": checked.version,
        "issued": format_rfc3339(checked.issued_ms),
        "expires": format_rfc3339(checked.expires_ms),
        "root": hex(&checked.fingerprint),
        "overlay": checked.overlay.map(|overlay| json!({
            "version": overlay.version,
            "issued": format_rfc3339(overlay.issued_ms),
            "expires": format_rfc3339(overlay.expires_ms),
            "stale": overlay.stale,
            "revocations": overlay.revocations.map(|(epoch, entries)| json!({"epoch": epoch, "entries": entries})),
        })),
        "pinned": checked.pinned,
    })
}
