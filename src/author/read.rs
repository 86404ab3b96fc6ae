//! The files of a site, before they are parsed.
//!
//! Takes a folder, gives the bytes of every file that a site can have, or why there are none. It knows nothing of TOML, never
//! reads more than [`FILE_BYTES_MAX`] of a file and follows no link to a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::keys::FileKind;
use super::points::LOCK;

/// The largest file that is read. The largest honest one, a content item in dozens of locales, is a hundredth of it.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Folders below `content/` that are looked into, one inside the other.
const DEPTH_MAX: usize = 16;

/// Every file of a site, by its path from the site's folder with `/`.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The folder; only a name here.
    pub folder: PathBuf,
    /// The files.
    pub entries: BTreeMap<String, Entry>,
    /// Folders beside them, which may hold the site's own pages.
    pub folders: BTreeSet<String>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// It is larger than [`FILE_BYTES_MAX`]: its size, and nothing was read.
    TooLarge(u64),
    /// It could not be read, and why.
    Unreadable(String),
    /// A folder that is not looked into.
    Folder,
}

impl Files {
    /// Reads the site in `folder`. A file that cannot be read is an entry too, so that one run tells about all of them.
    pub fn read(folder: &Path) -> Self {
        let mut files = Self { folder: folder.to_path_buf(), ..Self::default() };
        if !folder.is_dir() {
            return files;
        }
        let patterns = FileKind::ALL.iter().map(|kind| kind.pattern());
        for pattern in patterns.chain([LOCK]) {
            match pattern.split_once("/*") {
                Some((name, rest)) => {
                    files.read_folder(&folder.join(name), name, if rest.starts_with('*') { DEPTH_MAX } else { 1 });
                }
                None if folder.join(pattern).symlink_metadata().is_ok() => {
                    files.entries.insert(pattern.into(), read_file(&folder.join(pattern)));
                }
                None => {}
            }
        }
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                files.folders.extend(entry.file_name().into_string());
            }
        }
        files
    }

    fn read_folder(&mut self, folder: &Path, name: &str, depth: usize) {
        let listing = match fs::read_dir(folder) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return drop(self.entries.insert(name.into(), Entry::Unreadable(error.to_string()))),
        };
        for entry in listing.flatten() {
            // A name that is not UTF-8 cannot be written in any other file of the site.
            let file_name = entry.file_name().to_string_lossy().into_owned();
            if file_name.starts_with('.') {
                continue;
            }
            let path = format!("{name}/{file_name}");
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if depth > 1 {
                    self.read_folder(&entry.path(), &path, depth - 1);
                } else {
                    self.entries.insert(path, Entry::Folder);
                }
            } else {
                self.entries.insert(path, read_file(&entry.path()));
            }
        }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Files {
    fn from(texts: [(&str, &str); N]) -> Self {
        let entries = texts.map(|(path, text)| (path.to_owned(), Entry::Bytes(text.into())));
        Self { entries: entries.into(), ..Self::default() }
    }
}

fn read_file(path: &Path) -> Entry {
    // By metadata first: opening a pipe would block, and a huge file is not worth a read.
    match fs::metadata(path) {
        Err(error) => return Entry::Unreadable(error.to_string()),
        Ok(metadata) if !metadata.is_file() => return Entry::Unreadable("it is not a regular file".into()),
        Ok(metadata) if metadata.len() > FILE_BYTES_MAX => return Entry::TooLarge(metadata.len()),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    match fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)) {
        Err(error) => Entry::Unreadable(error.to_string()),
        Ok(_) if bytes.len() as u64 > FILE_BYTES_MAX => Entry::TooLarge(bytes.len() as u64),
        Ok(_) => Entry::Bytes(normal(bytes)),
    }
}

/// Text without a byte order mark, and with the line ends that git stores. A checkout on another system may add both, and
/// they have no meaning.
pub fn normal(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    if !bytes.contains(&b'\r') {
        return bytes;
    }
    let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
    let mut text = Vec::with_capacity(bytes.len());
    while let Some(line) = lines.next() {
        let is_ended = lines.peek().is_some();
        text.extend(line.strip_suffix(b"\r").filter(|_| is_ended).unwrap_or(line));
        text.extend(is_ended.then_some(b'\n'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_looked_into_is_found() {
        let site = std::env::temp_dir().join(format!("selvedge-deep-{}", std::process::id()));
        let deep = format!("content{}", "/a".repeat(DEPTH_MAX));
        for folder in [&deep, "audiences/old"] {
            fs::create_dir_all(site.join(folder)).expect("a temporary folder");
            fs::write(site.join(folder).join("lost.toml"), "owner = 7").expect("a temporary file");
        }
        fs::write(site.join("selvedge.toml"), "name = \"x\"").expect("a temporary file");
        let (_, found, _) = crate::author::check(&Files::read(&site));
        let unread = found.iter().filter(|finding| finding.code == "SV9016").map(|finding| finding.place.file.as_str());
        assert_eq!(unread.collect::<Vec<_>>(), ["audiences/old", &deep]);
        fs::remove_dir_all(&site).expect("the temporary folder");
    }

    #[test]
    fn what_a_checkout_adds_means_nothing() {
        for (text, expected) in [
            ("a\r\nb\r\n", "a\nb\n"),
            ("\u{feff}a\r\n", "a\n"),
            ("a\rb\r\r\n\r", "a\rb\r\n\r"),
            ("a\nb \u{feff}", "a\nb \u{feff}"),
            ("\r\n", "\n"),
            ("", ""),
        ] {
            assert_eq!(normal(text.into()), expected.as_bytes(), "{text:?}");
        }
    }
}
