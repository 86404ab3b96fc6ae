//! The commands of one page, in order, in one shell and one new folder with a copy of the example shop.
//!
//! The shell is a script that this writes: it takes each command from a file of its own, and leaves output and exit code in others. So
//! `cd` and `export` hold for what follows, and a command that the shell cannot read stops no other one.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::data;
use super::output::{Told, difference};
use super::page::{Block, Page, commands};

/// The most that a page may take on a busy machine.
const SECONDS_MAX: u64 = 240;
/// The most that a command in the background may take until it has printed what the page has.
const BACKGROUND_SECONDS_MAX: u64 = 30;
/// Ports that pages name; each stands for a free one while the page runs.
const PORTS: [&str; 3] = ["8787", "8788", "8789"];

/// Something that the page does.
enum Step {
    File { path: String, text: String },
    Run(Run),
}

struct Run {
    /// The line of the page, from 1.
    line: usize,
    text: String,
    exit: i32,
    background: bool,
    /// The lines of the page's output, counted from 0 in the page; none for a block of `sh`, which says nothing.
    output: Option<(usize, Vec<String>)>,
    indent: usize,
    /// It may have several commands, and each must end with 0.
    each: bool,
}

/// Runs a page and compares. `BLESS` writes what was printed into the page.
pub(super) fn run(page: &Page) -> Told {
    let mut told = Told { pages: 1, ..Told::default() };
    let steps = steps(page, &mut told);
    if steps.iter().any(|step| matches!(step, Step::Run(_))) {
        let folder = Folder::new();
        let ended = folder.run(&steps);
        for (number, step) in steps.iter().enumerate() {
            if let Step::Run(run) = step {
                compare(page, run, &folder.outcome(number), &mut told);
            }
        }
        told.faults.extend(ended.err().map(|fault| format!("{}: {fault}", page.name)));
        let _ = fs::remove_dir_all(&folder.path);
    }
    if std::env::var_os("BLESS").is_some() && page.file.exists() && !told.edits.is_empty() {
        fs::write(&page.file, page.with(&told.edits)).expect("the page can be written");
    }
    told
}

/// The steps of a page, in order.
fn steps(page: &Page, told: &mut Told) -> Vec<Step> {
    let mut steps = Vec::new();
    for block in page.blocks() {
        let is_shell = matches!(&*block.language, "sh" | "console");
        if let Some(said) = &block.notes.unknown
            && (is_shell || block.notes.file.is_some())
        {
            told.faults.push(format!("{}:{}: `<!-- {said} -->` is no note about a block", page.name, block.line));
        }
        if block.notes.not_run.is_some() {
            told.not_run += 1;
        } else if let Some(path) = &block.notes.file {
            told.files += 1;
            steps.push(Step::File { path: path.clone(), text: block.lines.join("\n") });
        } else if is_shell {
            steps.extend(runs(&block).into_iter().map(Step::Run));
        }
        if matches!(&*block.language, "json" | "toml") {
            told.data += 1;
            let fault = data::fault(&block);
            told.faults.extend(fault.map(|fault| format!("{}:{}: {fault}", page.name, block.line)));
        }
    }
    steps
}

fn runs(block: &Block) -> Vec<Run> {
    if block.language == "sh" {
        return vec![Run {
            line: block.line,
            text: block.lines.join("\n"),
            exit: block.notes.exit,
            background: block.notes.background,
            output: None,
            indent: block.indent,
            each: true,
        }];
    }
    let commands = commands(block);
    let last = commands.len().saturating_sub(1);
    let run = |(number, command): (usize, super::page::Command)| Run {
        line: block.line + 1 + command.at,
        text: command.text,
        exit: if number == last { block.notes.exit } else { 0 },
        background: block.notes.background && number == last,
        output: Some((block.line + command.output_at, command.output)),
        indent: block.indent,
        each: false,
    };
    // Tasks of the project are held to their list, not run.
    let is_run = |command: &(usize, super::page::Command)| !command.1.text.starts_with("cargo ");
    commands.into_iter().enumerate().filter(is_run).map(run).collect()
}

/// The traces of a command.
struct Outcome {
    printed: Option<String>,
    code: Option<i32>,
    /// Commands of a block that ended with another code than 0, after the code.
    failed: String,
}

