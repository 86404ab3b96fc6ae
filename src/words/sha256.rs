//! SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), as far as draws and keyed digests need them. Takes bytes, gives their
//! digest or its first 64 bits. A message is a few dozen bytes, so it is gathered straight into the words of its one block.
//! In Wasm that and sixteen rounds at a time take a third of the bytes of a general hasher. Messages of one block can be digested four
//! at a time: see [`lanes`]. It never allocates, and signs or verifies nothing: the host computes the digests of files. Of what trust
//! depends on, only the short digests of classes come from here.

mod lanes;

#[cfg(target_feature = "simd128")]
use lanes::Four;
use lanes::Word;

/// A message under way.
pub(crate) struct Sha256 {
    state: [u32; 8],
    /// The current block, with zeros after its bytes.
    block: [u8; 64],
    /// Bytes so far.
    length: usize,
}

impl Sha256 {
    pub(crate) fn new() -> Self {
        Self { state: INITIAL, block: [0; 64], length: 0 }
    }

    /// Appends bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        // Byte by byte: Wasm's instruction for copying is a call, which takes longer than a short text.
        for byte in bytes {
            self.block[self.length % 64] = *byte;
            self.length += 1;
            if self.length.is_multiple_of(64) {
                compress(&mut self.state, &self.block);
                self.block = [0; 64];
            }
        }
    }

    /// The first eight bytes of the digest, as a big-endian number.
    pub(crate) fn first_word(self) -> u64 {
        let [first, second, ..] = self.finish();
        u64::from(first) << 32 | u64::from(second)
    }

    /// The digest.
    pub(crate) fn digest(self) -> [u8; 32] {
        let words = self.finish();
        core::array::from_fn(|at| words[at / 4].to_be_bytes()[at % 4])
    }

    fn finish(mut self) -> [u32; 8] {
        let bits = (self.length as u64) << 3;
        self.update(&[0x80]);
        if self.length % 64 > 56 {
            compress(&mut self.state, &self.block);
            self.block = [0; 64];
        }
        for (byte, of_bits) in self.block[56..].iter_mut().zip(bits.to_be_bytes()) {
            *byte = of_bits;
        }
        compress(&mut self.state, &self.block);
        self.state
    }
}

/// The digest of a text that is there already. One call, as few things are longer than a block.
#[inline(never)]
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.digest()
}

/// HMAC-SHA-256 of what `feed` feeds.
pub(crate) fn hmac(key: &[u8; 32], feed: impl FnOnce(&mut Sha256)) -> [u8; 32] {
    let padded = |with: u8| {
        let mut hash = Sha256::new();
        hash.update(&key.map(|byte| byte ^ with));
        // The rest of the block, where the key is zero.
        hash.update(&[with; 32]);
        hash
    };
    let (mut inner, mut outer) = (padded(0x36), padded(0x5c));
    feed(&mut inner);
    outer.update(&inner.digest());
    outer.digest()
}

/// A message of one block with its padding: what a short text is digested as.
#[derive(Clone, Copy)]
pub(crate) struct Block([u8; 64]);

impl Default for Block {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Block {
    /// These parts, one after the other; `None` if they are too long for one block.
    #[inline(always)]
    pub(crate) fn new(parts: &[&[u8]]) -> Option<Self> {
        let mut block = [0; 64];
        let mut length = 0;
        for part in parts {
            put(block.get_mut(length..length + part.len())?, part);
            length += part.len();
        }
        // The end of a message and its length in bits take nine bytes.
        block.get_mut(..56)?.get_mut(length).map(|end| *end = 0x80)?;
        [block[62], block[63]] = (8 * length as u16).to_be_bytes();
        Some(Self(block))
    }

    /// The first eight bytes of its digest, as a big-endian number.
    pub(crate) fn first_word(&self) -> u64 {
        let mut state = INITIAL;
        compress(&mut state, &self.0);
        u64::from(state[0]) << 32 | u64::from(state[1])
    }

    /// The first words of four digests.
    #[cfg(not(target_feature = "simd128"))]
    pub(crate) fn first_words(blocks: &[Self; 4]) -> [u64; 4] {
        blocks.each_ref().map(Self::first_word)
    }

