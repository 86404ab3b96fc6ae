//! The register is complete: single changes of a site's files, and what `ropa diff` says of each.
//!
//! The shop is read once, with a few tables that it does not have; a change is one edit of one file. `""` as what must be said means
//! that the key touches no person.

use std::collections::BTreeSet;
use std::path::Path;

use selvedge::author::diagnostic::Severity;
use selvedge::author::schema::FileKind;
use selvedge::author::{Declared, Entry, Files, Sources, check, declared, key_paths};
use selvedge::report::{Holds, Ropa, holds, ropa, ropa_diff};

/// A file, what stands there, what stands there then, and what must be said.
type Change = (&'static str, &'static str, &'static str, &'static str);

/// What the shop does not have, so that every key can change.
const MORE: &[Change] = &[
    (
        "selvedge.toml",
        "[locales]",
        "[layers.home]\nshares = { winter-hero = 50, first-shelf = 30 }\n\n[holdouts.all]\nshare = 5\nchannel = \"web\"\nunit = \"visitor\"\nsalt = \"h\"\n\n\
        [channels.email]\ndescription = \"Letters\"\n\n[journeys.order]\nslots = [\"cart.upsell\"]\nends = [\"/thanks/\"]\ndays = 2\n\n[plan]\nchanges = 4\nlimits = { promotional = 3 }\nrepeats = true\norder = [\"home.hero\"]\n\n\
        [[elsewhere]]\nname = \"serp-42\"\ntool = \"search\"\nowner = \"growth\"\nmetric = \"orders\"\nslots = [\"home.hero\"]\n\
        pages = [\"/\"]\nselector = \"#hero\"\ntraffic = 50\nfrom = 2026-11-01\nuntil = 2027-01-01\n\
        all = ['request.country == \"DE\"']\nany = ['request.device == \"mobile\"']\nnone = ['profile.open_complaint']\n\n[locales]",
        "",
    ),
    (
        "experiences/hero-winter.toml",
        "unit = \"visitor\" }",
        "unit = \"visitor\", layer = \"home\", salt = \"w\" }",
        "",
    ),
    (
        "experiences/hero-winter.toml",
        "none = [",
        "all = ['has(request.country)']\nany = ['has(request.device)']\nnone = [",
        "",
    ),
    (
        "experiences/hero-winter.toml",
        "all = ['request.country in",
        "any = ['has(request.country)']\nnone = ['page.category == \"home\"']\nall = ['request.country in",
        "",
    ),
    ("slots.toml", "[cart.notice]\n", "[cart.notice]\nchannel = \"email\"\n", ""),
    (
        "experiences/cart-first-order.toml",
        "[[rule]]",
        "[when]\nafter = \"order-shipped\"\nnot_before = 2027-01-01\n\n[[rule]]",
        "",
    ),
    ("experiences/shelf-first-visit.toml", ", traffic = 60 }", ", layer = \"home\" }", ""),
    (
        "attributes.toml",
        "[profile.tier]",
        "[budget.a]\ntype = \"int\"\nrange = [0, 10000]\nsource = \"request\"\npurposes = [\"contextual\"]\n\n\
        [budget.b]\ntype = \"int\"\nrange = [0, 10000]\nsource = \"request\"\npurposes = [\"contextual\"]\n\n[profile.tier]",
        "",
    ),
    (
        "experiences/tile-mending.toml",
        "[[rule]]",
        "[[rule]]\nall = ['has(request.country)']\nrotate = [\"tile/mending\", \"tile/gift-wrap\"]\nevery = \"2d\"\n\n[[rule]]",
        "",
    ),
    ("experiences/tile-mending.toml", "[[rule]]", "purpose = \"personalization\"\n[[rule]]", ""),
    (
        "experiences/tile-mending.toml",
        "[[rule]]",
        "overridable = [\"content\", \"conditions\", \"schedule\", \"priority\", \"off\"]\n[[rule]]",
        "",
    ),
    (
        "consent.toml",
        "[overrides.CH]",
        "[linking]\ntext = \"The same on all devices\"\ntexts = { de = \"Auf allen Geräten\" }\nretention = \"30d\"\n\n[overrides.CH]",
        "",
    ),
    ("audiences/interests.toml", "[high_value_cart]\n", "[high_value_cart]\nnone = ['audience.loyal']\n", ""),
    ("consent.toml", "cookie =", "child_directed = false\nregions = [\"EU\", \"GB\", \"US\", \"CH\"]\ncookie =", ""),
    ("consent.toml", "officer =", "joint = [\"Fell & Fleece Ltd\"]\nofficer =", ""),
    (
        "consent.toml",
        "safeguard = \"Standard contractual clauses, and the UK addendum.\"",
        "safeguard = \"Standard contractual clauses, and the UK addendum.\"\npurposes = [\"analytics\", \"personalization\"]",
        "",
    ),
    (
        "consent.toml",
        "[overrides.CH]",
        "[signals]\nuse = [\"tcf\", \"gpp\", \"usp\", \"onetrust\", \"cookiebot\", \"didomi\", \"google\"]\n\
        tcf = { cookie = \"euconsent\", basis = [\"publisher_tc\"], vendor = 7 }\ngpp = { cookie = \"g\" }\nusp = { cookie = \"u\" }\n\
        onetrust = { cookie = \"o\", analytics = [\"C0002\"] }\ncookiebot = { cookie = \"c\", analytics = [\"statistics\"] }\n\
        didomi = { cookie = \"d\", analytics = [\"measure\"] }\ngoogle = { analytics = [\"analytics_storage\"] }\n\
        usercentrics = { event = \"uc\", analytics = [\"GA\"] }\n\n\
        [overrides.DE]\nadvertising = \"opt_out\"\ngpc_off = [\"advertising\"]\nmax_grant_age_days = 100\nchild = \"parental\"\n\
        child_purposes = [\"personalization\", \"advertising\"]\nteen = \"prohibited\"\nteen_purposes = [\"advertising\"]\n\
        counsel = \"Dr. Brandt\"\nreason = \"Businesses only.\"\n\n[overrides.CH]",
        "",
    ),
    (
        "attributes.toml",
        "[profile.tier]",
        "[profile.spare]\ntype = \"int\"\nsource = \"account\"\npurposes = [\"personalization\"]\nretention = \"30d\"\noptional = true\n\n\
        [profile.zone]\ntype = \"symbol\"\nvalues = [\"Europe/Berlin\", \"Europe/Vienna\"]\nsource = \"account\"\npurposes = [\"necessary\"]\n\n\
        [profile.zone2]\ntype = \"symbol\"\nvalues = [\"Europe/Berlin\", \"Europe/Vienna\"]\nsource = \"account\"\npurposes = [\"necessary\"]\n\n[profile.tier]",
        "",
    ),
    (
        "events.toml",
        "value_cents = {",
        "note = { type = \"string\", max_length = 9, description = \"A word.\" }\nvalue_cents = {",
        "",
    ),
];

