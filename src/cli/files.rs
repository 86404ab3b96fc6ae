//! Files: reading what may not be there, and writing a file whole or not at all.

use std::io::{BufWriter, ErrorKind, Read as _, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fs_err::File;

/// Texts that are part of the program, by name: files of a folder, whose path is from the file that lists them.
macro_rules! included {
    ($folder:literal: $($name:literal)*) => { &[$(($name, include_str!(concat!($folder, "/", $name)))),*] };
}
pub(super) use included;

/// A byte order mark. Some programs begin a text file with one, and it says nothing in UTF-8.
pub(super) const MARK: &str = "\u{feff}";

/// The text of a file; `-` is standard input.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let is_input = path.as_os_str() == "-";
    let text = if is_input { std::io::read_to_string(std::io::stdin().lock())? } else { fs_err::read_to_string(path)? };
    Ok(unmarked(text))
}

fn unmarked(text: String) -> String {
    text.strip_prefix(MARK).map(str::to_owned).unwrap_or(text)
}

/// A file's bytes; `None` if there is no such file.
pub(super) fn read_if_there(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    if_there(fs_err::read(path))
}

/// A file's text; `None` if there is no such file.
pub(super) fn text_if_there(path: &Path) -> anyhow::Result<Option<String>> {
    if_there(fs_err::read_to_string(path).map(unmarked))
}

/// A file of secrets: the one that is named, or where only the `usual` one is, and this folder has none, the one of a site's folder.
pub(super) fn of_site(named: &Path, usual: &str, site: Option<&Path>) -> PathBuf {
    let is_missing = named == Path::new(usual) && !named.is_file();
    let of_site = site.map(|site| site.join(usual)).filter(|path| is_missing && path.is_file());
    of_site.unwrap_or_else(|| named.to_owned())
}

/// Why a file was not read whole.
#[derive(Debug)]
pub(super) enum Unread {
    /// It has this many bytes, which is too many.
    TooLong(u64),
    Error(std::io::Error),
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong(bytes) => write!(f, "it has {bytes} bytes, which is more than the limit"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unread {}

impl From<std::io::Error> for Unread {
    fn from(error: std::io::Error) -> Self {
        Self::Error(error)
    }
}

/// A file's bytes, unless there are more than `max`. A pipe or a device is refused: it may never end, or never begin.
pub(super) fn read_bounded(path: &Path, max: u64) -> Result<Vec<u8>, Unread> {
    let data = fs_err::metadata(path)?;
    if !data.is_file() {
        return Err(std::io::Error::other(format!("{} is not a file", path.display())).into());
    }
    if data.len() > max {
        return Err(Unread::TooLong(data.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(data.len()).unwrap_or_default());
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max { Err(Unread::TooLong(bytes.len() as u64)) } else { Ok(bytes) }
}

fn if_there<T>(read: std::io::Result<T>) -> anyhow::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A folder's entries by name.
pub(super) fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs_err::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The file with another ending behind its own.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// A file that is written beside its place. It takes the place whole, or nothing is left of it.
pub(super) struct Replacement {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
    is_placed: bool,
}

impl Replacement {
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        let partial = path.with_file_name(format!(".{}.partial", name(path)));
        let file = BufWriter::with_capacity(256 << 10, File::create(&partial)?);
        let begun = Self { path: path.to_owned(), partial, file, is_placed: false };
        // A user who could not read the old file cannot read the new one.
        if let Ok(old) = std::fs::metadata(path) {
            fs_err::set_permissions(&begun.partial, old.permissions())?;
        }
        Ok(begun)
    }

    /// Puts it in its place: to the disk first, then under its name.
    pub(super) fn place(mut self) -> anyhow::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs_err::rename(&self.partial, &self.path)?;
        self.is_placed = true;
        Ok(())
    }

    /// As [`place`](Self::place), with its name on the disk too.
    pub(super) fn place_for_good(self) -> anyhow::Result<()> {
        let folder = folder_of(&self.path);
        self.place()?;
        std::fs::File::open(&folder).and_then(|folder| folder.sync_all()).with_context(|| folder.display().to_string())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}

/// Writes a short file whole or not at all.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = Replacement::of(path)?;
    file.write_all(bytes)?;
    file.place()
}

/// A file may have appeared since the last look. A write keeps it, or takes its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    Keep,
    Replace,
}

/// Writes a file that its owner alone may read, whole or not at all, and tells whether it did. A second process never reads half of it.
pub(super) fn write_private(path: &Path, bytes: &[u8], existing: Existing) -> anyhow::Result<bool> {
    let partial = beside(path, &format!("{}.partial", std::process::id()));
    let mut file = private_file(&partial)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    let placed = match existing {
        Existing::Replace => written.and_then(|()| fs_err::rename(&partial, path)),
        Existing::Keep => written.and_then(|()| fs_err::hard_link(&partial, path)),
    };
    // Gone already where it was renamed.
    let _ = fs_err::remove_file(&partial);
    match placed {
        Err(error) if existing == Existing::Keep && error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("{} cannot be written", path.display())),
        Ok(()) => Ok(true),
    }
}

/// Opens a file that its owner alone may read.
pub(super) fn private_file(path: &Path) -> anyhow::Result<File> {
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    Ok(options.open(path)?)
}
