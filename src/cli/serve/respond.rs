//! One request of a visitor: the origin's answer, personalized.
//!
//! The visitor gets the origin's page, byte for byte, where something goes wrong. The log and `Server-Timing` say why.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::header::HeaderValue;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::choice::{Choice, VISITOR_HEADER};
use super::origin::{Answer, answer, is_path};
use super::rewrite::{elements, rewrite, turned};
use super::state::{Loaded, State};
use super::visitor::{faults, see};
use super::{frame, jar, tell};
use crate::author::direction::is_right_to_left;
use crate::author::site::Site;
use crate::bundle::Slot;
use crate::cli::framed::flaw;
use crate::cli::random;
use crate::engine::Permitted;
use crate::page::{self, AccountFrom, Asked, CACHE_CONTROL, Deployment, Person, Scratch, Who};
use crate::page::{VARY, asks_for_page, begin, cache_control, is_replaced, slots_at};
use crate::words::hex;

/// The largest body of a request that is passed on to an origin.
const REQUEST_BYTES_MAX: usize = 16 << 20;
const SERVER_TIMING: &str = "server-timing";
const UNMATCHED: &str = "nothing matches its selector";

pub(super) async fn respond(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        return into_response(Answer::new(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", "the request is too large\n"));
    };
    // Files, sockets and the rewriter block: none of them may hold up the panel.
    match tokio::task::spawn_blocking(move || whole(&state, parts, &body)).await {
        Ok(answer) => into_response(answer),
        Err(_) => into_response(Answer::new(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", "the preview failed\n")),
    }
}

fn whole(state: &State, mut asked: Parts, body: &[u8]) -> Answer {
    without_dots(&mut asked);
    let is_page = asks_for_page(asked.method.as_str(), &|name| super::headers::text(&asked.headers, name));
    if asked.method == Method::HEAD {
        // The server leaves the body out. The headers are those of GET.
        asked.method = Method::GET;
    }
    let asked = &asked;
    let header = |name: &str| super::headers::text(&asked.headers, name);
    let (choice, query) = Choice::from_query(asked.uri.query().unwrap_or_default(), header(VISITOR_HEADER).as_deref());
    let live = state.live();
    let mut origin = answer(state, &live, asked, &query, body);
    if choice.is_preview {
        frame::open(&mut origin.headers, &header);
        carry_on(&mut origin, &choice.parameters);
    }
    let Some(loaded) = &live.loaded else { return origin };
    let path = page::normal_path(asked.uri.path());
    if !is_page {
        // A script reads it. The browser may keep it, and show it as the page when the visitor comes there.
        if asked.method == Method::GET && origin.is_page() && !slots_at(&loaded.opened.bundle, &path).is_empty() {
            origin.headers.append("vary", HeaderValue::from_static(VARY));
        }
        return origin;
    }
    for fault in faults(loaded, &choice) {
        tell(&format!("{}: {fault}", asked.uri.path()));
        origin.say(&format!("selvedge-preview;desc=\"{}\"", ascii(&fault)));
    }
    let randomness = randomness();
    let request = state.request(loaded, (&path, &query), &header, &randomness);
    rewritten(loaded, state.account_from.as_ref(), &request, &choice, origin)
}

/// Asks for the path that a browser, and an edge's runtime, makes of one with `.` and `..` in it.
fn without_dots(asked: &mut Parts) {
    let Some(path) = page::without_dots(asked.uri.path()) else { return };
    let target = asked.uri.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    if let Ok(uri) = target.parse() {
        asked.uri = uri;
    }
}

/// 32 hexadecimal digits for one page view. Without a source of randomness there are none, and no visitor is assigned to an
/// arm.
fn randomness() -> String {
    random::<16>("a page view").map(|bytes| hex(&bytes)).unwrap_or_default()
}

/// A text as a quoted string of a header can hold it.
fn ascii(text: &str) -> String {
    let plain = |c: char| if matches!(c, '"' | '\\' | '`') { '\'' } else { c };
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').map(plain).collect()
}

/// Lets a redirect within the site keep its preview.
fn carry_on(answer: &mut Answer, parameters: &str) {
    let location = answer.location().filter(|location| is_path(location) && !parameters.is_empty());
    let Some(location) = location else { return };
    let (path, fragment) = location.split_at(location.find('#').unwrap_or(location.len()));
    let joint = if path.contains('?') { '&' } else { '?' };
    answer.leads_to(&format!("{path}{joint}{parameters}{fragment}"));
}

/// The origin's answer for this visitor: rewritten if it is a page with a slot, else as it was.
fn rewritten(
    loaded: &Loaded,
    account: Option<&AccountFrom>,
    request: &page::Request<'_>,
    choice: &Choice,
    mut origin: Answer,
) -> Answer {
    if !origin.is_page() || slots_at(&loaded.opened.bundle, request.path).is_empty() {
        return origin;
    }
    let headers = match personalize(loaded, account, request, choice, &origin) {
        Ok((html, headers)) => {
            let replaced: Vec<_> = origin.headers.keys().filter(|name| is_replaced(name.as_str())).cloned().collect();
            for name in replaced {
                origin.headers.remove(name);
            }
            origin.body = Bytes::from(html);
            headers
        }
        Err(why) => {
            tell(&format!("{}: the page is unchanged, because {why}", request.path));
            vec![(SERVER_TIMING, format!("selvedge;desc=\"unchanged: {}\"", ascii(&why)))]
        }
    };
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            origin.headers.append(name, value);
        }
    }
    origin
}

type Headers = Vec<(&'static str, String)>;

/// The page with this visit's changes, and the headers that it gets.
fn personalize(
    loaded: &Loaded,
    account: Option<&AccountFrom>,
    request: &page::Request<'_>,
    choice: &Choice,
    origin: &Answer,
) -> Result<(Vec<u8>, Headers), String> {
    let started = Instant::now();
    let encoding = origin.encoding().ok_or("the encoding of the page is not known to extend ASCII")?;
    let find = |unit, id: &str| loaded.find(unit, id);
    let mut scratch = Scratch::default();
    let begun = see(loaded, request, choice, |request| {
        let person = Some(Person { account, find: &find });
        begin(&loaded.opened.bundle, &Asked { person, ..Asked::of(Who::Request(request)) }, &mut scratch)
    });
    let preview = choice.is_preview.then(|| jar::name(&format!("{choice:?}")));
    let (environment, root) = (loaded.opened.release.environment(), &*loaded.opened.root);
    let nonce = randomness();
    let deployment = Deployment { environment, root, root_version: 1, cookie: preview.as_deref(), nonce: &nonce };
    let body = |chunk: usize| loaded.opened.chunks.get(chunk).map(Vec::as_slice);
    let program = loaded.opened.bundle.program();
    let slots: Vec<(Slot<'_>, bool)> = begun
        .page()
        .decisions
        .iter()
        .filter_map(|decision| Some((program.slot(decision.slot? as usize), decision.is_counted_control())))
        .collect();
    let answer = begun.finish(&body, &page::Host { deployment, recording: None, key: None });
    let mut answer = answer.map_err(|content| format!("the content `{content}` is missing"))?;
    // A preview sets no cookie of the site.
    if let Some(name) = preview {
        answer.cookies = vec![jar::cookie(name, begun.grants())];
    }

    let rewritten = rewrite(&origin.body, encoding, &answer.changes, &answer.block);
    let counts = counts(&origin.body, &slots);
    let path = request.path;
    let is_missed = |slot: &str| rewritten.missed.iter().any(|(missed, _)| missed == slot);
    for (slot, why) in rewritten.missed.iter().map(|(slot, why)| (&**slot, *why)).chain(empty_arms(&counts)) {
        tell(&format!("{path}: `{slot}` keeps the origin’s content: {why}"));
    }
    let page = String::from_utf8_lossy(&origin.body);
    for change in &answer.changes {
        if let Some(flaw) = flaw(&page, &change.slot) {
            let slot = change.slot.name;
            tell(&format!("{path}: {}; {}", flaw.what(slot), flaw.help(slot)));
        }
    }
    if rewritten.is_without_block {
        tell(&format!("{path}: the page breaks off in a tag or a script, so that no withdrawal reaches it"));
    }
    let gave_up = rewritten.gave_up.as_ref().filter(|_| !rewritten.missed.is_empty());
    if let Some(why) = gave_up.and_then(|why| why.lines().next()) {
        tell(&format!("{path}: slots further down keep the origin’s content, because the parser gave up: {why}"));
    }
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    let visitor = choice.visitor.as_ref().map(|visitor| format!(" as {visitor}")).unwrap_or_default();
    let made = || answer.changes.iter().filter(|change| !is_missed(change.slot.name));
    let shown = made().map(|change| format!("{} = {}", change.slot.name, change.content));
    let shown = shown.reduce(|all, one| all + ", " + &one).unwrap_or_else(|| "the origin’s own content".to_owned());
    tell(&format!("{path}{visitor}: {shown} ({milliseconds:.1} ms)"));
    let changes = made().count();
    let plural = if changes == 1 { "" } else { "s" };
    let timing = format!("selvedge;dur={milliseconds:.2};desc=\"{changes} change{plural}\"");
    let told = counts.iter().filter_map(|count| count.told(&rewritten.missed));
    let timing = told.fold(timing, |timing, told| format!("{timing}, selvedge-slot;desc=\"{}\"", ascii(&told)));
    let asked = begun.visit().locale.as_deref().filter(|_| choice.is_preview);
    let html = match direction(asked, begun.permitted(), &loaded.site) {
        Some(language) => turned(&rewritten.html, &language, true).unwrap_or_else(|| {
            tell(&format!("{path}: the page has no `<html>` tag to turn, so it is shown from left to right"));
            rewritten.html
        }),
        None => rewritten.html,
    };
    let kept = cache_control(answer.cache, origin.header(CACHE_CONTROL).as_deref());
    let mut headers = answer.headers(timing, false);
    headers.push((CACHE_CONTROL, kept));
    Ok((html, headers))
}

/// The language that the page of a preview is turned for: one from right to left that was asked for, and that the site has.
fn direction(asked: Option<&str>, permitted: &Permitted<'_>, site: &Site) -> Option<String> {
    let first = permitted.locales().first().and_then(|at| site.locales.all.get(usize::from(*at)))?;
    let is_asked = asked.is_some_and(is_right_to_left);
    (is_asked && is_right_to_left(first)).then(|| first.clone())
}

/// How many elements of the page a slot's selector finds.
struct Count<'c> {
    slot: &'c str,
    /// An experiment shows the origin's own content here.
    is_own_arm: bool,
    elements: usize,
}

fn counts<'c>(html: &[u8], slots: &[(Slot<'c>, bool)]) -> Vec<Count<'c>> {
    let selectors: Vec<&str> = slots.iter().map(|(slot, _)| slot.selector).collect();
    let found = elements(html, &selectors);
    let count = |((slot, is_own_arm), found): (&(Slot<'c>, bool), Vec<String>)| Count {
        slot: slot.name,
        is_own_arm: *is_own_arm,
        elements: found.len(),
    };
    slots.iter().zip(found).map(count).collect()
}

