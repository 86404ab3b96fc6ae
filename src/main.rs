//! The `selvedge` command. Everything is in [`selvedge::cli`].

fn main() -> std::process::ExitCode {
    selvedge::cli::main()
}