/// A contact policy, which the shop does not have.
const CONTACT: &str = "cool_off = \"30d\"\ndismissals = 9\n\
    [suppressions.s]\nwhen = 'profile.open_complaint'\nclasses = [\"promotional\", \"legal\"]\ndescription = \"s\"\n\
    [goals.g]\nreached = 'profile.tier == \"maker\"'\ndescription = \"g\"\n\
    [caps.c]\nmax = 3\nwithin = \"7d\"\nclasses = [\"promotional\", \"service\"]\nchannels = [\"web\"]\ndescription = \"c\"\n\
    [caps.d]\nmax = 4\nper = \"day\"\nzone = \"Europe/Berlin\"\nexperiences = [\"hero-winter\"]\ncontents = [\"hero/winter\"]\n\
    [gaps.e]\nleast = \"4h\"\nclasses = [\"promotional\"]\nchannels = [\"web\"]\ndescription = \"e\"\n\
    [quiet.q]\nfrom = \"21:00\"\nuntil = \"08:00\"\nzone = \"profile.zone\"\nzones = { dach = [\"Europe/Berlin\"] }\n\
    classes = [\"promotional\"]\nchannels = [\"web\"]\ndescription = \"q\"\n\
    [sequences.w]\nexit = 'profile.tier == \"friend\"'\nagain = \"90d\"\ndescription = \"w\"\n[sequences.w.steps.a]\nexperience = \"hero-winter\"\n\
    [sequences.w.steps.b]\nexperience = \"tile-mending\"\nafter = \"a\"\nwait = \"3d\"\nexpires = \"10d\"\n\
    [sequences.w.steps.c]\nexperience = \"size-fit\"\nafter = \"a\"\nwait = \"5d\"\n\
    [no_repeat.n]\nwithin = \"14d\"\nclasses = [\"promotional\"]\nchannels = [\"web\"]\ndescription = \"n\"\n\
    [no_repeat.m]\nwithin = \"15d\"\nexperiences = [\"hero-winter\"]\ncontents = [\"hero/winter\"]\n\
    [budgets.p]\nmax = 33\nexpected = 99\nunit = \"visitor\"\nclasses = [\"promotional\"]\nchannels = [\"web\"]\ndescription = \"p\"\n\
    [budgets.r]\nshare = \"budget.a\"\nexperiences = [\"hero-winter\"]\ncontents = [\"hero/winter\", \"hero/loyal\"]\n";

/// What a market does otherwise, which no market of the shop does.
const MARKET: &str = "owner = \"growth\"\n[overrides.tile-mending]\nreason = \"r\"\npriority = 7\noff = false\n\
    all = ['has(request.device)']\nany = ['has(request.country)']\nnone = ['profile.open_complaint']\n\
    content = { \"tile/mending\" = \"tile/gift-wrap\" }\n[overrides.tile-mending.schedule]\nfrom = 2026-12-01\nuntil = 2026-12-30\n\
    zone = \"Europe/Berlin\"\n";

