//! `contact.toml`: who may be contacted, how often, and when.

use super::{File, Key, Layout, Name, TEXTS, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Filled, Form, Map, Set, Table, Text, Whole, Word};
use crate::words::Unit;
use crate::author::keys::shape::Shape;
use crate::author::site::{ContactClass, Period};

pub(super) const FILE: File = File {
    pattern: "contact.toml",
    about: "The contact policy: who may be contacted, how often, and when.",
    layout: Layout::One,
    shape: Table(&[
        key("suppressions", Map(NAME, &Table(SUPPRESSION)),
            "People who get nothing of some classes, whatever a rule says. A suppression that cannot be decided suppresses too."),
        key("goals", Map(NAME, &Table(GOAL)),
            "Goals. An experience whose `goal` has this name ends for a person who has reached it."),
        key("caps", Map(NAME, &Table(CAP)), "The most contacts of one person in a stretch of time. Every cap must hold."),
        key("gaps", Map(NAME, &Table(GAP)), "The least time between two contacts of one person."),
        key("quiet", Map(NAME, &Table(QUIET)), "Hours without contacts, by the clock where the person is."),
        key("sequences", Map(NAME, &Table(SEQUENCE)), "Messages one after the other. Each waits for the one before."),
        key("no_repeat", Map(NAME, &Table(ONCE)), "Content that a person is not shown again for a while."),
        key("budgets", Map(NAME, &Table(BUDGET)),
            "The most contacts of all persons together. It is kept on average, as no host knows what the others have shown."),
        key("cool_off", Form(&forms::CONTACT_TIME), "How long content that a person dismissed is not shown to them.").such_as("\"30d\""),
        key("dismissals", Whole(1, 64), "How many dismissed contents the state of a device has room for.").or("16"),
    ]),
};

const NAME: Name = Name::Form(&forms::POLICY);

const CLASSES: Key = key("classes", Filled(&CLASS), "The classes of contact that it is about. An experience says its `class`.").or("[\"promotional\"]");
const CLASS: Shape = Word(|| list(ContactClass::ALL, ContactClass::name));
const CHANNELS: Key = key("channels", TEXTS, "The channels of slots that it is about. Without this key it is about every channel.").such_as("[\"email\", \"push\"]");
const DESCRIPTION: Key = key("description", Text, "A description for people.");

const SUPPRESSION: &[Key] = &[
    needed("when", Text, "The condition, as a row of a rule has it.", "write who is suppressed, as in when = 'profile.open_complaint'")
        .such_as("\"profile.open_complaint\""),
    CLASSES,
    DESCRIPTION,
];

const GOAL: &[Key] = &[
    needed("reached", Text, "The condition, as a row of a rule has it.", "write when it is reached, as in reached = 'visitor.orders_30d > 0'")
        .such_as("\"visitor.orders_30d > 0\""),
    DESCRIPTION,
];

const CAP: &[Key] = &[
    needed("max", Whole(0, 100), "The most contacts.", "write how many contacts there may be").such_as("3"),
    key("within", Form(&forms::CONTACT_TIME), "The length of time that slides with the clock. A cap has `within` or `per`.").such_as("\"7d\""),
    key("per", Word(|| list(Period::ALL, Period::name)), "The day or the week of the calendar, from its first second in `zone`. A week begins on Monday."),
    key("zone", Text, "The IANA time zone of the calendar.").such_as("\"Europe/Berlin\""),
    CLASSES,
    CHANNELS,
    key("experiences", TEXTS, "The experiences that it is about. Without this key it is about all of its classes and channels."),
    key("contents", Set(&Text), "The content items that it is about. Without this key it is about any content."),
    DESCRIPTION,
];

const GAP: &[Key] = &[
    needed("least", Form(&forms::CONTACT_TIME), "The least time between two contacts.", "write how long it is, as in least = \"4h\"").such_as("\"4h\""),
    CLASSES,
    CHANNELS,
    DESCRIPTION,
];

const QUIET: &[Key] = &[
    needed("from", Form(&forms::CLOCK), "The first minute, by the clock where the person is.", "write when it begins, as in from = \"21:00\"").such_as("\"21:00\""),
    needed("until", Form(&forms::CLOCK), "The first minute after it. It may be on the next day.", "write when it ends, as in until = \"08:00\"").such_as("\"08:00\""),
    key("zone", Text, "The attribute with the person's time zone: a `symbol` whose values are IANA zones.").such_as("\"profile.zone\""),
    key("zones", Map(Name::Any, &Filled(&Text)),
        "The time zones of each market. If the person's zone is not known, a contact must be allowed in all of them. A market without an entry has its own `zone` alone."),
    CLASSES,
    needed("channels", Filled(&Text), "The channels of slots that it is about. Pages are asked for at any hour, so name `web` only where that is meant.",
        "name the channels, as in channels = [\"email\", \"push\"]").such_as("[\"email\", \"push\"]"),
    DESCRIPTION,
];

const EXPERIENCES: Key =
    key("experiences", TEXTS, "The experiences that it is about. Without this key it is about all of its classes and channels.");
const CONTENTS: Key = key("contents", Set(&Text), "The content items that it is about. Without this key it is about any content.");

const SEQUENCE: &[Key] = &[
    key("exit", Text, "The condition that ends it, as a row of a rule has it. A condition that cannot be decided ends it too.")
        .such_as("\"profile.orders >= 1\""),
    key("again", Form(&forms::CONTACT_TIME), "How long after its last contact it may begin again. Without this key it is sent once.").such_as("\"180d\""),
    key("steps", Map(NAME, &Table(STEP)), "The steps, each with the step that it follows."),
    DESCRIPTION,
];

const STEP: &[Key] = &[
    needed("experience", Text, "The experience that sends it.", "name the experience that sends the step").such_as("\"welcome-tips\""),
    key("after", Text, "The step that it follows. A step without this key begins the sequence.").such_as("\"hello\""),
    key("wait", Form(&forms::CONTACT_TIME), "How long after that step's contact it is sent.").such_as("\"3d\""),
    key("expires", Form(&forms::CONTACT_TIME), "How long it may be sent then. After that it is left out, and so is what follows it.").or("\"30d\""),
];

const ONCE: &[Key] = &[
    needed("within", Form(&forms::CONTACT_TIME), "How long the same content is not shown again.", "write how long, as in within = \"14d\"").such_as("\"14d\""),
    CLASSES,
    CHANNELS,
    EXPERIENCES,
    CONTENTS,
    DESCRIPTION,
];

const BUDGET: &[Key] = &[
    key("max", Whole(1, 1_000_000_000), "The most contacts a day, of all persons together.").such_as("1000"),
    key("expected", Whole(1, 1_000_000_000), "The contacts a day that there would be without the budget.").such_as("8000"),
    key("share", Text, "In place of both: an attribute with the part of the contacts that is allowed, from 0 to 10000.").such_as("\"budget.vouchers\""),
    key("unit", Word(|| list(Unit::ALL, Unit::name)), "What is drawn in each hour: a page, or a person as far as consent covers an id.").or("\"page\""),
    CLASSES,
    CHANNELS,
    EXPERIENCES,
    CONTENTS,
    DESCRIPTION,
];
