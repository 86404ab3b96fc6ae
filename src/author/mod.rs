//! What people write in, a checked [`site::Site`] and diagnostics out.
//!
//! [`load`] reads a folder, [`check`] is the same without a disk: every file in, either a [`site::Site`] that cannot fail to
//! compile or every fault of every file at once. Nothing here draws, decides or asks a clock.

mod answerable;
pub(crate) mod attributes;
mod audiences;
mod cases;
mod classified;
pub(crate) mod closed_sets;
mod consent;
mod content;
mod declared;
pub mod diagnostic;
mod elsewhere;
mod events;
mod experiences;
pub mod expr;
mod fit;
pub mod format;
mod from;
mod governance;
mod html;
mod html_rules;
mod html_tree;
mod keys;
mod landing;
mod laws;
mod layers;
mod load;
mod looser;
pub(crate) mod names;
pub(crate) mod order;
mod overdue;
mod paths;
mod percent;
mod place;
pub mod prove;
mod quoted;
mod reach;
mod read;
pub(crate) mod reads;
mod records;
mod region_table;
mod regions;
mod rows;
pub mod rules;
mod schedule;
pub mod schema;
mod sensitivity;
mod settings;
pub(crate) mod signals;
pub mod site;
mod slots;
mod source;
mod splits;
mod stage;
mod times;
mod visitors;
mod zones;

pub use classified::{is_classified, purpose_text, shipped_text};
pub use declared::{Declared, declared, key_paths};
pub(crate) use fit::{LANDING_HELP, lands_not};

pub(crate) use landing::named as element_of;
pub use laws::{Law, laws, unchanged};
pub use load::{check, load};
pub use overdue::overdue;
pub use read::{Entry, FILE_BYTES_MAX, Files, normal};
pub use region_table::table_age;
pub use regions::{Band, Override, REGIONS, age_word, regions, rung_word};
pub use signals::SIGNALS;
pub use source::Sources;