/// One change for each key that touches a person, and some of those that touch none.
#[rustfmt::skip]
const CHANGES: &[Change] = &[
    // The six of which nothing was said before, and their kind.
    ("events.toml", "gift = { type = \"bool\" }", "email = { type = \"string\" }\ngift = { type = \"bool\" }", "event.order-placed.detail.email"),
    ("consent.toml", "[overrides.CH]\npersonalization = \"opt_in\"", "[overrides.CH]\npersonalization = \"opt_in_explicit\"", "overrides.CH.personalization"),
    ("experiences/hero-winter.toml", "unit = \"visitor\", layer = \"home\"", "unit = \"account\"", "rule.1.split.unit"),
    ("consent.toml", "analytics = [\"C0002\"]", "analytics = [\"C0004\"]", "signals.onetrust.analytics"),
    ("consent.toml", "Write to privacy@", "Ring up privacy@", "objection.text"),
    ("consent.toml", "honoured = true", "honoured = false", "gpc.honoured"),
    ("consent.toml", "cookie = \"selvedge-consent\"", "cookie = \"shop-consent\"", "shop-consent"),
    ("selvedge.toml", "tool = \"search\"", "tool = \"a vendor\"", "a vendor"),
    ("attributes.toml", "values = [\"friend\", \"keeper\", \"maker\"]", "values = [\"friend\", \"keeper\", \"maker\", \"patient\"]", "patient"),
    ("experiences/size-fit.toml", "benefit = \"Finds the right size at once\"\nclass = \"service\"\nreview_by = 2027-04-01\n\n[[rule]]\nall = [", "audit = \"full\"\nbenefit = \"Finds the right size at once\"\nclass = \"service\"\nreview_by = 2027-04-01\n\n[[rule]]\nall = ['profile.health_interest', ", "reads `profile.health_interest` now"),
    ("audiences/interests.toml", "any = ['visitor.cart_items", "any = ['has(profile.newsletter) && profile.newsletter', 'visitor.cart_items", "reads `profile.newsletter` now"),
    // selvedge.toml
    ("selvedge.toml", "name = \"storefront\"", "name = \"shop\"", "the site is called `shop`"),
    ("selvedge.toml", "on_stale = \"keep\"", "on_stale = \"control\"", "on_stale"),
    ("selvedge.toml", "pages = \"pages\"\n", "origin = \"https://shop.example\"\n", "https://shop.example"),
    ("selvedge.toml", "purpose = \"personalization\"", "purpose = \"functional\"", "functional: the experience"),
    ("selvedge.toml", "owner = \"growth\"\npurpose", "owner = \"content\"\npurpose", "defaults.owner"),
    ("selvedge.toml", "zone = \"Europe/Berlin\"", "zone = \"Europe/Vienna\"", "markets.dach.zone"),
    ("selvedge.toml", "regions = [\"DE\", \"AT\", \"CH\"]", "regions = [\"DE\", \"AT\"]", "no longer has CH"),
    ("selvedge.toml", "share = 5", "share = 6", "holdouts.all.share"),
    ("selvedge.toml", "channel = \"web\"\n", "", "holdouts.all.channel"),
    ("selvedge.toml", "unit = \"visitor\"\nsalt = \"h\"", "unit = \"account\"\nsalt = \"h\"", "holdouts.all.unit"),
    ("selvedge.toml", "salt = \"h\"", "salt = \"i\"", ""),
    ("selvedge.toml", "description = \"Letters\"", "description = \"Mails\"", ""),
    ("selvedge.toml", "slots = [\"cart.upsell\"]", "slots = [\"help.contact\"]", "journeys.order.slots"),
    ("selvedge.toml", "ends = [\"/thanks/\"]", "ends = [\"/thank-you/\"]", "journeys.order.ends"),
    ("selvedge.toml", "days = 2", "days = 3", "journeys.order.days"),
    ("selvedge.toml", "changes = 4", "changes = 3", ""),
    ("selvedge.toml", "limits = { promotional = 3 }", "limits = { promotional = 2 }", ""),
    ("selvedge.toml", "repeats = true", "repeats = false", ""),
    ("selvedge.toml", "order = [\"home.hero\"]", "order = [\"home.banner\"]", ""),
    ("selvedge.toml", "first-shelf = 30 }", "first-shelf = 40 }", "layers.home.shares.first-shelf"),
    ("selvedge.toml", "name = \"serp-42\"", "name = \"serp-43\"", "serp-43"),
    ("selvedge.toml", "owner = \"growth\"\nmetric", "owner = \"content\"\nmetric", "elsewhere.serp-42.owner"),
    ("selvedge.toml", "metric = \"orders\"", "metric = \"visits\"", "elsewhere.serp-42.metric"),
    ("selvedge.toml", "slots = [\"home.hero\"]", "slots = [\"home.banner\"]", "elsewhere.serp-42.slots"),
    ("selvedge.toml", "pages = [\"/\"]", "pages = [\"/cart/\"]", "elsewhere.serp-42.pages"),
    ("selvedge.toml", "selector = \"#hero\"", "selector = \"#top\"", "elsewhere.serp-42.selector"),
    ("selvedge.toml", "traffic = 50", "traffic = 60", "elsewhere.serp-42.traffic"),
    ("selvedge.toml", "from = 2026-11-01", "from = 2026-11-02", "elsewhere.serp-42.from"),
    ("selvedge.toml", "until = 2027-01-01", "until = 2027-01-02", "elsewhere.serp-42.until"),
    ("selvedge.toml", "all = ['request.country == \"DE\"']", "all = ['request.country == \"AT\"']", "elsewhere.serp-42.all"),
    ("selvedge.toml", "any = ['request.device == \"mobile\"']", "any = ['request.device == \"tablet\"']", "elsewhere.serp-42.any"),
    ("selvedge.toml", "none = ['profile.open_complaint']\n\n", "none = ['profile.health_interest']\n\n", "elsewhere.serp-42.none"),
    ("selvedge.toml", "teams = [\"growth\",", "teams = [\"new\", \"growth\",", ""),
    ("selvedge.toml", "environments = [\"development\",", "environments = [\"development\", \"staging\",", ""),
    // attributes.toml
    ("attributes.toml", "type = \"bool\"\nsource = \"account\"", "type = \"bool\"\nsource = \"device\"", "the source is device"),
    ("attributes.toml", "range = [60, 160]", "range = [50, 170]", "profile.size_estimate.range"),
    ("attributes.toml", "max_length = 8\n", "max_length = 20\n", "visitor.favourite_colours.max_length"),
    ("attributes.toml", "[profile.spare]\ntype = \"int\"", "[profile.spare]\ntype = \"double\"", "profile.spare.type"),
    ("attributes.toml", "from = \"query:utm_campaign\"", "from = \"query:email\"", "query:email"),
    ("attributes.toml", "\"/products/fell-beanie/\" = \"accessories\"", "\"/products/fell-beanie/\" = \"gifts\"", "page.category.paths"),
    ("attributes.toml", "depth = \"inferred\"", "depth = \"behavioural\"", "the depth is behavioural"),
    ("attributes.toml", "sensitive = true\n", "", "profile.health_interest.sensitive"),
    ("attributes.toml", "retention = \"14d\"", "retention = \"15d\"", "the retention is 15 days"),
    ("attributes.toml", "required = true\n", "", "request.country.required"),
    ("attributes.toml", "optional = true\ndescription = \"Whether the account", "default = false\ndescription = \"Whether the account", "profile.newsletter.optional"),
    ("attributes.toml", "default = 0\ndescription = \"Pieces", "default = 1\ndescription = \"Pieces", "visitor.cart_items.default"),
    ("attributes.toml", "description = \"Pieces in the basket.\"", "description = \"Things in the basket.\"", "Things in the basket."),
    ("attributes.toml", "de = \"Art des Geräts.\"", "de = \"Das Gerät.\"", "request.device.texts.de"),
    ("attributes.toml", "purposes = [\"functional\", \"personalization\"]", "purposes = [\"functional\", \"personalization\", \"analytics\"]", "analytics: `visitor.cart_items` is used now"),
    // audiences, content, experiences
    ("audiences/interests.toml", "description = \"Three pieces", "description = \"Rich people: three pieces", "high_value_cart.description"),
    ("audiences/visits.toml", "all = ['visitor.visits_30d >= 2']", "all = ['visitor.visits_30d >= 1']", "returning.all"),
    ("audiences/interests.toml", "none = ['audience.loyal']\nowner", "none = ['audience.returning']\nowner", "high_value_cart.none"),
    ("audiences/interests.toml", "owner = \"content\"", "owner = \"growth\"", ""),
    ("content/hero/winter.toml", "tags = [", "trusted = \"our own widget\"\ntags = [", "our own widget"),
    ("content/hero/winter.toml", "tags = [", "conflicts_with = [\"hero/gifts\"]\ntags = [", ""),
    ("content/hero/winter.toml", "expires = 2027-02-28", "expires = 2027-02-27", ""),
    ("experiences/hero-winter.toml", "slot = \"home.hero\"", "slot = \"home.recommendations\"", "the slot is home.recommendations"),
    ("experiences/tile-mending.toml", "purpose = \"personalization\"", "purpose = \"advertising\"", "advertising: a new activity"),
    ("experiences/hero-winter.toml", "owner = \"growth\"", "owner = \"content\"", "the owner is content"),
    ("experiences/hero-winter.toml", "goal = \"knitwear-views\"", "goal = \"profiles\"", "profiles"),
    ("experiences/hero-winter.toml", "benefit = \"Shows", "benefit = \"Hides", "the benefit is Hides"),
    ("experiences/hero-winter.toml", "class = \"promotional\"", "class = \"service\"", "class"),
    ("experiences/size-fit.toml", "benefit =", "audit = \"full\"\nbenefit =", "fully audited"),
    ("experiences/hero-winter.toml", "review_by = 2027-03-01", "review_by = 2028-03-01", "review_by"),
    ("experiences/hero-winter.toml", "all = ['has(request.country)']", "all = ['has(request.language)']", "reads `request.language` now"),
    ("experiences/hero-winter.toml", "any = ['has(request.device)']", "any = ['has(page.price_minor)']", "reads `page.price_minor` now"),
    ("experiences/hero-winter.toml", "none = ['audience.service_recovery']", "none = ['audience.new_visitors']", "reads `visitor.visits_30d` now"),
    ("experiences/hero-winter.toml", "all = ['audience.dach']", "all = ['audience.north_america']", "rule.1.all"),
    ("experiences/hero-winter.toml", "any = ['has(request.country)']", "any = ['has(request.language)']", "rule.2.any"),
    ("experiences/hero-winter.toml", "none = ['page.category == \"home\"']", "none = ['page.category == \"gifts\"']", "rule.2.none"),
    ("experiences/hero-winter.toml", "show = \"hero/winter\"", "show = \"hero/loyal\"", "hero/loyal"),
    ("experiences/hero-winter.toml", "experiment = \"winter-hero\", arms = { control = 50, \"hero/winter\" = 50 }, unit = \"visitor\", layer = \"home\"", "experiment = \"winter-hero-2\", arms = { control = 50, \"hero/winter\" = 50 }, unit = \"visitor\"", "winter-hero-2"),
    ("experiences/hero-winter.toml", "arms = { control = 50", "arms = { control = 40", "rule.1.split.arms.control"),
    ("experiences/hero-winter.toml", ", layer = \"home\"", "", "rule.1.split.layer"),
    ("experiences/hero-winter.toml", ", layer = \"home\"", ", traffic = 70", "rule.1.split.traffic"),
    ("experiences/hero-winter.toml", "salt = \"w\"", "salt = \"x\"", ""),
    ("experiences/tile-mending.toml", "[[rule]]", "conflicts_with = [\"hero-gifts\"]\n[[rule]]", ""),
    ("experiences/hero-winter.toml", "priority = 100", "priority = 101", ""),
    ("experiences/hero-winter.toml", "zone = \"market\"\n", "zone = \"market\"\nnot_on = \"holidays\"\n", "schedule.not_on"),
    ("experiences/hero-winter.toml", "unit = \"visitor\", layer = \"home\"", "unit = \"account\", before_login = \"control\"", "rule.1.split.before_login"),
    ("experiences/tile-mending.toml", "overridable = [\"content\", \"conditions\"", "overridable = [\"conditions\", \"content\"", ""),
    ("holidays.toml", "2026-12-25", "2026-12-24", ""),
    ("holidays.toml", "source = \"a\"", "source = \"b\"", ""),
    ("markets/dach.toml", "priority = 7", "priority = 8", ""),
    ("markets/dach.toml", "reason = \"r\"", "reason = \"s\"", ""),
    ("markets/dach.toml", "off = false", "off = true", "overrides.tile-mending.off"),
    ("markets/dach.toml", "\"tile/gift-wrap\"", "\"tile/christmas-post\"", "overrides.tile-mending.content"),
    ("markets/dach.toml", "has(request.device)", "has(page.category)", "overrides.tile-mending.all"),
    ("markets/dach.toml", "has(request.country)", "has(page.category)", "overrides.tile-mending.any"),
    ("markets/dach.toml", "none = ['profile.open_complaint']", "none = ['has(page.category)']", "overrides.tile-mending.none"),
    ("markets/dach.toml", "from = 2026-12-01", "from = 2026-12-02", "overrides.tile-mending.schedule.from"),
    ("markets/dach.toml", "until = 2026-12-30", "until = 2026-12-29", "overrides.tile-mending.schedule.until"),
    ("markets/dach.toml", "zone = \"Europe/Berlin\"", "zone = \"Europe/Vienna\"", "overrides.tile-mending.schedule.zone"),
    ("markets/dach.toml", "zone = \"Europe/Berlin\"", "zone = \"market\"\ndefault_zone = \"Europe/Berlin\"", "overrides.tile-mending.schedule.default_zone"),
    ("markets/dach.toml", "zone = \"Europe/Berlin\"", "zone = \"Europe/Berlin\"\nnot_on = \"holidays\"", "overrides.tile-mending.schedule.not_on"),
    ("consent.toml", "text = \"The same on all devices\"", "text = \"The same everywhere\"", "linking.text"),
    ("consent.toml", "Auf allen Geräten", "Überall", "linking.texts.de"),
    ("consent.toml", "retention = \"30d\"\n\n[signals]", "retention = \"31d\"\n\n[signals]", "linking.retention"),
    ("experiences/hero-winter.toml", "from = 2026-12-01T08:00:00", "from = 2026-12-02T08:00:00", "schedule.from"),
    ("experiences/hero-winter.toml", "until = 2027-03-01T00:00:00", "until = 2027-03-02T00:00:00", "schedule.until"),
    ("experiences/tile-christmas.toml", "zone = \"Europe/Berlin\"", "zone = \"Europe/Vienna\"", "schedule.zone"),
    ("experiences/hero-winter.toml", "default_zone = \"Europe/London\"", "default_zone = \"Europe/Dublin\"", "schedule.default_zone"),
    ("experiences/cart-first-order.toml", "after = \"order-shipped\"", "after = \"order-paid\"", "when.after"),
    ("experiences/cart-first-order.toml", "not_before = 2027-01-01", "not_before = 2027-01-02", "when.not_before"),
    ("slots.toml", "max_graphemes = 110", "max_graphemes = 120", ""),
    // consent.toml
    ("consent.toml", "child_directed = false", "child_directed = true", "child_directed"),
    ("consent.toml", "regions = [\"EU\", \"GB\",", "regions = [\"EU\",", "no longer has GB"),
    ("consent.toml", "\"usp\", \"onetrust\"", "\"onetrust\"", "signals.use"),
    ("consent.toml", "cookie = \"euconsent\"", "cookie = \"tc\"", "signals.tcf.cookie"),
    ("consent.toml", "basis = [\"publisher_tc\"]", "basis = [\"vendor\"]", "signals.tcf.basis"),
    ("consent.toml", "vendor = 7", "vendor = 8", "signals.tcf.vendor"),
    ("consent.toml", "gpp = { cookie = \"g\" }", "gpp = { cookie = \"g2\" }", "signals.gpp.cookie"),
    ("consent.toml", "usp = { cookie = \"u\" }", "usp = { cookie = \"u2\" }", "signals.usp.cookie"),
    ("consent.toml", "cookie = \"o\"", "cookie = \"o2\"", "signals.onetrust.cookie"),
    ("consent.toml", "cookie = \"c\"", "cookie = \"c2\"", "signals.cookiebot.cookie"),
    ("consent.toml", "analytics = [\"statistics\"]", "advertising = [\"statistics\"]", "signals.cookiebot"),
    ("consent.toml", "cookie = \"d\"", "cookie = \"d2\"", "signals.didomi.cookie"),
    ("consent.toml", "analytics = [\"measure\"]", "analytics = [\"measure2\"]", "signals.didomi.analytics"),
    ("consent.toml", "google = { analytics = [\"analytics_storage\"] }", "google = { analytics = [\"ad_storage\"] }", "signals.google.analytics"),
    ("consent.toml", "event = \"uc\"", "event = \"uc2\"", "signals.usercentrics.event"),
    ("consent.toml", "analytics = [\"GA\"]", "analytics = [\"GA4\"]", "signals.usercentrics.analytics"),
    ("consent.toml", "last_update = 2026-11-20", "last_update = 2026-11-21", "gpc.last_update"),
    ("consent.toml", "name = \"Holm & Tarn Ltd\"", "name = \"Holm Ltd\"", "the controller: the name is Holm Ltd"),
    ("consent.toml", "address = \"4 ", "address = \"5 ", "the controller: the address"),
    ("consent.toml", "email = \"privacy@", "email = \"dpo@", "the controller: the email"),
    ("consent.toml", "representative = \"Holm & Tarn", "representative = \"Holm", "representative"),
    ("consent.toml", "officer = \"Ada", "officer = \"Eve", "data protection officer"),
    ("consent.toml", "authority = \"Information", "authority = \"The Information", "supervisory authority"),
    ("consent.toml", "joint = [\"Fell", "joint = [\"Fall", "joint controller"),
    ("consent.toml", "de = \"Schreiben Sie", "de = \"Rufen Sie", "objection.texts.de"),
    ("consent.toml", "de = \"Standard", "de = \"Keine Standard", "transfers.US.texts.de"),
    ("consent.toml", "url = \"/help/\"", "url = \"/cart/\"", "objection.url"),
    ("consent.toml", "Two people approve", "Three people approve", "security measure"),
    ("consent.toml", "name = \"Kentmere CRM Ltd\"", "name = \"Windermere CRM Ltd\"", "a new recipient: Windermere"),
    ("consent.toml", "what = \"Keeps complaints", "what = \"Sells complaints", "Sells complaints"),
    ("consent.toml", "role = \"processor\"", "role = \"controller\"", "(controller)"),
    ("consent.toml", "contact = \"dataprotection@", "contact = \"dp@", "recipients.Kentmere CRM Ltd.contact"),
    ("consent.toml", "de = \"Bewahrt", "de = \"Verkauft", "recipients.Kentmere CRM Ltd.texts.de"),
    ("consent.toml", "purposes = [\"necessary\", \"personalization\", \"sensitive\"]", "purposes = [\"necessary\", \"personalization\", \"sensitive\", \"analytics\"]", "analytics: a new recipient"),
    ("consent.toml", "to = \"US\"", "to = \"CN\"", "a new transfer: CN"),
    ("consent.toml", "recipient = \"Cloudflare, Inc.\"", "recipient = \"Kentmere CRM Ltd\"", "a new transfer: US (Kentmere"),
    ("consent.toml", "safeguard = \"Standard contractual", "safeguard = \"No contractual", "a new transfer"),
    ("consent.toml", "purposes = [\"analytics\", \"personalization\"]", "purposes = [\"analytics\"]", "no longer a transfer"),
    ("consent.toml", "audit = \"730d\"", "audit = \"731d\"", "the log: `audit` lines"),
    ("consent.toml", "purpose = \"To show", "purpose = \"To sell", "the purpose is To sell"),
    ("consent.toml", "basis = \"legitimate_interests\"\n\n# ---- What each", "basis = \"legal_obligation\"\n\n# ---- What each", "lawful basis is legal_obligation"),
    ("consent.toml", "text = \"We count", "text = \"We sell", "the text is We sell"),
    ("consent.toml", "basis = \"contract\"", "basis = \"consent\"", "the lawful basis is consent"),
    ("consent.toml", "condition = \"explicit_consent\"", "condition = \"made_public\"", "Art. 9(2) is made_public"),
    ("consent.toml", "de = \"Wir zählen", "de = \"Wir verkaufen", "purposes.analytics.texts.de"),
    ("consent.toml", "persons = [\"customers\"]", "persons = [\"children\"]", "children"),
    ("consent.toml", "erasure = \"Six years", "erasure = \"Ten years", "time of erasure"),
    ("consent.toml", "gpc_off = [\"advertising\"]\nmax", "gpc_off = [\"advertising\", \"analytics\"]\nmax", "overrides.DE.gpc_off"),
    ("consent.toml", "max_grant_age_days = 100", "max_grant_age_days = 90", "overrides.DE.max_grant_age_days"),
    ("consent.toml", "child = \"parental\"", "child = \"prohibited\"", "overrides.DE.child"),
    ("consent.toml", "child_purposes = [\"personalization\",", "child_purposes = [\"analytics\", \"personalization\",", "overrides.DE.child_purposes"),
    ("consent.toml", "teen = \"prohibited\"", "teen = \"parental\"", "overrides.DE.teen"),
    ("consent.toml", "teen_purposes = [\"advertising\"]", "teen_purposes = [\"advertising\", \"analytics\"]", "overrides.DE.teen_purposes"),
    ("consent.toml", "counsel = \"Dr. Brandt\"", "counsel = \"Dr. Kern\"", "overrides.DE.counsel"),
    ("consent.toml", "reason = \"Businesses only.\"", "reason = \"Because.\"", "overrides.DE.reason"),
    ("consent.toml", "[overrides.CH]", "[overrides.AT]\nanalytics = \"prohibited\"\n[overrides.CH]", "`overrides.AT` is new"),
    // contact.toml
    ("contact.toml", "cool_off = \"30d\"", "cool_off = \"31d\"", "cool_off"),
    ("contact.toml", "dismissals = 9", "dismissals = 8", "dismissals"),
    ("contact.toml", "when = 'profile.open_complaint'", "when = '!profile.open_complaint'", "suppressions.s.when"),
    ("contact.toml", "classes = [\"promotional\", \"legal\"]", "classes = [\"promotional\"]", "suppressions.s.classes"),
    ("contact.toml", "description = \"s\"", "description = \"t\"", "suppressions.s.description"),
    ("contact.toml", "reached = 'profile.tier == \"maker\"'", "reached = 'profile.tier == \"friend\"'", "goals.g.reached"),
    ("contact.toml", "description = \"g\"", "description = \"t\"", "goals.g.description"),
    ("contact.toml", "max = 3", "max = 2", "caps.c.max"),
    ("contact.toml", "within = \"7d\"", "within = \"8d\"", "caps.c.within"),
    ("contact.toml", "classes = [\"promotional\", \"service\"]", "classes = [\"promotional\"]", "caps.c.classes"),
    ("contact.toml", "channels = [\"web\"]\ndescription = \"c\"", "description = \"c\"", "caps.c.channels"),
    ("contact.toml", "description = \"c\"", "description = \"t\"", "caps.c.description"),
    ("contact.toml", "per = \"day\"", "per = \"week\"", "caps.d.per"),
    ("contact.toml", "zone = \"Europe/Berlin\"", "zone = \"Europe/Vienna\"", "caps.d.zone"),
    ("contact.toml", "experiences = [\"hero-winter\"]\n", "", "caps.d.experiences"),
    ("contact.toml", "contents = [\"hero/winter\"]\n", "", "caps.d.contents"),
    ("contact.toml", "least = \"4h\"", "least = \"5h\"", "gaps.e.least"),
    ("contact.toml", "least = \"4h\"\nclasses = [\"promotional\"]", "least = \"4h\"\nclasses = [\"service\"]", "gaps.e.classes"),
    ("contact.toml", "channels = [\"web\"]\ndescription = \"e\"", "description = \"e\"", "gaps.e.channels"),
    ("contact.toml", "description = \"e\"", "description = \"t\"", "gaps.e.description"),
    ("contact.toml", "from = \"21:00\"", "from = \"22:00\"", "quiet.q.from"),
    ("contact.toml", "until = \"08:00\"", "until = \"09:00\"", "quiet.q.until"),
    ("contact.toml", "zone = \"profile.zone\"", "zone = \"profile.zone2\"", "quiet.q.zone"),
    ("contact.toml", "dach = [\"Europe/Berlin\"]", "dach = [\"Europe/Vienna\"]", "quiet.q.zones.dach"),
    ("contact.toml", "classes = [\"promotional\"]\nchannels = [\"web\"]\ndescription = \"q\"", "channels = [\"web\"]\ndescription = \"q\"", "quiet.q.classes"),
    ("contact.toml", "channels = [\"web\"]\ndescription = \"q\"", "channels = [\"email\"]\ndescription = \"q\"", "quiet.q.channels"),
    ("contact.toml", "description = \"q\"", "description = \"t\"", "quiet.q.description"),
    ("contact.toml", "exit = 'profile.tier == \"friend\"'", "exit = 'profile.tier == \"keeper\"'", "sequences.w.exit"),
    ("contact.toml", "again = \"90d\"", "again = \"91d\"", "sequences.w.again"),
    ("contact.toml", "description = \"w\"", "description = \"t\"", "sequences.w.description"),
    ("contact.toml", "experience = \"size-fit\"", "experience = \"hero-gifts\"", "sequences.w.steps.c.experience"),
    ("contact.toml", "after = \"a\"\nwait = \"5d\"", "after = \"b\"\nwait = \"5d\"", "sequences.w.steps.c.after"),
    ("contact.toml", "wait = \"3d\"", "wait = \"4d\"", "sequences.w.steps.b.wait"),
    ("contact.toml", "expires = \"10d\"", "expires = \"11d\"", "sequences.w.steps.b.expires"),
    ("contact.toml", "within = \"14d\"", "within = \"16d\"", "no_repeat.n.within"),
    ("contact.toml", "within = \"14d\"\nclasses = [\"promotional\"]", "within = \"14d\"\nclasses = [\"service\"]", "no_repeat.n.classes"),
    ("contact.toml", "channels = [\"web\"]\ndescription = \"n\"", "description = \"n\"", "no_repeat.n.channels"),
    ("contact.toml", "description = \"n\"", "description = \"t\"", "no_repeat.n.description"),
    ("contact.toml", "within = \"15d\"\nexperiences = [\"hero-winter\"]\n", "within = \"15d\"\n", "no_repeat.m.experiences"),
    ("contact.toml", "contents = [\"hero/winter\"]\n[budgets.p]", "[budgets.p]", "no_repeat.m.contents"),
    ("contact.toml", "max = 33", "max = 32", "budgets.p.max"),
    ("contact.toml", "expected = 99", "expected = 98", "budgets.p.expected"),
    ("contact.toml", "unit = \"visitor\"\nclasses", "unit = \"account\"\nclasses", "budgets.p.unit"),
    ("contact.toml", "unit = \"visitor\"\nclasses = [\"promotional\"]", "unit = \"visitor\"\nclasses = [\"service\"]", "budgets.p.classes"),
    ("contact.toml", "channels = [\"web\"]\ndescription = \"p\"", "description = \"p\"", "budgets.p.channels"),
    ("contact.toml", "description = \"p\"", "description = \"t\"", "budgets.p.description"),
    ("contact.toml", "share = \"budget.a\"", "share = \"budget.b\"", "budgets.r.share"),
    ("contact.toml", "share = \"budget.a\"\nexperiences = [\"hero-winter\"]\n", "share = \"budget.a\"\n", "budgets.r.experiences"),
    ("experiences/tile-mending.toml", "rotate = [\"tile/mending\", \"tile/gift-wrap\"]", "rotate = [\"tile/mending\", \"tile/christmas-post\"]", "rule.1.rotate"),
    ("experiences/tile-mending.toml", "every = \"2d\"", "every = \"3d\"", "rule.1.every"),
    ("contact.toml", "contents = [\"hero/winter\", \"hero/loyal\"]", "contents = [\"hero/winter\"]", "budgets.r.contents"),
    // events.toml
    ("events.toml", "max_late = \"1d\"", "max_late = \"2d\"", "quality.max_late"),
    ("events.toml", "max_early = \"5m\"", "max_early = \"6m\"", "quality.max_early"),
    ("events.toml", "events = 120", "events = 130", "quality.rate.events"),
    ("events.toml", "window = \"1m\"", "window = \"2m\"", "quality.rate.window"),
    ("events.toml", "description = \"Somebody ordered.", "description = \"A named person ordered.", "event.order-placed.description"),
    ("events.toml", "gift = { type = \"bool\" }", "gift = { type = \"string\" }", "event.order-placed.detail.gift.type"),
    ("events.toml", "values = [\"s\", \"m\"", "values = [\"xs\", \"s\", \"m\"", "event.added-to-basket.detail.size.values"),
    ("events.toml", "range = [1, 20]", "range = [1, 30]", "event.added-to-basket.detail.pieces.range"),
    ("events.toml", "max_length = 60", "max_length = 200", "event.added-to-basket.detail.product.max_length"),
    ("events.toml", "a code of our catalogue", "what the visitor typed", "event.added-to-basket.detail.product.open_text"),
    ("events.toml", "max_length = 60, required = true", "max_length = 60", "event.added-to-basket.detail.product.required"),
    ("events.toml", "description = \"A word.\"", "description = \"A name.\"", "event.order-placed.detail.note.description"),
];

