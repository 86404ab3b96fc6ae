//! The files of a site, before they are parsed.
//!
//! Takes a folder, gives the bytes of every file that a site can have, or why there are none. It knows nothing of TOML, never
//! reads more than [`FILE_BYTES_MAX`] of a file and follows no link to a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::keys::FileKind;
use super::names;
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
    /// Files and folders beside them that are not read and have nearly the name of one that is, with the names to give them.
    pub strays: BTreeMap<String, String>,
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
            let Ok(name) = entry.file_name().into_string() else { continue };
            let is_folder = entry.path().is_dir();
            if (!is_folder || holds_toml(&entry.path()))
                && let Some(meant) = meant(&name, is_folder)
            {
                files.strays.insert(name.clone(), meant);
            }
            if is_folder {
                files.folders.insert(name);
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

/// The pattern of paths that a file or a folder beside the site's was probably meant for: `region.toml` for `regions.toml`.
fn meant(name: &str, is_folder: bool) -> Option<String> {
    let stem = if is_folder { name } else { name.strip_suffix(".toml")? }.to_ascii_lowercase();
    let first = |pattern: &'static str| pattern.split('/').next().unwrap_or(pattern);
    let is_read = |kind: &FileKind| first(kind.pattern()) == name;
    if name.starts_with('.') || name == LOCK || FileKind::ALL.iter().any(is_read) {
        return None;
    }
    let of = |kind: &FileKind| first(kind.pattern()).trim_end_matches(".toml");
    let closest = names::closest(&stem, FileKind::ALL.iter().map(of))?;
    FileKind::ALL.iter().find(|kind| of(kind) == closest).map(|kind| kind.pattern().into())
}

fn holds_toml(folder: &Path) -> bool {
    let is_toml = |entry: fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "toml");
    fs::read_dir(folder).into_iter().flatten().flatten().any(is_toml)
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
    fn a_file_with_nearly_the_name_of_a_file_of_the_site_is_found_with_that_name() {
        for (name, is_folder, expected) in [
            ("region.toml", false, Some("regions.toml")),
            ("slot.toml", false, Some("slots.toml")),
            ("Slots.toml", false, Some("slots.toml")),
            ("audience", true, Some("audiences/*.toml")),
            ("audiences.toml", false, Some("audiences/*.toml")),
            ("contents", true, Some("content/**/*.toml")),
            ("slots", true, Some("slots.toml")),
            ("slots.toml", false, None),
            ("audiences", true, None),
            ("wrangler.toml", false, None),
            ("netlify.toml", false, None),
            ("typos.toml", false, None),
            ("pages", true, None),
            ("src", true, None),
            ("notes.md", false, None),
        ] {
            assert_eq!(meant(name, is_folder).as_deref(), expected, "{name}");
        }
        let site = std::env::temp_dir().join(format!("selvedge-strays-{}", std::process::id()));
        for path in ["audience/x.toml", "event/readme.md", "slot.toml", "selvedge.toml"] {
            fs::create_dir_all(site.join(path).parent().expect("a folder")).expect("a temporary folder");
            fs::write(site.join(path), "name = \"x\"\n").expect("a temporary file");
        }
        let (_, found, _) = crate::author::check(&Files::read(&site));
        let told = found.iter().filter(|finding| finding.code == "SV9016");
        let told: Vec<_> = told.map(|found| (&*found.place.file, found.help.as_deref().unwrap_or_default())).collect();
        assert_eq!(
            told,
            [("audience", "did you mean `audiences/*.toml`?"), ("slot.toml", "did you mean `slots.toml`?")]
        );
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
