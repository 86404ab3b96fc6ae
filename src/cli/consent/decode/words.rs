//! The reason why a string cannot be read, in a sentence.

use crate::consent::bits::Malformed;

pub(super) fn sentence(malformed: Malformed) -> &'static str {
    match malformed {
        Malformed::TooLong => "it is longer than any consent string",
        Malformed::Empty => "it, or a part of it, is empty",
        Malformed::Alphabet => "it has a character that base64url does not have",
        Malformed::Truncated => "it ends before a field that it must have",
        Malformed::Version => "it has a version that is not supported",
        Malformed::Letter => "its language or country is not two letters",
        Malformed::Id => "it has an impossible id",
        Malformed::Range => "it has a range that ends before it begins",
        Malformed::Restriction => "it has a restriction of an unknown type",
        Malformed::Segment => "it has a segment that is not allowed, or one twice",
        Malformed::Section => "its header is malformed, or does not list the sections that follow",
        Malformed::Form => "it is malformed",
        Malformed::Unmapped => "the site’s map names none of its groups",
    }
}
