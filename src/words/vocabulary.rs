//! The closed vocabularies that the builder and the engine share.
//!
//! Takes nothing, gives small `Copy` enums with a stable byte and a stable name. It never parses author files.

/// Declares a closed enum with a stable byte (its position) and a stable name.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every member, in byte order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The member's stable name, as authors write it and as reports print it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The member with this name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }

            /// The member with this byte.
            pub fn from_byte(byte: u8) -> Option<Self> {
                Self::ALL.get(usize::from(byte)).copied()
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// The purposes that data may be used for. `Storage` is the gate for any read or write of the visitor's device.
    Purpose {
        /// To provide what the visitor asked for.
        Necessary = "necessary",
        /// Content chosen from the request itself: no profile, nothing stored or read.
        Contextual = "contextual",
        /// Remembering how the visitor wants the site to look and work.
        Functional = "functional",
        /// Measuring how the site is used.
        Analytics = "analytics",
        /// Choosing content from data about the visitor.
        Personalization = "personalization",
        /// Choosing or measuring advertising.
        Advertising = "advertising",
        /// Special categories of data (GDPR Art. 9 and its kin).
        Sensitive = "sensitive",
        /// Reading from or writing to the device.
        Storage = "storage",
    }
}

vocabulary! {
    /// How personal a decision is; ordered from least to most.
    #[derive(Default)]
    Depth {
        /// Reads nothing about the visit.
        #[default]
        None = "none",
        /// Reads the request itself.
        Contextual = "contextual",
        /// Reads what the visitor told us.
        Declared = "declared",
        /// Reads what the visitor did.
        Behavioural = "behavioural",
        /// Reads what was concluded about the visitor.
        Inferred = "inferred",
        /// Reads special categories of data.
        Sensitive = "sensitive",
    }
}

vocabulary! {
    /// The source of an attribute's value.
    Source {
        /// The HTTP request.
        Request = "request",
        /// The page that is shown.
        Page = "page",
        /// The visitor's device (a cookie, local storage): needs the `storage` grant.
        Device = "device",
        /// The signed-in account.
        Account = "account",
        /// A feed of another system.
        Feed = "feed",
    }
}

vocabulary! {
    /// The static type of an attribute.
    ValueType {
        /// `true` or `false`.
        Bool = "bool",
        /// A whole number between -(2^53 - 1) and 2^53 - 1.
        Int = "int",
        /// A finite double.
        Double = "double",
        /// Text, compared byte by byte.
        String = "string",
        /// Text from a closed set of values.
        Symbol = "symbol",
        /// A list of texts.
        List = "list",
        /// A moment, to the millisecond.
        Timestamp = "timestamp",
    }
}

vocabulary! {
    /// How a slot is changed.
    Change {
        /// Replaces the element's children with HTML.
        Inner = "inner",
        /// Replaces the element's children with text.
        Text = "text",
        /// Replaces the element itself.
        Replace = "replace",
        /// Inserts HTML before the element.
        Before = "before",
        /// Inserts HTML after the element.
        After = "after",
        /// Removes the element.
        Remove = "remove",
        /// Sets one attribute of the element.
        Attribute = "attribute",
    }
}

vocabulary! {
    /// What kind of contact an experience is.
    ContactClass {
        /// It wants to sell, or to keep.
        Promotional = "promotional",
        /// It helps with what the visitor is doing.
        Service = "service",
        /// The law demands it.
        Legal = "legal",
    }
}

vocabulary! {
    /// The unit that an experiment assigns to an arm. An assignment never uses a higher rung than consent covers.
    Unit {
        /// One page view, by fresh randomness that is not kept.
        Page = "page",
        /// One session, by an id held in memory only.
        Session = "session",
        /// One device, by a stored id: needs `storage` and `analytics`.
        Visitor = "visitor",
        /// One account: needs `analytics`.
        Account = "account",
    }
}

vocabulary! {
    /// Why a slot shows what it shows: the reasons of the OpenFeature specification.
    Reason {
        /// The slot's answer does not depend on the visit.
        Static = "STATIC",
        /// No rule matched: the origin's own content.
        Default = "DEFAULT",
        /// A rule matched.
        TargetingMatch = "TARGETING_MATCH",
        /// A rule matched, and a draw decided: a split's, or a holdout's.
        Split = "SPLIT",
        /// No experience of the slot is running.
        Disabled = "DISABLED",
        /// The bundle is past its expiry and the site chose control.
        Stale = "STALE",
        /// Something failed: the origin's own content.
        Error = "ERROR",
    }
}

