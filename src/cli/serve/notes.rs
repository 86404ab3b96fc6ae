//! The server's own pages, which say what to do when there is nothing to show.

use super::proxy::BODY_BYTES_MAX;
use crate::cli::markup::html;

pub(super) fn not_found(path: &str, pages: &[String]) -> String {
    let links = pages.iter().take(40).map(|page| format!("<li><a href=\"{}\">{}</a></li>", html(page), html(page)));
    let text = format!(
        "<p>There is no page <code>{}</code> in the site’s pages folder. The pages are:</p><ul>{}</ul>",
        html(path),
        links.collect::<String>()
    );
    note("No such page", &text)
}

/// The site names no pages and no origin, or never compiled.
pub(super) fn no_pages(is_broken: bool) -> String {
    let text = if is_broken {
        "<p>The site’s files have errors, so there is nothing to show yet. \
         The <a href=\"/__selvedge/\">panel</a> lists them; this page appears when they are fixed.</p>"
    } else {
        "<p>The site names no pages of its own and no origin. Add <code>pages = \"pages\"</code> or \
         <code>origin = \"https://…\"</code> to <code>selvedge.toml</code>, or start with \
         <code>selvedge serve --origin https://…</code>.</p>"
    };
    note("Nothing to show yet", text)
}

pub(super) fn no_origin(origin: &str, why: &str) -> String {
    let text = format!(
        "<p><code>{}</code> did not answer: {}.</p><p>Is it running? Another one can be named with <code>--origin</code>.</p>",
        html(origin),
        html(why)
    );
    note("The origin did not answer", &text)
}

/// The preview holds a file whole.
pub(super) fn too_large() -> String {
    let text = format!("<p>The preview shows files of up to {} MiB.</p>", BODY_BYTES_MAX >> 20);
    note("The file is too large", &text)
}

/// Files cannot be posted to.
pub(super) fn read_only() -> String {
    note(
        "Pages can only be read",
        "<p>A folder of pages cannot receive data. Preview a real server with <code>--origin</code>.</p>",
    )
}

fn note(title: &str, text: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>:root{{color-scheme:light dark}}body{{font:1rem/1.6 system-ui,sans-serif;max-width:38rem;\
         margin:12vh auto;padding:0 1.5rem}}code{{font-size:.95em}}</style><h1>{title}</h1>{text}\
         <p><a href=\"/__selvedge/\">Open the panel</a></p></html>"
    )
}
