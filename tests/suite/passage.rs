//! Changed pages beside the tree that HTML's own parser builds: what a change adds can be taken out again, and nothing else moved.

mod tree;

use selvedge::page::{Encoding, Passage, SlotChange};
use selvedge::words::Change;

use tree::parse;

/// The page with these changes of the element that has this attribute, and which were not made.
fn changed(page: &str, is_html: bool, changes: &[(Change, &str)]) -> (String, Vec<String>) {
    let slot = |(position, (change, body)): (usize, &(Change, &str))| SlotChange {
        slot: format!("s{position}"),
        mark: format!("s{position}"),
        change: *change,
        attribute: "class".into(),
        body: (*body).into(),
    };
    let mut passage = Passage::new(changes.iter().enumerate().map(slot).collect(), 0, Encoding::Utf8);
    let mark = page.find(" id=a").expect("the page has the element");
    let begin = page[..mark].rfind('<').expect("in a tag");
    let mut out = passage.push(&page.as_bytes()[..begin]);
    for position in 0..changes.len() {
        passage.found(position, is_html, &page.as_bytes()[..begin], true);
    }
    // In pieces: where one ends must not matter.
    for piece in page.as_bytes()[begin..].chunks(7) {
        out.extend(passage.push(piece));
    }
    out.extend(passage.end());
    let missed = passage.missed().into_iter().map(|(change, why)| format!("{}: {why}", change.slot)).collect();
    (String::from_utf8(out).expect("text"), missed)
}

/// Why the changed page is wrong, if it is; whether it was changed at all.
fn check(page: &str, change: Change) -> Result<bool, String> {
    let mark = page.find(" id=a").unwrap_or_default();
    let name = &page[page[..mark].rfind('<').unwrap_or_default() + 1..mark];
    let body = match change {
        Change::Inner | Change::Replace | Change::Before | Change::After => match (change == Change::Inner, name) {
            (true, "table") | (false, "tbody") => "<tbody><tr><td>new</td></tr></tbody>",
            (true, "tbody") | (false, "tr") => "<tr><td>new</td></tr>",
            (true, "tr") | (false, "td") => "<td>new</td>",
            (true, "select") | (false, "option") => "<option>new</option>",
            (true, "option" | "title") => "new",
            (false, "li") | (true, "ul") => "<li>new</li>",
            (false, "dt" | "dd") | (true, "dl") => "<dt>new</dt>",
            _ => "<i>new</i>",
        },
        Change::Text => "new & <old>",
        Change::Attribute => "b\"c&copy",
        Change::Remove => "",
    };
    let origin = parse(page);
    let (made, missed) = changed(page, origin.is_html(), &[(change, body)]);
    if !missed.is_empty() {
        return if made == page { Ok(false) } else { Err(format!("{missed:?}, yet changed: {made}")) };
    }
    let mut tree = parse(&made);
    let Some(place) = tree.place("s0") else {
        // The parser ignored the element's start tag, or what is around it.
        return if origin.has_element() { Err(format!("nothing was put in: {made}")) } else { Ok(true) };
    };
    if origin.has_element() && change != Change::Attribute {
        let expected = match change {
            Change::Before => "before",
            Change::After => "after",
            Change::Inner | Change::Text => "inside",
            _ => "instead",
        };
        if place != expected {
            return Err(format!("put {place} the element, not {expected}: {made}"));
        }
    }
    if made.contains("data-selvedge-reload") {
        return Ok(true);
    }
    tree.restore("s0")?;
    let (origin, restored) = (origin.to_string(), tree.to_string());
    if origin == restored { Ok(true) } else { Err(format!("{made}\n--- origin\n{origin}--- restored\n{restored}")) }
}

/// Before the element, its start tag, its content, its end tag, what follows, and the changes that are made of it.
type Parts = [String; 6];

/// The list that the Worker is held to as well.
fn listed() -> Vec<Parts> {
    serde_json::from_str(include_str!("../host/elements.json")).expect("six texts a page")
}

