//! A hook: a program of the operator that does what Selvedge does not, such as having a log stamped.
//!
//! `exec:/opt/stamp` names one program. No shell reads the name, and it has no arguments of its own. The program gets bytes on its standard
//! input and answers on its standard output. Its time and its answer are bounded.

use std::ffi::OsStr;
use std::io::{ErrorKind, Read, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::Usage;

/// The longest answer. A time stamp with its certificates has some 6 kB, and a bundle of a transparency log some 20.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// The most of what a program complains about.
const COMPLAINT_BYTES_MAX: u64 = 4 << 10;
/// The time that a program gets, unless the operator says otherwise.
pub(super) const SECONDS_MAX: u64 = 60;
const PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Exec {
    program: PathBuf,
    seconds: u64,
}

impl Exec {
    /// Reads `exec:PROGRAM`.
    pub(super) fn parse(text: &str, seconds: u64) -> anyhow::Result<Self> {
        let program = text.strip_prefix("exec:").map(str::trim).filter(|program| !program.is_empty());
        let wrong = || Usage(format!("`{text}` names no program; write exec:PROGRAM, as in exec:/opt/stamp"));
        Ok(Self::of(program.with_context(wrong)?, seconds))
    }

    /// A program by its name.
    pub(super) fn of(program: &str, seconds: u64) -> Self {
        Self { program: program.into(), seconds }
    }

    /// Runs the program: its answer, or what it complained about if it ended with an error.
    ///
    /// # Errors
    /// A program that does not start, does not end in time, or answers too much.
    pub(super) fn run<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: &[u8],
    ) -> anyhow::Result<Result<Vec<u8>, String>> {
        let (name, seconds) = (self.program.display(), self.seconds);
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = loop {
            match command.spawn() {
                // Somebody has just written it, and has not closed it everywhere.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && Instant::now() < until => {
                    std::thread::sleep(PAUSE);
                }
                started => break started.with_context(|| format!("{name} does not start"))?,
            }
        };
        let answer = read(child.stdout.take(), ANSWER_BYTES_MAX);
        let complaint = read(child.stderr.take(), COMPLAINT_BYTES_MAX);
        // The input is short enough for the pipe. A program that does not want it is no fault.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if Instant::now() >= until {
                let _ = child.kill();
                let _ = child.wait();
                anyhow::bail!("{name} did not end within {seconds} seconds, and was stopped");
            }
            std::thread::sleep(PAUSE);
        };
        // A program that it has left behind may still hold the other end.
        let left = || until.saturating_duration_since(Instant::now()).max(PAUSE);
        let held = || format!("{name} has ended, and a program that it started still holds its output");
        let answer = answer.recv_timeout(left()).with_context(held)?;
        // It may have ended because nobody read on.
        anyhow::ensure!(answer.len() as u64 <= ANSWER_BYTES_MAX, "{name} answered more than {ANSWER_BYTES_MAX} bytes");
        if !status.success() {
            let complaint = complaint.recv_timeout(left()).unwrap_or_default();
            let complaint = String::from_utf8_lossy(&complaint).trim().replace('\n', "; ");
            let complaint = if complaint.is_empty() { "it does not say why".to_owned() } else { complaint };
            return Ok(Err(format!("{name} ended with {status}: {complaint}")));
        }
        Ok(Ok(answer))
    }
}

/// Reads a little more than `max`, so that more is noticed, in a thread that nobody waits for.
fn read(pipe: Option<impl Read + Send + 'static>, max: u64) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.map(|pipe| pipe.take(max + 1).read_to_end(&mut bytes));
        sender.send(bytes)
    });
    receiver
}
