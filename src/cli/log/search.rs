//! Finding the lines about one person.
//!
//! A device is not an account: a line that was written while somebody was signed in is about that account, and is found by its id
//! alone. Silence is never an answer: a line that nobody could read or link, or a key that is not there, is told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::linked::{self, Linked};
use super::row::Row;
use crate::cli::keyring::Keyring;
use crate::cli::measuring::{self, MEASURING};
use crate::cli::{Usage, counted, files};
use crate::words::{Unit, hex};

/// Who is searched for.
#[derive(Clone, clap::Args)]
pub(in crate::cli) struct Whom {
    /// The person's id: of the visitor's device, or of the account. May be given again where both are known to be one person's
    #[arg(long = "subject", value_name = "ID", required = true)]
    pub(in crate::cli) subjects: Vec<String>,
    /// Link events, one JSON object a line: every device of the person's account is searched for, too
    #[arg(long, value_name = "FILE")]
    links: Option<PathBuf>,
    /// The unit of the id, where a device and an account have the same one
    #[arg(long = "as", value_name = "UNIT", value_parser = ["visitor", "account"])]
    role: Option<String>,
    /// The secrets that lines of what was shown and done are pseudonymous by
    #[arg(long, value_name = "FILE", default_value = MEASURING)]
    measurement_keys: PathBuf,
}

impl Whom {
    /// The same with the person's linked devices. Nobody has an empty id, and every search for one would end well.
    pub(in crate::cli) fn linked(&self) -> anyhow::Result<Self> {
        let is_empty = self.subjects.iter().any(|id| id.trim().is_empty());
        anyhow::ensure!(!is_empty, Usage("--subject is empty: name the id of a device or of an account".into()));
        let mut whom = self.clone();
        if let Some(path) = &self.links {
            let Linked { more, shared } = linked::linked(&linked::read(path)?, &self.subjects);
            for device in shared {
                anstream::eprintln!(
                    "warning: the device `{device}` was linked to several accounts. It is left out; name it with --subject if its lines are this person's"
                );
            }
            whom.subjects.extend(more);
        }
        Ok(whom)
    }

    /// The same with the secrets of a site's folder, where no other file is named and this folder has none.
    pub(in crate::cli) fn of_site(&self, site: Option<&Path>) -> Self {
        Self { measurement_keys: files::of_site(&self.measurement_keys, MEASURING, site), ..self.clone() }
    }

    fn asks(&self, unit: Unit) -> bool {
        self.role.as_deref().is_none_or(|role| role == unit.name())
    }
}

pub(in crate::cli) struct Search {
    people: Vec<Person>,
    /// True for ids of devices, and for ids of accounts, if they are asked for.
    asked: [bool; 2],
    epochs: BTreeSet<u64>,
    /// Epochs of records that there is no key of.
    closed: BTreeSet<u64>,
    /// The file of the keys for measuring, their numbers, and those of lines that there is no key of.
    measuring: (PathBuf, BTreeSet<u64>),
    unmeasured: BTreeSet<u64>,
    pub(in crate::cli) unreadable: u64,
    /// Records without any pseudonym.
    pub(in crate::cli) unlinked: u64,
    /// Records of the device while an account was signed in that nobody asked for.
    pub(in crate::cli) of_others: u64,
    /// The pseudonyms of those accounts, by epoch: from one epoch to the next nobody can tell who is who.
    others: BTreeMap<u64, BTreeSet<String>>,
}

/// An id, and its pseudonyms in every epoch.
struct Person {
    id: String,
    /// Its pseudonyms in lines that are no records, each with the number of its key: as a device's id, and as an account's.
    measured: [Vec<(u64, String)>; 2],
    visitor: Vec<String>,
    account: Vec<String>,
    /// Lines in which it is a device's id and no account was signed in, and in which it is an account's and not the device's.
    roles: [u64; 2],
    /// True if any record names it as a device's id.
    is_device: bool,
}

impl Search {
    pub(in crate::cli) fn new(keyring: &Keyring, whom: &Whom) -> anyhow::Result<Self> {
        let keys = measuring::load(&whom.measurement_keys)?;
        let person = |id: &String| {
            let of = |unit: Unit| -> Vec<String> {
                let is_asked = whom.asks(unit);
                keyring.all().filter(|_| is_asked).map(|key| hex(&key.pseudonym(unit, id))).collect()
            };
            let measured = [Unit::Visitor, Unit::Account]
                .map(|unit| keys.iter().map(|key| (u64::from(key.number()), hex(&key.pseudonym(unit, id)))).collect());
            Person {
                id: id.clone(),
                measured,
                visitor: of(Unit::Visitor),
                account: of(Unit::Account),
                roles: [0; 2],
                is_device: false,
            }
        };
        Ok(Self {
            people: whom.subjects.iter().map(person).collect(),
            asked: [Unit::Visitor, Unit::Account].map(|unit| whom.asks(unit)),
            epochs: keyring.all().map(|key| u64::from(key.epoch())).collect(),
            closed: BTreeSet::new(),
            measuring: (whom.measurement_keys.clone(), keys.iter().map(|key| u64::from(key.number())).collect()),
            unmeasured: BTreeSet::new(),
            unreadable: 0,
            unlinked: 0,
            of_others: 0,
            others: BTreeMap::new(),
        })
    }

