//! The operators' journal beside a log: who looked at a person's records, replayed or erased them, when and for what.
//!
//! It is a file of lines. Each is chained to the one before it and signed with a key of its own. So an altered, removed or
//! added line is found. It names a person by the digest that tombstones have, and holds nothing of their data. A
//! missing end shows only against a head that was kept elsewhere.
//!
//! ```text
//! {"v":1,"number":N,"at":TIME,"who":NAME,"did":VERB,"why":TEXT|null,"whom":DIGEST|null,"what":{…},"signed":COSE}
//! COSE  {1: number, 2: SHA-256 of the line before | null, 3: SHA-256 of the line up to ,"signed", 4: public key}
//! ```

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::cli::files::{folder_of, text_if_there};
use crate::cli::replay::hex_bytes;
use crate::cli::{Outcome, Usage, keys, now_ms, unsigned};
use crate::log::key::Digest;
use crate::log::merkle::Hash;
use crate::trust::cbor::{Reader, Writer};
use crate::trust::native::sha256;
use crate::trust::refusal::{Part, Refused};
use crate::trust::sign::Signer;
use crate::trust::statement;
use crate::words::time::format_rfc3339;
use crate::words::{hex, parse_hex};

const TYPE: &str = "application/selvedge-operators-journal+cose";
/// The file, in the folder of the logs.
const FILE: &str = "operators.journal";
/// The file of its key, beside the secrets of the audit log.
const KEY: &str = "journal.pem";
const SIGNED: &str = ",\"signed\":\"";

/// Who is at work, and for what.
#[derive(Clone, clap::Args)]
pub(in crate::cli) struct Operator {
    /// Your name, for the journal beside the log; by default SELVEDGE_OPERATOR, or the name that you are logged in with
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// The reason, for the journal, as in `request 2026-31`
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

impl Operator {
    /// Notes that a verb was run on a log, before it does what it does.
    pub(in crate::cli) fn note(
        &self,
        log: &Path,
        audit_keys: &Path,
        did: &str,
        whom: Option<&Digest>,
        what: &Value,
    ) -> anyhow::Result<()> {
        let path = journal_of(log);
        let (key, _) = keys::load_or_create(&folder_of(audit_keys).join(KEY))?;
        let signer = key.verifying_key().to_bytes();
        let mut file = OpenOptions::new().append(true).create(true).open(&path).with_context(|| place(&path))?;
        // Two of us at once would chain to the same line.
        file.lock().with_context(|| place(&path))?;
        let text = text_if_there(&path)?.unwrap_or_default();
        anyhow::ensure!(text.is_empty() || text.ends_with('\n'), "{}: its last line was cut off", path.display());
        let previous = text.lines().next_back().map(|line| sha256(line.as_bytes()));
        let number = text.lines().count() as u64 + 1;
        let entry = json!({
            "v": 1, "number": number, "at": format_rfc3339(now_ms(None)?), "who": self.who(), "did": did, "why": self.why,
            "whom": whom.map(|whom| hex(whom)), "what": what,
        });
        let entry = entry.to_string();
        let open = entry.strip_suffix('}').unwrap_or(&entry);
        let payload = Writer::default().map(4).uint(1).uint(number);
        let payload = payload.uint(2).bytes_or_null(previous.as_ref().map(|hash| &hash[..]));
        let payload = payload.uint(3).bytes(&sha256(open.as_bytes())).uint(4).bytes(&signer);
        let signed = statement::sign(TYPE, &payload.finish(), &Signer::local(&key)).map_err(unsigned)?;
        writeln!(file, "{open}{SIGNED}{}\"}}", hex(&signed)).with_context(|| place(&path))?;
        Ok(file.sync_all()?)
    }

