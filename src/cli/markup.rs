//! Plain text in Markdown and in HTML: one line, and no markup of its own. Every page that a verb writes escapes its texts
//! here. A text may come from an author or from another system.

pub(super) use crate::page::escape_attribute as html;

/// The text on one line.
pub(super) fn one_line(text: &str) -> String {
    let is_end = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    text.chars().map(|letter| if is_end(letter) { ' ' } else { letter }).collect()
}

/// The text as one line of Markdown (GFM). A code span stays one: it can hold no other markup, and our own notes use it.
pub(super) fn markdown(text: &str) -> String {
    let text = one_line(text);
    let text = text.trim();
    let is_blank = |near: Option<char>| near.is_none_or(char::is_whitespace);
    let is_letter = |near: Option<char>| near.is_some_and(char::is_alphanumeric);
    let is_mark = |at: usize, mark: char| {
        let (before, after) = (text[..at].chars().next_back(), text[at + mark.len_utf8()..].chars().next());
        match mark {
            // Inside a word it is a letter like any other.
            '_' => !(is_letter(before) && is_letter(after)) && before != Some('_'),
            _ => !(is_blank(before) && is_blank(after)),
        }
    };
    // A single mark has nothing to pair with.
    let is_paired = |mark: char| text.match_indices(mark).filter(|(at, _)| is_mark(*at, mark)).count() > 1;
    let paired = ['*', '_', '~'].map(|mark| (mark, is_paired(mark)));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let at = text.len() - rest.len();
        let mut taken = letter.len_utf8();
        match letter {
            '`' => {
                let ticks = rest.len() - rest.trim_start_matches('`').len();
                // Only a table takes a bar in a span back out of its escape.
                let span = code_span(rest, ticks).filter(|end| !rest[..*end].contains('|'));
                taken = span.unwrap_or(ticks);
                match span {
                    Some(end) => out.push_str(&rest[..end]),
                    None => out.push_str(&"\\`".repeat(ticks)),
                }
            }
            '<' => out.push_str("&lt;"),
            '&' if rest.split_once(';').is_some_and(|(name, _)| !name.contains(' ')) => out.push_str("&amp;"),
            '\\' | '[' | ']' | '|' => out.extend(['\\', letter]),
            // In front of a word it would begin a heading, behind the last one end it.
            '#' if is_blank(text[..at].chars().next_back()) => out.push_str("\\#"),
            // At the start it would begin a quotation or an item of a list, or underline what stands above.
            '>' | '+' | '-' | '=' | '*' | '~' | ':' if at == 0 => out.extend(['\\', letter]),
            '.' | ')' if at > 0 && text[..at].bytes().all(|byte| byte.is_ascii_digit()) => out.extend(['\\', letter]),
            mark if paired.contains(&(mark, true)) => out.extend(['\\', mark]),
            letter => out.push(letter),
        }
        rest = &rest[taken..];
    }
    out
}

/// The end of the code span that begins here with so many backticks: it lies behind the next run of as many.
fn code_span(text: &str, ticks: usize) -> Option<usize> {
    let mut at = ticks;
    while let Some(start) = text[at..].find('`').map(|found| at + found) {
        let run = text.len() - start - text[start..].trim_start_matches('`').len();
        if run == ticks {
            return Some(start + run);
        }
        at = start + run;
    }
    None
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    /// The texts of a page as a reader of Markdown sees them, and every kind of markup.
    fn seen(page: &str) -> (String, Vec<&'static str>) {
        let (mut text, mut markup) = (String::new(), Vec::new());
        for event in Parser::new_ext(page, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
            match event {
                Event::Text(part) | Event::Code(part) => text += &part,
                Event::SoftBreak | Event::HardBreak => markup.push("break"),
                Event::Html(_) | Event::InlineHtml(_) => markup.push("html"),
                Event::Rule => markup.push("rule"),
                Event::Start(tag) => markup.push(match tag {
                    Tag::Paragraph => "p",
                    Tag::Heading { .. } => "heading",
                    Tag::List(_) => "list",
                    Tag::Item => "item",
                    Tag::TableCell => "cell",
                    Tag::Table(_) | Tag::TableHead | Tag::TableRow => "table",
                    _ => "other",
                }),
                _ => {}
            }
        }
        (text, markup)
    }

    /// Holds the text in every place that texts are written to; a reader sees the words and no markup but ours.
    fn check(text: &str) {
        let written = markdown(text);
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '`').collect::<String>();
        let expected = bare(&one_line(text));
        for frame in ["\n{}\n", "- {}\n", "- **a:** {}\n", "## {}\n", "| a |\n|---|\n| {} |\n", "1. x: {}\n"] {
            let (seen_text, markup) = seen(&frame.replace("{}", &written));
            let (plain_text, plain) = seen(&frame.replace("{}", if expected.is_empty() { "" } else { "word" }));
            assert_eq!(markup, plain, "{text:?} is written as {written:?} in {frame:?}");
            let expected = plain_text.replace("word", &expected);
            assert_eq!(bare(&seen_text), bare(&expected), "{text:?} is written as {written:?} in {frame:?}");
        }
    }

    #[test]
    fn no_text_brings_markup_of_its_own() {
        let all = [
            "a | b\n## head\n<img src=x onerror=alert(1)>",
            "# head",
            "- item",
            "1. item",
            "12) item",
            "> quote",
            "---",
            "===",
            "***",
            ":--",
            "    code",
            "~~~",
            "```\ncode",
            "`a`` <img> ```",
            "`a",
            "``a` <b>",
            "\\`<b>`",
            "[a](b)",
            "![a](b)",
            "<https://a.example>",
            "a&lt;b",
            "~~a~~",
            "a\u{2028}# b",
            "a\u{85}b",
            "a\u{b}b",
            "*a*",
            "_a_",
            "__a__",
            "a * b * c",
            "**",
            "a\\",
        ];
        all.into_iter().for_each(check);
        // Random texts of what Markdown reads as markup.
        let parts = [
            "`", "``", "<b>", "<", ">", "|", "\\", "*", "_", "~", "~~", "[", "](x)", "!", "#", "-", "1.", " ", "a",
            "&amp;", "&", ";", "\n", "=",
        ];
        let mut state = 7_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..8 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text += parts[(state >> 33) as usize % parts.len()];
            }
            check(&text);
        }
    }

    #[test]
    fn plain_texts_stay_as_they_are() {
        for (text, expected) in [
            ("opt_in *", "opt_in *"),
            ("__gpp. all of ad_storage", "__gpp. all of ad_storage"),
            ("a *b* and _c_", "a \\*b\\* and \\_c\\_"),
            ("`a_b` & `<c>`|", "`a_b` & `<c>`\\|"),
            ("a ` b <c>", "a \\` b &lt;c>"),
            ("C:\\d", "C:\\\\d"),
            ("https://a.example/?b=1&c=2", "https://a.example/?b=1&c=2"),
        ] {
            assert_eq!(markdown(text), expected);
        }
    }
}