    /// True if a line is about the person. `None` is a line of another program.
    pub(in crate::cli) fn finds(&mut self, row: Option<&Row>) -> bool {
        let Some(row) = row else {
            self.unreadable += 1;
            return false;
        };
        if !row.is_audit() {
            let unit =
                [Unit::Visitor, Unit::Account].into_iter().position(|unit| row.unit.as_deref() == Some(unit.name()));
            self.unmeasured.extend(row.key.filter(|key| !self.measuring.1.contains(key)));
            let Some(person) = self.people.iter_mut().find(|person| person.is_named(row, unit)) else { return false };
            unit.iter().for_each(|unit| person.roles[*unit] += 1);
            return unit.is_none_or(|unit| self.asked[unit]);
        }
        self.closed.extend(row.key.filter(|epoch| !self.epochs.contains(epoch)));
        let (visitor, account) = (row.visitor.as_ref(), row.account.as_ref());
        self.unlinked += u64::from(visitor.is_none() && account.is_none());
        let mut is_about = false;
        let mut is_on_device = false;
        for person in &mut self.people {
            let of_device = visitor.is_some_and(|found| person.visitor.contains(found));
            let of_account = account.is_some_and(|found| person.account.contains(found));
            person.roles[0] += u64::from(of_device && account.is_none());
            person.roles[1] += u64::from(of_account && !of_device);
            is_about |= of_account || of_device && account.is_none();
            is_on_device |= of_device;
            person.is_device |= of_device;
        }
        if let Some(account) = account.filter(|_| is_on_device && !is_about) {
            self.of_others += 1;
            self.others.entry(row.key.unwrap_or_default()).or_default().insert(account.clone());
        }
        is_about
    }

    /// The kind of an id, device or account, as far as the log tells.
    pub(in crate::cli) fn unit_of(&self, id: &str) -> Option<&'static str> {
        let person = self.people.iter().find(|person| person.id == id)?;
        match person.roles {
            [0, accounts] if accounts > 0 => Some("account"),
            [devices, _] => (devices > 0 || person.is_device).then_some("device"),
        }
    }

    /// True if no line names the id.
    pub(in crate::cli) fn is_of_nobody(&self, id: &str) -> bool {
        self.unit_of(id).is_none()
    }

    /// True if there is a key for measuring.
    pub(in crate::cli) fn measures(&self) -> bool {
        !self.measuring.1.is_empty()
    }

    /// Keys for measuring that are not at hand, of lines that could not be searched.
    pub(in crate::cli) fn unmeasured(&self) -> String {
        self.unmeasured.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
    }

    /// How many accounts, at least, nobody asked for and were signed in on the device.
    pub(in crate::cli) fn accounts(&self) -> usize {
        self.others.values().map(BTreeSet::len).max().unwrap_or(0)
    }

    /// Epochs that could not be searched.
    pub(in crate::cli) fn closed(&self) -> String {
        self.closed.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
    }

    /// An id that a device and an account have may be two persons'.
    pub(in crate::cli) fn ambiguous(&self) -> anyhow::Result<()> {
        let is_open = self.asked == [true, true];
        let both = self.people.iter().find(|person| is_open && person.roles.iter().all(|count| *count > 0));
        both.map_or(Ok(()), |Person { id, .. }| {
            let what = format!("`{id}` is the id of a device and of an account, which may be two persons'");
            Err(Usage(format!("{what}; say which is asked for with --as visitor or --as account")).into())
        })
    }

    /// What could not be searched, in words.
    pub(in crate::cli) fn missed(&self, keys: &Path) -> Vec<String> {
        let mut missed = Vec::new();
        if !self.closed.is_empty() {
            let (epochs, keys) = (self.closed(), keys.display());
            missed.push(format!(
                "audit records of epoch {epochs} could not be searched: {keys} holds no key of it; name the file that does with --keys"
            ));
        }
        if !self.unmeasured.is_empty() {
            let (numbers, keys) = (self.unmeasured(), self.measuring.0.display());
            missed.push(format!(
                "lines of what was shown and done with the measurement key {numbers} could not be searched: {keys} does not hold it; name \
                 the file that does with --measurement-keys"
            ));
        }
        if let count @ 1.. = self.unreadable {
            let what = "lines are not JSON and could not be searched; `selvedge replay` says which and why";
            missed.push(format!("{count} {what}"));
        }
        missed
    }

    /// The records of the device that are an account's, in words.
    pub(in crate::cli) fn apart(&self) -> Option<String> {
        (self.of_others > 0).then(|| {
            let records = counted(self.of_others, "record of this device is", "records of this device are");
            let accounts = counted(self.accounts() as u64, "account", "accounts");
            format!(
                "{records} an account's that was signed in ({accounts} at least): they are left out; who proves to be that account gives its \
                 id with --subject"
            )
        })
    }
}

impl Person {
    /// Tells whether a line that is no record names the person, as a `unit`. A line of the first form has the id itself.
    fn is_named(&self, row: &Row, unit: Option<usize>) -> bool {
        let Some(found) = &row.id else { return false };
        match row.key {
            None => *found == self.id,
            Some(key) => {
                unit.is_some_and(|unit| self.measured[unit].iter().any(|(of, name)| *of == key && name == found))
            }
        }
    }
}
