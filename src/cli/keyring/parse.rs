//! Reading a file of secrets.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

use super::{Epoch, Keyring};
use crate::log::key::{Key, read_day};
use crate::log::ratchet::Ratchet;
use crate::words::parse_hex;

pub(super) fn read(path: &Path, text: &str) -> anyhow::Result<Keyring> {
    let mut keyring = Keyring { path: path.to_owned(), remarks: Vec::new(), epochs: BTreeMap::new(), lock: None };
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            keyring.remarks.push(line.to_owned());
            continue;
        }
        let epoch = epoch(line).with_context(|| {
            let (path, line) = (path.display(), number + 1);
            format!(
                "{path}:{line}: not a key; write an epoch and 64 hexadecimal digits, as in `1 0f…`, and behind them the days and \
                 the state that `selvedge log rotate` wrote"
            )
        })?;
        let number = epoch.key.epoch();
        let before = keyring.epochs.insert(number, epoch);
        anyhow::ensure!(before.is_none(), "{}: epoch {number} has two keys; keep one", path.display());
    }
    Ok(keyring)
}

fn epoch(line: &str) -> Option<Epoch> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (epoch, secret, rest) = match *fields {
        [epoch, secret] => (epoch, secret, None),
        [epoch, secret, began, day, state] => {
            (epoch, secret, Some((read_day(began)?, read_day(day)?, parse_hex(state)?)))
        }
        _ => return None,
    };
    let secret = parse_hex(secret)?;
    let key = Key::new(epoch.parse().ok()?, secret);
    Some(match rest {
        None => Epoch { secret, began: None, key },
        Some((began, day, state)) => {
            Epoch { secret, began: Some(began), key: key.with_ratchet(Ratchet::new(day, state)) }
        }
    })
}
