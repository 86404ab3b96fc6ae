//! Who asks: a visitor, a program that says it is one, or a browser that fetches ahead.
//!
//! Takes the headers of a request, gives an answer that logs go by; it is kept nowhere. A program that pretends to be a browser is a visitor
//! here: what it gives away is the rate of its events.

use alloc::string::String;

use super::quality::Rule;
use crate::words::bytes::split_once;

/// Who a request is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Traffic {
    /// Somebody, as far as the request says.
    #[default]
    Visitor,
    /// A program, by its own name.
    Bot,
    /// A page that nobody has opened yet.
    Prefetch,
}

/// Names of programs, in lower case: crawlers, previews of links, monitors, and the libraries that scripts use.
#[rustfmt::skip]
const BOTS: [&str; 22] = [
    "bot", "crawl", "spider", "slurp", "+http", "facebookexternalhit", "whatsapp/", "preview", "headless", "phantomjs",
    "lighthouse", "pingdom", "uptime", "monitor", "archiver", "scrapy", "python-", "curl/", "wget/", "okhttp/", "go-http-client", "java/",
];
/// Makes of telephones whose names hold one of these.
const NO_BOTS: [&str; 1] = ["cubot"];

impl Traffic {
    /// Reads a request.
    pub fn of(header: &dyn Fn(&str) -> Option<alloc::string::String>) -> Self {
        let is_ahead = |name: &str| header(name).is_some_and(|value| is_prefetch(&value));
        if header("user-agent").is_some_and(|agent| is_bot(&agent)) {
            Self::Bot
        } else if ["sec-purpose", "purpose", "x-moz"].into_iter().any(is_ahead) {
            Self::Prefetch
        } else {
            Self::Visitor
        }
    }

    /// The rule by which events of it are counted only.
    pub const fn rule(self) -> Option<Rule> {
        match self {
            Self::Visitor => None,
            Self::Bot => Some(Rule::Bot),
            Self::Prefetch => Some(Rule::Prefetch),
        }
    }
}

/// True if a `Sec-Purpose` says that a page is fetched ahead, or the header that older browsers send in its place.
/// Values are `prefetch`, `prefetch;prerender` and `prefetch;anonymous-client-ip`.
pub fn is_prefetch(purpose: &str) -> bool {
    let first = purpose.split([';', ',']).next().unwrap_or_default().trim();
    ["prefetch", "prerender", "preview"].iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Whether a `User-Agent` is of a program that says so.
pub fn is_bot(agent: &str) -> bool {
    let agent = NO_BOTS.iter().fold(agent.to_ascii_lowercase(), |agent, name| without(&agent, name));
    BOTS.iter().any(|name| split_once(&agent, name).is_some())
}

fn without(mut text: &str, piece: &str) -> String {
    let mut out = String::new();
    while let Some((before, after)) = split_once(text, piece) {
        out.push_str(before);
        text = after;
    }
    out + text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_say_what_they_are() {
        let programs = [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0) Chrome/130.0 Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
            "curl/8.14.1",
            "python-requests/2.32",
        ];
        let browsers = [
            "",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
        ];
        assert!(programs.iter().all(|agent| is_bot(agent)));
        assert!(!browsers.iter().any(|agent| is_bot(agent)));
    }

    #[test]
    fn a_page_that_is_fetched_ahead_says_so() {
        let of = |name: &'static str, value: &'static str| Traffic::of(&|asked| (asked == name).then(|| value.into()));
        assert_eq!(of("sec-purpose", "prefetch;prerender"), Traffic::Prefetch);
        assert_eq!(of("sec-purpose", "Prefetch"), Traffic::Prefetch);
        assert_eq!(of("purpose", "prefetch"), Traffic::Prefetch);
        assert_eq!(of("x-moz", "prefetch"), Traffic::Prefetch);
        assert_eq!(of("sec-purpose", "navigate"), Traffic::Visitor);
        assert_eq!(of("user-agent", "Googlebot/2.1"), Traffic::Bot);
        assert_eq!(of("accept", "prefetch"), Traffic::Visitor);
    }
}