vocabulary! {
    /// The closed list of details behind a reason.
    Detail {
        /// A rule could not be decided because consent hides what it reads.
        ConsentWithheld = "CONSENT_WITHHELD",
        /// A rule could not be decided because a value is missing, stale or of bad quality.
        DataQuality = "DATA_QUALITY",
        /// The experience runs at another time.
        Scheduled = "SCHEDULED",
        /// The content is past its expiry.
        Expired = "EXPIRED",
        /// The rule matched, but no id that consent covers can be assigned to an arm.
        NoIdentity = "NO_IDENTITY",
        /// The bundle has no such slot.
        SlotNotFound = "SLOT_NOT_FOUND",
        /// The content has no variant for the visitor's locale.
        LocaleMissing = "LOCALE_MISSING",
        /// The host's limit of rules for one slot was reached before one matched.
        BudgetExhausted = "BUDGET_EXHAUSTED",
        /// As with [`ConsentWithheld`](Self::ConsentWithheld), but the visitor denied the permission that is needed.
        ConsentWithdrawn = "CONSENT_WITHDRAWN",
        /// The experience is paused by an order beside the release.
        Paused = "PAUSED",
        /// The experiment is stopped by an order beside the release.
        Stopped = "STOPPED",
        /// A holdout holds the visitor back from all personalization.
        Holdout = "HOLDOUT",
        /// The other content of the page leaves no place for it.
        PagePlan = "PAGE_PLAN",
        /// A feed that was read is older than it may be.
        StaleFeed = "STALE_FEED",
        /// The rule matched, but what its content needs is not in stock.
        OutOfStock = "OUT_OF_STOCK",
        /// A suppression keeps contacts of this class from the visitor, or cannot be decided.
        Suppressed = "SUPPRESSED",
        /// The visitor has reached the goal of the experience.
        GoalReached = "GOAL_REACHED",
        /// The visitor dismissed the content, and it has not cooled off.
        Dismissed = "DISMISSED",
        /// A cap of the contact policy is reached.
        Capped = "CAPPED",
        /// The last contact was too short a time ago.
        TooSoon = "TOO_SOON",
        /// It is a quiet hour where the visitor is, or may be.
        QuietHours = "QUIET_HOURS",
        /// A cap needs the contacts before, and the caller did not tell them.
        HistoryMissing = "HISTORY_MISSING",
        /// The content was shown too short a time ago to be shown again.
        Repeated = "REPEATED",
        /// Another step of its sequence comes first, or its own time is over.
        OutOfTurn = "OUT_OF_TURN",
        /// In this hour the budget of all persons leaves this one out.
        BudgetSpent = "BUDGET_SPENT",
    }
}

vocabulary! {
    /// Why content gives way to what else the page shows.
    Barred {
        /// The page shows it already.
        Repeat = "repeat",
        /// The page shows what it is never shown with.
        Conflict = "conflict",
        /// The page shows as many changes as it may.
        Changes = "changes",
        /// The page shows as much of its class as it may.
        Class = "class",
    }
}

vocabulary! {
    /// What an overlay beside a release orders.
    Action {
        /// An experience decides nothing.
        Pause = "pause",
        /// An experiment assigns nobody: its visitors see the origin's own content.
        Stop = "stop",
    }
}

vocabulary! {
    /// The site's choice for a value whose feed is older than it may be.
    WhenStale {
        /// Rules use it, and the decision says so.
        Use = "use",
        /// It is unknown.
        Fallback = "fallback",
        /// It is unknown, and a slot whose rule needs it shows the origin's own content.
        Suppress = "suppress",
    }
}

vocabulary! {
    /// Why a value that may be read is unknown.
    Cause {
        /// It is of another type than its attribute.
        WrongType = "wrong_type",
        /// It is outside its attribute's range.
        OutOfRange = "out_of_range",
        /// It is not in its attribute's closed set.
        NotInSet = "not_in_set",
        /// It is longer than its attribute may be.
        TooLong = "too_long",
        /// It is required, and not there.
        Missing = "missing",
        /// It is past its retention.
        TooOld = "too_old",
        /// The value could not be read.
        NotLookedUp = "not_looked_up",
        /// It was observed more than a day from now.
        FromTheFuture = "from_the_future",
        /// Its feed is older than it may be, or is not there.
        StaleFeed = "old_feed",
    }
}

vocabulary! {
    /// The age band of a visitor, as the site was told it; never concluded from anything. Younger goes first.
    Age {
        /// At most as old as the region's law counts children.
        Child = "child",
        /// Older than a child, and not of age.
        Teen = "teen",
        /// Of age.
        Adult = "adult",
    }
}
