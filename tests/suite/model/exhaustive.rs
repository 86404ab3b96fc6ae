//! T1, T2 and T3 on small domains, with nothing left out: every condition of a few shapes over three attributes, every state of each, every
//! set of grants.
//!
//! Each attribute has a switch of its own: `request.a` is contextual, `profile.b` personal, `visitor.c` of the device. The engine answers
//! for all of it, and the model beside it.

use selvedge::author::expr::{Condition, Scope, check_row};
use selvedge::author::site::{Audience, Place, Row, Rows, Site};
use selvedge::consent::grants;
use selvedge::engine::explain::{Verdict, Verdicts};
use selvedge::engine::permit;
use selvedge::words::Purpose;
use selvedge::words::{PurposeKey, Visit};
use serde_json::{Value as Json, json};

use super::reference::Model;
use crate::sites::{self, NOW_MS};

const ATTRIBUTES: &str = r#"
[profile.b]
type = "symbol"
values = ["x", "y"]
source = "account"
purposes = ["personalization"]
retention = "1d"
[request.a]
type = "bool"
source = "request"
purposes = ["contextual"]
[visitor.c]
type = "int"
range = [0, 2]
source = "device"
purposes = ["necessary"]
retention = "1d"
"#;

const ATOMS: [&str; 12] = [
    "request.a",
    "has(request.a)",
    "request.a == false",
    "profile.b == \"x\"",
    "profile.b != \"y\"",
    "profile.b in [\"x\", \"y\"]",
    "has(profile.b)",
    "visitor.c < 1",
    "visitor.c >= 2",
    "visitor.c == 1",
    "has(visitor.c)",
    "visitor.c in [0, 1]",
];

/// Name, the purpose that hides it when it is refused, its values, and one that is of no use.
const DOMAINS: [(&str, Purpose, usize); 3] = [
    ("profile.b", Purpose::Personalization, 2),
    ("request.a", Purpose::Contextual, 2),
    ("visitor.c", Purpose::Storage, 3),
];

/// Values, absent and unusable.
const STATES: [usize; 3] = [DOMAINS[0].2 + 2, DOMAINS[1].2 + 2, DOMAINS[2].2 + 2];
const WORLDS: usize = STATES[0] * STATES[1] * STATES[2];
/// Every subset of the three switches: bit n hides the n-th attribute.
const HIDINGS: usize = 8;

#[test]
fn on_small_domains_nothing_is_left_out() {
    let mut site = sites::checked(&files());
    let conditions = conditions(&site);
    site.audiences = conditions.iter().enumerate().map(|(number, condition)| audience(number, condition)).collect();
    let table = Table::of_engine(&site);

    let model = compare_with_model(&site, &table);
    let mut counts = Counts::default();
    for hidden in 0..HIDINGS {
        for world in 0..WORLDS {
            // T1: whatever the hidden states are, the verdicts are the same.
            let representative = with_hidden(world, hidden, &[0; 3]);
            assert_eq!(table.row(world, hidden), table.row(representative, hidden), "T1: {world} {hidden}");
            counts.t1 += conditions.len();
            if world != representative {
                continue;
            }
            counts.soundness(&table, world, hidden);
        }
    }
    for world in 0..WORLDS {
        for more in 0..HIDINGS {
            // Granting more hides less.
            for fewer in (0..HIDINGS).filter(|fewer| fewer & more == *fewer && *fewer != more) {
                counts.monotony(&table, world, more, fewer);
            }
        }
    }
    let Counts { t1, t2, t3, matches, contradicted } = counts;
    println!(
        "{} conditions, {WORLDS} states, {HIDINGS} sets of grants: {t1} verdicts under T1, {t2} completions under T2, {t3} pairs of grants \
         under T3, 0 violations; {model} verdicts as the model's",
        conditions.len()
    );
    println!("with what is hidden taken as absent, completions contradict {contradicted} of {matches} matches");
    assert!(contradicted * 10 > matches, "a logic of two values should fail this, or this tests nothing");
}

#[derive(Default)]
struct Counts {
    t1: usize,
    t2: usize,
    t3: usize,
    /// Matches of a logic that takes what is hidden as absent, and those that a completion contradicts.
    matches: usize,
    contradicted: usize,
}

