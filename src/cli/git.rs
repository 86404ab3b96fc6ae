//! Asks git about a site's folder: who wrote its revision, and how another revision has it.
//!
//! Only reading commands of `git` run. The work tree and the index of the repository stay as they are.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::Usage;
use super::room::Room;
use crate::report::Author;

/// The author of the revision that is checked out. None if the folder is in no repository, or git is not installed.
pub(super) fn author(site: &Path) -> Option<Author> {
    let said = git(site, &["log", "-1", "--no-show-signature", "--format=%an%x1f%H%x1f%cI%x1f%s"]).ok()?;
    let parts: Vec<&str> = said.trim_end().split('\u{1f}').collect();
    let [name, commit, time, summary] = parts.as_slice() else { return None };
    let uncommitted = git(site, &["status", "--porcelain", "--", "."]).map_or(true, |said| !said.is_empty());
    let [name, commit, time, summary] = [name, commit, time, summary].map(|part| (*part).to_owned());
    Some(Author { name, commit, time, summary, uncommitted })
}

/// The site's folder as a revision has it.
///
/// # Errors
/// No repository, no such revision, or a revision that does not have the folder.
pub(super) fn checkout(site: &Path, revision: &str) -> anyhow::Result<Room> {
    let shown = site.display();
    let top = git(site, &["rev-parse", "--show-toplevel"])
        .with_context(|| format!("{shown} is in no git repository, so it has no revision `{revision}`"))?;
    let prefix = git(site, &["rev-parse", "--show-prefix"])?;
    let (top, prefix) = (Path::new(top.trim_end()), prefix.trim_end().trim_end_matches('/').to_owned());
    let commit =
        git(site, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])
            .map_err(|_| Usage(format!("`{revision}` is no site, no built folder, no store and no revision of git")))?;
    let tree = format!("{}:{prefix}", commit.trim_end());
    git(site, &["cat-file", "-e", &tree])
        .map_err(|_| Usage(format!("the revision `{revision}` has no folder `{prefix}`")))?;

    let room = Room::new()?;
    // An index of its own, so that the repository's stays as it is.
    let index = room.path().join("index");
    let folder = room.path().join("site");
    fs_err::create_dir(&folder)?;
    let run = |arguments: &[&str]| {
        let mut command = command(top, arguments);
        command.env("GIT_INDEX_FILE", &index);
        finish(command, arguments)
    };
    run(&["read-tree", &tree])?;
    run(&["checkout-index", "--all", "--force", &format!("--prefix={}/", folder.display())])?;
    Ok(room)
}

/// The site inside a checkout.
pub(super) fn site_of(room: &Room) -> std::path::PathBuf {
    room.path().join("site")
}

fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    finish(command(folder, arguments), arguments)
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments).env("LC_ALL", "C").stdin(std::process::Stdio::null());
    // Inside a hook these would lead to another repository.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command
}

fn finish(mut command: Command, arguments: &[&str]) -> anyhow::Result<String> {
    let output = command.output().context("`git` does not run; install it")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let verb = arguments.first().unwrap_or(&"");
    anyhow::ensure!(output.status.success(), "git {verb} failed: {}", complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
