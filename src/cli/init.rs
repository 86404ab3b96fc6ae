//! `selvedge init`: a small site that passes its own tests.

use std::path::{Path, PathBuf};

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

/// The name of the site in the template.
const NAME: &str = "my-site";

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let folder = &args.folder;
    if folder.exists() {
        let mut entries = fs_err::read_dir(folder)?;
        anyhow::ensure!(entries.next().is_none(), "{} is not empty; name a new folder", folder.display());
    }
    let name = name(&std::path::absolute(folder)?);
    for (path, text) in FILES {
        let path = folder.join(path);
        fs_err::create_dir_all(path.parent().context("a file of the template has no folder")?)?;
        fs_err::write(path, text.replace(NAME, &name))?;
    }
    // For editors that read it; nothing else does.
    super::schema::write(folder)?;
    let shown = folder.display();
    anstream::println!("made a site in {shown}; next:\n  selvedge test {shown}\n  selvedge serve {shown}");
    Ok(Outcome::Clean)
}

/// The name of the folder, in letters that a site can have: signatures carry it, so that two sites of one machine differ.
fn name(folder: &Path) -> String {
    let folder = folder.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let words = folder.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-");
    if name.is_empty() { NAME.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_called_as_its_folder() {
        for (folder, expected) in [
            ("/home/a/shop", "shop"),
            ("My Shop (2)", "my-shop-2"),
            ("/caf\u{e9}_nord", "caf-nord"),
            ("/", NAME),
            ("/\u{5e97}", NAME),
        ] {
            assert_eq!(name(Path::new(folder)), expected, "{folder}");
        }
    }
}
