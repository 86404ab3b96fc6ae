//! The Wasm files: cargo, then for the Worker wasm-bindgen, then wasm-opt; and the JavaScript beside them, through esbuild.
//!
//! Takes the parts to build, gives `dist/edge` and `dist/browser`. The same sources give the same bytes wherever they are built:
//! the paths of this machine are mapped away.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wasm_bindgen_cli_support::Bindgen;

use crate::names;
use crate::process::{cargo, command, path, root, run, run_steadily};
use crate::tools::{self, WASM_TARGET};

/// What is built together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The Worker.
    Edge,
    /// The engines for the browser.
    Browser,
    /// The same with audit records, for the test that makes logged decisions again. Nothing of it is shipped.
    Replay,
}

/// One Wasm file: its name, what it can do, and how it is compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Build {
    pub(crate) stem: &'static str,
    pub(crate) features: &'static str,
    profile: &'static str,
    /// What the compiler may copy into the place of a call, by its own measure; `None` for its profile's. With less than a profile's
    /// 50 the browser's engine is 2 % smaller, and as fast.
    inlined_max: Option<u32>,
    /// Without a copy of each loop's addresses in variables of their own: 1 % less.
    plain_loops: bool,
    /// With instructions on vectors, which draw four arms at once: Chromium since 91, Firefox since 89, Safari since 16.4, Node since 16.
    vectors: bool,
    /// How hard wasm-opt tries, and at what.
    shrinking: &'static str,
}

/// The Worker.
const EDGE: Build = Build {
    stem: "index",
    features: "edge",
    profile: "wasm",
    inlined_max: Some(2),
    plain_loops: true,
    vectors: false,
    shrinking: "-Oz",
};
/// The engine of pages whose rules compare and look values up. A page waits for its bytes and decides a few slots, so it is built for size.
pub(crate) const RULES: Build =
    Build { stem: "rules", features: "browser", inlined_max: Some(8), plain_loops: true, ..EDGE };
/// The same with tests and long lists of rules.
pub(crate) const LANGUAGE: Build = Build { stem: "language", features: "browser,language,feeds,sieves", ..RULES };
/// The engine that lacks nothing, for those who ask for many decisions: built for speed as much as for size. `-O3` makes it no larger once it
/// is compressed.
pub(crate) const WHOLE: Build = Build {
    stem: "selvedge",
    features: "browser,whole",
    profile: "wasm-browser",
    inlined_max: Some(25),
    plain_loops: false,
    vectors: true,
    shrinking: "-O3",
};

/// What the shim imports of the glue.
const GLUE: &str = "export { __wbg_reset_state, fetch, initSync, quiet, scheduled } from \"./whole.js\";";

/// What no host reads: who made the file, from what, for which features.
const STRIPPED: [&str; 3] = ["--strip-debug", "--strip-producers", "--strip-target-features"];
/// These hold for our Wasm: Rust puts nothing but the end of its stack below the first kilobyte, and no host fills the memory. A function
/// with one caller stays one unless it is tiny, and what is computed twice is not kept in between: both compress better. So does code whose
/// branches were laid out once more.
const SMALL: [&str; 6] = [
    "--low-memory-unused",
    "--zero-filled-memory",
    "--one-caller-inline-max-function-size=20",
    "--skip-pass=local-cse",
    "--flatten",
    "--rereloop",
];
/// What wasm-opt may use: what every host of ours has had for years. `--all-features` would emit what no host accepts yet.
const WASM_FEATURES: [&str; 6] = [
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
];

impl Part {
    /// What is shipped.
    pub(crate) const ALL: [Self; 2] = [Self::Edge, Self::Browser];

