//! IP addresses and networks.
//!
//! Takes bytes, gives the address as a number: one of version 4 in the place that version 6 maps it to. A text that is written
//! in that place, or has a zone, is no address, so that each address has one meaning.

/// The address, if the text is one.
pub(super) fn parse(text: &[u8]) -> Option<u128> {
    if !text.contains(&b':') {
        return parse_v4(text).map(|address| MAPPED | u128::from(address));
    }
    let (mut value, mut groups) = (0_u128, 0_u32);
    // How many groups stand before the `::`.
    let mut gap = None;
    let mut rest = text;
    if let [b':', b':', after @ ..] = rest {
        (gap, rest) = (Some(0), after);
    }
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b':');
        let (group, after) = rest.split_at(end.unwrap_or(rest.len()));
        if end.is_none() && group.contains(&b'.') {
            (value, groups) = (value << 32 | u128::from(parse_v4(group)?), groups + 2);
            break;
        }
        (value, groups) = (value << 16 | u128::from(parse_group(group)?), groups + 1);
        rest = match after {
            // The first address with a `::` more, or more groups than there are, ends it.
            [b':', b':', after @ ..] if gap.is_none() => {
                gap = Some(groups);
                after
            }
            [b':', after @ ..] if !after.is_empty() && groups < 8 => after,
            [] => after,
            _ => return None,
        };
    }
    let address = match gap {
        None if groups == 8 => value,
        Some(before) if groups < 8 => {
            let after = 16 * (groups - before);
            let tail = value & !u128::MAX.checked_shl(after).unwrap_or(0);
            let head = value.checked_shr(after).unwrap_or(0).checked_shl(128 - 16 * before).unwrap_or(0);
            head | tail
        }
        _ => return None,
    };
    (family(address) == 6).then_some(address)
}

/// 4 or 6.
pub(super) fn family(address: u128) -> i64 {
    if address >> 32 == MAPPED >> 32 { 4 } else { 6 }
}

/// True if the first `prefix` bits of the address are those of the network, and both are of one version.
pub(crate) fn is_within(address: u128, network: u128, prefix: u8) -> bool {
    let differing = (address ^ network).checked_shr(128 - u32::from(prefix.min(128))).unwrap_or(0);
    // A network that reaches beyond the mapped addresses is one of version 6, even where it holds them.
    let version = if prefix >= 96 { family(network) } else { 6 };
    differing == 0 && family(address) == version
}

/// The place of version 4 within version 6: `::ffff:0:0/96`.
const MAPPED: u128 = 0xffff << 32;

/// Four numbers up to 255 without leading zeros.
fn parse_v4(text: &[u8]) -> Option<u32> {
    let mut numbers = text.split(|byte| *byte == b'.');
    let mut address = 0;
    for _ in 0..4 {
        let number = numbers.next().filter(|number| (1..=3).contains(&number.len()))?;
        if number.len() > 1 && number.first() == Some(&b'0') {
            return None;
        }
        address = address << 8 | digits(number, 10).filter(|number| *number < 256)?;
    }
    numbers.next().is_none().then_some(address)
}

/// Up to four hexadecimal digits.
fn parse_group(text: &[u8]) -> Option<u32> {
    if (1..=4).contains(&text.len()) { digits(text, 16) } else { None }
}

/// A short number in this base.
fn digits(text: &[u8], base: u32) -> Option<u32> {
    text.iter().try_fold(0, |sum, byte| Some(sum * base + char::from(*byte).to_digit(base)?))
}
