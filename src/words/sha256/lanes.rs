//! The words of one message, or of four side by side.
//!
//! Takes and gives plain 32-bit words; says what the rounds need of them. Four words are one vector, in an engine that is built for hosts
//! with vectors. The bits are the same.

/// A word of a message, or a word of each of four.
pub(super) trait Word: Copy {
    fn all(word: u32) -> Self;
    fn plus(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn rotated(self, bits: u32) -> Self;
    fn shifted(self, bits: u32) -> Self;
    /// The bits of `one` where this word has them, else those of `other`.
    fn choose(self, one: Self, other: Self) -> Self;
    /// The bits that two of three have.
    fn majority(self, one: Self, other: Self) -> Self;
}

impl Word for u32 {
    #[inline(always)]
    fn all(word: u32) -> Self {
        word
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }
    #[inline(always)]
    fn rotated(self, bits: u32) -> Self {
        self.rotate_right(bits)
    }
    #[inline(always)]
    fn shifted(self, bits: u32) -> Self {
        self >> bits
    }
    #[inline(always)]
    fn choose(self, one: Self, other: Self) -> Self {
        other ^ self & (one ^ other)
    }
    #[inline(always)]
    fn majority(self, one: Self, other: Self) -> Self {
        self & one | other & (self | one)
    }
}

/// A word of each of four messages.
#[cfg(target_feature = "simd128")]
pub(super) use vectors::Four;

#[cfg(target_feature = "simd128")]
mod vectors {
    use core::arch::wasm32::{
        i8x16_shuffle, i32x4_add, i32x4_extract_lane, i32x4_shl, i32x4_shuffle, i32x4_splat, u32x4_shr, u64x2, v128,
        v128_bitselect, v128_or, v128_xor,
    };

    use super::Word;

    #[derive(Clone, Copy)]
    pub(in super::super) struct Four(v128);

    impl Four {
        /// The words of four blocks.
        #[inline(always)]
        pub(in super::super) fn gather(blocks: [&[u8; 64]; 4]) -> [Self; 16] {
            let zero = i32x4_splat(0);
            let mut words = [Self(zero); 16];
            for (number, words) in words.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let [a, b, c, d] = blocks.map(|block| {
                    let eight = |at: usize| u64::from_le_bytes(block.as_chunks().0[2 * number + at]);
                    let bytes = u64x2(eight(0), eight(1));
                    i8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(bytes, zero)
                });
                let (first, second) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
                let (third, fourth) = (i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
                *words = [
                    Self(i32x4_shuffle::<0, 1, 4, 5>(first, third)),
                    Self(i32x4_shuffle::<2, 3, 6, 7>(first, third)),
                    Self(i32x4_shuffle::<0, 1, 4, 5>(second, fourth)),
                    Self(i32x4_shuffle::<2, 3, 6, 7>(second, fourth)),
                ];
            }
            words
        }

        #[inline(always)]
        pub(in super::super) fn lanes(self) -> [u32; 4] {
            [
                i32x4_extract_lane::<0>(self.0) as u32,
                i32x4_extract_lane::<1>(self.0) as u32,
                i32x4_extract_lane::<2>(self.0) as u32,
                i32x4_extract_lane::<3>(self.0) as u32,
            ]
        }
    }

    impl Word for Four {
        #[inline(always)]
        fn all(word: u32) -> Self {
            Self(i32x4_splat(word as i32))
        }
        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            Self(i32x4_add(self.0, other.0))
        }
        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            Self(v128_xor(self.0, other.0))
        }
        #[inline(always)]
        fn rotated(self, bits: u32) -> Self {
            Self(v128_or(u32x4_shr(self.0, bits), i32x4_shl(self.0, 32 - bits)))
        }
        #[inline(always)]
        fn shifted(self, bits: u32) -> Self {
            Self(u32x4_shr(self.0, bits))
        }
        #[inline(always)]
        fn choose(self, one: Self, other: Self) -> Self {
            Self(v128_bitselect(one.0, other.0, self.0))
        }
        #[inline(always)]
        fn majority(self, one: Self, other: Self) -> Self {
            self.xor(one).choose(other, one)
        }
    }
}