fn compare(page: &Page, run: &Run, outcome: &Outcome, told: &mut Told) {
    let place = format!("{}:{}", page.name, run.line);
    let shown = run.text.lines().next().unwrap_or_default();
    let (Some(printed), Some(code)) = (&outcome.printed, outcome.code) else {
        told.faults
            .push(format!("{place}: `{shown}` did not end; if it should go on, write <!-- background --> before"));
        return;
    };
    told.commands += 1;
    // A block of `sh` says of every command that failed how it ended, the last one included.
    let mut failed: Vec<(i32, &str)> = outcome
        .failed
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(code, command)| Some((code.parse().ok()?, command)))
        .collect();
    if code == run.exit && failed.last().is_some_and(|(last, _)| *last == code) {
        failed.pop();
    } else if code != run.exit && failed.is_empty() {
        failed.push((code, shown));
    }
    for (code, command) in &failed {
        let wanted = if *command == shown { run.exit } else { 0 };
        let printed = indented(printed, "   printed: ");
        told.faults.push(format!("{place}: `{command}` ended with {code}, expected {wanted}{printed}"));
    }
    let Some((at, expected)) = &run.output else { return };
    told.compared += 1;
    let printed: Vec<String> = printed.trim_end().lines().map(|line| line.trim_end().to_owned()).collect();
    let printed = if printed.iter().all(String::is_empty) { Vec::new() } else { printed };
    let Some(differs) = difference(expected, &printed) else { return };
    let or_none = |line: &Option<String>| line.clone().unwrap_or_else(|| "(nothing more)".into());
    told.faults.push(format!(
        "{}:{}: `{shown}` prints something else\n  expected: {}\n       got: {}",
        page.name,
        at + 1 + differs.at,
        or_none(&differs.expected),
        or_none(&differs.printed),
    ));
    let spaces = " ".repeat(run.indent);
    let right = differs.right.iter().map(|line| format!("{spaces}{line}").trim_end().to_owned()).collect();
    told.edits.push((*at, at + expected.len(), right));
}

fn indented(text: &str, mark: &str) -> String {
    text.lines().take(12).map(|line| format!("\n{mark}{line}")).collect()
}

/// A new folder with `page`, where the commands run, and `run`, with their files.
struct Folder {
    path: PathBuf,
    ports: Vec<String>,
}

impl Folder {
    /// With a copy of the example shop.
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("selvedge-page-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        let programs = path.join("run/bin");
        fs::create_dir_all(&programs).expect("a new folder");
        for example in ["examples/storefront", "examples/stock", "examples/letters"] {
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(example), &path.join("page").join(example));
        }

