//! Writes `docs/reference`; `cargo xtask gen` runs it.

fn main() -> std::process::ExitCode {
    match gatos_harness::reference::write() {
        Ok(written) => {
            for page in written {
                println!("{page}");
            }
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
