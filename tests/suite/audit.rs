//! Records of decisions: what they hold, that they can be made again, and that nobody alters a closed log unseen.

mod anchor;
mod answer;
mod before;
mod curious;
mod engine;
mod expiry;
mod guess;
mod logs;
mod measured;
mod person;
mod records;
mod replay;
mod retention;
mod strange;
mod streams;
mod told;
mod truth;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::sites::dice::Dice;

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");

/// A folder of its own for one test, in which the command runs.
struct Desk(PathBuf);

impl Desk {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("log")).expect("a folder");
        Self(folder)
    }

    /// As [`new`](Self::new), with the shop built into `dist`.
    fn with_shop(name: &str) -> Self {
        let desk = Self::new(name);
        desk.clean(&["build", SHOP, "--out", "dist"]);
        desk
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let command = &mut Command::new(env!("CARGO_BIN_EXE_selvedge"));
        let output = command.args(arguments).current_dir(&self.0).output().expect("runs");
        // Whatever a test exports is in the published form.
        let out = arguments.iter().position(|one| *one == "-o").and_then(|at| arguments.get(at + 1));
        let answer = out.map(|out| self.0.join(out).join("answer.json")).filter(|path| path.is_file());
        if let Some(answer) = answer.filter(|_| arguments.first() == Some(&"dsar")) {
            answer::is_in_form(&serde_json::from_slice(&std::fs::read(answer).expect("reads")).expect("is JSON"));
        }
        output
    }

    /// Runs what must end well, and gives what it printed.
    fn clean(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("is UTF-8")
    }

    /// Runs what must end with this exit code, and gives what it complained about.
    fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}{said}",
            String::from_utf8_lossy(&output.stdout)
        );
        said
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("is there")
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("is UTF-8")
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).expect("writes");
    }

    /// Logs a decision of the shop for each of these contexts.
    fn log(&self, name: &str, contexts: &[String], more: &[&str]) {
        self.write("contexts.jsonl", contexts.join("\n") + "\n");
        let arguments = ["decide", "dist", "--context", "contexts.jsonl", "--audit"];
        let mut lines = String::new();
        if let [only] = contexts {
            self.write("contexts.jsonl", only);
            lines += &self.clean(&[&arguments[..], more].concat());
        } else {
            let input = std::fs::File::open(self.path("contexts.jsonl")).expect("is there");
            let output = Command::new(env!("CARGO_BIN_EXE_selvedge"))
                .args(["decide", "dist", "--context", "-", "--audit"])
                .args(more)
                .current_dir(&self.0)
                .stdin(input)
                .output()
                .expect("runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            lines += std::str::from_utf8(&output.stdout).expect("is UTF-8");
        }
        self.write(&format!("log/{name}"), lines);
    }
}

/// Contexts of the shop, by dice: visitors `v0` to `v9`, most of whom agreed to something.
fn contexts(seed: u64, count: usize) -> Vec<String> {
    let dice = &mut Dice::new(seed);
    (0..count)
        .map(|at| {
            let (country, region) = dice.pick(&[("DE", "DE"), ("GB", "GB"), ("US", "US-CA"), ("CH", "CH")]);
            let mut purposes = Vec::new();
            for purpose in ["functional", "analytics", "personalization", "sensitive", "storage"] {
                if dice.percent(75) {
                    let answer = dice.pick(&["true", "true", "true", "true", "\"parent\"", "false"]);
                    purposes.push(format!("\"{purpose}\":{answer}"));
                }
            }
            let category = dice.pick(&["knitwear", "accessories", "home", "gifts"]);
            let minor = dice.pick(&["unknown", "unknown", "adult", "teen", "child"]);
            format!(
                "{{\"minor\":\"{minor}\",\"attributes\":{{\"request.country\":\"{country}\",\"request.language\":\"de\",\
                 \"visitor.visits_30d\":{},\"visitor.last_category\":\"{category}\",\"profile.health_interest\":{}}},\
                 \"region\":\"{region}\",\"locale\":\"de-AT\",\"grants\":{{{}}},\"signals\":{{\"gpc\":{}}},\
                 \"identity\":{{\"visitor\":\"v{}\",\"page\":\"p{at}\"}},\"now\":{}}}",
                dice.below(12),
                dice.percent(50),
                purposes.join(","),
                dice.percent(20),
                dice.below(10),
                1_796_083_200_000_i64 + 3_600_000 * at as i64,
            )
        })
        .collect()
}
