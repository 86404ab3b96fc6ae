//! A decimal number in a header, a query or a cookie.
//!
//! Takes text, gives the nearest double, or nothing. It reads up to 15 digits and no exponent, which is what people and programs write
//! there; `str::parse` reads any number, and its tables of powers would be a fifth of the browser's engine.

/// Below 2^53, and `10^15` is exact: one division rounds once, so the result is the nearest double.
const DIGITS_MAX: u32 = 15;

/// Reads `-12.5`.
pub(super) fn parse(text: &str) -> Option<f64> {
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    if whole.is_empty() {
        return None;
    }
    let (mut number, mut scale, mut digits) = (0_u64, 1_u64, 0);
    for (at, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        // Leading zeros are not counted.
        digits += u32::from(digits > 0 || digit > 0 || at >= whole.len());
        if digits > DIGITS_MAX {
            return None;
        }
        number = number * 10 + digit;
        scale *= if at < whole.len() { 1 } else { 10 };
    }
    let value = number as f64 / scale as f64;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn it_reads_as_the_standard_library_does() {
        for text in
            ["0", "6", "-6", "007", "2.5", "0.1", "-0.30", "123456789012345", "0.000000000000001", "99999.9999999999"]
        {
            assert_eq!(parse(text), text.parse().ok(), "{text}");
        }
        let mut number = 88_172_645_463_325_252_u64;
        for _ in 0..20_000 {
            number ^= number << 13;
            number ^= number >> 7;
            number ^= number << 17;
            let text =
                format!("{}.{:0width$}", number % 1_000_000, number % 999_983, width = 6 + (number % 3) as usize);
            assert_eq!(parse(&text), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn the_rest_is_not_a_number() {
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e3",
            "+1",
            "NaN",
            "inf",
            "1 ",
            "0x1",
            "1.2.3",
            "1234567890123456",
            "0.1234567890123456",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
