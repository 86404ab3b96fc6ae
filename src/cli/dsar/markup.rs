//! The parts of the page: headings, lists and tables, with links where a text names an address.

use super::lang::Lang;
use crate::cli::markup::html;

pub(super) fn heading(out: &mut String, text: &str) {
    *out += &format!("<h2>{}</h2>\n", linked(text));
}

pub(super) fn paragraph(out: &mut String, text: &str) {
    *out += &format!("<p>{}</p>\n", linked(text));
}

/// A list. A line break divides a point.
pub(super) fn list(out: &mut String, points: &[String]) {
    let points = points.iter().map(|text| format!("<li>{}</li>", lines(text))).collect::<String>();
    *out += &format!("<ul>{points}</ul>\n");
}

/// A table. The first cell of a row is its heading, a line break divides a cell, and on a narrow screen each cell has its own label.
pub(super) fn table(out: &mut String, class: &str, caption: &str, head: &[&str], rows: &[Vec<String>]) {
    *out += &format!("<table class=\"{class}\"><caption class=\"unseen\">{}</caption>\n", html(caption));
    if !head.is_empty() {
        let names = head.iter().map(|name| format!("<th scope=\"col\">{}</th>", html(name))).collect::<String>();
        *out += &format!("<thead><tr>{names}</tr></thead>\n");
    }
    *out += "<tbody>\n";
    for row in rows {
        *out += "<tr>";
        for (at, text) in row.iter().enumerate() {
            let lines = lines(text);
            let label = head.get(at).filter(|_| at > 0).map(|name| format!(" data-label=\"{}\"", html(name)));
            let label = label.unwrap_or_default();
            *out +=
                &if at == 0 { format!("<th scope=\"row\">{lines}</th>") } else { format!("<td{label}>{lines}</td>") };
        }
        *out += "</tr>\n";
    }
    *out += "</tbody></table>\n";
}

fn lines(text: &str) -> String {
    text.lines().map(linked).collect::<Vec<_>>().join("<br>")
}

/// A text whose web and email addresses are links. An article of the law stays with its number.
pub(super) fn linked(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive([' ', '\n']) {
        let word = part.trim_end();
        let bare = word.trim_end_matches(['.', ',', ';', ':', ')']).trim_start_matches('(');
        let before = &word[..word.find(bare).unwrap_or(0)];
        let after = &part[before.len() + bare.len()..];
        let is_mail = bare.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && host.contains('.')
                && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+@".contains(&byte))
        });
        let is_url = bare.starts_with("https://") || bare.starts_with("http://");
        out += &match (is_url, is_mail) {
            (true, _) => format!("{}<a href=\"{1}\">{1}</a>{2}", html(before), html(bare), html(after)),
            (_, true) => format!("{}<a href=\"mailto:{1}\">{1}</a>{2}", html(before), html(bare), html(after)),
            _ => html(part).to_string(),
        };
    }
    out.replace("Art. ", "Art.\u{a0}").replace(" Abs. ", "\u{a0}Abs.\u{a0}")
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(lang: Lang, all: &[String]) -> String {
    match all {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} {} {last}", head.join(", "), lang.say("and", "und")),
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_links_and_nothing_else_is_markup() {
        assert_eq!(
            linked("Write to a@b.example, or see https://x.example/a?b=1&c. Art. 7"),
            "Write to <a href=\"mailto:a@b.example\">a@b.example</a>, or see <a href=\"https://x.example/a?b=1&amp;c\">\
             https://x.example/a?b=1&amp;c</a>. Art.\u{a0}7"
        );
        assert_eq!(linked("<b>@x.y"), "&lt;b&gt;@x.y");
        assert_eq!(linked("https://\"onclick=x"), "<a href=\"https://&quot;onclick=x\">https://&quot;onclick=x</a>");
    }
}