    fn who(&self) -> String {
        let of = |name: &str| std::env::var(name).ok().filter(|name| !name.is_empty());
        let named = self.operator.clone().or_else(|| of("SELVEDGE_OPERATOR"));
        named
            .or_else(|| ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(of))
            .unwrap_or_else(|| "unknown".to_owned())
    }
}

fn journal_of(log: &Path) -> PathBuf {
    if log.is_dir() { log.join(FILE) } else { folder_of(log).join(FILE) }
}

fn place(path: &Path) -> String {
    format!("{}: what is done with a person's records must be noted there", path.display())
}

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// A log, or a folder of logs
    #[arg(default_value = "log")]
    log: PathBuf,
    /// The public key that signs it, 64 hexadecimal digits; without it the first line's is trusted
    #[arg(long, value_name = "KEY")]
    signer: Option<String>,
    /// The SHA-256 of a line that must be in it: what was printed at another time
    #[arg(long, value_name = "SHA-256")]
    head: Option<String>,
    /// Print the lines as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let path = journal_of(&args.log);
    let text = text_if_there(&path)?.with_context(|| format!("{}: there is no journal", path.display()))?;
    let wrong = || Usage("--signer: a public key has 64 hexadecimal digits".into());
    let mut signer = args.signer.as_deref().map(|text| parse_hex(text).ok_or_else(wrong)).transpose()?;
    let mut problems: Vec<String> = wrong_lines(&text, &mut signer)
        .into_iter()
        .map(|(line, why)| format!("{}:{line}: {why}", path.display()))
        .collect();
    text.lines().for_each(|line| tell(line, args.json));
    let heads: Vec<String> = text.lines().map(|line| hex(&sha256(line.as_bytes()))).collect();
    if args.head.as_ref().is_some_and(|head| !heads.contains(head)) {
        problems.push(format!(
            "{}: the line {} is not in it",
            path.display(),
            args.head.as_deref().unwrap_or_default()
        ));
    }
    problems.iter().for_each(|problem| anstream::eprintln!("error: {problem}"));
    if let (true, Some(signer), Some(head)) = (problems.is_empty(), signer, heads.last()) {
        anstream::eprintln!("ok: {} lines, signed by {}, head {}", heads.len(), hex(&signer), head);
    }
    Ok(if problems.is_empty() { Outcome::Clean } else { Outcome::Integrity })
}

/// Every fault of the journal of a folder of logs, if it has one: the file, the line and why.
pub(super) fn problems(folder: &Path) -> anyhow::Result<Vec<(PathBuf, u64, String)>> {
    let path = journal_of(folder);
    let text = text_if_there(&path)?.unwrap_or_default();
    Ok(wrong_lines(&text, &mut None).into_iter().map(|(line, why)| (path.clone(), line, why)).collect())
}

fn wrong_lines(text: &str, signer: &mut Option<[u8; 32]>) -> Vec<(u64, String)> {
    let (mut previous, mut wrong) = (None, Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        if let Err(error) = check(line, number, previous, signer) {
            wrong.push((number, format!("{error:#}")));
        }
        previous = Some(sha256(line.as_bytes()));
    }
    wrong
}

/// Checks that a line is as it was signed, and stands where it was written.
fn check(line: &str, number: u64, previous: Option<Hash>, signer: &mut Option<[u8; 32]>) -> anyhow::Result<()> {
    let (open, signed) = line.rsplit_once(SIGNED).context("it is not signed")?;
    let signed = signed.strip_suffix("\"}").and_then(hex_bytes).context("it is not signed")?;
    let Entry { number: found, previous: before, text, signer: key } =
        Entry::read(statement::claimed(&signed)?).map_err(|refused| *refused)?;
    anyhow::ensure!(found == number, "it was written as line {found}");
    anyhow::ensure!(before == previous.map(|hash| hash.to_vec()), "the line before it is another one");
    anyhow::ensure!(text == sha256(open.as_bytes()), "it was altered");
    let trusted = *signer.get_or_insert(key);
    anyhow::ensure!(trusted == key, "it is signed by another key, {}", hex(&key));
    statement::open(&signed, TYPE, &key)?;
    Ok(())
}

/// The signed part of a line.
struct Entry {
    number: u64,
    previous: Option<Vec<u8>>,
    text: Hash,
    signer: [u8; 32],
}

impl Entry {
    fn read(payload: &[u8]) -> Result<Self, Refused> {
        let mut reader = Reader::new(payload, Part::Statement);
        reader.map_of(4, "a line of the journal has four fields")?;
        let number = reader.key(1)?.uint()?;
        let previous = reader.key(2)?.bytes_or_null()?.map(<[u8]>::to_vec);
        let text = reader.key(3)?.array_of_bytes("a SHA-256 has 32 bytes")?;
        let signer = reader.key(4)?.array_of_bytes("a public key has 32 bytes")?;
        reader.end()?;
        Ok(Self { number, previous, text, signer })
    }
}

fn tell(line: &str, as_json: bool) {
    if as_json {
        return anstream::println!("{line}");
    }
    let entry: Value = serde_json::from_str(line).unwrap_or_default();
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("–").to_owned();
    let what = entry.get("what").map(Value::to_string).unwrap_or_default();
    anstream::println!(
        "{}  {}  {}  for: {}  whom: {}  {what}",
        text("at"),
        text("who"),
        text("did"),
        text("why"),
        text("whom")
    );
}
