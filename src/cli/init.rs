//! `selvedge init`: a small site that passes its own tests.

use std::path::PathBuf;

use anyhow::Context as _;

use super::Outcome;
use super::files::included;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  selvedge init shop\n  selvedge serve shop")]
pub(super) struct Args {
    /// The folder to make; new or empty
    folder: PathBuf,
}

const FILES: &[(&str, &str)] = included!("init": ".gitattributes" "selvedge.toml" "attributes.toml" "consent.toml" "slots.toml"
    "audiences/returning.toml" "content/hero/welcome-back.toml" "experiences/home-hero.toml" "visitors/returning.toml"
    "tests/home-hero.toml" "pages/index.html");

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let folder = &args.folder;
    if folder.exists() {
        let mut entries = fs_err::read_dir(folder)?;
        anyhow::ensure!(entries.next().is_none(), "{} is not empty; name a new folder", folder.display());
    }
    for (path, text) in FILES {
        let path = folder.join(path);
        fs_err::create_dir_all(path.parent().context("a file of the template has no folder")?)?;
        fs_err::write(path, text)?;
    }
    // For editors that read it; nothing else does.
    super::schema::write(folder)?;
    let shown = folder.display();
    anstream::println!("made a site in {shown}; next:\n  selvedge test {shown}\n  selvedge serve {shown}");
    Ok(Outcome::Clean)
}
