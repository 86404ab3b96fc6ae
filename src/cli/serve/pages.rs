//! The site's own pages: files of one folder.
//!
//! The folder is never left, by `..`, by an encoded slash or by a link.

use std::path::{Component, Path, PathBuf};

use super::choice::percent_decode;
use super::proxy::BODY_BYTES_MAX;
use crate::cli::files;

/// The most pages that are listed: the panel's picker is no sitemap.
const PAGES_MAX: usize = 500;

#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) enum Found {
    File {
        bytes: Vec<u8>,
        content_type: &'static str,
    },
    /// A file that the preview does not hold in memory.
    TooLarge,
    /// A folder without its slash.
    Redirect(String),
    Missing,
}

/// The file at `path` (percent-encoded, from `/`).
pub(in crate::cli) fn find(folder: &Path, path: &str) -> Found {
    let Some(relative) = relative(path) else { return Found::Missing };
    let wanted = folder.join(relative);
    let Some(wanted) = inside(folder, &wanted) else { return Found::Missing };
    if wanted.is_dir() {
        if !path.ends_with('/') {
            return Found::Redirect(format!("{path}/"));
        }
        return file(folder, &wanted.join("index.html"));
    }
    // `/help.html/` is no folder, and its relative links would go astray.
    if path.ends_with('/') { Found::Missing } else { file(folder, &wanted) }
}

/// The paths of the pages in a folder, sorted: `/`, `/help/`, `/about.html`.
pub(in crate::cli) fn list(folder: &Path) -> Vec<String> {
    let mut pages = Vec::new();
    let mut folders = vec![(folder.to_path_buf(), String::from("/"))];
    while let Some((folder, prefix)) = folders.pop() {
        let Ok(entries) = fs_err::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push((entry.path(), format!("{prefix}{name}/"))),
                Ok(kind) if kind.is_file() && name == "index.html" => pages.push(prefix.clone()),
                Ok(kind) if kind.is_file() && name.ends_with(".html") && name != "404.html" => {
                    pages.push(format!("{prefix}{name}"));
                }
                _ => {}
            }
        }
        if pages.len() > PAGES_MAX {
            break;
        }
    }
    pages.sort();
    pages.truncate(PAGES_MAX);
    pages
}

/// Every page in a folder, by its path; one that is not UTF-8 is left out.
pub(in crate::cli) fn all(folder: &Path) -> Vec<(String, String)> {
    let page = |path: String| match find(folder, &path) {
        Found::File { bytes, .. } => Some((path, String::from_utf8(bytes).ok()?)),
        _ => None,
    };
    list(folder).into_iter().filter_map(page).collect()
}

/// A path as plain names below the folder; `None` for anything else, files that start with a dot included.
fn relative(path: &str) -> Option<PathBuf> {
    let decoded = String::from_utf8(percent_decode(path)).ok()?;
    if decoded.contains(['\0', '\\']) {
        return None;
    }
    let relative = PathBuf::from(decoded.trim_start_matches('/'));
    let is_plain = |component: Component<'_>| match component {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        _ => false,
    };
    relative.components().all(is_plain).then_some(relative)
}

/// The real path, if it is below the real folder.
fn inside(folder: &Path, wanted: &Path) -> Option<PathBuf> {
    let real = fs_err::canonicalize(wanted).ok()?;
    real.starts_with(fs_err::canonicalize(folder).ok()?).then_some(real)
}

fn file(folder: &Path, path: &Path) -> Found {
    match inside(folder, path).map(|path| files::read_bounded(&path, BODY_BYTES_MAX)) {
        Some(Ok(bytes)) => {
            // A header hides what a page says of its own encoding. So only a file in UTF-8 gets one.
            let is_utf8 = std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains('\x1b'));
            let content_type = content_type(path);
            let content_type = if is_utf8 { content_type } else { content_type.trim_end_matches("; charset=utf-8") };
            Found::File { bytes, content_type }
        }
        Some(Err(files::Unread::TooLong(_))) => Found::TooLarge,
        Some(Err(_)) | None => Found::Missing,
    }
}

pub(super) fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" | "webmanifest" => "application/json",
        "txt" | "md" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "wasm" => "application/wasm",
        "mp4" => "video/mp4",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_have_index_pages_and_nothing_outside_is_read() {
        let root = std::env::temp_dir().join(format!("selvedge-pages-{}", std::process::id()));
        let pages = root.join("pages");
        fs_err::create_dir_all(pages.join("help")).expect("a temporary folder");
        for (file, text) in [
            ("secret.txt", "secret"),
            ("pages/index.html", "home"),
            ("pages/help/index.html", "help"),
            ("pages/about us.html", "about"),
            ("pages/.env", "secret"),
        ] {
            fs_err::write(root.join(file), text).expect("a temporary file");
        }
        let own = [
            ("a", &b"<meta charset=windows-1252>Stra\xdfe"[..], "text/html"),
            ("b", "Straße".as_bytes(), "text/html; charset=utf-8"),
            ("c", b"\x1b$B", "text/html"),
        ];
        for (name, bytes, expected) in own {
            fs_err::write(pages.join(format!("help/{name}.html")), bytes).expect("a temporary file");
            let found = find(&pages, &format!("/help/{name}.html"));
            assert!(matches!(found, Found::File { content_type, .. } if content_type == expected), "{found:?}");
            fs_err::remove_file(pages.join(format!("help/{name}.html"))).expect("the file is there");
        }
        #[cfg(unix)]
        fs_err::os::unix::fs::symlink(root.join("secret.txt"), pages.join("link.txt")).expect("a link");

        for (path, expected) in [("/", "home"), ("/help/", "help"), ("/about%20us.html", "about")] {
            assert!(matches!(find(&pages, path), Found::File { bytes, .. } if bytes == expected.as_bytes()), "{path}");
        }
        assert_eq!(find(&pages, "/help"), Found::Redirect("/help/".into()));
        assert_eq!(list(&pages), ["/", "/about us.html", "/help/"]);
        for path in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/help/../../secret.txt",
            "/..%2fsecret.txt",
            "/..%5csecret.txt",
            "/help/%2e%2e/%2e%2e/secret.txt",
            "//etc/passwd",
            "/%2fetc/passwd",
            "/.env",
            "/%2eenv",
            "/index.html/",
            "/index.html%00.txt",
            "/link.txt",
            "/%ff",
            "/nothing.html",
        ] {
            assert_eq!(find(&pages, path), Found::Missing, "{path}");
        }
        fs_err::remove_dir_all(&root).expect("the temporary folder");
    }
}
