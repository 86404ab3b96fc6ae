//! Terms that no builder writes are refused by name: nothing of them is left for evaluation to find out.

use selvedge::bundle::format::{ITEM_LEVELS_MAX, Section, TERM_DEPTH_MAX, width};
use selvedge::bundle::{Operator, Part, Program};

use super::{Bench, length_of, set_length, start_of};

/// The built program, with what is needed to change its terms.
struct Terms {
    file: Vec<u8>,
    program: Program,
}

impl Terms {
    fn new() -> Self {
        let file = Bench::new().built.program;
        Self { program: Program::open(file.clone()).expect("what was built opens"), file }
    }

    fn count(&self) -> u32 {
        length_of(&self.file, Section::Terms as usize) / width::TERM as u32
    }

    /// The first term with this operator.
    fn first(&self, operator: Operator) -> u32 {
        let is_it = |position: &u32| self.program.term(*position).is_some_and(|term| term.operator == operator);
        (0..self.count()).find(is_it).unwrap_or_else(|| panic!("no term `{operator}`"))
    }

    /// What opening says when bytes of a record are others.
    fn refused(&self, section: Section, at: usize, bytes: &[u8]) -> Option<&'static str> {
        let mut mutant = self.file.clone();
        let at = start_of(&mutant, section as usize) + at;
        assert_ne!(&mutant[at..at + bytes.len()], bytes, "the change changes nothing");
        mutant[at..at + bytes.len()].copy_from_slice(bytes);
        Program::open(mutant).err().map(|fault| fault.part)
    }

    fn refused_term(&self, term: u32, offset: usize, bytes: &[u8]) -> Option<&'static str> {
        self.refused(Section::Terms, term as usize * width::TERM + offset, bytes)
    }
}

const DETAIL: usize = 1;
const PADDING: usize = 2;
const LEFT: usize = 4;
const RIGHT: usize = 8;

#[test]
fn an_operand_stands_before_its_term() {
    let terms = Terms::new();
    for position in 0..terms.count() {
        let term = terms.program.term(position).expect("a term");
        let is_leaf = term.operator <= Operator::Texts;
        let has_right = term.operator >= Operator::And && term.operator != Operator::Within;
        for other in [position, position + 1, terms.count(), u32::MAX] {
            if !is_leaf {
                assert_eq!(terms.refused_term(position, LEFT, &other.to_le_bytes()), Some("terms"), "{term:?}");
            }
            if has_right {
                assert_eq!(terms.refused_term(position, RIGHT, &other.to_le_bytes()), Some("terms"), "{term:?}");
            }
        }
    }
}

#[test]
fn what_a_term_refers_to_is_there() {
    let terms = Terms::new();
    let numbers = length_of(&terms.file, Section::TestNumbers as usize) / 8;
    let texts_at = start_of(&terms.file, Section::TestTexts as usize);
    let texts = u32::from_le_bytes(terms.file[texts_at..texts_at + 4].try_into().expect("four bytes"));
    let attributes = terms.program.manifest().attributes.len() as u32;
    let cases = [
        (Operator::Attribute, LEFT, attributes),
        (Operator::Item, LEFT, ITEM_LEVELS_MAX as u32),
        (Operator::Int, LEFT, numbers),
        (Operator::Double, LEFT, numbers),
        (Operator::Duration, LEFT, numbers),
        (Operator::Text, LEFT, texts),
        (Operator::Texts, LEFT, texts),
        (Operator::Texts, RIGHT, texts + 1),
        (Operator::Texts, RIGHT, u32::MAX),
        (Operator::Part, RIGHT, 2),
        (Operator::Within, RIGHT, numbers - 1),
        (Operator::Not, RIGHT, 1),
        (Operator::Now, LEFT, 1),
    ];
    for (operator, offset, beyond) in cases {
        let term = terms.first(operator);
        assert_eq!(terms.refused_term(term, offset, &beyond.to_le_bytes()), Some("terms"), "{operator} at {offset}");
        if beyond < u32::MAX && operator != Operator::Not && operator != Operator::Now && operator != Operator::Texts {
            // The last one that is there is as good as any.
            let last = beyond - 1;
            let unchanged = {
                let term = terms.program.term(term).expect("a term");
                last == if offset == LEFT { term.left } else { term.right }
            };
            assert!(unchanged || terms.refused_term(term, offset, &last.to_le_bytes()).is_none(), "{operator}");
        }
    }
}

#[test]
fn operators_details_and_shapes_are_known() {
    let terms = Terms::new();
    let unknown = [Operator::ALL.len() as u8];
    assert_eq!(terms.refused_term(0, 0, &unknown), Some("terms"), "an operator of the future");
    assert_eq!(terms.refused_term(0, DETAIL, &[1]), Some("terms"), "a detail that nothing reads");
    assert_eq!(terms.refused_term(0, PADDING, &[1]), Some("terms"), "padding");
    let part = terms.first(Operator::Part);
    assert_eq!(terms.refused_term(part, DETAIL, &[Part::ALL.len() as u8]), Some("terms"), "a part of the future");
    let within = terms.first(Operator::Within);
    assert_eq!(terms.refused_term(within, DETAIL, &[129]), Some("terms"), "a prefix beyond an address");
    let choice = terms.first(Operator::If);
    let other = terms.first(Operator::Attribute).to_le_bytes();
    assert_eq!(terms.refused_term(choice, RIGHT, &other), Some("terms"), "a choice between nothing");
    let count = terms.count().to_le_bytes();
    assert_eq!(terms.refused(Section::Tests, 0, &count), Some("tests"), "a test without a term");
    assert_eq!(terms.refused(Section::Zones, 12, &7_u32.to_le_bytes()), Some("zones"), "transitions beyond the last");
    let late = i64::MAX.to_le_bytes();
    assert_eq!(terms.refused(Section::Transitions, 0, &late), Some("zones"), "transitions out of order");
}

#[test]
fn a_tower_of_terms_is_refused_at_its_height() {
    let terms = Terms::new();
    let (at, old) =
        (start_of(&terms.file, Section::Terms as usize), length_of(&terms.file, Section::Terms as usize) as usize);
    for (more, opens) in
        [(usize::from(TERM_DEPTH_MAX) - 1, true), (usize::from(TERM_DEPTH_MAX), false), (300_000, false)]
    {
        // A leaf, and negations of each other on top of it.
        let leaf = terms.count();
        let mut tower = vec![Operator::Now as u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for floor in 0..more as u32 {
            tower.extend([Operator::Not as u8, 0, 0, 0]);
            tower.extend((leaf + floor).to_le_bytes());
            tower.extend([0; 4]);
        }
        let mut file = terms.file.clone();
        let length = (old + tower.len()) as u32;
        file.splice(at + old..at + old, tower);
        set_length(&mut file, Section::Terms as usize, length);
        assert_eq!(Program::open(file).is_ok(), opens, "{more} floors");
    }
}
