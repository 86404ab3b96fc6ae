//! A site by dice: attributes of every kind, nested audiences, experiences with exclusions, splits, schedules and priorities.

use std::fmt::Write as _;

use selvedge::author::Files;
use selvedge::author::site::Literal;
use selvedge::consent::table::Model;
use selvedge::words::INT_MAX;
use selvedge::words::{Depth, Purpose, ValueType};

use super::dice::Dice;
use super::feeds;
use super::rows::{Ground, Known, TEXTS, literal};
use super::write::{toml, toml_list};

/// Purposes that data can be for.
const SERVED: [&str; 7] =
    ["necessary", "contextual", "functional", "analytics", "personalization", "advertising", "sensitive"];
const LOCALES: [&str; 4] = ["de", "de-AT", "en", "fr"];

/// The files of a site.
pub(crate) fn site(dice: &mut Dice) -> Files {
    files(dice, false)
}

/// The files of a site with thousands of rules in a slot, few of which match.
pub(crate) fn long_site(dice: &mut Dice) -> Files {
    files(dice, true)
}

fn files(dice: &mut Dice, is_long: bool) -> Files {
    let mut texts: Vec<(String, String)> = Vec::new();
    texts.push(("selvedge.toml".into(), settings(dice)));
    let (mut attributes, mut catalogue) = attributes(dice);
    let has_feeds = dice.percent(40);
    if has_feeds {
        texts.push(("feeds.toml".into(), feeds::attributes(dice, &mut attributes, &mut catalogue)));
    }
    texts.push(("attributes.toml".into(), catalogue));
    if dice.percent(60) {
        texts.push(("consent.toml".into(), consent(dice)));
    }
    let html_slots = dice.between(1, 3);
    texts.push(("slots.toml".into(), slots(dice, html_slots)));

    let mut audiences: Vec<String> = Vec::new();
    let mut written = String::new();
    for number in 0..dice.below(7) {
        let ground = Ground { attributes: &attributes, audiences: &audiences };
        let _ = write!(written, "[a{number}]\n{}\n", rows(dice, &ground, true));
        audiences.push(format!("a{number}"));
    }
    if !written.is_empty() {
        texts.push(("audiences/all.toml".into(), written));
    }
    for number in 0..6 {
        let conflict = if number > 0 && dice.percent(10) { "conflicts_with = [\"html/c0\"]\n" } else { "" };
        texts.push((format!("content/html/c{number}.toml"), conflict.to_owned() + &content(dice, "html", has_feeds)));
        texts.push((format!("content/text/c{number}.toml"), content(dice, "text", has_feeds)));
    }
    let ground = Ground { attributes: &attributes, audiences: &audiences };
    let count = dice.between(1, 7);
    for number in 0..count {
        let slot = dice.below(html_slots + 1);
        let other = number.checked_sub(1).filter(|_| dice.percent(20)).map(|last| dice.below(last + 1));
        let conflict = other.map_or(String::new(), |other| format!("conflicts_with = [\"e{other}\"]\n"));
        let text = conflict + &experience(dice, &ground, slot, html_slots, is_long);
        texts.push((format!("experiences/e{number}.toml"), text));
    }
    if dice.percent(30) {
        texts.push(("contact.toml".into(), contact(dice, &ground, count)));
    }
    texts.push(("holidays.toml".into(), HOLIDAYS.into()));
    for market in ["dach", "west"] {
        if dice.percent(30) {
            texts.push((format!("markets/{market}.toml"), overrides(dice, &ground, &texts)));
        }
    }
    super::files(texts)
}

/// Days about the moment that everything lies around, and about changes of the clocks.
const HOLIDAYS: &str =
    "[markets.dach]\nday = [2026-11-15, 2026-11-16]\nclocks = [2026-10-25]\n[markets.na]\nday = [2026-11-14]\n";