impl Counts {
    /// T2: what is known stays true, or false, with every value that the hidden may have. Counts beside it how a logic of two values
    /// would do.
    fn soundness(&mut self, table: &Table, world: usize, hidden: usize) {
        let seen = table.row(world, hidden);
        let absent = table.row(with_hidden(world, hidden, &[2, 2, 3]), 0);
        let mut contradicted = vec![false; seen.len()];
        for whole in completions(world, hidden) {
            let truth = table.row(whole, 0);
            for (condition, (seen, truth)) in seen.iter().zip(truth).enumerate() {
                assert!(*seen == UNKNOWN || seen == truth, "T2: condition {condition}, world {world}, hidden {hidden}");
                contradicted[condition] |= absent[condition] == TRUE && *truth == FALSE;
            }
            self.t2 += seen.len();
        }
        if hidden != 0 {
            self.matches += absent.iter().filter(|verdict| **verdict == TRUE).count();
            self.contradicted += contradicted.into_iter().filter(|contradicted| *contradicted).count();
        }
    }

    /// T3: what is known with fewer grants is the same with more.
    fn monotony(&mut self, table: &Table, world: usize, hidden: usize, less_hidden: usize) {
        let (before, after) = (table.row(world, hidden), table.row(world, less_hidden));
        let flips = |(before, after): (&u8, &u8)| *before != UNKNOWN && before != after;
        let flipped = if before == after { None } else { before.iter().zip(after).position(flips) };
        assert_eq!(flipped, None, "T3: a condition in world {world}, hidden {hidden} and then {less_hidden}");
        self.t3 += table.conditions;
    }
}

/// Atoms and their negations; pairs of them; pairs with a third; choices and equalities.
fn conditions(site: &Site) -> Vec<Condition> {
    let scope = Scope { attributes: &site.attributes, audiences: &[] };
    let atom = |text: &&str| check_row(text, &scope).0.unwrap_or_else(|| panic!("{text} is no row"));
    let atoms: Vec<Condition> = ATOMS.iter().map(atom).collect();
    let mut literals = atoms.clone();
    literals.extend(atoms.iter().map(|atom| Condition::Not(Box::new(atom.clone()))));

    let mut pairs = Vec::new();
    for (at, left) in literals.iter().enumerate() {
        for right in &literals[..at] {
            pairs.push(Condition::And(vec![left.clone(), right.clone()]));
            pairs.push(Condition::Or(vec![left.clone(), right.clone()]));
            pairs.push(Condition::Same(Box::new(Condition::Not(Box::new(left.clone()))), Box::new(right.clone())));
        }
    }
    let mut conditions = literals.clone();
    for third in &atoms {
        for pair in &pairs {
            conditions.push(Condition::And(vec![pair.clone(), third.clone()]));
            conditions.push(Condition::Or(vec![third.clone(), Condition::Not(Box::new(pair.clone()))]));
        }
        for (yes, no) in literals.iter().flat_map(|yes| atoms.iter().map(move |no| (yes, no))) {
            conditions.push(Condition::If(Box::new(third.clone()), Box::new(yes.clone()), Box::new(no.clone())));
            conditions.push(Condition::One(vec![third.clone(), yes.clone(), no.clone()]));
        }
    }
    conditions.extend(pairs);
    conditions
}

const FALSE: u8 = 0;
const TRUE: u8 = 1;
const UNKNOWN: u8 = 2;

/// Verdicts by world, hiding and condition.
struct Table {
    verdicts: Vec<u8>,
    conditions: usize,
}

impl Table {
    fn of_engine(site: &Site) -> Self {
        let opened = sites::opened(site);
        let debug = opened.debug.as_ref().expect("a debug file");
        let literals: Vec<u32> = debug.audiences.iter().map(|audience| audience.literal).collect();
        assert_eq!(literals.len(), site.audiences.len());
        let mut verdicts = Vec::with_capacity(WORLDS * HIDINGS * literals.len());
        for (world, hidden) in (0..WORLDS).flat_map(|world| (0..HIDINGS).map(move |hidden| (world, hidden))) {
            let visit = visit(world, hidden);
            let grants = grants(&site.regions, &visit, NOW_MS);
            let permitted = permit(&opened.bundle, &visit, &grants, NOW_MS);
            let all = Verdicts::new(&opened.bundle, &permitted, Purpose::Personalization);
            verdicts.extend(literals.iter().map(|literal| match all.of(*literal) {
                Verdict::True => TRUE,
                Verdict::False => FALSE,
                Verdict::Unknown => UNKNOWN,
            }));
        }
        Self { verdicts, conditions: literals.len() }
    }

