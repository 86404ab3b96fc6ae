//! Requests to a store, each tried again for as long as that can help.
//!
//! Connections that fail, and the statuses 429, 500, 502, 503 and 504, are tried again: after a fifth of a second first, then after
//! twice as long each time, with jitter. `Retry-After` is followed. All of it ends when the patience does.

use std::cell::Cell;
use std::io::Read as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use ureq::http::{HeaderMap, Method, Request};

use crate::cli::random;

/// One try, from the connection to the last byte. A chunk has at most 256 KiB.
const TRY_MAX: Duration = Duration::from_secs(30);
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// The most of an answer that is no object.
pub(super) const TEXT_BYTES_MAX: u64 = 8 << 20;

pub(super) struct Client {
    agent: ureq::Agent,
    patience: Duration,
    clock_ms: Cell<Option<i64>>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The parts of a request. Headers may change with each try, as a signature holds the time.
pub(super) struct Parts {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Client {
    pub(super) fn new(patience: Duration) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let config = config.timeout_global(Some(TRY_MAX.min(patience.max(Duration::from_secs(1)))));
        let agent = config.user_agent(concat!("selvedge/", env!("CARGO_PKG_VERSION"))).build().into();
        Self { agent, patience, clock_ms: Cell::new(None) }
    }

    pub(super) fn clock_ms(&self) -> Option<i64> {
        self.clock_ms.get()
    }

    /// Sends a request until there is an answer that another try would not change. `place` names in messages what it is about.
    pub(super) fn send(
        &self,
        place: &str,
        body: Option<&[u8]>,
        answer_max: u64,
        parts: impl Fn() -> Parts,
    ) -> anyhow::Result<Answer> {
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.once(parts(), body, answer_max);
            let (why, wanted) = match answer {
                Ok(answer) if !matches!(answer.status, 429 | 500 | 502 | 503 | 504) => return Ok(answer),
                Ok(answer) => {
                    let wanted = answer.header("retry-after").and_then(|text| text.trim().parse().ok());
                    (
                        format!("the store answered {}{}", answer.status, said(&answer.body)),
                        wanted.map(Duration::from_secs),
                    )
                }
                Err(error) => (format!("{error:#}"), None),
            };
            let pause = wanted.unwrap_or_default().max(pause(tries)?);
            if begun.elapsed() + pause >= self.patience {
                let seconds = begun.elapsed().as_secs_f64();
                let later = wanted.filter(|wanted| *wanted > Duration::from_secs(1));
                let later = later.map_or_else(
                    || {
                        "Look whether the store is up and the address is right, and run the same command again"
                            .to_owned()
                    },
                    |wanted| format!("It asks to wait {} s: run the same command again then", wanted.as_secs()),
                );
                anyhow::bail!("{place}: {why}, {tries} times in {seconds:.1} s. {later}");
            }
            std::thread::sleep(pause);
        }
    }

    fn once(&self, parts: Parts, body: Option<&[u8]>, answer_max: u64) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(parts.method).uri(&parts.url);
        for (name, value) in &parts.headers {
            request = request.header(*name, value);
        }
        let answer = match body {
            Some(body) => self.agent.run(request.body(body)?),
            None => self.agent.run(request.body(())?),
        };
        let (head, mut body) = answer?.into_parts();
        let mut bytes = Vec::new();
        body.as_reader().take(answer_max.saturating_add(1)).read_to_end(&mut bytes).context("the answer broke off")?;
        anyhow::ensure!(bytes.len() as u64 <= answer_max, "the answer has more than {answer_max} bytes");
        let answer = Answer { status: head.status.as_u16(), headers: head.headers, body: bytes };
        let date = answer.header("date").and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        self.clock_ms.set(date.map(|date| date.timestamp().as_millisecond()).or(self.clock_ms.get()));
        Ok(answer)
    }
}

fn pause(tries: u32) -> anyhow::Result<Duration> {
    let longest = PAUSE_MIN.saturating_mul(1 << tries.min(10).saturating_sub(1)).min(PAUSE_MAX);
    let [dice] = random::<1>("a pause")?;
    Ok(longest / 2 + longest.mul_f64(f64::from(dice) / 512.0))
}

/// The store's own words about an error, from XML or JSON, short and on one line. A page of HTML has none.
pub(super) fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..body.len().min(4096)).unwrap_or_default());
    let json = || {
        let found: serde_json::Value = serde_json::from_slice(body).ok()?;
        let error = found.get("errors")?.get(0)?;
        Some((error.get("code")?.to_string(), error.get("message")?.as_str()?.to_owned()))
    };
    let xml = || Some((element(&text, "Code")?.to_owned(), element(&text, "Message").unwrap_or_default().to_owned()));
    let Some((code, message)) = json().or_else(xml) else { return String::new() };
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(200).collect::<String>();
    format!(" ({}: {})", plain(&code), plain(message.trim_end_matches('.')))
}

/// The text of the first element of this name.
pub(super) fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let after = text.split_once(&format!("<{name}>"))?.1;
    Some(after.split_once(&format!("</{name}>"))?.0)
}
