//! Running other programs.
//!
//! Takes a program and its arguments, gives its success or its output. A program that fails is an error that shows the command.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

/// The folder of the package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A path below the folder of the package.
pub(crate) fn path(below: &str) -> PathBuf {
    root().join(below)
}

/// A command that runs in the folder of the package.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Cargo, as it runs this task.
pub(crate) fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // This task's own manifest variables would make cargo rebuild what reads them.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME" {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

/// Runs a command with its output on this terminal.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("could not start {}", shown(command)))?;
    ensure!(status.success(), "{} ended with {status}", shown(command));
    Ok(())
}

/// The same for a program that may crash by no fault of its input: one that a signal ended is started again, three times in all.
pub(crate) fn run_steadily(command: &mut Command) -> anyhow::Result<()> {
    for _ in 1..3 {
        let status = command.status().with_context(|| format!("could not start {}", shown(command)))?;
        if status.code().is_some() {
            ensure!(status.success(), "{} ended with {status}", shown(command));
            return Ok(());
        }
        eprintln!("{} ended with {status}; it is started again", shown(command));
    }
    run(command)
}

/// Runs a command silently and gives what it wrote to stdout. What it wrote to stderr is shown only if it fails.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("could not start {}", shown(command)))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} ended with {}\n{errors}", shown(command), output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command, hands over every line of its stdout, and gives whether it succeeded.
pub(crate) fn lines(command: &mut Command, mut each: impl FnMut(&str)) -> anyhow::Result<bool> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start {}", shown(command)))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            each(String::from_utf8_lossy(&line?).trim_end_matches('\r'));
        }
    }
    Ok(child.wait()?.success())
}

/// Whether a program of this name can be started.
pub(crate) fn exists(program: impl AsRef<OsStr>) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    format!("`{}`", parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join(" "))
}
