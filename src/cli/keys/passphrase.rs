//! The passphrase of a key file: from the environment, or from the person at the terminal.
//!
//! It is never an argument, which other users of the machine could read.

use std::io::IsTerminal as _;

use anyhow::Context as _;

use crate::cli::Usage;

/// The variable that holds it where nobody is at a terminal.
pub(super) const VARIABLE: &str = "SELVEDGE_PASSPHRASE";

/// The passphrases that are known so far. People often use one for all of their keys.
#[derive(Default)]
pub(super) struct Passphrases(Vec<String>);

impl Passphrases {
    /// Tries what is known, then asks, until this opens something.
    pub(super) fn open<T>(&mut self, what: &str, mut open: impl FnMut(&str) -> Option<T>) -> anyhow::Result<T> {
        let from_variable = from_variable()?;
        if let Some(opened) = self.0.iter().chain(&from_variable).find_map(|passphrase| open(passphrase)) {
            return Ok(opened);
        }
        anyhow::ensure!(from_variable.is_none(), "{what} does not open with the passphrase in {VARIABLE}");
        let passphrase = asked(&format!("Passphrase of {what}: "))?;
        let opened = open(&passphrase).with_context(|| format!("{what} does not open with this passphrase"))?;
        self.0.push(passphrase);
        Ok(opened)
    }

    /// The passphrase for new keys. People type it twice.
    pub(super) fn of_new_keys(&mut self) -> anyhow::Result<String> {
        if let Some(known) = self.0.first().cloned().or(from_variable()?) {
            return Ok(known);
        }
        let passphrase = asked("Passphrase for the new keys: ")?;
        anyhow::ensure!(!passphrase.is_empty(), Usage("an empty passphrase protects nothing".to_owned()));
        anyhow::ensure!(asked("The same again: ")? == passphrase, "the two are not the same, so no key was made");
        self.0.push(passphrase.clone());
        Ok(passphrase)
    }
}

fn from_variable() -> anyhow::Result<Option<String>> {
    match std::env::var(VARIABLE) {
        Ok(passphrase) if passphrase.is_empty() => {
            Err(Usage(format!("{VARIABLE} is empty; an empty passphrase protects nothing")).into())
        }
        Ok(passphrase) => Ok(Some(passphrase)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(error).context(VARIABLE),
    }
}

fn asked(prompt: &str) -> anyhow::Result<String> {
    let wanted = || Usage(format!("there is no terminal to ask for a passphrase; put it into {VARIABLE}"));
    anyhow::ensure!(std::io::stdin().is_terminal(), wanted());
    rpassword::prompt_password(prompt).context("the passphrase could not be read")
}