/// What a market does otherwise with some experiences.
fn overrides(dice: &mut Dice, ground: &Ground<'_>, texts: &[(String, String)]) -> String {
    let mut text = "owner = \"market\"\n".to_owned();
    for (path, experience) in texts {
        let Some(name) = path.strip_prefix("experiences/").and_then(|name| name.strip_suffix(".toml")) else {
            continue;
        };
        if !experience.contains("overridable") || dice.percent(40) {
            continue;
        }
        let _ = writeln!(text, "[overrides.{name}]");
        if dice.percent(15) {
            text += "off = true\n";
            continue;
        }
        let shown =
            experience.lines().find_map(|line| line.strip_prefix("show = \"").and_then(|rest| rest.strip_suffix('"')));
        // An arm of a split cannot be exchanged.
        if let Some(shown) =
            shown.filter(|shown| *shown != "control" && !experience.contains(&format!("\"{shown}\" = ")))
        {
            let folder = shown.split('/').next().unwrap_or_default();
            let other = dice.pick(&["c0", "c1", "c2"]);
            let with = if dice.percent(20) { "control".to_owned() } else { format!("{folder}/{other}") };
            let _ = writeln!(text, "content = {{ \"{shown}\" = \"{with}\" }}");
        }
        if dice.percent(40) {
            let _ = writeln!(text, "priority = {}", dice.pick(&["-5", "99", "100", "300"]));
        }
        if dice.percent(30) {
            text += &rows(dice, ground, false);
        }
        if dice.percent(30) {
            text += &schedule(dice).replace("[schedule]", &format!("[overrides.{name}.schedule]"));
        }
    }
    text
}

/// A contact policy with some of everything.
fn contact(dice: &mut Dice, ground: &Ground<'_>, experiences: usize) -> String {
    let mut text = String::new();
    if dice.percent(50) {
        text += dice.pick(&["cool_off = \"1s\"\n", "cool_off = \"3d\"\n"]);
    }
    let classes = |dice: &mut Dice| {
        let named: Vec<&str> = dice.some(&["promotional", "service", "legal"]);
        if named.is_empty() { String::new() } else { format!("classes = {}\n", toml_list(&named)) }
    };
    let channels = |dice: &mut Dice| dice.pick(&["", "", "channels = [\"web\"]\n", "channels = [\"email\"]\n"]);
    for (kind, when) in [("suppressions", "when"), ("goals", "reached")] {
        if dice.percent(35) {
            let _ = writeln!(text, "[{kind}.g{kind}]\n{when} = {}", toml(&ground.row(dice)));
            text += &if kind == "goals" { String::new() } else { classes(dice) };
        }
    }
    for number in 0..dice.below(3) {
        let window = dice.pick(&[
            "within = \"1s\"",
            "within = \"24h\"",
            "within = \"7d\"",
            "per = \"day\"\nzone = \"Europe/Berlin\"",
            "per = \"week\"\nzone = \"America/Los_Angeles\"",
        ]);
        let _ = writeln!(text, "[caps.c{number}]\nmax = {}\n{window}", dice.between(1, 3));
        text += &classes(dice);
        text += channels(dice);
        text += dice.pick(&["", "", "experiences = [\"e0\"]\n"]);
        text += dice.pick(&["", "", "", "contents = [\"html/c1\", \"html/c0\", \"text/c2\"]\n"]);
    }
    if dice.percent(30) {
        let _ = writeln!(text, "[gaps.g]\nleast = {}", dice.pick(&["\"1h\"", "\"2d\""]));
        text += &classes(dice);
    }
    let has_quiet = dice.percent(40);
    if has_quiet {
        let (from, until) =
            dice.pick(&[("21:00", "08:00"), ("00:00", "23:59"), ("12:59", "13:01"), ("02:30", "02:00")]);
        let _ = writeln!(text, "[quiet.q]\nfrom = \"{from}\"\nuntil = \"{until}\"");
        text += dice.pick(&["channels = [\"email\"]\n", "channels = [\"email\", \"web\"]\n"]);
        text += dice.pick(&[
            "",
            "zones = { na = [\"America/New_York\", \"America/Los_Angeles\"], west = [\"Asia/Kathmandu\"] }\n",
        ]);
        text += &classes(dice);
    }
    if dice.percent(30) {
        let again = dice.pick(&["", "again = \"62d\"\n"]);
        let _ = write!(text, "[sequences.s]\n{again}[sequences.s.steps.one]\nexperience = \"e0\"\n");
        if experiences > 1 {
            let wait = dice.pick(&["\"1s\"", "\"24h\"", "\"2d\""]);
            let expires = dice.pick(&["", "expires = \"1s\"\n", "expires = \"5d\"\n"]);
            let _ =
                write!(text, "[sequences.s.steps.two]\nexperience = \"e1\"\nafter = \"one\"\nwait = {wait}\n{expires}");
        }
        if experiences > 2 && dice.percent(40) {
            let _ = writeln!(text, "[sequences.t]\nexit = {}", toml(&ground.row(dice)));
            let last = experiences - 1;
            let _ = write!(text, "[sequences.t.steps.one]\nexperience = \"e{last}\"\n");
        }
    }
    for number in 0..dice.below(3) {
        let window = dice.pick(&["\"1s\"", "\"24h\"", "\"7d\""]);
        let _ = writeln!(text, "[no_repeat.o{number}]\nwithin = {window}");
        text += &classes(dice);
        text += channels(dice);
        text += dice.pick(&["", "", "experiences = [\"e0\"]\n"]);
        text += dice.pick(&["", "", "contents = [\"html/c1\", \"html/c0\", \"text/c2\"]\n"]);
    }
    // Quiet hours that leave a minute a day, and a budget that leaves a part of the hours, may meet only after months.
    if !has_quiet && dice.percent(40) {
        let (max, expected) = dice.pick(&[(1, 2), (1, 3), (3, 4), (99, 100)]);
        let _ = writeln!(text, "[budgets.b]\nmax = {max}\nexpected = {expected}");
        text += dice.pick(&["", "unit = \"visitor\"\n", "unit = \"account\"\n"]);
        text += &classes(dice);
        text += channels(dice);
    }
    text
}