/// The row of a region that the shipped table does not have, with every key, and another value for each.
const ROW: &[(&str, &str, &str)] = &[
    ("parent", "\"EU\"", "\"GB\""),
    ("members", "[]", "[\"CK\"]"),
    ("effective_from", "\"2026-01-01\"", "\"2026-02-01\""),
    ("statutory_from", "\"2026-01-01\"", "\"2026-02-01\""),
    ("adm_disclosure_from", "\"2026-01-01\"", "\"2026-02-01\""),
    ("functional_conditions", "[\"a\"]", "[\"b\"]"),
    ("analytics_conditions", "[\"a\"]", "[\"b\"]"),
    ("sensitive_label", "\"a\"", "\"b\""),
    ("gpc", "\"none\"", "\"required\""),
    ("gpc_off", "[\"advertising\"]", "[\"advertising\", \"analytics\"]"),
    ("gpc_confirm_display", "false", "true"),
    ("withdrawal_must_be_live", "false", "true"),
    ("non_personalised_option", "false", "true"),
    ("must_offer_non_personalised", "false", "true"),
    ("no_price_discrimination", "false", "true"),
    ("profiling_right_to_question", "false", "true"),
    ("price_disclosure", "\"a\"", "\"b\""),
    ("consent_manager", "false", "true"),
    ("max_grant_age_days", "100", "90"),
    ("child_max_age", "17", "16"),
    ("child_scope", "\"a\"", "\"b\""),
    ("child_purposes", "[\"advertising\"]", "[\"advertising\", \"analytics\"]"),
    ("teen_max_age", "17", "16"),
    ("teen_scope", "\"a\"", "\"b\""),
    ("teen_purposes", "[\"advertising\"]", "[\"advertising\", \"analytics\"]"),
    ("conf", "\"high\"", "\"low\""),
    ("verified", "\"counsel\"", "\"search\""),
    ("counsel", "\"A. Ngata\"", "\"B. Ngata\""),
    ("reason", "\"Because.\"", "\"Why not.\""),
    ("sources", "[\"a\"]", "[\"b\"]"),
];