    /// Its name: the feature of the package, and the folder below `dist`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Browser => "browser",
            Self::Replay => "replay",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// Its Wasm files.
    pub(crate) fn builds(self) -> &'static [Build] {
        match self {
            Self::Edge => &[EDGE],
            Self::Browser => &[RULES, LANGUAGE, WHOLE],
            Self::Replay => &[Build { features: "replay", ..WHOLE }],
        }
    }

    /// Where its files are.
    pub(crate) fn folder(self) -> PathBuf {
        match self {
            Self::Edge | Self::Browser => path("dist").join(self.name()),
            Self::Replay => path("target/replay"),
        }
    }

    /// The glue that wasm-bindgen writes for the Worker.
    pub(crate) fn glue(self) -> PathBuf {
        self.folder().join("index.js")
    }

    /// A Wasm file.
    pub(crate) fn wasm(self, build: &Build) -> PathBuf {
        self.folder().join(match self {
            Self::Edge => format!("{}_bg.wasm", build.stem),
            Self::Browser | Self::Replay => format!("{}.wasm", build.stem),
        })
    }

    /// A script as it is shipped.
    pub(crate) fn script(self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Scripts of ours that a page fetches: each shipped with what it imports of ours, without comments and long names.
    fn scripts(self) -> &'static [&'static str] {
        match self {
            Self::Edge => &[],
            Self::Browser | Self::Replay => &[
                "pkg-config/npm/loader.js",
                "pkg-config/npm/cmp.js",
                "pkg-config/npm/engine.js",
                "pkg-config/npm/why-element.js",
            ],
        }
    }

    /// Files of ours that belong beside it as they are; a site's own build bundles the adapters of frameworks. With them `dist/browser` is the npm package as it is published.
    fn companions(self) -> &'static [&'static str] {
        match self {
            Self::Replay => &[],
            Self::Edge => &[
                "pkg-config/worker/shim.mjs",
                "pkg-config/worker/serve.mjs",
                "pkg-config/worker/stream.mjs",
                "pkg-config/worker/company.mjs",
                "pkg-config/worker/store.mjs",
                "pkg-config/worker/webcrypto.mjs",
            ],
            Self::Browser => &[
                "pkg-config/npm/package.json",
                "pkg-config/npm/README.md",
                "pkg-config/npm/server.js",
                "pkg-config/npm/index.d.ts",
                "pkg-config/npm/engine.d.ts",
                "pkg-config/npm/why-element.d.ts",
                "pkg-config/npm/slots.js",
                "pkg-config/npm/plain.js",
                "pkg-config/npm/react.js",
                "pkg-config/npm/react.d.ts",
                "pkg-config/npm/preact.js",
                "pkg-config/npm/preact.d.ts",
                "pkg-config/npm/vue.js",
                "pkg-config/npm/vue.d.ts",
                "pkg-config/npm/svelte.js",
                "pkg-config/npm/svelte.d.ts",
                "pkg-config/npm/Slot.svelte",
            ],
        }
    }
}

/// Builds these parts.
pub(crate) fn build(parts: &[Part]) -> anyhow::Result<()> {
    tools::target(WASM_TARGET)?;
    let modules = tools::node_modules()?;
    let esbuild = modules.join(".bin/esbuild");
    for part in parts {
        let folder = part.folder();
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        for build in part.builds() {
            // All leave cargo under one name, so each is finished before the next begins.
            let compiled = compile(build)?;
            let wasm = part.wasm(build);
            if *part == Part::Edge {
                bind(&compiled, build.stem, &folder)?;
                shrink(&wasm, &wasm, build, &SMALL)?;
            } else {
                shrink(&compiled, &wasm, build, &SMALL)?;
            }
            eprintln!("built {} ({} bytes)", shown(&wasm), std::fs::metadata(&wasm)?.len());
        }
        let beside = |from: &Path| from.file_name().map(|name| folder.join(name));
        for companion in part.companions() {
            let from = path(companion);
            std::fs::copy(&from, beside(&from).context("a companion is a file")?)?;
        }
        if *part == Part::Edge {
            // It imports companions. Of its own exports those stay that the shim imports.
            let (glue, whole) = (part.glue(), folder.join("whole.js"));
            let wasm = part.wasm(&EDGE);
            let (short, text) = names::shortened(&std::fs::read(&wasm)?, &std::fs::read_to_string(&glue)?)?;
            std::fs::write(&wasm, short)?;
            std::fs::write(&whole, text)?;
            std::fs::write(&glue, GLUE)?;
            minify(&esbuild, &glue, &glue)?;
            std::fs::remove_file(whole)?;
        }
        for script in part.scripts() {
            let from = path(script);
            minify(&esbuild, &from, &beside(&from).context("a script is a file")?)?;
        }
    }
    Ok(())
}