/// Experiments that would show the origin's own content in an element that does not exist. Their visits are not counted.
fn empty_arms<'c>(counts: &'c [Count<'c>]) -> impl Iterator<Item = (&'c str, &'static str)> {
    counts.iter().filter(|count| count.is_own_arm && count.elements == 0).map(|count| (count.slot, UNMATCHED))
}

impl Count<'_> {
    /// The panel gets the slot's name, the number of elements, and the reason why the first one is unchanged.
    fn told(&self, missed: &[(String, &'static str)]) -> Option<String> {
        let why = missed.iter().find(|(slot, _)| slot == self.slot).map_or("", |(_, why)| *why);
        (self.elements != 1 || !why.is_empty()).then(|| format!("{} {} {why}", self.slot, self.elements))
    }
}

fn into_response(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><div data-slot=\"home.banner\">Free delivery</div>";

    fn html(content_type: &'static str) -> Answer {
        Answer::new(StatusCode::OK, content_type, PAGE)
    }

    /// The answer that `returning-de` gets at `path`, for a request with this `Sec-Fetch-Dest`.
    fn rewritten_answer(path: &str, answer: Answer) -> Answer {
        let state = State::shop(None);
        let live = state.live();
        let loaded = live.loaded.as_ref().expect("the example shop compiles");
        let (choice, query) = Choice::from_query("selvedge-visitor=returning-de", None);
        let header = |_: &str| None;
        let now_ms = crate::words::time::parse_rfc3339("2026-11-21T12:00:00Z").expect("a time");
        let request = page::Request { now_ms, ..state.request(loaded, (path, &query), &header, "0123456789abcdef") };
        rewritten(loaded, None, &request, &choice, answer)
    }

    #[test]
    fn a_preview_in_a_language_from_right_to_left_turns_the_page() {
        let turned =
            |page: &str| turned(page.as_bytes(), "ar", true).map(|html| String::from_utf8(html).expect("UTF-8"));
        let page = "<!doctype html><HTML class=a lang='en'><p dir=ltr>x</html>";
        assert_eq!(
            turned(page).as_deref(),
            Some("<!doctype html><HTML class=a lang=\"ar\" dir=\"rtl\"><p dir=ltr>x</html>")
        );
        assert_eq!(turned("<p>no root</p>"), None);
    }

    fn text<'a>(answer: &'a Answer, name: &str) -> &'a str {
        answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[test]
    fn a_page_with_a_slot_is_rewritten_and_kept_by_nobody() {
        let replaced = ["content-length", "etag", "expires", "age", "edge-control", "vercel-cdn-cache-control"];
        let mut page = html("text/html; charset=utf-8");
        for name in replaced {
            page.headers.insert(name, HeaderValue::from_static("max-age=600"));
        }
        let answer = rewritten_answer("/", page);
        let html = String::from_utf8_lossy(&answer.body);
        let (_, block) = html.split_once("id=\"selvedge-page\"").expect("the data block is at the end");
        let (_, nonce) = block.split_once("\"nonce\":\"").expect("with the nonce of this answer");
        let nonce = nonce.get(..32).expect("of 16 bytes");
        let kept = format!(
            "<template data-selvedge-control=\"home.banner~{nonce}\">Free delivery</template><!--/selvedge:home.banner~{nonce}-->"
        );
        assert!(html.contains(&kept), "{html}");
        assert_eq!(text(&answer, "cache-control"), "private, no-store");
        for name in replaced {
            assert!(!answer.headers.contains_key(name), "{name}");
        }
        assert!(text(&answer, "set-cookie").starts_with("selvedge-preview-"), "{}", text(&answer, "set-cookie"));
        assert!(html.contains("\"cookie\":\"selvedge-preview-"), "{html}");
    }

    #[test]
    fn what_became_of_each_slot_is_told_to_the_panel_and_only_what_changed_is_counted() {
        let page = "<!doctype html><span data-slot='home.banner'>Free</span><b data-slot='home.banner'>two</b>";
        let answer = rewritten_answer("/", Answer::new(StatusCode::OK, "text/html", page));
        let timing = text(&answer, "server-timing");
        assert!(timing.contains("desc=\"1 change\", "), "{timing}");
        assert!(timing.contains("selvedge-slot;desc=\"home.banner 2 \""), "{timing}");
        assert!(timing.contains("selvedge-slot;desc=\"home.hero 0 nothing matches its selector\""), "{timing}");
        // The element is there, and cannot hold the change.
        let page = "<!doctype html><span data-slot='home.banner'>Free</span><img data-slot='home.hero'>";
        let answer = rewritten_answer("/", Answer::new(StatusCode::OK, "text/html", page));
        let timing = text(&answer, "server-timing");
        assert!(
            timing.contains("desc=\"1 change\"") && timing.contains("selvedge-slot;desc=\"home.hero 1 "),
            "{timing}"
        );
        assert!(!timing.contains("home.banner"), "{timing}");
    }

    #[test]
    fn an_arm_with_the_origins_own_content_needs_its_element() {
        let slot =
            |name, selector| Slot { name, page: "/", selector, change: crate::words::Change::Inner, attribute: "" };
        let slots = [(slot("a", "#a"), true), (slot("b", "#b"), true), (slot("c", "#c"), false)];
        let counts = counts(b"<p id=a>", &slots);
        assert_eq!(empty_arms(&counts).collect::<Vec<_>>(), [("b", UNMATCHED)]);
    }

    #[test]
    fn what_cannot_be_rewritten_stays_as_it_was_and_says_why() {
        let wide = Answer::new(StatusCode::OK, "text/html; charset=utf-16", PAGE);
        let answer = rewritten_answer("/", wide);
        assert_eq!(answer.body, PAGE.as_bytes());
        assert_eq!(text(&answer, "cache-control"), "no-cache");
        let why = "the encoding of the page is not known to extend ASCII";
        assert_eq!(text(&answer, "server-timing"), format!("selvedge;desc=\"unchanged: {why}\""));
    }

    #[test]
    fn in_every_encoding_the_origins_bytes_stay_and_what_is_put_in_is_ascii() {
        let page = b"<!doctype html><p>Stra\xdfe</p><p data-slot=\"home.banner\">Gr\xfc\xdfe</p>";
        for content_type in ["text/html", "text/html; charset=iso-8859-1"] {
            let answer = rewritten_answer("/", Answer::new(StatusCode::OK, content_type, &page[..]));
            let (front, rest) = answer.body.split_at(page.len() - b">Gr\xfc\xdfe</p>".len() + 1);
            assert_eq!(front, &page[..front.len()]);
            let kept = rest.windows(5).position(|part| part == b"Gr\xfc\xdfe").expect("the origin's text is kept");
            let ours = [&rest[..kept], &rest[kept + 5..]].concat();
            assert!(ours.is_ascii(), "{}", String::from_utf8_lossy(&ours));
        }
    }

    #[test]
    fn other_answers_pass_through() {
        for (path, content_type) in [("/", "text/css"), ("/", "application/json"), ("/nowhere/", "text/html")] {
            let answer = rewritten_answer(path, html(content_type));
            assert_eq!(answer.body, PAGE.as_bytes());
            assert_eq!(answer.headers.len(), 2, "{path} {content_type}: {:?}", answer.headers);
        }
        for body in ["{\"ok\":true}", "google-site-verification: x.html", ""] {
            let answer = rewritten_answer("/", Answer::new(StatusCode::OK, "text/html", body));
            assert_eq!((answer.body.as_ref(), answer.headers.len()), (body.as_bytes(), 2), "{body}");
        }
    }

    #[test]
    fn a_head_says_what_the_page_says_and_html_that_a_script_fetches_is_left_alone() {
        let asked = |method: &str, destination: &str| {
            let request = Request::builder().method(method).uri("/").header("sec-fetch-dest", destination);
            whole(&State::shop(None), request.body(()).expect("a request").into_parts().0, &[])
        };
        let page = asked("GET", "document");
        assert!(page.body.windows(13).any(|part| part == b"selvedge-page"));
        let head = asked("HEAD", "document");
        assert_eq!(head.headers.keys().collect::<Vec<_>>(), page.headers.keys().collect::<Vec<_>>());
        assert_eq!(text(&head, "cache-control"), text(&page, "cache-control"));
        let fetched = asked("GET", "empty");
        assert_eq!(text(&fetched, "vary"), "sec-fetch-dest, sec-fetch-mode, sec-purpose");
        assert!(page.headers.get("vary").is_none());
        assert!(!fetched.body.windows(13).any(|part| part == b"selvedge-page"));
    }

    #[test]
    fn a_page_that_is_fetched_ahead_tells_the_loader_what_to_count_when_it_is_opened() {
        let asked = |purpose: &str| {
            let request = Request::get("/?selvedge-visitor=new-de-control&selvedge-now=2026-12-02T10:00:00Z");
            let request = request.header("sec-fetch-dest", "empty").header("sec-fetch-mode", "navigate");
            let request = request.header("sec-purpose", purpose).body(()).expect("a request").into_parts().0;
            String::from_utf8_lossy(&whole(&State::shop(None), request, &[]).body).into_owned()
        };
        let ahead = asked("prefetch;prerender");
        assert!(ahead.contains(r#","unseen":{"home.hero":"[data-slot=\u0027home.hero\u0027]""#), "{ahead}");
        assert!(!asked("").contains("\"unseen\""));
    }

    #[test]
    fn what_a_preview_asks_for_and_does_not_exist_is_said() {
        let query = "selvedge-visitor=%1b%5D0nobody&selvedge-now=tomorrow&selvedge-region=XX&selvedge-locale=en_GB&selvedge-gpc=yes";
        let asked = Request::get(format!("/?{query}")).body(()).expect("a request").into_parts().0;
        let answer = whole(&State::shop(None), asked, &[]);
        let said: Vec<_> =
            answer.headers.get_all("server-timing").iter().filter_map(|line| line.to_str().ok()).collect();
        let faults: Vec<_> = said.iter().filter(|line| line.starts_with("selvedge-preview;")).collect();
        assert_eq!(faults.len(), 5, "{said:?}");
    }

    #[test]
    fn files_take_no_data_and_say_what_they_take() {
        let asked = Request::post("/knitwear/").body(()).expect("a request").into_parts().0;
        let answer = whole(&State::shop(None), asked, &[]);
        assert_eq!((answer.status.as_u16(), text(&answer, "allow")), (405, "GET, HEAD"));
    }

    #[test]
    fn a_path_with_dots_is_the_page_that_it_leads_to() {
        let block = |path: &str| {
            let asked = Request::get(path).body(()).expect("a request").into_parts().0;
            let body = whole(&State::shop(None), asked, &[]).body;
            String::from_utf8_lossy(&body).split_once("\"decisions\":{").map(|(_, block)| block[..20].to_owned())
        };
        let home = block("/");
        assert!(home.is_some());
        for path in ["/knitwear/..", "/./knitwear/%2e%2E/?a=1", "/../..", "/%2E"] {
            assert_eq!(block(path), home, "{path}");
        }
    }

    #[test]
    fn a_page_that_breaks_off_in_a_tag_stays_as_it_came_or_says_that_it_has_no_block() {
        for (body, is_changed) in
            [("<p>no slot<img src=x onerror=\"a>1", false), ("<p data-slot='home.banner'>x</p><a href=\"/y", true)]
        {
            let answer = rewritten_answer("/", Answer::new(StatusCode::OK, "text/html", body));
            let html = String::from_utf8_lossy(&answer.body);
            assert_eq!((html != body, html.contains("selvedge-page")), (is_changed, false), "{html}");
        }
    }

    #[test]
    fn a_redirect_never_leads_to_another_server() {
        for path in ["//knitwear", "///knitwear"] {
            let (mut asked, ()) = Request::get("/").body(()).expect("a request").into_parts();
            asked.uri = axum::http::Uri::builder().path_and_query(path).build().expect("a target");
            let answer = whole(&State::shop(None), asked, &[]);
            assert_eq!(text(&answer, "location"), "/knitwear/", "{path}");
        }
        assert!(is_path("/") && is_path("/a//b") && !is_path("//evil.example/") && !is_path("/\\evil.example"));
    }

    #[test]
    fn a_redirect_keeps_the_preview() {
        let asked = Request::get("/help?a=1&selvedge-visitor=x").body(()).expect("a request").into_parts().0;
        let answer = whole(&State::shop(None), asked, &[]);
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(text(&answer, "location"), "/help/?a=1&selvedge-visitor=x");
    }
}