#[test]
fn an_element_ends_where_html_ends_it() {
    for parts in listed() {
        let page =
            format!("<!doctype html><body>{}", parts[..5].concat()).replace("<template><div @>", "<template><div>");
        let page = page.replace('@', "id=a");
        for change in Change::ALL {
            let done = check(&page, *change).unwrap_or_else(|why| panic!("{change} of {page}: {why}"));
            let letter = match change {
                Change::Before => 'b',
                Change::After => 'a',
                Change::Inner => 'i',
                Change::Text => 't',
                Change::Replace => 'r',
                Change::Remove => 'd',
                Change::Attribute => 'f',
            };
            // Beside a cell, the Worker's slots put what is no cell.
            let is_alone = parts[5].contains('d');
            let is_cell = parts[1].starts_with("<td") && (letter == 'a' || is_alone && matches!(letter, 'b' | 'r'));
            assert_eq!(done, is_cell || parts[5].contains(letter), "{change} of {page}");
            if done && *change == Change::Inner {
                let (made, _) = changed(&page, true, &[(*change, "<i>new</i>")]);
                let kept = format!(
                    "<template data-selvedge-control=\"s0\">{}</template></i><!--/selvedge:s0-->{}",
                    parts[2],
                    parts[3..5].concat()
                );
                assert!(made.ends_with(&kept), "{made}");
            }
        }
    }
}

#[test]
fn what_cannot_be_kept_is_told_apart() {
    let pages = [
        ("<img id=a src=x>rest", "bar"),
        ("<svg id=a><path d=x /></svg>rest", ""),
        ("<title id=a>x</title>rest", "it"),
        ("<script id=a>x</script>rest", "bar"),
        ("<div><template id=a>one</template>two</div>", "bar"),
        ("<table><tbody><tr id=a><td>one<td>two<tr><td>three</table>rest", "bair"),
        ("<table><tbody id=a><tr><td>one<tfoot><tr><td>three</table>rest", "bair"),
        ("<table id=a><tr><td>x<td>y</table>rest", "bar"),
        ("<table id=a><tbody><tr><td>x<td>y</table>rest", "bair"),
        ("<h1>zero<h1 id=a>one</h1>two", "ait"),
        ("<p id=a>one<td>two", "b"),
    ];
    for (page, made) in pages {
        for (change, letter) in [
            (Change::Before, 'b'),
            (Change::After, 'a'),
            (Change::Inner, 'i'),
            (Change::Text, 't'),
            (Change::Replace, 'r'),
            (Change::Remove, 'r'),
        ] {
            let page = format!("<!doctype html><body>{page}");
            let done = check(&page, change).unwrap_or_else(|why| panic!("{change} of {page}: {why}"));
            assert_eq!(done, made.contains(letter), "{change} of {page}");
        }
    }
}

/// Small numbers from a seed.
struct Dice(u64);

impl Dice {
    fn under(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn one<'o>(&mut self, of: &[&'o str]) -> &'o str {
        of[self.under(of.len())]
    }
}

const NAMES: &[&str] = &[
    "div",
    "div",
    "p",
    "p",
    "span",
    "a",
    "b",
    "i",
    "ul",
    "ol",
    "li",
    "li",
    "h1",
    "h2",
    "table",
    "tr",
    "td",
    "th",
    "tbody",
    "thead",
    "caption",
    "colgroup",
    "select",
    "option",
    "optgroup",
    "dl",
    "dt",
    "dd",
    "section",
    "form",
    "button",
    "label",
    "template",
    "svg",
    "math",
    "foreignObject",
    "mi",
    "main",
    "nav",
    "pre",
    "x-card",
    "ruby",
    "rt",
    "rp",
    "object",
    "em",
    "address",
    "fieldset",
    "title",
    "textarea",
    "script",
    "style",
    "details",
    "summary",
    "center",
    "nobr",
    "font",
    "datalist",
    "custom-element",
    "video",
    "header",
    "article",
];

