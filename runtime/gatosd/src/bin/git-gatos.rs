//! `git-gatos`: Git runs it for `git gatos …`; it is `gatos` by another name.

fn main() -> std::process::ExitCode {
    gatosd::main()
}
