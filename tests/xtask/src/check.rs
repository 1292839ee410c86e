//! The gate: every step runs even when an earlier one failed, and the last line is
//! the sum of all of them, `N passed, N failed`.

use crate::{cargo, run as run_command, shown};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::Instant;

/// What a step, or a run of tests, came to.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
struct Tally {
    passed: u64,
    failed: u64,
}

/// A name, and what to do under it.
type Step<'a> = (&'a str, &'a dyn Fn() -> Result<(), String>);

/// Runs the gate.
///
/// # Errors
/// An empty message when anything failed: the report has said it all by then.
pub fn run() -> Result<(), String> {
    let mut total = Tally::default();
    let mut broken: Vec<&str> = Vec::new();

    let steps: [Step<'_>; 2] = [
        ("format", &|| run_command(cargo().args(["fmt", "--all", "--check", "--", "--color", "never"]))),
        ("lints", &|| {
            run_command(cargo().args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))
        }),
    ];
    for (name, step) in steps {
        println!("== {name}");
        let begun = Instant::now();
        match step() {
            Ok(()) => {
                total.passed += 1;
                println!("== {name}: ok ({:.0} s)", begun.elapsed().as_secs_f32());
            }
            Err(message) => {
                total.failed += 1;
                broken.push(name);
                println!("{message}\n== {name}: FAILED");
            }
        }
    }

    println!("== tests");
    let begun = Instant::now();
    let tests = tests();
    total.passed += tests.passed;
    total.failed += tests.failed;
    if tests.failed > 0 {
        broken.push("tests");
    }
    let verdict = if tests.failed == 0 { "ok" } else { "FAILED" };
    println!("== tests: {verdict} ({:.0} s)", begun.elapsed().as_secs_f32());

    if !broken.is_empty() {
        println!("broken: {}", broken.join(", "));
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    // The verdict must be the last line even where the two streams are one file.
    std::io::stdout().flush().ok();
    if total.failed == 0 { Ok(()) } else { Err(String::new()) }
}

/// Runs all tests, passing their output on as it comes, and adds up their result lines.
fn tests() -> Tally {
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).stdout(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            println!("`{}` does not start: {error}", shown(&command));
            return Tally { passed: 0, failed: 1 };
        }
    };
    let mut tally = Tally::default();
    if let Some(stdout) = child.stdout.take() {
        let mut lines = BufReader::new(stdout);
        let mut line = Vec::new();
        // Bytes, not `lines()`: a test may print what is not UTF-8, and the run goes on.
        while lines.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            std::io::stdout().write_all(&line).ok();
            if let Some(more) = result_line(&String::from_utf8_lossy(&line)) {
                tally.passed += more.passed;
                tally.failed += more.failed;
            }
            line.clear();
        }
    }
    let ended_well = child.wait().is_ok_and(|status| status.success());
    // A crash or a build error leaves no result line behind; it is a failure all the same.
    if !ended_well && tally.failed == 0 {
        tally.failed = 1;
    }
    tally
}

/// Reads `test result: ok. 12 passed; 0 failed; …`.
fn result_line(line: &str) -> Option<Tally> {
    let rest = line.trim_start().strip_prefix("test result:")?;
    let number_before = |word: &str| -> Option<u64> {
        let before = rest.split_once(word)?.0.trim_end();
        let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    };
    Some(Tally { passed: number_before(" passed")?, failed: number_before(" failed")? })
}

#[cfg(test)]
mod tests {
    use super::{Tally, result_line};

    #[test]
    fn result_lines_are_read_and_other_lines_are_not() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(result_line(line), Some(Tally { passed: 12, failed: 3 }));
        assert_eq!(result_line("test fold::counter ... ok"), None);
        assert_eq!(result_line("test result: unreadable"), None);
    }
}
