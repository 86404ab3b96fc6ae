//! Markup of the content library, read as a browser reads it. Takes HTML, gives the parts that would run code or break the
//! page around it, and the text that people see. It changes nothing: faulty markup is refused, never cleaned.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::html_rules as rules;
use super::html_tree::{Difference, Step, difference};
use crate::page;

/// A fault of markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// `SV4001` runs code, `SV4002` breaks the page around it.
    pub(crate) code: &'static str,
    /// Bytes of the markup.
    pub(crate) span: Range<usize>,
    pub(crate) what: String,
    pub(crate) why: Option<String>,
    pub(crate) help: String,
}

/// Everything wrong with `html`. Trusted markup may run code, but not break the page.
pub(crate) fn check(html: &str, trusted: bool) -> Vec<Flaw> {
    let walker = walk(html, trusted);
    for open in walker.open.take().into_iter().filter(|_| !walker.given_up.get()) {
        walker.breaks(open.span, format!("`<{}>` is not closed", open.name), format!("add `</{}>`", open.name));
    }
    if walker.flaws.borrow().is_empty() {
        walker.compare();
    }
    walker.flaws.into_inner()
}

/// The text that people read: without tags, comments and code.
pub(crate) fn text(html: &str) -> String {
    walk(html, true).text.into_inner()
}

/// True if every outermost element says its direction, and no text stands beside them.
pub(crate) fn says_direction(html: &str) -> bool {
    !walk(html, true).is_without_direction.get()
}

/// The tree that markup is written as.
pub(super) fn steps(html: &str) -> Vec<Step> {
    walk(html, true).steps.into_inner()
}

fn walk(html: &str, trusted: bool) -> Walker<'_> {
    let options = TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() };
    let tokenizer = Tokenizer::new(Walker { html, trusted, ..Walker::default() }, options);
    let queue = BufferQueue::default();
    // A tag ends at a `>`: fed in pieces that end there, the tokenizer tells exactly where each tag ends.
    for piece in html.split_inclusive('>') {
        tokenizer.sink.fed.set(tokenizer.sink.fed.get() + piece.len());
        queue.push_back(StrTendril::from_slice(piece));
        let _ = tokenizer.feed(&queue);
    }
    tokenizer.sink.ending.set(true);
    tokenizer.end();
    tokenizer.sink
}

/// An element that is open.
struct Open {
    name: String,
    span: Range<usize>,
    /// True if it is of SVG or MathML, where other rules of reading hold.
    foreign: bool,
}

#[derive(Default)]
struct Walker<'a> {
    html: &'a str,
    trusted: bool,
    open: RefCell<Vec<Open>>,
    flaws: RefCell<Vec<Flaw>>,
    text: RefCell<String>,
    /// The tree that is written, and where each of its steps is.
    steps: RefCell<Vec<Step>>,
    places: RefCell<Vec<Range<usize>>>,
    /// Bytes handed to the tokenizer.
    fed: Cell<usize>,
    /// The end of the last tag or comment.
    last_end: Cell<usize>,
    ending: Cell<bool>,
    /// Set once it is too deep to go on.
    given_up: Cell<bool>,
    /// An outermost element or text does not say its direction.
    is_without_direction: Cell<bool>,
}

impl TokenSink for Walker<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(_) if self.given_up.get() => {}
            Token::TagToken(tag) => {
                let span = self.span_of(&tag);
                self.last_end.set(self.fed.get());
                match tag.kind {
                    TagKind::StartTag => return self.start(&tag, span),
                    TagKind::EndTag => self.end_tag(&tag.name, span),
                }
            }
            Token::CommentToken(text) if !self.ending.get() => {
                self.comment(&text, self.ended());
            }
            Token::NullCharacterToken => {
                let span = self.last_end.get()..self.fed.get();
                self.divides(span, "a page cannot hold the character U+0000", "remove it");
            }
            Token::DoctypeToken(_) => {
                self.breaks(self.ended(), "a doctype is only allowed at the top of a page", "remove it");
            }
            Token::CharacterTokens(characters) => {
                let place = self.last_end.get()..self.fed.get();
                if self.open.borrow().is_empty() && !characters.trim().is_empty() {
                    self.is_without_direction.set(true);
                }
                Step::text(&characters).into_iter().for_each(|step| self.step(step, place.clone()));
                let is_unseen = |open: &Open| matches!(open.name.as_str(), "script" | "style" | "template");
                if !self.open.borrow().last().is_some_and(is_unseen) {
                    self.text.borrow_mut().push_str(&characters);
                }
            }
            Token::ParseError(error) if self.ending.get() && error.contains("EOF") => {
                let help = "finish it, or write `&lt;` for a bare `<`";
                self.breaks(self.unfinished(), "a tag or comment is not finished", help);
            }
            Token::CommentToken(_) | Token::EOFToken | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }

    /// `<![CDATA[` is a comment to this reader wherever it stands, and no such comment passes.
    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        false
    }
}