    /// The first words of four digests, all at once.
    #[cfg(target_feature = "simd128")]
    #[inline(never)]
    pub(crate) fn first_words(blocks: &[Self; 4]) -> [u64; 4] {
        let mut state = INITIAL.map(Four::all);
        rounds(&mut state, Four::gather([&blocks[0].0, &blocks[1].0, &blocks[2].0, &blocks[3].0]));
        let (upper, lower) = (state[0].lanes(), state[1].lanes());
        core::array::from_fn(|lane| u64::from(upper[lane]) << 32 | u64::from(lower[lane]))
    }
}

/// Copies a short text over zeros. Wasm's instruction for copying is a call, which takes longer; a loop that copies becomes one.
#[inline(always)]
fn put(zeros: &mut [u8], text: &[u8]) {
    let (to, to_rest) = zeros.as_chunks_mut();
    let (from, from_rest) = text.as_chunks();
    for (to, from) in to.iter_mut().zip(from) {
        *to = (u64::from_le_bytes(*to) | u64::from_le_bytes(*from)).to_le_bytes();
    }
    for (to, from) in to_rest.iter_mut().zip(from_rest) {
        *to |= *from;
    }
}

/// One round; who calls it rotates the names rather than the values.
macro_rules! round {
    ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $word:expr) => {
        let first = $h.plus($e.rotated(6).xor($e.rotated(11)).xor($e.rotated(25))).plus($e.choose($f, $g)).plus($word);
        $d = $d.plus(first);
        $h = first.plus($a.rotated(2).xor($a.rotated(13)).xor($a.rotated(22))).plus($a.majority($b, $c));
    };
}

/// The next sixteen words, each from those before it that the sixteen still hold.
macro_rules! schedule {
    ($words:ident, $($at:literal)*) => { $(
        let (near, far) = ($words[($at + 14) % 16], $words[($at + 1) % 16]);
        $words[$at] = $words[$at]
            .plus(far.rotated(7).xor(far.rotated(18)).xor(far.shifted(3)))
            .plus($words[($at + 9) % 16])
            .plus(near.rotated(17).xor(near.rotated(19)).xor(near.shifted(10)));
    )* };
}

#[inline(never)]
fn compress(state: &mut [u32; 8], block: &[u8; 64]) {
    let (bytes, _) = block.as_chunks();
    rounds(state, core::array::from_fn(|at| u32::from_be_bytes(bytes[at])));
}

/// The sixty-four rounds, of one message or of four.
#[inline(always)]
fn rounds<W: Word>(state: &mut [W; 8], mut words: [W; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (number, constants) in ROUNDS.iter().enumerate() {
        if number > 0 {
            schedule!(words, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        }
        macro_rules! eight {
            ($first:literal) => {
                round!(a b c d e f g h, words[$first].plus(W::all(constants[$first])));
                round!(h a b c d e f g, words[$first + 1].plus(W::all(constants[$first + 1])));
                round!(g h a b c d e f, words[$first + 2].plus(W::all(constants[$first + 2])));
                round!(f g h a b c d e, words[$first + 3].plus(W::all(constants[$first + 3])));
                round!(e f g h a b c d, words[$first + 4].plus(W::all(constants[$first + 4])));
                round!(d e f g h a b c, words[$first + 5].plus(W::all(constants[$first + 5])));
                round!(c d e f g h a b, words[$first + 6].plus(W::all(constants[$first + 6])));
                round!(b c d e f g h a, words[$first + 7].plus(W::all(constants[$first + 7])));
            };
        }
        eight!(0);
        eight!(8);
    }
    for (state, sum) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *state = state.plus(sum);
    }
}

/// The fractional parts of the square roots of the first 8 primes.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The fractional parts of the cube roots of the first 64 primes.
#[rustfmt::skip]
const ROUNDS: [[u32; 16]; 4] = [
    [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    ],
    [
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    ],
    [
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    ],
    [
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ],
];

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use sha2::Digest as _;

    use super::*;
    use crate::words::hex;

    /// RFC 4231 §4.2 to §4.4: the test cases whose keys fit, filled up with zeros as the standard does.
    #[test]
    fn hmac_is_that_of_the_standard() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        ];
        for (key, message, expected) in cases {
            let key = core::array::from_fn(|at| key.get(at).copied().unwrap_or(0));
            assert_eq!(hex(&hmac(&key, |hash| hash.update(message))), expected);
        }
    }

    /// The crate that the rest of the world uses is the oracle: every length around one, two and many blocks, in pieces of all sizes.
    #[test]
    fn agrees_with_another_implementation() {
        let bytes: Vec<u8> = (0..700_u32).map(|at| ((at * at) >> 3) as u8).collect();
        for length in 0..bytes.len() {
            let message = &bytes[..length];
            let mut hash = Sha256::new();
            let mut again = Sha256::new();
            message.chunks(1 + length % 71).for_each(|piece| hash.update(piece));
            again.update(message);
            let theirs = sha2::Sha256::digest(message);
            assert_eq!(hash.first_word().to_be_bytes(), theirs[..8], "{length} bytes");
            assert_eq!(again.digest(), theirs[..], "{length} bytes");
        }
    }
}