fn settings(dice: &mut Dice) -> String {
    let mut text = format!("name = \"shop\"\non_stale = {}\n", dice.pick(&["\"keep\"", "\"control\""]));
    text += "[locales]\ndefault = \"en\"\nall = [\"de\", \"de-AT\", \"en\", \"fr\"]\n";
    if dice.percent(60) {
        let mut chain: Vec<&str> = dice.some(&LOCALES);
        chain.extend(dice.percent(40).then_some("control"));
        let _ = writeln!(
            text,
            "fallback = {{ \"lb\" = [\"de\", \"fr\"], {} = {}{} }}",
            dice.pick(&["\"fr-CA\"", "\"de\"", "\"it\""]),
            toml_list(&chain),
            dice.pick(&["", "", ", \"*\" = [\"control\"]", ", \"*\" = [\"de\"]", ", \"*\" = [\"fr\", \"control\"]"])
        );
    }
    text += "[markets.dach]\nzone = \"Europe/Berlin\"\nregions = [\"DE\", \"AT\", \"CH\"]\n";
    text += "[markets.na]\nzone = \"America/New_York\"\nregions = [\"US\", \"CA\"]\n";
    text +=
        "[layers.l0]\nshares = { x0 = 33.33, x1 = 40, x2 = 0.01 }\n[layers.l1]\nshares = { x3 = 12.5, x2 = 87.5 }\n";
    if dice.percent(40) {
        for (name, channel) in [("all", None), ("words", Some("email")), ("pages", Some("web"))] {
            if !dice.percent(50) {
                continue;
            }
            let _ = writeln!(text, "[holdouts.{name}]\nshare = {}", dice.pick(&["0.01", "33.33", "50", "99.99"]));
            text += &channel.map_or(String::new(), |channel| format!("channel = \"{channel}\"\n"));
            text += dice.pick(&["", "", "unit = \"account\"\n"]);
        }
    }
    text += "[channels.email]\n";
    if dice.percent(40) {
        text += "[plan]\n";
        text += dice.pick(&["", "", "repeats = true\n"]);
        text += dice.pick(&["", "changes = 1\n", "changes = 2\n"]);
        text += dice.pick(&["", "", "order = [\"home.s0\"]\n"]);
        text += dice.pick(&["", "limits = { promotional = 1 }\n", "limits = { service = 1, promotional = 2 }\n"]);
    }
    text + "[markets.west]\nzone = \"America/Los_Angeles\"\nregions = [\"US-CA\"]\n"
}

