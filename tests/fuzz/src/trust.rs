//! Root and head: any bytes, or sound documents with changes. Every signature is taken to hold, so that what is behind it is read.

use std::sync::LazyLock;

use selvedge::trust::{Expiry, Floor, Kind, claimed_scope, native};

use super::ground::{NOW_MS, SCOPE, believed, documents};
use super::patch::patched;

static DOCUMENTS: LazyLock<(Vec<u8>, Vec<u8>)> =
    LazyLock::new(|| documents(&[(Kind::Program, b"program"), (Kind::Index, b"index"), (Kind::Chunk, b"chunk")]));

/// Reads a root and a head, the second byte says which of them is changed.
pub fn run(data: &[u8]) {
    let Some((which, data)) = data.split_first() else { return };
    let (root, head) = &*DOCUMENTS;
    let is_root = which % 2 == 0;
    let Some((_, document)) = patched(data, &[if is_root { root } else { head }]) else { return };
    let (root, head) = if is_root { (&document, head) } else { (root, &document) };
    let _ = claimed_scope(root);
    let _ = native::root(root, &SCOPE);
    if let Some(release) = believed(root, head) {
        for position in 0..=release.targets().len() {
            let _ = release.path(position);
            let _ = native::admit(&release, position, b"program".to_vec());
        }
    }
    // Nobody signed it.
    assert!(native::open(root, head, &SCOPE, NOW_MS, Floor::default(), Expiry::AllowStale).is_err());
}
