//! Decimal text as a double.
//!
//! Takes what `str::parse::<f64>` takes, gives the same double to the last bit, or `None` where that is not finite. It has no table:
//! those of the standard library are a tenth of the engine for the browser, and a request holds a few short numbers.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Digits beyond these only break a tie: a double halfway between two others has at most 767 (digits of 2^-1075 · (2^54 - 1)).
const DIGITS_MAX: i64 = 800;

pub(super) fn parse(text: &str) -> Option<f64> {
    let (sign, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (1 << 63, rest),
        [b'+', rest @ ..] => (0, rest),
        rest => (0, rest),
    };
    let mut number = Natural::default();
    let (mut exponent, mut digits) = (0_i64, 0_i64);
    let (mut has_digits, mut has_point, mut has_rest) = (false, false, false);
    let mut bytes = unsigned.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'0'..=b'9' => {
                has_digits = true;
                if digits < DIGITS_MAX {
                    number.multiply_add(10, u32::from(byte - b'0'));
                    digits += i64::from(!number.is_zero());
                } else {
                    exponent += 1;
                    has_rest |= *byte != b'0';
                }
                exponent -= i64::from(has_point);
            }
            b'.' if !has_point => has_point = true,
            b'e' | b'E' if has_digits => {
                exponent += written_exponent(bytes.as_slice())?;
                break;
            }
            _ => return None,
        }
    }
    if has_rest {
        number.multiply_add(10, 1);
        exponent -= 1;
        digits += 1;
    }
    // The number is below 10^(digits + exponent), and at least a tenth of that.
    match digits + exponent {
        _ if !has_digits => None,
        _ if number.is_zero() => Some(f64::from_bits(sign)),
        310.. => None,
        ..=-330 => Some(f64::from_bits(sign)),
        _ => Some(f64::from_bits(sign | round(number, exponent))).filter(|double| double.is_finite()),
    }
}

/// The number after the `e`. No text is long enough for an exponent past 10^15 to matter.
fn written_exponent(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        rest => (1, rest),
    };
    let add = |sum: i64, digit: &u8| digit.is_ascii_digit().then(|| (sum * 10 + i64::from(digit - b'0')).min(1 << 50));
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add).map(|exponent| sign * exponent) }
}

/// The bits of the double nearest to `number · 10^exponent`, of two equally near the even one. The number is not zero.
fn round(number: Natural, exponent: i64) -> u64 {
    let (mut over, mut under) = (number, Natural(alloc::vec![1]));
    for _ in 0..exponent.unsigned_abs() {
        if exponent > 0 { &mut over } else { &mut under }.multiply_add(10, 0);
    }
    // Brings over / under into 1..2, times a power of two; below the smallest normal double, only as far as its exponent goes.
    let mut power = 0_i32;
    while over.compare(&under) != Ordering::Less {
        under.multiply_add(2, 0);
        power += 1;
    }
    while over.compare(&under) == Ordering::Less && power > -1022 {
        over.multiply_add(2, 0);
        power -= 1;
    }
    if power > 1023 {
        return f64::INFINITY.to_bits();
    }
    let mut quotient = 0_u64;
    for _ in 0..53 {
        quotient *= 2;
        if over.compare(&under) != Ordering::Less {
            over.subtract(&under);
            quotient += 1;
        }
        over.multiply_add(2, 0);
    }
    let up = match over.compare(&under) {
        Ordering::Less => 0,
        Ordering::Equal => quotient & 1,
        Ordering::Greater => 1,
    };
    // The first of the 53 bits counts as one more in the exponent, which is how the format leaves it out; so does a carry.
    (((power + 1022) as u64) << 52) + quotient + up
}

/// A natural number, its lowest 32 bits first, without zeros at the end.
#[derive(Default)]
struct Natural(Vec<u32>);

impl Natural {
    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn multiply_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Subtracts what is not larger.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = 0_i64;
        for (at, limb) in self.0.iter_mut().enumerate() {
            borrow += i64::from(*limb) - i64::from(other.0.get(at).copied().unwrap_or(0));
            *limb = borrow as u32;
            borrow >>= 32;
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let digits = || self.0.iter().rev().cmp(other.0.iter().rev());
        self.0.len().cmp(&other.0.len()).then_with(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::string::String;

    fn check(text: &str) {
        let theirs = text.parse::<f64>().ok().filter(|double| double.is_finite());
        assert_eq!(parse(text).map(f64::to_bits), theirs.map(f64::to_bits), "{text}");
    }

    #[test]
    fn edges_are_those_of_the_standard_library() {
        let texts = [
            "",
            "+",
            "-",
            ".",
            "e",
            "e5",
            "1e",
            "1e+",
            "1e-",
            ".e1",
            "1.",
            ".5",
            "-.5e-0",
            "+7",
            "--7",
            "1 ",
            " 1",
            "1_0",
            "0x10",
            "1.2.3",
            "nan",
            "inf",
            "-infinity",
            "0",
            "-0",
            "0e999999999999999999999",
            "1e309",
            "1e-400",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "2.2250738585072014e-308",
            "2.2250738585072011e-308",
            "4.9e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "5e-324",
            "0.1",
            "0.30000000000000004",
            "9007199254740993",
            "9007199254740992.9999999999999999",
            "9007199254740993.00000000000000000001",
            "123456789012345678901234567890",
            "1e22",
            "1e23",
            "8.5e-5",
            "6.02214076E23",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "\u{661}",
        ];
        texts.into_iter().for_each(check);
        // A tie, and the first number past it, whose last digit stands far beyond the digits that are kept.
        let tie = String::from("9007199254740993.") + &"0".repeat(1_000);
        check(&tie);
        check(&(tie + "1"));
        check(&(String::from("0.") + &"0".repeat(2_000) + "12345e2000"));
        check(&("9".repeat(1_500) + "e-1500"));
    }

    proptest::proptest! {
        #[test]
        fn every_double_comes_back(bits: u64) {
            let double = f64::from_bits(bits);
            check(&std::format!("{double}"));
            check(&std::format!("{double:e}"));
        }

        #[test]
        fn any_decimal_reads_as_the_standard_library_reads_it(text in "[+-]?[0-9]{0,25}(\\.[0-9]{0,25})?([eE][+-]?[0-9]{1,3})?") {
            check(&text);
        }
    }
}