fn consent(dice: &mut Dice) -> String {
    let mut text = String::from(if dice.percent(15) { "child_directed = true\n" } else { "" });
    if dice.percent(40) {
        text += "[signals.didomi]\npersonalization = [\"p\"]\nanalytics = [\"a\"]\n";
        text += "[signals.onetrust]\npersonalization = [\"C0002\"]\nsensitive = [\"C0003\"]\n";
    } else if dice.percent(30) {
        let used: Vec<&str> = dice.some(&["tcf", "gpp", "usp", "onetrust", "cookiebot", "didomi", "google"]);
        let _ = writeln!(text, "[signals]\nuse = {}", toml_list(&used));
    }
    if dice.percent(40) {
        let _ = writeln!(
            text,
            "[linking]\ntext = \"The same on all devices\"\nretention = \"{}\"",
            dice.pick(&["1s", "30d"])
        );
    }
    for code in ["default", "DE", "US-CA", "CH"] {
        if !dice.percent(60) {
            continue;
        }
        // Where nothing is looser, that is a warning.
        let _ = writeln!(text, "[overrides.{code}]\ncounsel = \"Dice\"\nreason = \"Thrown.\"");
        for purpose in Purpose::ALL.iter().filter(|_| dice.percent(40)).collect::<Vec<_>>() {
            let _ = writeln!(text, "{purpose} = \"{}\"", dice.pick(Model::ALL));
        }
        if dice.percent(40) {
            let off: Vec<&str> = dice.some(&SERVED);
            let _ = writeln!(text, "gpc_off = {}", toml_list(&off));
        }
        for band in ["child", "teen"] {
            if dice.percent(25) {
                let model = dice.pick(&["exempt", "opt_in", "parental", "prohibited"]);
                let held: Vec<&str> = dice.some(&SERVED);
                let _ = writeln!(text, "{band} = \"{model}\"\n{band}_purposes = {}", toml_list(&held));
            }
        }
        if dice.percent(20) {
            let _ = writeln!(text, "max_grant_age_days = {}", dice.pick(&[1, 394, 395, 396]));
        }
    }
    text
}

/// The attributes of a catalogue, and the catalogue.
pub(crate) fn attributes(dice: &mut Dice) -> (Vec<Known>, String) {
    let (mut known, mut text) = (Vec::new(), String::new());
    for number in 0..dice.between(4, 14) {
        let value_type = dice.pick(ValueType::ALL);
        let name = format!("{}.a{number}", dice.pick(&["request", "visitor", "profile"]));
        let _ = writeln!(text, "[{name}]\ntype = \"{value_type}\"");
        let values = match value_type {
            ValueType::Symbol => closed(dice),
            ValueType::List if dice.percent(30) => closed(dice),
            _ => Vec::new(),
        };
        if !values.is_empty() {
            let _ = writeln!(text, "values = {}", toml_list(&values));
        }
        let source = dice.pick(&["request", "page", "device", "account", "feed:crm"]);
        let mut purposes: Vec<&str> = SERVED.iter().copied().filter(|_| dice.percent(30)).collect();
        if purposes.is_empty() {
            purposes.push("personalization");
        }
        let _ = writeln!(text, "source = \"{source}\"\npurposes = {}", toml_list(&purposes));
        if purposes.contains(&"sensitive") {
            // The purpose alone says it all; saying it again is fine.
            text += dice.pick(&["", "sensitive = true\n", "depth = \"sensitive\"\n"]);
        } else if dice.percent(40) {
            let shallower = Depth::ALL.split_last().map_or(Depth::ALL, |(_, shallower)| shallower);
            let _ = writeln!(text, "depth = \"{}\"", dice.pick(shallower));
        }
        if matches!(source, "device" | "account" | "feed:crm") || dice.percent(30) {
            let _ = writeln!(text, "retention = \"{}\"", dice.pick(&["1s", "90s", "30d", "100d"]));
        }
        let limits = limits(dice, value_type);
        text += &limits;
        let default = limits.is_empty() && dice.percent(25);
        if default {
            let _ = writeln!(text, "default = {}", constant(&literal(dice, value_type, &values)));
        }
        let optional = !default && dice.percent(30);
        text += if optional { "optional = true\n" } else { "" };
        text += if !optional && dice.percent(25) { "required = true\n" } else { "" };
        known.push(Known { name, value_type, values, guarded: optional });
    }
    (known, text)
}

/// A closed set; every one has `a`, so that no two are strangers.
fn closed(dice: &mut Dice) -> Vec<String> {
    let mut values: Vec<String> = dice.some(&TEXTS[1..]).into_iter().map(str::to_owned).collect();
    values.insert(0, "a".into());
    values
}

