//! The language server as an editor meets it: a cold workspace of five thousand folds, then keystrokes in a file
//! of five thousand lines, over stdio, against the released binary.

mod client;
mod programs;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use client::Client;
use serde_json::json;

/// What is asked for on the command line.
struct Asked {
    server: PathBuf,
    files: usize,
    keys: usize,
    pause: Duration,
}

fn asked() -> Asked {
    let mut asked = Asked {
        server: PathBuf::from("target/release/gatos"),
        files: 5_000,
        keys: 300,
        pause: Duration::from_millis(60),
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{arg} wants a number"));
        match arg.as_str() {
            "--files" => asked.files = number(),
            "--keys" => asked.keys = number(),
            "--pause-ms" => asked.pause = Duration::from_millis(number() as u64),
            path => asked.server = PathBuf::from(path),
        }
    }
    asked
}

/// A figure of sorted times: the smallest that so many of a hundred are not above.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

fn row(name: &str, times: &mut [Duration], bound: Option<Duration>) {
    times.sort_unstable();
    let ms = |d: Duration| format!("{:.1}", d.as_secs_f64() * 1e3);
    let p99 = percentile(times, 99);
    let verdict = match bound {
        Some(bound) if p99 <= bound => format!("  within {} ms", bound.as_millis()),
        Some(bound) => format!("  NOT within {} ms", bound.as_millis()),
        None => String::new(),
    };
    println!(
        "{name:<34} {:>8} {:>8} {:>8} {:>8}{verdict}",
        ms(percentile(times, 50)),
        ms(percentile(times, 90)),
        ms(p99),
        ms(times.last().copied().unwrap_or_default())
    );
}

fn main() {
    let asked = asked();
    let folder = std::env::temp_dir().join(format!("gatos-bench-lsp-{}", std::process::id()));
    programs::workspace(&folder, asked.files);
    let lines = programs::LINES;
    println!("{} folds of {lines} lines in {}", asked.files, folder.display());

    let start = Instant::now();
    let mut client = Client::start(&asked.server, &folder);
    client.ready(Duration::from_secs(600));
    let cold = start.elapsed();
    let judged = client.judged();
    let (rss, peak) = client.memory();
    println!("cold: every file judged            {:>8.2} s   {judged} files with something to say", cold.as_secs_f64());
    println!("memory after it                    {rss:>8} MB  peak {peak} MB");

    println!("\n{:<34} {:>8} {:>8} {:>8} {:>8}  ms", "in a file of 5 000 lines", "p50", "p90", "p99", "max");
    for (name, text, line, typed) in programs::large() {
        keystrokes(&mut client, &folder, name, &text, line, typed, &asked);
    }
    let (rss, peak) = client.memory();
    println!("memory at the end                  {rss:>8} MB  peak {peak} MB");
    client.quit();
    let _ = std::fs::remove_dir_all(folder);
}

/// Types into a large document as people do: a few letters and back, with the questions that editors ask with each.
fn keystrokes(
    client: &mut Client,
    folder: &std::path::Path,
    name: &str,
    text: &str,
    line: usize,
    typed: &str,
    asked: &Asked,
) {
    let uri = client.open(&folder.join(name), text);
    client.diagnostics(&uri, 1);
    let indent = text.lines().nth(line).map_or(0, |l| l.len() - l.trim_start().len());
    let letters: Vec<char> = typed.chars().collect();
    let (mut diagnostics, mut completion, mut hover) = (Vec::new(), Vec::new(), Vec::new());
    let mut column = indent;
    for key in 0..asked.keys {
        let step = key % (2 * letters.len());
        let sent = Instant::now();
        let version = key as i64 + 2;
        if step < letters.len() {
            let at = json!({ "line": line, "character": column });
            client.change(&uri, version, json!({ "start": at, "end": at }), &letters[step].to_string());
            column += 1;
        } else {
            let from = json!({ "line": line, "character": column - 1 });
            client.change(&uri, version, json!({ "start": from, "end": { "line": line, "character": column } }), "");
            column -= 1;
        }
        let at = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": column } });
        let complete = client.request("textDocument/completion", at.clone());
        let doc = json!({ "textDocument": { "uri": uri } });
        let others = [
            client.request("textDocument/semanticTokens/full", doc.clone()),
            client.request("textDocument/documentSymbol", doc.clone()),
            client.request("textDocument/codeLens", doc.clone()),
            client.request(
                "textDocument/inlayHint",
                json!({ "textDocument": { "uri": uri }, "range": { "start": { "line": line.saturating_sub(30), "character": 0 }, "end": { "line": line + 30, "character": 0 } } }),
            ),
        ];
        completion.push(client.answer(complete) - sent);
        diagnostics.push(client.diagnostics(&uri, version) - sent);
        let asked_at = Instant::now();
        let id = client.request("textDocument/hover", at);
        hover.push(client.answer(id) - asked_at);
        for id in others {
            client.answer(id);
        }
        std::thread::sleep(asked.pause);
    }
    let language = if name.ends_with(".rgs") { "policy" } else { "fold" };
    row(&format!("{language}: diagnostics after a key"), &mut diagnostics, Some(Duration::from_millis(50)));
    row(&format!("{language}: completion after a key"), &mut completion, Some(Duration::from_millis(16)));
    row(&format!("{language}: hover"), &mut hover, None);
    client.close(&uri);
}
