//! The one key of a role that a scheduled job has: a file, a variable, or a program that signs elsewhere.
//!
//! A job has no checkout. So the live root says which public key such a program signs for.

use anyhow::Context as _;
use ed25519_dalek::SigningKey;

use super::of_pem;
use super::ring::by_program;
use crate::cli::exec::{Exec, SECONDS_MAX};
use crate::cli::{Usage, files};
use crate::trust::sign::{Signer, key_id};
use crate::trust::{Role, Scope, native};
use crate::words::hex;

/// The help about where a key comes from.
pub(in crate::cli) const PLACES: &str = "\
A key is a file (PEM), a variable that holds the text of such a file, or exec:PROGRAM. The program signs, as with a KMS or a smart card: it
reads the message from standard input, and writes the 64 bytes of the Ed25519 signature to standard output. Its arguments are the key's name,
its role and the environment. If the role has several keys, write ID=exec:PROGRAM: `selvedge keys list` prints the ids.";

/// A key, and the role that it signs as.
pub(in crate::cli) struct JobKey {
    role: Role,
    held: Held,
}

enum Held {
    Local(Box<SigningKey>),
    /// A program, and what the job calls its key.
    Program(Exec, Option<String>),
}

impl JobKey {
    /// Reads what an option says, or else a variable.
    pub(in crate::cli) fn read(role: Role, given: Option<&str>, option: &str, variable: &str) -> anyhow::Result<Self> {
        let set = || std::env::var(variable).ok().filter(|text| !text.trim().is_empty());
        let text = given.map(str::to_owned).or_else(set).with_context(|| {
            Usage(format!(
                "this needs the key of `{role}`: give {option} FILE or {option} exec:PROGRAM, or set {variable}"
            ))
        })?;
        let held = match program(&text) {
            Some((name, program)) => Held::Program(Exec::parse(program, SECONDS_MAX)?, name.map(str::to_owned)),
            None if given.is_some() => Held::Local(Box::new(of_pem(&text, &files::text(text.as_ref())?)?)),
            None => Held::Local(Box::new(of_pem(variable, &text)?)),
        };
        Ok(Self { role, held })
    }

    /// Signs for this root's environment.
    ///
    /// # Errors
    /// A program, and a role with no key or with several of which none is named.
    pub(in crate::cli) fn signer(&self, root: &[u8], scope: &Scope<'_>) -> anyhow::Result<Signer<'_>> {
        let (exec, name) = match &self.held {
            Held::Local(key) => return Ok(Signer::local(key)),
            Held::Program(exec, name) => (exec, name.as_deref()),
        };
        let (role, environment) = (self.role, scope.environment);
        let keys = native::root(root, scope)?.policy(role).map(|(_, keys)| keys).unwrap_or_default();
        let public = match keys.as_slice() {
            [] => anyhow::bail!(
                "the root of `{environment}` has no key of `{role}`. Make one: selvedge keys new SITE --env {environment} --role {role}"
            ),
            [only] => only,
            all => {
                let id = |key: &[u8; 32]| hex(&key_id(key));
                all.iter().find(|key| name == Some(&id(key))).with_context(|| {
                    let known: Vec<String> = all.iter().map(id).collect();
                    Usage(format!(
                        "`{role}` has {} keys; say which one the program signs for, as in {}=exec:PROGRAM. The ids are {}",
                        all.len(),
                        known[0],
                        known.join(", ")
                    ))
                })?
            }
        };
        let name = name.unwrap_or(role.name()).to_owned();
        Ok(by_program(exec, *public, [name, role.name().to_owned(), environment.to_owned()]))
    }
}

/// The name and the program of `exec:PROGRAM` or `NAME=exec:PROGRAM`.
fn program(text: &str) -> Option<(Option<&str>, &str)> {
    if text.starts_with("exec:") {
        return Some((None, text));
    }
    let (name, program) = text.split_once('=')?;
    (program.starts_with("exec:") && !name.contains('\n')).then_some((Some(name), program))
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn a_program_is_told_from_a_file_and_from_a_key() {
        assert_eq!(program("exec:/opt/sign"), Some((None, "exec:/opt/sign")));
        assert_eq!(program("0f=exec:/opt/sign"), Some((Some("0f"), "exec:/opt/sign")));
        for key in ["keys/timestamp.pem", "a=b.pem", "-----BEGIN PRIVATE KEY-----\nMC4=exec:\n-----END"] {
            assert_eq!(program(key), None, "{key}");
        }
    }
}