fn limits(dice: &mut Dice, value_type: ValueType) -> String {
    if !dice.percent(40) {
        return String::new();
    }
    match value_type {
        ValueType::Int | ValueType::Double => {
            format!("range = {}\n", dice.pick(&["[0, 30]", "[-1, 2]", "[0.5, 2.5]", "[-0.5, 1e15]", "[3, 3]"]))
        }
        ValueType::String | ValueType::List => format!("max_length = {}\n", dice.between(1, 3)),
        ValueType::Bool | ValueType::Symbol | ValueType::Timestamp => String::new(),
    }
}

fn constant(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(number) => (*number).clamp(-INT_MAX, INT_MAX).to_string(),
        Literal::Double(number) => format!("{number:?}"),
        Literal::Text(text) => toml(text),
        Literal::List(items) => toml_list(items),
        Literal::Timestamp(ms) | Literal::Duration(ms) => ms.to_string(),
    }
}

fn slots(dice: &mut Dice, html: usize) -> String {
    let mut text = String::new();
    for number in 0..html {
        let page = dice.pick(&["", "", "page = \"/*\"\n"]);
        let _ = writeln!(text, "[home.s{number}]\n{page}selector = \"#s{number}\"\nchange = \"inner\"");
    }
    text + "[home.words]\nchannel = \"email\"\nlayouts = [\"wide\", \"short\"]\nchange = \"text\"\n[home.nobody]\nselector = \"#n\"\nchange = \"inner\"\n"
}

fn content(dice: &mut Dice, kind: &str, has_feeds: bool) -> String {
    let mut text = String::new();
    if has_feeds && dice.percent(30) {
        text += &feeds::in_stock(dice);
    }
    if dice.percent(25) {
        // The first is the moment that everything lies around; a day counts until it ends.
        let moments =
            ["2026-11-15T12:00:00Z", "2026-11-15T13:00:00.001+01:00", "2026-11-14", "2026-11-15", "2030-01-01"];
        let _ = writeln!(text, "expires = {}", dice.pick(&moments));
    }
    let mut locales: Vec<&str> = LOCALES.iter().copied().filter(|l| *l != "en" && dice.percent(50)).collect();
    locales.push("en");
    for locale in locales {
        let _ = writeln!(text, "[locale.{locale}]\n{kind} = \"{locale}\"");
    }
    text
}

fn experience(dice: &mut Dice, ground: &Ground<'_>, slot: usize, html_slots: usize, is_long: bool) -> String {
    let is_text = slot == html_slots;
    let slot = if is_text { "home.words".to_owned() } else { format!("home.s{slot}") };
    let mut text = format!("slot = \"{slot}\"\naudit = \"full\"\n");
    if dice.percent(60) {
        let _ = writeln!(text, "purpose = \"{}\"", dice.pick(&SERVED));
    }
    if dice.percent(40) {
        let _ = writeln!(text, "class = \"{}\"", dice.pick(&["promotional", "service", "legal"]));
    }
    if dice.percent(20) {
        text += "goal = \"ggoals\"\n";
    }
    if dice.percent(40) {
        text += "overridable = [\"content\", \"priority\", \"schedule\", \"conditions\", \"off\"]\n";
    }
    if dice.percent(60) {
        let _ = writeln!(text, "priority = {}", dice.pick(&["-2147483648", "-1", "99", "100", "101", "2147483647"]));
    }
    if dice.percent(40) {
        text += &rows(dice, ground, false);
    }
    let is_long = is_long && dice.percent(60);
    for _ in 0..if is_long { dice.between(600, 1_600) } else { dice.between(1, 4) } {
        text += "[[rule]]\n";
        if is_long {
            let rows: Vec<String> = (0..dice.between(2, 6)).map(|_| ground.row(dice)).collect();
            let _ = writeln!(text, "all = {}", toml_list(&rows));
        } else if dice.percent(97) {
            text += &rows(dice, ground, false);
        }
        let folder = if is_text { "text" } else { "html" };
        let effect = match dice.below(10) {
            0 => "show = \"control\"".to_owned(),
            1..=4 => split(dice, folder),
            5 if !is_long => rotate(dice, folder),
            _ => format!("show = \"{folder}/c{}\"", dice.below(6)),
        };
        let layout = if is_text { dice.pick(&["", "layout = \"wide\"\n", "layout = \"short\"\n"]) } else { "" };
        let _ = writeln!(text, "{effect}\n{layout}");
    }
    if is_text && dice.percent(50) {
        text += "[when]\n";
        text += dice.pick(&[
            "after = \"order\"\n",
            "not_before = 2026-12-01T08:00:00Z\n",
            "after = \"a\"\nnot_before = 2026-12-24\n",
        ]);
    }
    if dice.percent(35) {
        text += &schedule(dice);
    }
    text
}