    fn row(&self, world: usize, hidden: usize) -> &[u8] {
        let start = (world * HIDINGS + hidden) * self.conditions;
        &self.verdicts[start..start + self.conditions]
    }
}

/// How many verdicts were compared. Where nothing is optimised, each condition in some of the worlds only.
fn compare_with_model(site: &Site, table: &Table) -> usize {
    let stride = if cfg!(debug_assertions) { 61 } else { 1 };
    let mut compared = 0;
    for (world, hidden) in (0..WORLDS).flat_map(|world| (0..HIDINGS).map(move |hidden| (world, hidden))) {
        let visit = visit(world, hidden);
        let model = Model::new(site, &visit, NOW_MS);
        let model = model.world(Purpose::Personalization);
        let row = table.row(world, hidden);
        for at in ((world * HIDINGS + hidden) % stride..site.audiences.len()).step_by(stride) {
            let expected = match model.rows(&site.audiences[at].rows) {
                Some(true) => TRUE,
                Some(false) => FALSE,
                None => UNKNOWN,
            };
            assert_eq!(
                row[at], expected,
                "world {world}, hidden {hidden}: {:?}",
                site.audiences[at].rows.all[0].condition
            );
            compared += 1;
        }
    }
    compared
}

/// The state of each attribute in a world.
fn states(world: usize) -> [usize; 3] {
    [world % STATES[0], world / STATES[0] % STATES[1], world / STATES[0] / STATES[1]]
}

/// The world with these states for what is hidden.
fn with_hidden(world: usize, hidden: usize, states_of_hidden: &[usize; 3]) -> usize {
    let mut states = states(world);
    for at in (0..3).filter(|at| hidden >> at & 1 == 1) {
        states[at] = states_of_hidden[at];
    }
    states[0] + STATES[0] * (states[1] + STATES[1] * states[2])
}

/// The world with every value, or none, for what is hidden.
fn completions(world: usize, hidden: usize) -> impl Iterator<Item = usize> {
    let values = move |at: usize| if hidden >> at & 1 == 1 { STATES[at] - 1 } else { 1 };
    let all =
        (0..values(0)).flat_map(move |b| (0..values(1)).flat_map(move |a| (0..values(2)).map(move |c| [b, a, c])));
    all.map(move |states| with_hidden(world, hidden, &states))
}

fn visit(world: usize, hidden: usize) -> Visit {
    let values: [&[Json]; 3] = [
        &[json!("x"), json!("y"), Json::Null, json!("z")],
        &[json!(true), json!(false), Json::Null, json!("true")],
        &[json!(0), json!(1), json!(2), Json::Null, json!(3)],
    ];
    let mut visit = Visit { region: Some("DE".into()), ..Visit::default() };
    for (at, (name, purpose, _)) in DOMAINS.iter().enumerate() {
        let value = serde_json::from_value(values[at][states(world)[at]].clone()).expect("any value is one");
        visit.attributes.insert((*name).to_owned(), value);
        visit.grants.insert(PurposeKey(*purpose), Some((hidden >> at & 1 == 0).into()));
    }
    visit
}

fn audience(number: usize, condition: &Condition) -> Audience {
    let row = Row { text: String::new(), condition: condition.clone(), place: Place::default() };
    Audience {
        name: format!("c{number:06}"),
        owner: None,
        description: String::new(),
        rows: Rows { all: vec![row], ..Rows::default() },
        place: Place::default(),
    }
}

fn files() -> selvedge::author::Files {
    sites::files([
        ("selvedge.toml", "name = \"shop\"\n[locales]\ndefault = \"en\"\n".to_owned()),
        ("attributes.toml", ATTRIBUTES.to_owned()),
        ("slots.toml", "[home]\nselector = \"#home\"\nchange = \"inner\"\n".to_owned()),
        ("content/c.toml", "[locale.en]\nhtml = \"<p>c</p>\"\n".to_owned()),
        (
            "experiences/e.toml",
            "slot = \"home\"\n[[rule]]\nall = ['request.a', 'has(profile.b)', 'has(visitor.c)']\nshow = \"c\"\n"
                .to_owned(),
        ),
    ])
}
