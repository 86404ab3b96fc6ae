//! This file says if the data block can stand behind a page, by the last bytes of the page.
//!
//! A page can break off anywhere. Browsers drop half a tag and half a script at the end of a page, so the block may not close them.
//! A text area or a comment that is open gets its end, so that the loader finds the block.

use alloc::string::String;

use super::kinds::{TEXT, is, may_be};
use super::tags::{Piece, has, lower, piece, raw_end};

/// As many of the last bytes tell how a page ends.
pub(super) const END_BYTES: usize = 4096;

/// This stands between the page and the block. End tags of elements that are not open are nothing. The comment behind them ends a comment
/// that is open. In a script that began further up, it is what keeps the block's own end tag from ending that script.
pub(super) const CLOSING: &str = "</textarea></title></style></iframe></noscript></template></template>\
    <!--<script>--!>";

/// The end tag that goes in front of the block of a page with these last bytes; `None` where the block cannot stand behind them.
pub(super) fn ending(page: &[u8]) -> Option<String> {
    let end = page.get(page.len().saturating_sub(END_BYTES)..)?;
    // They may begin within a script, which is text.
    let text = raw_end(end, 0, "script").filter(|at| !end.get(..*at).is_some_and(|text| has(text, b"<script")));
    let mut at = text.unwrap_or_default();
    while at < end.len() {
        let Some((piece, next)) = piece(end, at, true) else {
            return end.get(at..)?.starts_with(b"<!--").then(String::new);
        };
        at = next;
        let Piece::Start { name, .. } = piece else { continue };
        if !may_be(name, TEXT) {
            continue;
        }
        let name = lower(name);
        if !is(&name, TEXT) {
            continue;
        }
        match raw_end(end, at, &name) {
            _ if name == "plaintext" => return None,
            Some(close) => at = close,
            None if name == "script" => return None,
            None => return Some(["</", &name, ">"].concat()),
        }
    }
    Some(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_breaks_off_in_a_tag_gets_no_block() {
        let ends = [
            "<a href=\"/y",
            "<a href='/y",
            "<a href=/y",
            "<a",
            "<",
            "</",
            "</p",
            "<!-",
            "<!",
            "<?",
            "<? php",
            "<!doctype",
            "<script src=\"/app",
            "<img src=x onerror=\"a>1;//",
            "<img title=\"a>b\" ",
            "<img title='a>b' ",
            "<p a=\"x>y",
            "<p a=\"x\" b = \"<b>bold</b>",
            "<script>x</scrip",
            "<svg><![CDATA[x",
            "<svg><![CDATA[x>y",
            "<script>if (a<b) {",
            "<script>a > 1; // '",
            "<plaintext>a",
            "<p title=\"a>",
            "<a href=\"?q=\" title=\"a>",
        ];
        for end in ends {
            assert_eq!(ending(format!("<!doctype html><p class=\"x\">y</p>{end}").as_bytes()), None, "{end}");
        }
        let long = format!("<p title=\"{}\"><a lang=\"a>b", "x".repeat(END_BYTES));
        assert_eq!(ending(long.as_bytes()), None);
    }

    #[test]
    fn behind_whole_tags_it_gets_one() {
        let ends = [
            "",
            "text",
            "</body></html>\n",
            &format!("<script>{}</script>", "if (i<a.length) u='?id='+\"it's\";".repeat(200)),
            "don't \"go\"",
            "<!-- end -->",
            "<textarea>abc",
            "<!-- a > b",
            "<!-- a",
            "<script src=a integrity=\"sha384-x=\"></script>",
            "<a title=''>x",
            "<a href=\"\">x",
            "&am",
            "<svg><title>abc",
            "<script>u='?id='+x</script></body>",
            "<script>u=\"?id=\"+x</script>",
            "<script>//<![CDATA[\n//]]></script>",
            "<p title='it=\"'>x",
            "<td width = \"1\">",
            "<a href=x>it's",
        ];
        for end in ends {
            assert!(ending(format!("<!doctype html><p>y</p>{end}").as_bytes()).is_some(), "{end}");
        }
    }

    #[test]
    fn a_text_that_is_open_is_ended_first() {
        let ends = [
            ("<TextArea>a<b>", "</textarea>"),
            ("<xmp><style></style>", "</xmp>"),
            ("<title>x</title><style>p{", "</style>"),
            ("<noscript><img></noscript><iframe>x", "</iframe>"),
            ("<!-- <script src=a> --><style>p{}", "</style>"),
            ("<script><!-- a //--></script>", ""),
            ("<textarea>a</textarea", "</textarea>"),
            ("<style>p{}</STYLE>", ""),
            ("<script>//<![CDATA[\n//]]></script><svg><![CDATA[x]]></svg>", ""),
        ];
        for (end, expected) in ends {
            assert_eq!(ending(format!("<p>y</p>{end}").as_bytes()).as_deref(), Some(expected), "{end}");
        }
    }

    #[test]
    fn nothing_of_it_ends_a_value_in_single_quotes() {
        assert!(!CLOSING.contains(['"', '\'']));
    }
}
