//! Changes as server-sent events: the number of each new version of the site.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::State as Shared;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive, KeepAliveStream};
use futures_core::Stream;
use tokio::sync::mpsc;

use super::state::State;

/// The current version at once, and each one that follows.
pub(super) async fn events(Shared(state): Shared<Arc<State>>) -> Sse<KeepAliveStream<Versions>> {
    Sse::new(Versions(state.listen())).keep_alive(KeepAlive::default())
}

/// Version numbers as events named `version`.
pub(super) struct Versions(mpsc::Receiver<u64>);

impl Stream for Versions {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let version = self.0.poll_recv(context);
        version.map(|version| version.map(|version| Ok(Event::default().event("version").data(version.to_string()))))
    }
}