/// Two or three contents that take turns.
fn rotate(dice: &mut Dice, folder: &str) -> String {
    let first = dice.below(6);
    let names: Vec<String> = (0..dice.between(2, 3)).map(|step| format!("{folder}/c{}", (first + step) % 6)).collect();
    format!("rotate = {}{}", toml_list(&names), dice.pick(&["", "\nevery = \"1s\"", "\nevery = \"2d\""]))
}

fn rows(dice: &mut Dice, ground: &Ground<'_>, needed: bool) -> String {
    let mut text = String::new();
    for (key, share) in [("all", 60), ("any", 30), ("none", 30)] {
        if dice.percent(share) || needed && key == "none" && text.is_empty() {
            let rows: Vec<String> = (0..dice.between(1, 3)).map(|_| ground.row(dice)).collect();
            let _ = writeln!(text, "{key} = {}", toml_list(&rows));
        }
    }
    text
}

fn split(dice: &mut Dice, folder: &str) -> String {
    let mut names = vec!["control".to_owned()];
    names.extend((0..6).map(|number| format!("{folder}/c{number}")));
    let mut left = 10_000;
    let mut arms: Vec<String> = Vec::new();
    for _ in 0..dice.between(1, 4) {
        let name = names.remove(dice.below(names.len()));
        let share = dice.between(1, left).min(if dice.percent(50) { 3_333 } else { left });
        arms.push(format!("{} = {}.{:02}", toml(&name), share / 100, share % 100));
        left -= share;
        if left == 0 {
            break;
        }
    }
    if dice.percent(25) {
        let (layer, experiment, unit) = dice.pick(&[
            ("l0", "x0", "visitor"),
            ("l0", "x1", "visitor"),
            ("l1", "x3", "session"),
            ("l1", "x2", "session"),
        ]);
        let arms = arms.join(", ");
        return format!(
            "split = {{ experiment = \"{experiment}\", layer = \"{layer}\", unit = \"{unit}\", arms = {{ {arms} }} }}"
        );
    }
    let mut text = format!("split = {{ experiment = \"x{}\", arms = {{ {} }}", dice.below(4), arms.join(", "));
    if dice.percent(60) {
        let unit = dice.pick(&["page", "session", "visitor", "account"]);
        let _ = write!(text, ", unit = \"{unit}\"");
        text += if unit == "account" { dice.pick(&["", ", before_login = \"control\""]) } else { "" };
    }
    if dice.percent(40) {
        let _ = write!(text, ", traffic = {}", dice.pick(&["0", "0.01", "33.33", "50", "99.99", "100"]));
    }
    if dice.percent(30) {
        let _ = write!(text, ", salt = {}", toml(dice.pick(&["Salz & Söhne", "s", "\u{1f}"])));
    }
    text + " }"
}

fn schedule(dice: &mut Dice) -> String {
    // Local times of the two changes of Berlin's clocks among them.
    let windows = [
        ("2026-11-15T12:00:00Z", "2026-11-15T12:00:00.001Z"),
        ("2026-11-15T12:00:00Z", "2026-11-17"),
        ("2026-11-15T13:00:00", "2026-11-15T13:00:00.500"),
        ("2026-11-15", "2026-11-16"),
        ("2026-11-15T07:00:00", "2026-11-15T13:00:00"),
        ("2026-10-25T02:30:00", "2027-03-28T02:30:00"),
    ];
    let (from, until) = dice.pick(&windows);
    let mut text = "[schedule]\n".to_owned();
    let which = dice.below(3);
    if which != 0 {
        let _ = writeln!(text, "from = {from}");
    }
    if which != 1 {
        let _ = writeln!(text, "until = {until}");
    }
    if dice.percent(25) {
        text += "not_on = \"holidays\"\n";
    }
    match dice.below(3) {
        0 => text + "zone = \"Europe/Berlin\"\n",
        1 => text + "zone = \"market\"\n",
        _ => text + "zone = \"market\"\ndefault_zone = \"Asia/Kolkata\"\n",
    }
}
