//! Runs cases of Rego's meaning: `rego-cases FILE.jsonl[.gz] [FAILURES.jsonl]`.
//!
//! Prints the counts by folder; the last line is `in scope: P of T passed`. A second argument
//! names a file for the cases that failed, each with its reason.

use flate2::read::GzDecoder;
use gatos_harness::rego::{self, Table, Verdict};
use std::io::Read;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (file, failures) = match args.as_slice() {
        [file] => (file, None),
        [file, failures] => (file, Some(failures)),
        _ => {
            eprintln!("usage: rego-cases FILE.jsonl[.gz] [FAILURES.jsonl]");
            return ExitCode::from(2);
        }
    };
    // Deep cases need more stack than a thread has by default; what panics is reported as a failure.
    std::panic::set_hook(Box::new(|_| {}));
    let (file, failures) = (file.clone(), failures.cloned());
    let worker = std::thread::Builder::new().stack_size(256 << 20).spawn(move || run(&file, failures.as_deref()));
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(why))) => {
            eprintln!("rego-cases: {why}");
            ExitCode::from(2)
        }
        _ => ExitCode::from(3),
    }
}

fn run(file: &str, failures: Option<&str>) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
    let mut text = String::new();
    let read = match bytes.starts_with(&[0x1f, 0x8b]) {
        true => GzDecoder::new(bytes.as_slice()).read_to_string(&mut text),
        false => bytes.as_slice().read_to_string(&mut text),
    };
    read.map_err(|e| format!("{file}: {e}"))?;
    let mut table = Table::new();
    let mut failed = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let case: serde_json::Value =
            serde_json::from_str(line).map_err(|e| format!("{file}:{}: not a case: {e}", i + 1))?;
        let word = |key: &str| case.get(key).and_then(|v| v.as_str()).unwrap_or("?").to_string();
        let verdict = rego::run(&case);
        table.entry((word("folder"), word("scope"))).or_default().add(verdict == Verdict::Passed);
        if let Verdict::Failed(why) = verdict {
            println!("FAILED {} [{}]: {}", word("note"), word("scope"), shortened(&why));
            failed.push(rego::failure(&case, &why));
        }
    }
    if let Some(path) = failures {
        let lines: String = failed.iter().map(|l| format!("{l}\n")).collect();
        std::fs::write(path, lines).map_err(|e| format!("{path}: {e}"))?;
    }
    print!("{}", rego::report(&table));
    Ok(())
}

fn shortened(why: &str) -> String {
    let line = why.replace('\n', " / ");
    match line.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
