//! The project's tasks: `cargo xtask TASK`.
//!
//! Takes the name of a task, builds, measures or tests with what it needs, installing what is missing. Nothing here is part of the
//! product. Four tasks change files under version control: `instructions --record` a ledger, `bench` two pictures and two tables,
//! `size --record` a table, and `docs --write` the generated pages.

#[cfg(not(target_arch = "wasm32"))]
mod assign;
#[cfg(not(target_arch = "wasm32"))]
mod bench;
#[cfg(not(target_arch = "wasm32"))]
mod conformance;
#[cfg(not(target_arch = "wasm32"))]
mod consent;
#[cfg(not(target_arch = "wasm32"))]
mod cose;
#[cfg(not(target_arch = "wasm32"))]
mod counts;
#[cfg(not(target_arch = "wasm32"))]
mod dev;
#[cfg(not(target_arch = "wasm32"))]
mod docs;
#[cfg(not(target_arch = "wasm32"))]
mod exports;
#[cfg(not(target_arch = "wasm32"))]
mod fuzz;
#[cfg(not(target_arch = "wasm32"))]
mod glue;
#[cfg(not(target_arch = "wasm32"))]
mod instructions;
#[cfg(not(target_arch = "wasm32"))]
mod model;
#[cfg(not(target_arch = "wasm32"))]
mod module;
#[cfg(not(target_arch = "wasm32"))]
mod names;
#[cfg(not(target_arch = "wasm32"))]
mod page;
#[cfg(not(target_arch = "wasm32"))]
mod pages;
#[cfg(not(target_arch = "wasm32"))]
mod parity;
#[cfg(not(target_arch = "wasm32"))]
mod process;
#[cfg(not(target_arch = "wasm32"))]
mod publish;
#[cfg(not(target_arch = "wasm32"))]
mod replay;
#[cfg(not(target_arch = "wasm32"))]
mod size;
#[cfg(not(target_arch = "wasm32"))]
mod stats;
#[cfg(not(target_arch = "wasm32"))]
mod sums;
#[cfg(not(target_arch = "wasm32"))]
mod test;
#[cfg(not(target_arch = "wasm32"))]
mod tools;
#[cfg(not(target_arch = "wasm32"))]
mod trust;
#[cfg(not(target_arch = "wasm32"))]
mod wasm;
#[cfg(not(target_arch = "wasm32"))]
mod zones;

#[cfg(not(target_arch = "wasm32"))]
const HELP: &str = "\
cargo xtask TASK

  wasm [edge|browser]   build the Wasm files into dist/edge and dist/browser (both, unless one is named)
  dev                   the Worker in front of the example shop, on this machine
  size [--record]       bytes of what is shipped, beside the budgets; exits 1 when one is over
  instructions [--record]   what opening, permitting and deciding take, beside the ledger; exits 1 when it is more
  test                  every test on every host: native, Wasm, workerd, Chromium
  test --firefox        the tests of pages again in Firefox
  conformance           the official tests of CEL, and another implementation beside ours
              [--pairs N] [--seed S]
  model                 the engine beside its reference model, on random sites and visits
              [--cases N] [--seed S]
  consent               the decoders of consent strings beside the official libraries
              [--tc N] [--gpp N] [--mutations N] [--seed S]
  stats                 the statistics beside gbstats, scipy, statsmodels, savvi, spotify-confidence and fairlearn
              [--cases N] [--seed S] [--write]
  stats --simulate      how often each method is wrong, by simulated experiments
              [--experiments N] [--seed S]
  assign                the draws of a million ids, counted by the engine and by SQL
              [--ids N]
  sums                  the sums of `selvedge analyze`, by the command and by SQL, over a log of `selvedge demo`
              [--visitors N]
  cose                  the signatures of the trust vectors by other libraries of COSE, in Python and in Rust
  zones                 every change of the clocks of every time zone, as the engine switches and as Python reads it
  swaps                 a Worker at full speed while its releases are swapped and its store fails
              [--requests N] [--swaps N] [--seed S]
  trust                 the verdicts of the script of pages beside the native ones: every attack of the suite, and random documents
              [--cases N] [--seed S]
  fuzz                  any bytes into everything that reads some
              [--minutes N] [--target T] [--seed S]
  bench [--only engines|pages|shop] [OPTIONS]   the engine beside its peers, on the same rules, the Worker beside its peers, on the
              same pages, and the shop in Chromium: docs/benchmarks.md, www/bench.svg, www/pages.svg, the budgets
                        --quick, --engines a,b, --rounds N, --seed N
  bench --only memory   whether memory grows over a million pages and a million visitors
              [--pages N] [--visitors N]
  replay      logged decisions of the shop, made again natively and in Wasm, compared byte for byte
              [--records N] [--seed S]
  pages       pages of npm packages and drawn ones through the Worker and the preview: each arrives whole, and alike
              [--pages N] [--seed S]
  publish-kills   `selvedge publish` to a folder and to an S3 server, killed at random points while a reader looks on
              [--points N] [--seed S] [--store folder|s3]
  docs                  README.md and docs/ as a site with search, in target/docs
              [--write] [--open]        --write brings the generated pages up to date first
  parity [SEED]         random visits, answered natively and on three Wasm hosts, compared byte for byte
";

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["wasm"] => wasm::build(&wasm::Part::ALL).map(|()| true),
        ["wasm", part] if wasm::Part::from_name(part).is_some() => {
            wasm::build(wasm::Part::from_name(part).as_slice()).map(|()| true)
        }
        ["dev"] => dev::run(),
        ["size"] => size::report(false),
        ["size", "--record"] => size::report(true),
        ["instructions"] => instructions::run(false),
        ["instructions", "--record"] => instructions::run(true),
        ["bench", options @ ..] => bench::run(options),
        ["test"] => test::run(),
        ["test", "--firefox"] => test::in_firefox(),
        ["docs", options @ ..] => docs::run(options),
        ["conformance", options @ ..] => conformance::run(options),
        ["consent", options @ ..] => consent::run(options),
        ["assign", options @ ..] => assign::run(options),
        ["stats", options @ ..] => stats::run(options),
        ["sums", options @ ..] => sums::run(options),
        ["cose"] => cose::run(),
        ["zones"] => zones::run(),
        ["swaps", options @ ..] => publish::swaps(options),
        ["fuzz", options @ ..] => fuzz::run(options),
        ["model", options @ ..] => model::run(options),
        ["trust", options @ ..] => trust::run(options),
        ["replay", options @ ..] => replay::run(options),
        ["pages", options @ ..] => pages::run(options),
        ["publish-kills", options @ ..] => publish::kills(options),
        ["parity"] => parity::run(None),
        ["parity", seed] if seed.parse::<u32>().is_ok() => parity::run(seed.parse().ok()),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return std::process::ExitCode::SUCCESS;
        }
        [] => {
            eprint!("{HELP}");
            return std::process::ExitCode::from(2);
        }
        unknown => {
            eprint!("there is no task `{}`\n\n{HELP}", unknown.join(" "));
            return std::process::ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// `--all-features` for Wasm reaches this file, too; there is nothing to do there.
#[cfg(target_arch = "wasm32")]
fn main() {}
