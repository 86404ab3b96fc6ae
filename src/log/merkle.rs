//! The Merkle tree over the lines of a log (RFC 6962 §2.1).
//!
//! Takes lines, gives leaf hashes and the root over them. It never reads a log.
//!
//! A leaf stays where a line was taken out. A hash of the line alone would tell it to anybody who can guess it: its
//! neighbours tell all of it but a short id. So a leaf is made with a salt that goes with its line.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// Random bytes of a leaf, so that nobody can guess its line.
pub type Salt = [u8; 16];

/// The hash of a line, without its newline: `SHA-256(0x00 ‖ line)`. Logs that were closed before leaves had salts have it as their leaf.
pub fn leaf(line: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(line).finalize().into()
}

/// The leaf of a line with this [hash](leaf): `SHA-256(0x00 ‖ salt ‖ hash)`.
pub fn salted(salt: &Salt, hash: &Hash) -> Hash {
    Sha256::new().chain_update([0]).chain_update(salt).chain_update(hash).finalize().into()
}

/// A tree that grows leaf by leaf. It holds one hash for each of its whole subtrees, of which a log of a million lines has twenty.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    count: u64,
    /// The roots of the whole subtrees, the largest first: one for each bit of `count` that is set.
    roots: Vec<Hash>,
}

impl Tree {
    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut whole = leaf;
        // Every subtree that is as large as what was added last becomes one with it.
        for _ in 0..self.count.trailing_ones() {
            let Some(left) = self.roots.pop() else { break };
            whole = node(&left, &whole);
        }
        self.roots.push(whole);
        self.count += 1;
    }

    /// How many leaves there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The root over all leaves; that of none is the hash of nothing.
    pub fn root(&self) -> Hash {
        let joined = self.roots.iter().rev().copied().reduce(|right, left| node(&left, &right));
        joined.unwrap_or_else(|| Sha256::new().finalize().into())
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::default();
        leaves.into_iter().for_each(|leaf| tree.push(leaf));
        tree
    }
}

/// `SHA-256(0x01 ‖ left ‖ right)`
fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::hex;

    /// The example tree of Certificate Transparency's reference implementation: its eight leaves and the roots over the first n.
    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let data: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        assert_eq!(hex(&tree.root()), roots[0]);
        for (data, expected) in data.iter().zip(&roots[1..]) {
            tree.push(leaf(data));
            assert_eq!(hex(&tree.root()), *expected, "{}", tree.count());
        }
    }

    /// RFC 6962 §2.1 as it is written: split at the largest power of two below the number of leaves.
    fn by_the_book(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::new().finalize().into(),
            [only] => *only,
            several => {
                let (left, right) = several.split_at(several.len().next_power_of_two() / 2);
                node(&by_the_book(left), &by_the_book(right))
            }
        }
    }

    #[test]
    fn a_tree_of_any_size_is_that_of_the_standard() {
        let leaves: Vec<Hash> = (0..300_u32).map(|at| leaf(&at.to_be_bytes())).collect();
        for count in 0..=leaves.len() {
            let tree: Tree = leaves[..count].iter().copied().collect();
            assert_eq!(tree.root(), by_the_book(&leaves[..count]), "{count}");
            assert_eq!(tree.roots.len() as u32, count.count_ones(), "{count}");
        }
    }
}
