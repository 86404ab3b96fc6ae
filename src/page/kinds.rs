//! Kinds of HTML elements in the parser of the HTML standard.
//!
//! Names are in lower case. The kinds are those of "13.2 Parsing HTML documents" and "13.1.2.4 Optional tags".

/// Elements that have no content and no end tag.
pub(super) const VOID: u16 = 1;
/// Elements whose content is text to the parser.
pub(super) const TEXT: u16 = 1 << 1;
/// The ones in which character references still count.
pub(super) const ESCAPABLE: u16 = 1 << 2;
/// Elements that the parser opens again behind a place where something else ended them.
pub(super) const FORMATTING: u16 = 1 << 3;
/// Elements whose end tag may be left out.
pub(super) const OPTIONAL_END: u16 = 1 << 4;
/// Parts of a table.
pub(super) const TABLE_PART: u16 = 1 << 5;
/// Elements that hold parts of a table and nothing else: what else is in them, the parser moves in front of the table.
pub(super) const TABLE_FRAME: u16 = 1 << 6;
pub(super) const HEADING: u16 = 1 << 7;
/// Elements whose start tag ends an open paragraph.
pub(super) const ENDS_PARAGRAPH: u16 = 1 << 8;
/// Elements that hide what is open around them: nothing in them ends it.
pub(super) const BARRIER: u16 = 1 << 9;
/// Elements whose end tag ends what is open in them, if that needs no end tag of its own.
pub(super) const ENDS_CONTENT: u16 = 1 << 10;
/// Elements whose start tag ends SVG or MathML around it.
pub(super) const ENDS_FOREIGN: u16 = 1 << 11;
/// Elements of SVG and MathML whose content is HTML.
pub(super) const HOLDS_HTML: u16 = 1 << 12;

/// The kinds of elements, with the names of those that are of the same kinds. A table is a tenth of the code that `match` makes.
const KINDS: &[(u16, &str)] = &[
    (VOID, "area base basefont bgsound frame image input keygen link param source track wbr"),
    (VOID | OPTIONAL_END | TABLE_PART, "col"),
    (VOID | ENDS_PARAGRAPH | ENDS_CONTENT | ENDS_FOREIGN, "hr"),
    (VOID | ENDS_FOREIGN, "br embed img meta"),
    (TEXT, "iframe noembed noframes noscript script style"),
    (TEXT | ESCAPABLE, "textarea"),
    (TEXT | ESCAPABLE | HOLDS_HTML, "title"),
    (TEXT | ENDS_PARAGRAPH | ENDS_CONTENT, "plaintext xmp"),
    (FORMATTING, "a"),
    (FORMATTING | ENDS_FOREIGN, "b big code em font i nobr s small strike strong tt u"),
    (OPTIONAL_END, "option rb rp rt rtc"),
    (OPTIONAL_END | TABLE_PART, "colgroup"),
    (OPTIONAL_END | TABLE_PART | TABLE_FRAME | ENDS_CONTENT, "tbody tfoot thead tr"),
    (OPTIONAL_END | TABLE_PART | BARRIER | ENDS_CONTENT, "caption td th"),
    (OPTIONAL_END | ENDS_PARAGRAPH | ENDS_CONTENT | ENDS_FOREIGN, "dd dt li p"),
    (OPTIONAL_END | ENDS_CONTENT, "optgroup"),
    (TABLE_FRAME | ENDS_PARAGRAPH | BARRIER | ENDS_CONTENT | ENDS_FOREIGN, "table"),
    (HEADING | ENDS_PARAGRAPH | ENDS_CONTENT | ENDS_FOREIGN, "h1 h2 h3 h4 h5 h6"),
    (
        ENDS_PARAGRAPH | ENDS_CONTENT,
        "address article aside details dialog dir fieldset figcaption figure footer form header hgroup main nav search section summary",
    ),
    (ENDS_PARAGRAPH | ENDS_CONTENT | ENDS_FOREIGN, "blockquote center div dl listing menu ol pre ul"),
    (BARRIER | ENDS_CONTENT, "applet html marquee object template"),
    (ENDS_CONTENT, "button datalist select"),
    (ENDS_CONTENT | ENDS_FOREIGN, "body ruby"),
    (ENDS_FOREIGN, "head span sub sup var"),
    (HOLDS_HTML, "desc foreignobject mi mn mo ms mtext"),
];

/// The rows of [`KINDS`] that have a name with this first letter, and those that have one of this length: a bit for each row.
const ROWS: ([u32; 32], [u32; 16]) = rows();

const fn rows() -> ([u32; 32], [u32; 16]) {
    let (mut letters, mut lengths) = ([0; 32], [0; 16]);
    let mut row = 0;
    while row < KINDS.len() {
        let names = KINDS[row].1.as_bytes();
        let (mut begin, mut at) = (0, 0);
        while at <= names.len() {
            if at == names.len() || names[at] == b' ' {
                letters[(names[begin] & 31) as usize] |= 1 << row;
                lengths[at - begin] |= 1 << row;
                begin = at + 1;
            }
            at += 1;
        }
        row += 1;
    }
    (letters, lengths)
}

/// True if an element of this name is of one of these kinds.
pub(super) fn is(name: &str, kind: u16) -> bool {
    rows_of(name.as_bytes(), kind).any(|names| is_one_of(name, names))
}

/// False if an element of this name, in capitals or not, is surely of none of these kinds.
pub(super) fn may_be(name: &[u8], kind: u16) -> bool {
    rows_of(name, kind).next().is_some()
}

/// The names of these kinds among which this one can be.
fn rows_of(name: &[u8], kind: u16) -> impl Iterator<Item = &'static str> {
    let letter = name.first().and_then(|letter| ROWS.0.get(usize::from(letter & 31))).copied();
    let mut rows = letter.unwrap_or(0) & ROWS.1.get(name.len()).copied().unwrap_or(0);
    core::iter::from_fn(move || {
        while rows != 0 {
            let row = KINDS.get(rows.trailing_zeros() as usize);
            rows &= rows - 1;
            if let Some((_, names)) = row.filter(|(kinds, _)| kinds & kind != 0) {
                return Some(*names);
            }
        }
        None
    })
}

/// True if this is one of the names, which stand between spaces.
pub(super) fn is_one_of(name: &str, names: &str) -> bool {
    let (name, mut rest) = (name.as_bytes(), names.as_bytes());
    loop {
        if rest.first() == name.first()
            && rest.starts_with(name)
            && rest.get(name.len()).is_none_or(|behind| *behind == b' ')
        {
            return true;
        }
        let Some(space) = rest.iter().position(|byte| *byte == b' ') else { return false };
        rest = rest.get(space + 1..).unwrap_or_default();
    }
}

/// True if an end tag of `parent` ends a child whose own end tag was left out.
pub(super) fn may_hold(parent: &str, child: &str) -> bool {
    let parents = match child {
        "li" => "ul ol menu dir",
        "dd" | "dt" => "dl div",
        "option" => "select optgroup datalist",
        "optgroup" => "select",
        "td" | "th" => "tr tbody thead tfoot table",
        "tr" => "tbody thead tfoot table",
        "p" => {
            return is(parent, ENDS_CONTENT)
                && !is(parent, HEADING | TABLE_FRAME)
                && !is_one_of(parent, "p ul ol menu dl select optgroup datalist ruby pre");
        }
        _ if is(child, TABLE_PART) => "table",
        _ if is(child, OPTIONAL_END) => "ruby rtc",
        _ => return false,
    };
    is_one_of(parent, parents)
}
