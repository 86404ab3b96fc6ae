//! Journeys: slots that keep the release with which a visitor began.

mod delivered;
mod pages;