/// A table of the site's own, as strict as it can be.
const TABLE: &str = "schema = 1\ntable_version = \"2026-11-30\"\nstrictness = [\"exempt\"]\npurposes = [\"analytics\"]\n\
    [default]\nnecessary = \"exempt\"\ncontextual = \"opt_in\"\nfunctional = \"opt_in\"\nanalytics = \"opt_in\"\n\
    personalization = \"opt_in\"\nadvertising = \"opt_in\"\nsensitive = \"opt_in_explicit\"\ngpc_off = [\"advertising\"]\n\
    [regions.EU]\nconf = \"high\"\nsources = [\"a\"]\n[regions.GB]\nconf = \"high\"\nsources = [\"a\"]\n\
    [overlays.child_directed_site]\nanalytics = \"prohibited\"\n\
    [experiments.default]\nassignment_without_consent = \"none\"\nexposure_output = \"a\"\nnote = \"a\"\n";

fn patched(files: &Files, file: &str, from: &str, to: &str) -> Files {
    let mut files = files.clone();
    let Some(Entry::Bytes(bytes)) = files.entries.get_mut(file) else { panic!("there is no {file}") };
    let text = String::from_utf8(std::mem::take(bytes)).expect("is UTF-8");
    assert!(text.contains(from), "{file} has no {from}");
    *bytes = text.replacen(from, to, 1).into_bytes();
    files
}

