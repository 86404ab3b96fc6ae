//! `selvedge serve`: the site on this machine, with the panel that shows why.
//!
//! It listens to this machine only, keeps nothing, and reads the folder again whenever a file changes.

pub(super) mod api;
mod beacon;
mod choice;
mod console;
mod events;
mod frame;
mod guard;
mod headers;
mod jar;
mod notes;
mod origin;
pub(super) mod pages;
mod proxy;
mod respond;
pub(super) mod rewrite;
mod state;
mod visitor;
mod watch;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State as Shared};
use axum::http::header::{self, HeaderMap};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Json, Redirect, Response};
use axum::routing::{get, post};

use choice::Choice;
use state::State;

use crate::author::site::Site;
use crate::bundle::notice;
use crate::cli::render;
use crate::page::AccountFrom;

const PANEL: &str = "/__selvedge/";

/// Shows the site's pages on this machine, for any visitor, with the reason for every decision.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = after_help())]
pub(super) struct Options {
    /// The site's folder: the one with selvedge.toml.
    #[arg(default_value = ".")]
    site: PathBuf,
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// A server whose pages are shown instead of the site's own folder.
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// The region whose law applies to visits that do not name one, as this machine has no geolocation. By default it is the
    /// first region of the first market. Without a market, the strictest law applies.
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// The place in a request of the account that is signed in: `header:NAME` or `cookie:NAME`. The list of `selvedge revoke` then
    /// applies to that account.
    #[arg(long, value_name = "PLACE", value_parser = crate::cli::heed::account_from)]
    account_from: Option<AccountFrom>,
}

fn after_help() -> String {
    let parameters = choice::PARAMETERS.map(|(name, what)| format!("  {name:18} {what}\n")).concat();
    format!(
        "\
Examples:
  selvedge serve examples/storefront
  selvedge serve examples/storefront --origin https://shop.example --region US-CA

Any page can be requested as another visitor, with a header (`x-selvedge-visitor: returning-de`) or in its query
(`/?selvedge-visitor=returning-de&selvedge-deny=storage`):
{parameters}
The panel at {PANEL} sets all of these. It shows what each slot gets, and why."
    )
}

/// Serves until Ctrl-C.
pub(super) fn run(options: Options) -> anyhow::Result<()> {
    let folder = fs_err::canonicalize(&options.site).context("the site's folder")?;
    if let Some(origin) = &options.origin {
        anyhow::ensure!(
            origin.starts_with("http://") || origin.starts_with("https://"),
            "`{origin}` is not an origin: write it like https://shop.example"
        );
    }
    let state = Arc::new(State::new(folder, options.origin, options.region, options.account_from));
    let runtime = tokio::runtime::Runtime::new().context("cannot start")?;
    let _watcher = watch::watch(&state)?;
    let served = runtime.block_on(serve(Arc::clone(&state), options.port));
    // Clients that listen for changes never close their connections.
    runtime.shutdown_background();
    served
}

async fn serve(state: Arc<State>, port: u16) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = tokio::net::TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; if another program uses the port, choose another one with --port, or 0 for any free port")
    })?;
    greet(&state, listener.local_addr()?);
    let server = axum::serve(listener, router(state)).into_future();
    tokio::select! {
        served = server => Ok(served?),
        stopped = tokio::signal::ctrl_c() => {
            anstream::eprintln!("\nStopped.");
            Ok(stopped?)
        }
    }
}

/// Prints what happened to a request. A request may hold anything, and must not steer the terminal.
fn tell(what: &str) {
    anstream::eprintln!("  {}", render::clean(what));
}

