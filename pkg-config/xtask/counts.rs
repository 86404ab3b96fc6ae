//! How many tests passed and failed, read from what test runners print.
//!
//! Takes lines of `cargo test` and of Node's TAP reporter, gives counts. A skipped or ignored test counts as failed: a stage that
//! cannot run has not passed.

/// Tests of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// One thing that failed.
    pub(crate) const FAILURE: Self = Self { passed: 0, failed: 1 };

    /// Adds what a line says, if it says something.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            // test result: ok. 41 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s
            let of = |word: &str| {
                let mut parts = rest.split([';', '.']).filter_map(|part| part.trim().strip_suffix(word));
                parts.next().and_then(|number| number.trim().parse().ok()).unwrap_or(0)
            };
            self.add(Self { passed: of("passed"), failed: of("failed") + of("ignored") });
        } else if let Some(rest) = line.strip_prefix("# ") {
            // # pass 12
            match rest.split_once(' ').map(|(word, number)| (word, number.parse().unwrap_or(0))) {
                Some(("pass", number)) => self.passed += number,
                Some(("fail" | "cancelled" | "skipped" | "todo", number)) => self.failed += number,
                _ => {}
            }
        }
    }

    /// Adds another stage's.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Whether something ran and all of it passed.
    pub(crate) fn is_clean(self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}
