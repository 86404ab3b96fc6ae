//! The key tables: a file of rows for each kind of author file, rows in the order in which keys are written.

mod attributes;
mod consent;
mod contact;
mod content;
mod events;
mod experiences;
mod feeds;
pub(super) mod forms;
mod goals;
mod markets;
mod records;
mod regions;
mod settings;
mod slots;
mod visitors;

pub(crate) use attributes::PANEL;
pub(crate) use consent::mapped;
pub(crate) use events::TYPES as DETAIL_TYPES;
pub(crate) use regions::{AGE_MODELS, RUNGS};

use super::shape::{Key, Name, Need, Shape, Words, key, list, needed, refused};
use super::{File, FileKind, Layout};
use crate::consent::table::Model;
use crate::words::{Depth, Purpose};

impl FileKind {
    /// The description of this kind of file.
    pub(crate) const fn file(self) -> &'static File {
        match self {
            Self::Settings => &settings::FILE,
            Self::Attributes => &attributes::FILE,
            Self::Slots => &slots::FILE,
            Self::Audiences => &content::AUDIENCES,
            Self::Content => &content::FILE,
            Self::Experiences => &experiences::FILE,
            Self::Consent => &consent::FILE,
            Self::Regions => &regions::FILE,
            Self::Events => &events::FILE,
            Self::Goals => &goals::FILE,
            Self::Feeds => &feeds::FILE,
            Self::Contact => &contact::FILE,
            Self::Holidays => &markets::HOLIDAYS,
            Self::Markets => &markets::FILE,
            Self::Visitors => &visitors::FILE,
            Self::Tests => &visitors::TESTS,
        }
    }
}

const TEXTS: Shape = Shape::List(&Shape::Text);
const PURPOSES: Shape = Shape::List(&Shape::Purpose);
/// The purposes and the gate.
const EVERY_PURPOSE: Words = || list(Purpose::ALL, Purpose::name);
const DEPTHS: Words = || list(Depth::ALL, Depth::name);
const MODELS: Words = || list(Model::ALL, Model::name);
const BY_LOCALE: Name = Name::Form(&forms::LOCALE);

const OWNER: Key =
    key("owner", Shape::Text,
    "The accountable team. It is one of `teams` in selvedge.toml, if that key is there.").such_as("\"growth\"");
const ALL: Key = key("all", Shape::Rows, "Rows. Every one must be true.");
const ANY: Key = key("any", Shape::Rows, "Rows. At least one must be true.");
const NONE: Key = key("none", Shape::Rows, "Rows. Every one must be false. An unknown row blocks the rule.");