impl Walker<'_> {
    /// The bytes since the last tag or comment ended. The next ones start behind them.
    fn ended(&self) -> Range<usize> {
        self.last_end.replace(self.fed.get())..self.fed.get()
    }

    fn start(&self, tag: &Tag, span: Range<usize>) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        if self.open.borrow().len() >= rules::DEPTH_MAX {
            self.given_up.set(true);
            let what = format!("elements are more than {} deep", rules::DEPTH_MAX);
            self.breaks(span, what, "use fewer elements inside each other");
            return TokenSinkResult::Continue;
        }
        let foreign = self.is_foreign(name);
        if !foreign && rules::is(name, rules::BREAKING) {
            self.breaks(span.clone(), format!("`<{name}>` cannot stand inside a page"), "remove it");
        } else if !self.trusted {
            self.refuse(tag, foreign, &span);
        }
        self.check_nesting(name, foreign, &span);
        let says_it = |attribute: &html5ever::Attribute| {
            &*attribute.name.local == "dir"
                && ["rtl", "auto"].iter().any(|known| attribute.value.eq_ignore_ascii_case(known))
        };
        if self.open.borrow().is_empty() && !tag.attrs.iter().any(says_it) {
            self.is_without_direction.set(true);
        }
        for attribute in &tag.attrs {
            let (name, value): (&str, &str) = (&attribute.name.local, &attribute.value);
            if name.starts_with("data-selvedge-") || name == "id" && value == page::BLOCK_ID {
                let why = "the loader would mistake it for a mark of the edge";
                self.broken(
                    self.attribute_span(&span, name),
                    "this name belongs to the loader",
                    why,
                    "choose another name",
                );
            }
        }
        if name == "template" && tag.attrs.iter().any(|attribute| &*attribute.name.local == "shadowrootmode") {
            let what = "a `<template>` may not become the shadow of the element around it";
            let why = "the shadow would stay after the visitor withdraws consent";
            self.broken(self.attribute_span(&span, "shadowrootmode"), what, why, "remove the attribute");
        }
        self.step(Step::Open { name: name.to_owned(), foreign }, span.clone());
        let closed = if foreign { tag.self_closing } else { rules::is(name, rules::VOID) };
        if closed {
            self.step(Step::Close, span);
        } else {
            self.open.borrow_mut().push(Open { name: name.to_owned(), span, foreign });
        }
        match name {
            _ if foreign => TokenSinkResult::Continue,
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "textarea" | "title" => TokenSinkResult::RawData(RawKind::Rcdata),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript" => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "plaintext" => TokenSinkResult::Plaintext,
            _ => TokenSinkResult::Continue,
        }
    }

    /// True if an element that starts here is of SVG or MathML.
    fn is_foreign(&self, name: &str) -> bool {
        let is_inside = |parent: &Open| parent.foreign && !rules::is(&parent.name, rules::HTML_INSIDE);
        self.open.borrow().last().is_some_and(is_inside) || matches!(name, "svg" | "math")
    }

    fn step(&self, step: Step, place: Range<usize>) {
        let mut steps = self.steps.borrow_mut();
        step.add(&mut steps);
        self.places.borrow_mut().resize(steps.len(), place);
    }

    /// Refuses markup if a browser builds another tree from it than the one that was judged.
    fn compare(&self) {
        let Some(difference) = difference(self.html, &self.steps.borrow()) else { return };
        let whole = 0..self.html.len();
        match difference {
            Difference::Leaves => {
                let help = "look for an element inside another one that cannot contain it, such as `<li>` in `<li>`";
                self.breaks(whole, "a browser closes more here than the markup opens", help);
            }
            Difference::At(step) => {
                let span = self.places.borrow().get(step).cloned().unwrap_or(whole);
                let what = "a browser builds another tree from this than the tags say";
                let help = "move the element that cannot stand here, such as text right inside a `<table>`";
                self.divides(span, what, help);
            }
        }
    }

    /// Takes `<!-- … -->` and no other form: of `<![CDATA[`, `<?` and the like browsers make text in one place, and a comment in another.
    fn comment(&self, text: &str, span: Range<usize>) {
        let region = self.html.get(span.clone()).unwrap_or_default();
        let start = region.find("<!").into_iter().chain(region.find("<?")).chain(region.find("</")).min().unwrap_or(0);
        let written = region.get(start..).unwrap_or_default();
        let span = span.start + start..span.end;
        let inner = written.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"));
        if inner.is_none_or(|inner| inner.starts_with('>') || inner.starts_with("->")) {
            let what = "parsers read this in different ways";
            self.divides(span, what, "write a comment as `<!-- … -->`, and `&lt;` for `<` in a text");
        } else if text.trim_start().trim_start_matches('/').starts_with("selvedge:") {
            let what = "a comment that begins with `selvedge:` is a mark of the edge";
            self.broken(
                span,
                what,
                "the loader would look for the end of content there",
                "begin the comment with other words",
            );
        } else {
            self.step(Step::Comment(text.to_owned()), span);
        }
    }

    fn refuse(&self, tag: &Tag, foreign: bool, span: &Range<usize>) {
        let name: &str = &tag.name;
        let runs = |span: Range<usize>, what: String, why: String| {
            let help = "remove it, or say in `trusted` why this content may run code".into();
            self.flaws.borrow_mut().push(Flaw { code: "SV4001", span, what, why: Some(why), help });
        };
        let hides_html = |open: &Open| open.foreign && rules::is(&open.name, rules::HTML_INSIDE);
        if let Some(why) = rules::element(name) {
            runs(span.clone(), format!("`<{name}>` is not allowed in content"), why.into());
        } else if foreign && !rules::is_safe_svg(name) || self.open.borrow().last().is_some_and(hides_html) {
            let what = format!("`<{name}>` is not allowed here inside SVG");
            runs(span.clone(), what, "browsers read it as another element".into());
        }
        for attribute in &tag.attrs {
            if let Some(why) = rules::attribute(name, &attribute.name.local, &attribute.value) {
                let at = self.attribute_span(span, &attribute.name.local);
                runs(at, format!("the attribute `{}` is not allowed here", attribute.name.local), why);
            }
        }
    }

    /// Elements that a browser closes by itself, so that the end tag that follows closes something else.
    fn check_nesting(&self, name: &str, foreign: bool, span: &Range<usize>) {
        let open = self.open.borrow();
        let Some(parent) = open.last() else { return };
        let in_select = open.iter().any(|element| element.name == "select" && !element.foreign);
        if in_select && !rules::stays_in_select(&parent.name, name) {
            let what = format!("`<{name}>` cannot stand inside `<{}>` here", parent.name);
            self.divides(span.clone(), what, "give the options of a `<select>` plain text");
            return;
        }
        let ends_svg = foreign && parent.foreign && rules::is(name, rules::ENDS_SVG);
        let ends_parent = !foreign
            && (parent.name == "p" && rules::is(name, rules::ENDS_P)
                || parent.name == name
                    && matches!(name, "a" | "button" | "form" | "li" | "option" | "td" | "th" | "tr" | "dd" | "dt"));
        if ends_svg || ends_parent {
            let what = format!("`<{name}>` cannot stand inside `<{}>`", parent.name);
            self.breaks(span.clone(), what, "close the outer element first, or use `<div>` or `<span>`");
        }
    }

    fn end_tag(&self, name: &str, span: Range<usize>) {
        let mut open = self.open.borrow_mut();
        match open.iter().rposition(|element| element.name == name) {
            Some(at) => {
                self.step(Step::Close, span);
                let unclosed: Vec<Open> = open.drain(at..).skip(1).collect();
                for element in unclosed {
                    let what = format!("`<{}>` is not closed before `</{name}>`", element.name);
                    self.breaks(element.span, what, format!("add `</{}>` before it", element.name));
                }
            }
            None => {
                let help = "remove it, or open the element before";
                self.breaks(span, format!("`</{name}>` closes nothing"), help);
            }
        }
    }

    fn breaks(&self, span: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        self.broken(span, what, "unbalanced markup would change the page around it", help);
    }

    /// For markup that is not the same tree to every parser.
    fn divides(&self, span: Range<usize>, what: impl Into<String>, help: &str) {
        self.broken(span, what, "one parser sees a text where another sees an element", help);
    }

    fn broken(&self, span: Range<usize>, what: impl Into<String>, why: &str, help: impl Into<String>) {
        let (what, why, help) = (what.into(), Some(why.into()), help.into());
        self.flaws.borrow_mut().push(Flaw { code: "SV4002", span, what, why, help });
    }

    /// The place of a tag. Text before it cannot contain `<name`, so it is the first one after the last tag.
    fn span_of(&self, tag: &Tag) -> Range<usize> {
        let (from, to) = (self.last_end.get(), self.fed.get());
        let start = if tag.kind == TagKind::EndTag { format!("</{}", tag.name) } else { format!("<{}", tag.name) };
        let region = self.html.get(from..to).unwrap_or_default().to_ascii_lowercase();
        from + region.find(&start).unwrap_or(0)..to
    }

    fn attribute_span(&self, tag: &Range<usize>, name: &str) -> Range<usize> {
        let written = self.html.get(tag.clone()).unwrap_or_default().to_ascii_lowercase();
        let starts = written.match_indices(name).map(|(at, _)| at);
        let mut named = starts.filter(|at| {
            let before = written[..*at].ends_with(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '/'));
            before && !written[at + name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
        });
        named.next().map_or_else(|| tag.clone(), |at| tag.start + at..tag.start + at + name.len())
    }

    fn unfinished(&self) -> Range<usize> {
        let from = self.last_end.get();
        let rest = self.html.get(from..).unwrap_or_default();
        from + rest.find('<').unwrap_or(0)..self.html.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(html: &str) -> Vec<(&'static str, &str)> {
        check(html, false).into_iter().map(|flaw| (flaw.code, &html[flaw.span])).collect()
    }

    #[test]
    fn ordinary_markup_passes() {
        for html in [
            "",
            "text &amp; more",
            "<h2>Warm</h2><p>through <b>the</b> winter</p>",
            "<a href='/sale?x=1&y=2'>Sale</a><br><img src=a.png alt=''>",
            "<template><p>x</p></template>",
            "<table><caption>x</caption> <tr><th>a</th></tr> <tr><td><p>b</p></td></tr> </table>\n<!-- note -->",
            "<tr><td>x</td></tr><tr><td>y</td></tr>",
            "<td>x</td>",
            "<option>x</option>",
            "<li><a href='/x'><h3>x</h3><p>y</p></a></li>",
            "<pre>\nx</pre><textarea>\n<b></textarea>",
            "<select><optgroup label=a><option>x</option></optgroup><option selected>y</option></select>",
            "<svg viewBox='0 0 1 1'><title>x</title><defs><linearGradient id=a></linearGradient></defs><path d='M0 0'/></svg>",
            "<form><label>x <input name=y></label><button>z</button></form>",
            "<details><summary>x</summary><dl><dt>a</dt><dd>b</dd></dl></details>",
            "<ruby>x<rt>y</rt></ruby><picture><source srcset=a><img src=b alt=''></picture><video><source src=c></video>",
            "a\r\nb <x-card data-a='<!--'>x</x-card>",
            "<ul><li>a</li><li>b</li></ul>",
            "<!-- note --><p style='color:red'>x</p>",
            "<img src='data:image/png;base64,AA=='>",
            "<form action='/search'><input name=q><textarea><b></textarea></form>",
            "<p>1 < 2</p>",
        ] {
            assert_eq!(codes(html), [], "{html}");
        }
    }

    #[test]
    fn what_runs_code_is_refused() {
        let cases = [
            ("<script>x</script>", "<script>"),
            ("<SCRIPT SRC=x></SCRIPT>", "<SCRIPT SRC=x>"),
            ("<img src=x onerror=alert(1)>", "onerror"),
            ("<img/onerror='x'/src=x>", "onerror"),
            ("<a href='javascript:x'>a</a>", "href"),
            ("<a href='&#106;avascript:x'>a</a>", "href"),
            ("<a href=' java\tscript:x'>a</a>", "href"),
            ("<a href='\u{1}JaVaScRiPt&colon;x'>a</a>", "href"),
            ("<a href='vbscript:x'>a</a>", "href"),
            ("<a href='data:text/html,x'>a</a>", "href"),
            ("<iframe src=x></iframe>", "<iframe src=x>"),
            ("<object data=x></object>", "<object data=x>"),
            ("<embed src=x>", "<embed src=x>"),
            ("<meta http-equiv=refresh content='0'>", "<meta http-equiv=refresh content='0'>"),
            ("<link rel=stylesheet href=x>", "<link rel=stylesheet href=x>"),
            ("<style>*{}</style>", "<style>"),
            ("<button formaction='//evil'>x</button>", "formaction"),
            ("<svg><a xlink:href='javascript:x'>x</a></svg>", "xlink:href"),
            ("<svg><animate attributeName='href' to='x'/></svg>", "attributename"),
            ("<svg><set attributeName='x' to='javascript:x'/></svg>", "to"),
            ("<svg><script>x</script></svg>", "<script>"),
            ("<svg><foreignObject></foreignObject></svg>", "<foreignObject>"),
            ("<svg><title><img src=x></title></svg>", "<img src=x>"),
            ("<math><mi>x</mi></math>", "<math>"),
        ];
        for (html, span) in cases {
            let found = codes(html);
            assert!(
                found.iter().any(|(code, at)| *code == "SV4001" && at.eq_ignore_ascii_case(span)),
                "{html}: {found:?}"
            );
        }
    }

    #[test]
    fn what_breaks_the_page_is_refused_even_when_trusted() {
        let cases = [
            ("<div>", "<div>"),
            ("</div>", "</div>"),
            ("<b><i></b></i>", "<i>"),
            ("<!-- open", "<!-- open"),
            ("<p class='x", "<p class='x"),
            ("<body>", "<body>"),
            ("<title>x</title>", "<title>"),
            ("<textarea>", "<textarea>"),
            ("<div/>", "<div/>"),
            ("a <", "<"),
            ("<p><div></div></p>", "<div>"),
            ("<plaintext>", "<plaintext>"),
            ("<!doctype html>", "<!doctype html>"),
            ("<svg><p></p></svg>", "<p>"),
            ("<script><!--<script></script>", "<script>"),
            ("</br>", "</br>"),
            ("<!--/selvedge:home.hero-->", "<!--/selvedge:home.hero-->"),
            ("a<!-- selvedge:x~1 -->", "<!-- selvedge:x~1 -->"),
            ("<p data-selvedge-set='a~1:class'>x</p>", "data-selvedge-set"),
            ("<p id=selvedge-page>x</p>", "id"),
            ("<ul><li><div><li></li></div></li></ul>", "<ul><li><div><li></li></div></li></ul>"),
            ("<svg><title><![CDATA[><img src=x onerror=alert(1)>]]></title></svg>", "<![CDATA[>"),
            ("<svg><style><![CDATA[ x ]]></style></svg>", "<![CDATA[ x ]]>"),
            ("<?xml version='1.0'?>", "<?xml version='1.0'?>"),
            ("x<!ENTITY y>", "<!ENTITY y>"),
            ("x</ p>", "</ p>"),
            ("x<!-- y --!>", "<!-- y --!>"),
            ("<!--><b>-->", "<!-->"),
            ("<!---><b>-->", "<!--->"),
            ("x\0y", "x\0y"),
            ("<table><b>x</b></table>", "<table>"),
            ("<table>x</table>", "<table>"),
            ("<select><b>x</b></select>", "<b>"),
            ("<select><option><i>x</i></option></select>", "<i>"),
            ("<image></image>", "<image>"),
            ("<h1><h2></h2></h1>", "<h2>"),
            ("<div><template shadowrootmode=open>x</template></div>", "shadowrootmode"),
        ];
        for (html, span) in cases {
            let found: Vec<_> = check(html, true).into_iter().map(|flaw| (flaw.code, &html[flaw.span])).collect();
            assert!(found.contains(&("SV4002", span)), "{html}: {found:?}");
        }
        assert_eq!(check("<script>if (a<b) {}</script>", true), []);
    }

    #[test]
    fn text_is_what_people_read() {
        assert_eq!(text("<h2>Warm &amp; <b>dry</b></h2><!-- x --><script>y</script>"), "Warm & dry");
    }
}