/// Writes `from` as small as wasm-opt can make it into `to`: again and again, until nothing gets smaller.
pub(crate) fn shrink(from: &Path, to: &Path, build: &Build, assumptions: &[&str]) -> anyhow::Result<()> {
    let wasm_opt = tools::node_modules()?.join("binaryen/bin/wasm-opt");
    // It is Wasm itself, and Node's engine has crashed in it.
    run_steadily(
        command("node")
            .arg(wasm_opt)
            .args(assumptions)
            .args([build.shrinking, "--converge", build.shrinking])
            .args(STRIPPED)
            .args(WASM_FEATURES)
            .args(build.vectors.then_some("--enable-simd"))
            .arg(from)
            .arg("-o")
            .arg(to),
    )
}

fn compile(build: &Build) -> anyhow::Result<PathBuf> {
    let arguments = ["rustc", "--locked", "--lib", "--crate-type", "cdylib", "--target", WASM_TARGET];
    let mut cargo = cargo();
    cargo.args(arguments).args(["--profile", build.profile, "--no-default-features", "--features", build.features]);
    let mut flags = remapped()?;
    flags.extend(build.inlined_max.map(|most| format!("-Cllvm-args=-inline-threshold={most}")));
    flags.extend(build.vectors.then(|| "-Ctarget-feature=+simd128".to_owned()));
    flags.extend(build.plain_loops.then(|| "-Cllvm-args=-disable-lsr".to_owned()));
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    run(&mut cargo)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| path("target"), PathBuf::from);
    Ok(root().join(target).join(WASM_TARGET).join(build.profile).join("selvedge.wasm"))
}

/// Flags that replace this machine's folders in panic messages.
fn remapped() -> anyhow::Result<Vec<String>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("there is no CARGO_HOME")?;
    let flags = [(root(), "/selvedge"), (home.as_path(), "/cargo")];
    let mut flags = flags.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).to_vec();
    // SHA-256 without its unrolled rounds: 6 kB less, for hashes of a few dozen bytes.
    flags.extend(["--cfg", "sha2_backend=\"soft\"", "--cfg", "sha2_backend_soft=\"compact\""].map(String::from));
    Ok(flags)
}

fn bind(compiled: &PathBuf, stem: &str, out: &Path) -> anyhow::Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(stem).omit_default_module_path(true);
    // A panic leaves a Worker's instance unusable: the shim starts a new one.
    bindgen.reset_state_function(true);
    bindgen.web(true)?;
    bindgen.generate(out).with_context(|| format!("wasm-bindgen could not read {}", shown(compiled)))
}

/// What a script imports of ours goes into it: a page asks once. What is imported only when it is needed is a script of its own.
fn minify(esbuild: &Path, from: &Path, to: &Path) -> anyhow::Result<()> {
    let flags = ["--bundle", "--minify", "--format=esm", "--charset=utf8"];
    let quietly = ["--allow-overwrite", "--log-level=warning"];
    let licence = "--banner:js=/*! Selvedge | Apache-2.0 */";
    let out = format!("--outfile={}", to.display());
    run(command(esbuild).args(flags).args(quietly).arg(licence).arg(from).arg(out))
}

fn shown(file: &Path) -> std::path::Display<'_> {
    file.strip_prefix(root()).unwrap_or(file).display()
}
