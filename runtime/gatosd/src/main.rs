//! The `gatos` command.

fn main() -> std::process::ExitCode {
    gatosd::main()
}
