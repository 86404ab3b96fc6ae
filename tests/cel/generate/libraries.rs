//! Versions, addresses and patterns.

use super::{Maker, ORDERS, Written, same};
use crate::panel::quoted;

pub(crate) const VERSIONS: [&str; 14] = [
    "1.2.3",
    "1.10.0",
    "1.2.3-rc.1",
    "1.2.3-rc.10",
    "1.2.3-rc.a",
    "1.2.3+b1",
    "1.2.3-rc.1+b2",
    "2.0.0",
    "0.0.0",
    "1.2",
    "v1.2.3",
    "01.2.3",
    "1.2.3-",
    "1.2.3-01",
];
pub(crate) const ADDRESSES: [&str; 13] = [
    "10.1.2.3",
    "11.0.0.1",
    "192.168.0.1",
    "::1",
    "2001:db8::1",
    "2001:DB8:0:0:0:0:0:1",
    "fe80::1",
    "0.0.0.0",
    "255.255.255.255",
    "10.1.2",
    "010.1.2.3",
    "1::2::3",
    "10.1.2.3/8",
];
const NETWORKS: [(&str, &str); 8] = [
    ("10.0.0.0", "8"),
    ("0.0.0.0", "0"),
    ("192.168.0.0", "16"),
    ("192.168.0.1", "32"),
    ("2001:db8::", "32"),
    ("::", "0"),
    ("::1", "128"),
    ("fe80::", "10"),
];

impl Maker<'_> {
    pub(super) fn versions(&mut self) -> Written {
        let (one, other) = (self.version(), self.version());
        let ordered = |after: &str, theirs: &str| Written {
            ours: format!("(semver({}).{after})", one.ours),
            theirs: format!("(versionOrder({}, {}) {theirs})", one.theirs, other.theirs),
        };
        let other_one = format!("semver({})", other.ours);
        match self.dice.below(5) {
            0 => {
                self.count("isSemver");
                Written { ours: format!("isSemver({})", one.ours), theirs: format!("isVersion({})", one.theirs) }
            }
            1 => {
                self.count("isLessThan");
                ordered(&format!("isLessThan({other_one})"), "< 0")
            }
            2 => {
                self.count("isGreaterThan");
                ordered(&format!("isGreaterThan({other_one})"), "> 0")
            }
            3 => {
                self.count("compareTo");
                let test = format!("{} {}", self.dice.pick(&ORDERS), self.dice.pick(&["-1", "0", "1"]));
                ordered(&format!("compareTo({other_one}) {test}"), &test)
            }
            _ => {
                self.count("a part of a version");
                let (part, number) = self.dice.pick(&[("major", 0), ("minor", 1), ("patch", 2)]);
                let test = format!("{} {}", self.dice.pick(&ORDERS), self.dice.pick(&["1", "2", "10"]));
                Written {
                    ours: format!("(semver({}).{part}() {test})", one.ours),
                    theirs: format!("(versionPart({}, {number}) {test})", one.theirs),
                }
            }
        }
    }

    pub(super) fn version(&mut self) -> Written {
        if self.dice.percent(75) {
            self.attribute("a version", &["v.v0", "v.v1"])
        } else {
            same(quoted(self.dice.pick(&VERSIONS[..9])))
        }
    }

    pub(super) fn addresses(&mut self) -> Written {
        let address = self.attribute("an address", &["v.a0", "v.a1"]);
        match self.dice.below(4) {
            0 => {
                self.count("isIP");
                Written { ours: format!("isIP({})", address.ours), theirs: format!("isAddress({})", address.theirs) }
            }
            1 => {
                self.count("family");
                let test = self.dice.pick(&["== 4", "!= 4", "> 4"]);
                Written {
                    ours: format!("(ip({}).family() {test})", address.ours),
                    theirs: format!("(addressFamily({}) {test})", address.theirs),
                }
            }
            _ => {
                self.count("containsIP");
                let (network, prefix) = self.dice.pick(&NETWORKS);
                let inner = if self.dice.percent(50) { address.ours } else { format!("ip({})", address.ours) };
                Written {
                    ours: format!("cidr(\"{network}/{prefix}\").containsIP({inner})"),
                    theirs: format!("isWithin(\"{network}\", {prefix}, {})", address.theirs),
                }
            }
        }
    }

    /// Patterns that other functions can say.
    pub(super) fn patterns(&mut self, depth: usize) -> Written {
        self.count("glob");
        let text = self.text(depth);
        let other = &text.theirs;
        let (pattern, theirs) = match self.dice.below(5) {
            0 => ("a*", format!("({other}).startsWith(\"a\")")),
            1 => ("*b", format!("({other}).endsWith(\"b\")")),
            2 => ("*ö*", format!("({other}).contains(\"ö\")")),
            3 => {
                let both = format!("({other}).startsWith(\"a\") && ({other}).endsWith(\"c\")");
                ("a*c", format!("({both} && size({other}) > 1)"))
            }
            _ => ("ab", format!("({other}).startsWith(\"ab\") && size({other}) == 2")),
        };
        Written { ours: format!("({}).glob(\"{pattern}\")", text.ours), theirs: format!("({theirs})") }
    }
}
