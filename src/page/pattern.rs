//! Path patterns: which pages have a slot.

/// Whether `path` matches `pattern`, in which `*` stands for any run of characters. Takes time in the product of the lengths
/// at worst, as it goes back only to the last `*`.
pub fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.as_bytes(), path.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < path.len() {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                retry = Some((p, t));
            }
            Some(byte) if path.get(t) == Some(byte) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after, taken)) => {
                    retry = Some((after, taken + 1));
                    p = after;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_any_run() {
        let cases = [
            ("/", "/", true),
            ("/", "/help/", false),
            ("*", "/anything", true),
            ("/products/*", "/products/jumper/", true),
            ("/products/*", "/products", false),
            ("/*/jumper/", "/products/jumper/", true),
            ("/a*b*c", "/axxbyybzzc", true),
            ("/a*b*c", "/axxbyybzz", false),
            ("", "", true),
            ("", "/", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