fn register(files: &Files) -> Result<(Ropa, Vec<Declared>), String> {
    let (site, found, sources): (_, _, Sources) = check(files);
    let errors: Vec<_> = found.iter().filter(|found| found.severity == Severity::Error).collect();
    let site =
        site.ok_or_else(|| errors.iter().map(|error| format!("{} {}", error.code, error.what)).collect::<String>())?;
    Ok((ropa(&site, &sources), declared(&sources)))
}

/// The keys that two sets of files differ in.
fn differing(old: &[Declared], new: &[Declared]) -> BTreeSet<(FileKind, String)> {
    let only = |these: &[Declared], those: &[Declared]| -> Vec<Declared> {
        these.iter().filter(|one| !those.contains(one)).cloned().collect()
    };
    let all = only(old, new).into_iter().chain(only(new, old));
    all.map(|one| (one.kind, one.key.replacen("default.", "row.", 1).replacen("regions.*.", "row.", 1))).collect()
}

#[test]
fn every_change_of_a_key_that_touches_a_person_is_named() {
    let mut base = Files::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront")));
    base.entries.insert("contact.toml".into(), Entry::Bytes(CONTACT.into()));
    base.entries.insert(
        "holidays.toml".into(),
        Entry::Bytes("source = \"a\"\n[markets.dach]\nchristmas = [2026-12-25]\n".into()),
    );
    base.entries.insert("markets/dach.toml".into(), Entry::Bytes(MARKET.into()));
    for (file, from, to, what) in MORE.iter() {
        assert_eq!(*what, "");
        base = patched(&base, file, from, to);
    }
    let models =
        key_paths(FileKind::Regions).into_iter().filter_map(|path| path.strip_prefix("default.").map(str::to_owned));
    let known = |key: &String| {
        ROW.iter().any(|(known, ..)| known == key) || ["name", "note", "child", "teen"].contains(&&**key)
    };
    let models: Vec<String> = models.filter(|key| !known(key)).collect();
    let mut row =
        String::from("[regions.NZ]\nname = \"a\"\nnote = \"a\"\nchild = \"prohibited\"\nteen = \"prohibited\"\n");
    models.iter().for_each(|model| row += &format!("{model} = \"prohibited\"\n"));
    ROW.iter().for_each(|(key, value, _)| row += &format!("{key} = {value}\n"));
    let mut with_table = base.clone();
    with_table.entries.insert("regions.toml".into(), Entry::Bytes((TABLE.to_owned() + &row).into_bytes()));

    let mut changes: Vec<(String, String, String, String)> = CHANGES
        .iter()
        .map(|(file, from, to, said)| ((*file).to_owned(), (*from).to_owned(), (*to).to_owned(), (*said).to_owned()))
        .collect();
    let in_row = |key: &str, from: &str, to: &str, said: &str| {
        let text = row.replacen(&format!("\n{key} = {from}\n"), &format!("\n{key} = {to}\n"), 1);
        assert_ne!(text, row, "{key}");
        ("regions.toml".to_owned(), row.clone(), text, said.to_owned())
    };
    for key in models.iter().map(String::as_str).chain(["child", "teen"]) {
        changes.push(in_row(key, "\"prohibited\"", "\"opt_in\"", &format!("regions.NZ.{key}")));
    }
    changes.extend(ROW.iter().map(|(key, from, to)| in_row(key, from, to, &format!("regions.NZ.{key}"))));
    let of_table = [
        ("table_version = \"2026-11-30\"", "table_version = \"2026-11-29\"", "table_version"),
        ("analytics = \"prohibited\"", "analytics = \"opt_in\"", "overlays.child_directed_site.analytics"),
        ("consent = \"none\"", "consent = \"page\"", "experiments.default.assignment_without_consent"),
        ("output = \"a\"", "output = \"b\"", "experiments.default.exposure_output"),
        ("strictness = [\"exempt\"]", "strictness = []", ""),
    ];
    changes.extend(of_table.map(|(from, to, said)| ("regions.toml".to_owned(), from.into(), to.into(), said.into())));
    changes.extend(["name", "note"].map(|key| in_row(key, "\"a\"", "\"b\"", "")));

    // A table of the site's own is long: it is read for its own changes alone.
    let bases = [base, with_table].map(|files| (register(&files).expect("is a site"), files));
    let (mut named, mut harmless, mut covered) = (0, 0, BTreeSet::new());
    let mut problems = Vec::new();
    for (file, from, to, expected) in &changes {
        let change = format!("{file}: {from:.60} → {to:.60}");
        let ((old, before), base) = &bases[usize::from(file == "regions.toml")];
        let (new, after) = match register(&patched(base, file, from, to)) {
            Ok(read) => read,
            Err(errors) => {
                problems.push(format!("{change}: {errors}"));
                continue;
            }
        };
        let keys = differing(before, &after);
        let said = ropa_diff(old, &new);
        let is_harmless = |(kind, key): &(FileKind, String)| {
            matches!(holds(*kind, &key.replacen("row.", "default.", 1)), Some(Holds::None(_)))
        };
        match expected.as_str() {
            _ if keys.is_empty() => problems.push(format!("{change} changes nothing")),
            "" if said.is_empty() && keys.iter().all(is_harmless) => harmless += 1,
            "" => problems.push(format!("{change} touches {keys:?}, and this is said: {said:#?}")),
            expected if said.iter().any(|said| said.contains(expected)) => named += 1,
            _ => problems.push(format!("{change}: {said:#?}")),
        }
        covered.extend(keys);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let missing: Vec<String> = FileKind::ALL
        .iter()
        .flat_map(|kind| key_paths(*kind).into_iter().map(|path| (*kind, path)))
        .filter(|(kind, path)| !matches!(holds(*kind, path), Some(Holds::None(_))))
        .map(|(kind, path)| (kind, path.replacen("default.", "row.", 1).replacen("regions.*.", "row.", 1)))
        .filter(|key| !covered.contains(key))
        .map(|(kind, path)| format!("{kind}: {path}"))
        .collect();
    assert_eq!(missing, Vec::<String>::new(), "no change of these was tried");
    println!("{} single changes: {named} named by the diff, {harmless} of keys that touch no person", changes.len());
    assert!(named >= 60, "{named}");
}