        let listen = |_: &&str| TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        // All at once, so that they differ.
        let free: Vec<TcpListener> = PORTS.iter().map(listen).collect();
        let number = |port: &TcpListener| port.local_addr().expect("is bound").port().to_string();
        let ports: Vec<String> = free.iter().map(number).collect();
        let selvedge = format!(
            "#!/bin/sh\n\
             if [ \"$1\" = serve ]; then\n\
             \x20 case \" $* \" in *' --port'* | *' --help '*) ;; *) set -- \"$@\" --port {} ;; esac\n\
             fi\n\
             exec '{}' \"$@\"\n",
            ports[0],
            env!("CARGO_BIN_EXE_selvedge")
        );
        program(&programs.join("selvedge"), &selvedge);
        // Tasks of the project are held to their list; secrets go to nobody.
        program(&programs.join("cargo"), "#!/bin/sh\n");
        program(&programs.join("wrangler"), "#!/bin/sh\ncat >/dev/null\n");
        Self { path, ports }
    }

    fn shell(&self, script: &str) -> std::process::Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut bash = std::process::Command::new("bash");
        bash.args(["--norc", "--noprofile", "-c", script]).current_dir(self.path.join("page"));
        bash.env_clear().env("PATH", format!("{}:{path}", self.path.join("run/bin").display()));
        let home = self.path.to_string_lossy().into_owned();
        let variables = [("HOME", &*home), ("LANG", "C.UTF-8"), ("TZ", "UTC"), ("USER", "ada"), ("COLUMNS", "100")];
        bash.envs(variables);
        bash.stdin(Stdio::null());
        bash
    }

    fn run(&self, steps: &[Step]) -> Result<(), String> {
        let script = self.script(steps);
        let mut child = self.shell(&script).process_group(0).spawn().map_err(|error| format!("bash: {error}"))?;
        ended(&mut child)
    }

    /// Writes the files of each step, and gives the script that takes them in order.
    fn script(&self, steps: &[Step]) -> String {
        let run = self.path.join("run");
        let mut script = format!("R='{}'\n", run.display());
        for (number, step) in steps.iter().enumerate() {
            let (name, text) = match step {
                Step::File { text, .. } => ("file", text),
                Step::Run(run) => ("sh", &run.text),
            };
            fs::write(run.join(format!("{number}.{name}")), self.with_ports(text) + "\n").expect("can be written");
            let n = number;
            let _ = match step {
                Step::File { path, .. } => {
                    writeln!(script, "mkdir -p \"$(dirname '{path}')\" && cp \"$R/{n}.file\" '{path}'")
                }
                Step::Run(Run { background: true, output, .. }) => {
                    let lines = output.iter().flat_map(|(_, lines)| lines).filter(|line| line.trim() != "…").count();
                    writeln!(
                        script,
                        "( . \"$R/{n}.sh\" ) >\"$R/{n}.all\" 2>&1 </dev/null &\nP=$!\n\
                         for i in $(seq {tries}); do [ \"$(wc -l <\"$R/{n}.all\")\" -ge {wanted} ] && break; \
                         kill -0 $P 2>/dev/null || break; sleep 0.05; done\n\
                         cp \"$R/{n}.all\" \"$R/{n}.out\"\n\
                         if kill -0 $P 2>/dev/null; then echo 0; else wait $P; echo $?; fi >\"$R/{n}.code\"",
                        tries = BACKGROUND_SECONDS_MAX * 20,
                        wanted = lines.max(1),
                    )
                }
                Step::Run(Run { each, .. }) => {
                    // The file as a whole ends like its last command; that is no second failure.
                    let trap = format!(
                        "trap 'E=$?; case $BASH_COMMAND in \". \\\"\\$R\"*) ;; *) echo \"$E $BASH_COMMAND\" >>\"$R/{n}.failed\";; esac' ERR\n"
                    );
                    writeln!(
                        script,
                        "{}. \"$R/{n}.sh\" >\"$R/{n}.out\" 2>&1 </dev/null\nC=$?\ntrap - ERR\necho $C >\"$R/{n}.code\"",
                        if *each { &trap } else { "" },
                    )
                }
            };
        }
        // A server that the page started ends with it.
        script + "trap '' TERM\nkill -TERM 0\nwait\n"
    }

    fn outcome(&self, number: usize) -> Outcome {
        let read = |name: &str| {
            let bytes = fs::read(self.path.join(format!("run/{number}.{name}"))).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        Outcome {
            printed: read("out").map(|text| self.without_ports(text)),
            code: read("code").and_then(|code| code.trim().parse().ok()),
            failed: read("failed").unwrap_or_default(),
        }
    }

    fn with_ports(&self, text: &str) -> String {
        PORTS.iter().zip(&self.ports).fold(text.to_owned(), |text, (named, free)| text.replace(named, free))
    }

    fn without_ports(&self, text: String) -> String {
        PORTS.iter().zip(&self.ports).fold(text, |text, (named, free)| text.replace(free, named))
    }
}

/// Waits for the page, and ends everything that it started where it takes too long.
fn ended(child: &mut Child) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(SECONDS_MAX) {
        match child.try_wait() {
            Ok(Some(_)) => return Ok(()),
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(error.to_string()),
        }
    }
    let group = format!("-{}", child.id());
    let _ = std::process::Command::new("kill").args(["-KILL", "--", &group]).status();
    let _ = child.wait();
    Err(format!("the commands of this page took longer than {SECONDS_MAX} s"))
}

fn program(path: &Path, text: &str) {
    fs::write(path, text).expect("can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("can be changed");
}

/// Copies a folder, less the keys of this machine.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a new folder");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.expect("can be read").path();
        let name = entry.file_name().expect("has a name");
        if entry.is_dir() && name != ".selvedge" {
            copy(&entry, &to.join(name));
        } else if entry.is_file() {
            fs::copy(&entry, to.join(name)).expect("can be copied");
        }
    }
}