/// Markup as people write it: mostly nested, with end tags left out, and some that are wrong.
fn content(dice: &mut Dice, depth: usize, out: &mut String) {
    for _ in 0..dice.under(4) {
        match dice.under(16) {
            0..4 => out.push_str(dice.one(&["text ", " ", "x&amp;y", "<!-- <p> -->", "1 < 2"])),
            4 => out.push_str(dice.one(&["<br>", "<img src=x>", "<hr>", "<input>", "<wbr/>", "<link rel=x>"])),
            5 if depth == 0 => out.push_str(&format!("</{}>", dice.one(NAMES))),
            _ => {
                let name = dice.one(NAMES);
                out.push_str(&format!("<{name}{}>", dice.one(&["", "", " class='x y'", " title=\">\"", " /"])));
                let of = match name {
                    "ul" | "ol" => &["li"][..],
                    "dl" => &["dt", "dd"],
                    "select" | "datalist" => &["option"],
                    "table" | "tbody" | "thead" => &["tr"],
                    "tr" => &["td", "th"],
                    _ => &[],
                };
                let is_raw = matches!(name, "title" | "textarea" | "script" | "style");
                match of {
                    _ if is_raw => out.push_str("text"),
                    _ if depth > 3 => {}
                    [] => content(dice, depth + 1, out),
                    of => items(dice, depth + 1, out, of),
                }
                if is_raw || dice.under(8) > 0 {
                    out.push_str(&format!("</{name}>"));
                }
            }
        }
    }
}

fn items(dice: &mut Dice, depth: usize, out: &mut String, names: &[&str]) {
    for _ in 0..dice.under(4) {
        let name = dice.one(names);
        out.push_str(&format!("<{name}>"));
        if name == "tr" {
            items(dice, depth, out, &["td"])
        } else {
            content(dice, depth + 1, out)
        }
        if dice.under(2) > 0 {
            out.push_str(&format!("</{name}>"));
        }
    }
}

/// A page that is in order outside of the element, but for end tags that may be left out.
fn page(dice: &mut Dice) -> String {
    let mut page = String::from("<!doctype html><html><head></head><body>");
    let mut ends = Vec::new();
    let mut parent = "body";
    for _ in 0..dice.under(4) {
        beside(dice, parent, &mut page);
        let name = dice.one(children(parent));
        // A link in a link, or a form in a form, and what it comes to, is known to nobody who sees the inner one alone.
        if matches!(name, "a" | "button" | "form" | "option" | "title") {
            break;
        }
        page.push_str(&format!("<{name}>"));
        ends.push(name);
        parent = name;
    }
    beside(dice, parent, &mut page);
    let name = dice.one(children(parent));
    page.push_str(&format!(
        "<{name} id=a{}>",
        dice.one(&["", "", " class='x y'", " class=q", " class", " title='>' CLASS=\"it's\""])
    ));
    if dice.under(3) > 0 && (name == "option" || !ends.contains(&"select")) {
        content(dice, 0, &mut page);
    } else {
        beside(dice, name, &mut page);
    }
    if dice.under(4) > 0 || !is_optional(name) && dice.under(10) > 0 {
        page.push_str(&format!("</{name}>"));
    }
    beside(dice, parent, &mut page);
    while let Some(end) = ends.pop() {
        if !is_optional(end) || dice.under(2) > 0 {
            page.push_str(&format!("</{end}>"));
        }
        beside(dice, ends.last().unwrap_or(&"body"), &mut page);
    }
    page.push_str(dice.one(&["", "<p>end", "</body></html>"]));
    page
}

fn is_optional(name: &str) -> bool {
    ["li", "p", "td", "tr", "tbody", "dt", "dd", "option"].contains(&name)
}

/// What may stand in an element.
fn children(parent: &str) -> &'static [&'static str] {
    match parent {
        "ul" => &["li"],
        "dl" => &["dt", "dd"],
        "table" => &["tbody"],
        "tbody" => &["tr"],
        "tr" => &["td"],
        "select" => &["option"],
        "p" | "h1" | "a" | "span" => &["span", "em", "x-card", "button", "label"],
        "option" | "em" | "button" | "label" => &["span"],
        _ => &[
            "div", "div", "p", "section", "ul", "dl", "table", "select", "h1", "h2", "a", "span", "x-card", "form",
            "main", "pre", "title",
        ],
    }
}

