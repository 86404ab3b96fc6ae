//! What is wrong with a string, in a sentence.

use crate::consent::bits::Malformed;

pub(super) fn sentence(malformed: Malformed) -> &'static str {
    match malformed {
        Malformed::TooLong => "it is longer than any consent string",
        Malformed::Empty => "it, or a part of it, is empty",
        Malformed::Alphabet => "it has a character that base64url does not have",
        Malformed::Truncated => "it ends before a field that it must have",
        Malformed::Version => "it is of a version that is not read",
        Malformed::Letter => "its language or country is not two letters",
        Malformed::Id => "it has an id that cannot be",
        Malformed::Range => "it has a range that ends before it begins",
        Malformed::Restriction => "it has a restriction of a type that there is none of",
        Malformed::Segment => "it has a segment that it may not have, or one twice",
        Malformed::Section => "its header is none, or does not name the sections that follow",
        Malformed::Form => "it has not the form of its kind",
        Malformed::Unmapped => "the site’s map names none of its groups",
    }
}
