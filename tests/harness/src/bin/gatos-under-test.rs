//! The command `gatos`, built beside the tests so that transcripts can run it.

fn main() -> std::process::ExitCode {
    gatosd::main()
}