/// What stands beside others in an element: end tags may be left out.
fn beside(dice: &mut Dice, parent: &str, page: &mut String) {
    for _ in 0..dice.under(3) {
        let piece = match parent {
            "ul" => dice.one(&["<li>zero</li>", "<li>zero", " ", "<!-- <ul> -->", "<li><p>zero<ul><li>x</ul>"]),
            "dl" => dice.one(&["<dt>zero</dt>", "<dd>zero", " "]),
            "table" => dice.one(&["<tbody><tr><td>x</tbody>", "<thead><tr><td>x</table><table>", " "]),
            "tbody" => dice.one(&["<tr><td>zero</tr>", "<tr><td>zero", " "]),
            "tr" => dice.one(&["<td>zero</td>", "<th>zero", "<td><p>zero", " "]),
            "select" => dice.one(&["<option>zero</option>", "<option>zero", " "]),
            "p" | "h1" | "a" | "span" | "option" | "em" | "button" | "label" => {
                dice.one(&["text", "<br>", "<b>x</b>", "<a href=x>y</a>"])
            }
            _ => dice.one(&[
                "text",
                "<p>one</p>",
                "<p>one",
                "<p>one <b>two</b> three",
                "<div>one</div>",
                "<ul><li>x</ul>",
                "<hr>",
                "<img>",
                "<b>x</b>",
                "<a href=x>y</a>",
                "<table><tr><td>x<p>y</table>",
                "<button>x<p>y</button>",
                "<svg><path/></svg>",
                "<script>'<p>'</script>",
                "<!-- <p> -->",
                "<h2>x</h2>",
                "<select><option>x</select>",
            ]),
        };
        page.push_str(piece);
    }
}

#[test]
fn random_pages_are_changed_so_that_html_can_take_it_back() {
    let seed: u64 = std::env::var("SELVEDGE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5e1d);
    let cases: usize = std::env::var("SELVEDGE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000);
    let mut dice = Dice(seed);
    let (mut tried, mut made, mut wrong) = (0_usize, 0_usize, Vec::new());
    for _ in 0..cases {
        if wrong.len() > 2_000 {
            break;
        }
        let page = page(&mut dice);
        for change in Change::ALL {
            tried += 1;
            match check(&page, *change) {
                Ok(done) => made += usize::from(done),
                Err(why) => wrong.push(format!("{change} of {page}\n{why}\n")),
            }
        }
    }
    wrong.sort_by_key(String::len);
    eprintln!("{made} of {tried} changes made, {} wrong", wrong.len());
    assert!(
        wrong.is_empty(),
        "{} of {made} wrong\n{}",
        wrong.len(),
        wrong[..wrong.len().min(12)].join(
            "
"
        )
    );
    assert!(made * 10 > tried * 5, "only {made} of {tried}");
}

#[test]
fn the_pieces_in_which_a_page_comes_change_nothing() {
    let long = "x".repeat(300_000);
    for page in [
        format!("<div id=a>{long}</div>rest"),
        format!("<div id=a>a</div><p title='{long}'>b</p>rest"),
        format!("<div id=a title='{long}'>a</div>rest"),
        format!("<ul><li id=a>a<li title='{long}'>b</ul>rest"),
        format!("<div id=a>{}</div>{long}", "x".repeat((256 << 10) - 17)),
    ] {
        let place = page.find(" id=a").and_then(|mark| page[..mark].rfind('<')).expect("has the element");
        let passed = |size: usize| {
            let change = SlotChange {
                slot: "s".into(),
                mark: "s".into(),
                change: Change::Inner,
                attribute: String::new(),
                body: "<b>new</b>".into(),
            };
            let mut passage = Passage::new(vec![change], 0, Encoding::Utf8);
            let mut out = passage.push(&page.as_bytes()[..place]);
            passage.found(0, true, &page.as_bytes()[..place], true);
            page.as_bytes()[place..].chunks(size).for_each(|piece| out.extend(passage.push(piece)));
            out.extend(passage.end());
            out
        };
        let whole = passed(usize::MAX);
        for size in [1_000, 4_096, 65_536, 300_001] {
            assert!(passed(size) == whole, "{} in pieces of {size}", &page[..40]);
        }
    }
}
