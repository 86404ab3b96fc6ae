//! The elements of a page that matter here.

/// What a page's own markup says.
#[derive(Debug, Default)]
pub(super) struct Markup {
    /// The addresses of its scripts, in order.
    pub(super) scripts: Vec<String>,
    /// Policies in the page itself.
    pub(super) policies: Vec<String>,
    /// True if it has a `<Slot>` of a framework.
    pub(super) has_frames: bool,
    /// The text of the last data block: the one that counts.
    pub(super) block: Option<String>,
}

pub(super) fn read(html: &str) -> Markup {
    let mut markup = Markup::default();
    let (mut scripts, mut policies, mut has_frames) = (Vec::new(), Vec::new(), false);
    let settings = lol_html::RewriteStrSettings::new()
        .append_element_content_handler(lol_html::element!("script[src]", |element| {
            scripts.extend(element.get_attribute("src"));
            Ok(())
        }))
        .append_element_content_handler(lol_html::element!("meta[http-equiv]", |element| {
            let name = element.get_attribute("http-equiv").unwrap_or_default();
            if name.eq_ignore_ascii_case("content-security-policy") {
                policies.extend(element.get_attribute("content"));
            }
            Ok(())
        }))
        .append_element_content_handler(lol_html::element!("[data-selvedge-slot]", |_| {
            has_frames = true;
            Ok(())
        }));
    // The parser may give up: what it found by then counts.
    let _ = lol_html::rewrite_str(html, settings);
    (markup.scripts, markup.policies, markup.has_frames) = (scripts, policies, has_frames);
    markup.block = block(html);
    markup
}

/// The edge writes its block behind the page, so the last one is the edge's.
fn block(html: &str) -> Option<String> {
    let at = html.rfind("id=\"selvedge-page\"")?;
    let (_, rest) = html.get(at..)?.split_once('>')?;
    Some(rest.split_once("</script>")?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_data_block_counts() {
        let page = "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'\">\
            <script src=a.js></script><p data-selvedge-slot=x>\
            <script type=\"application/json\" id=\"selvedge-page\">{\"v\":1,\"forged\":1}</script>\
            <script type=\"application/json\" id=\"selvedge-page\">{\"v\":1}</script>";
        let Markup { scripts, policies, has_frames, block } = read(page);
        assert_eq!((scripts, policies), (vec!["a.js".to_owned()], vec!["default-src 'self'".to_owned()]));
        assert_eq!((has_frames, block.as_deref()), (true, Some("{\"v\":1}")));
        assert_eq!(read("<p>").block, None);
    }
}