/// The first lines for a user.
fn greet(state: &State, address: SocketAddr) {
    let live = state.live();
    render::tell(&live.diagnostics, &live.sources);
    if !live.diagnostics.is_empty() {
        anstream::eprintln!();
    }
    match &live.loaded {
        Some(loaded) => {
            let Site { name, slots, experiences, visitors, .. } = &loaded.site;
            let (slots, experiences, visitors) = (slots.len(), experiences.len(), visitors.len());
            anstream::eprintln!(
                "Selvedge serves `{name}`: {slots} slots, {experiences} experiences, {visitors} sample visitors."
            );
        }
        None => anstream::eprintln!("The site has errors. Fix them, and it is served without a restart."),
    }
    let from = match (state.origin(&live), state.pages(&live)) {
        (Some(origin), _) => format!("   (the pages of {origin})"),
        (None, Some(folder)) => format!("   ({} pages of {})", pages::list(&folder).len(), folder.display()),
        (None, None) => String::new(),
    };
    anstream::eprintln!("  pages  http://{address}/{from}");
    anstream::eprintln!("  panel  http://{address}{PANEL}   (any visitor, and why)");
    if console::file(&state.folder, console::ENGINE).is_none() {
        anstream::eprintln!(
            "  The browser's engine is not here, so a choice shows on the next page: see docs/browser.md for {}.",
            console::PACKAGES.join(" and ")
        );
    }
    anstream::eprintln!("Edits show at once. Ctrl-C stops.\n");
}

fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/__selvedge", get(|| async { Redirect::permanent(PANEL) }))
        .route("/__selvedge/", get(|Shared(state): Shared<Arc<State>>| async move { asset(&state, "") }))
        .route("/__selvedge/api/site", get(|Shared(state): Shared<Arc<State>>| async move { Json(api::site(&state)) }))
        .route("/__selvedge/api/decide", get(decide))
        .route("/__selvedge/health", get(|Shared(state): Shared<Arc<State>>| async move { Json(api::health(&state)) }))
        .route("/__selvedge/events", get(events::events))
        .route("/__selvedge/beacon", post(beacon::beacon))
        .route("/__selvedge/v1/{*path}", get(release))
        .route(notice::PERSONALIZATION, get(told))
        .route(notice::GPC, get(told))
        .route("/__selvedge/{*path}", get(engine))
        .fallback(respond::respond)
        .layer(axum::middleware::from_fn(guard::guard))
        .with_state(state)
}

async fn decide(Shared(state): Shared<Arc<State>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (choice, rest) = Choice::from_query(&query.unwrap_or_default(), None);
    let page = rest.split('&').find_map(|pair| pair.strip_prefix("page=")).map_or("/".into(), choice::decode);
    // The page with its own query, which rules may read.
    let Ok(uri) = page.parse::<Uri>() else {
        return (StatusCode::BAD_REQUEST, Json(serde_json::json!({ "error": "`page` is not a path" }))).into_response();
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Json(api::page(&state, uri.path(), uri.query().unwrap_or_default(), &choice, agent)).into_response()
}

/// A file of the signed release: the loader's engine verifies it like one from an edge.
async fn release(Shared(state): Shared<Arc<State>>, Path(path): Path<String>) -> Response {
    let live = state.live();
    let bytes = live.loaded.as_ref().and_then(|loaded| loaded.files.get(&format!("/v1/{path}")).cloned());
    file(bytes.map(|bytes| (bytes, "application/octet-stream")))
}

/// The notice for visitors, or the origin's own answer if the site has no notice.
async fn told(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let live = state.live();
    let told = live.loaded.as_ref().and_then(|loaded| notice::answer(&loaded.opened.notice, request.uri().path()));
    match told {
        Some(bytes) => file(Some((bytes.to_vec(), "application/json"))),
        None => respond::respond(Shared(Arc::clone(&state)), request).await,
    }
}

async fn engine(Shared(state): Shared<Arc<State>>, Path(path): Path<String>) -> Response {
    asset(&state, &path)
}

fn asset(state: &State, path: &str) -> Response {
    match console::file(&state.folder, path) {
        None => (StatusCode::NOT_FOUND, console::missing(path)).into_response(),
        found => file(found),
    }
}

fn file(found: Option<(Vec<u8>, &'static str)>) -> Response {
    match found {
        Some((bytes, content_type)) => {
            ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache")], Body::from(bytes))
                .into_response()
        }
        None => (StatusCode::NOT_FOUND, "there is no such file\n").into_response(),
    }
}
