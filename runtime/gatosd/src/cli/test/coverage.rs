//! What tests reached, in words and as JSON.

use std::collections::BTreeSet;

use gatos_debug::coverage::FileCoverage;

use crate::output::Facts;
use crate::policy::trial::ranges;

/// `, 3 of 4 branches`; nothing where there are none.
pub(super) fn branches(file: &FileCoverage) -> String {
    match file.branches_hit() {
        (_, 0) => String::new(),
        (hit, all) => format!(", {hit} of {all} branches"),
    }
}

/// The lines with conditions of which a way was never taken though they were reached.
pub(super) fn untaken(file: &FileCoverage) -> Option<String> {
    let lines: BTreeSet<u32> = file.branches.iter().filter(|b| b.is_reached && b.hits == 0).map(|b| b.line).collect();
    (!lines.is_empty()).then(|| format!("always went one way: lines {}", ranges(&lines)))
}

/// Branches as JSON: line, condition, way, how often.
pub(super) fn branches_json(file: Option<&FileCoverage>) -> String {
    let one = |b: &gatos_debug::coverage::Branch| {
        let (line, block, branch) = (u64::from(b.line), u64::from(b.block), u64::from(b.branch));
        Facts::new().int("line", line).int("condition", block).int("way", branch).int("hits", b.hits).into_json()
    };
    let all: Vec<String> = file.map(|f| f.branches.iter().map(one).collect()).unwrap_or_default();
    format!("[{}]", all.join(","))
}

/// What was reached of folds, in words.
pub(super) fn words(files: &[FileCoverage]) -> String {
    let mut lines = vec!["reached".to_owned()];
    for file in files {
        let (hit, all) = file.lines_hit();
        let (called, functions) = file.functions_hit();
        let branches = branches(file);
        lines.push(format!("  {}: {hit} of {all} lines, {called} of {functions} functions{branches}", file.file));
        let missed = missed(file);
        if !missed.is_empty() {
            lines.push(format!("    lines not reached: {}", ranges(&missed)));
        }
        for f in file.functions.iter().filter(|f| f.hits == 0) {
            lines.push(format!("    never called: {} (line {})", f.name, f.line));
        }
        lines.extend(untaken(file).map(|text| format!("    {text}")));
    }
    lines.join("\n")
}

fn missed(file: &FileCoverage) -> BTreeSet<u32> {
    file.lines.iter().filter(|(_, hits)| **hits == 0).map(|(line, _)| *line).collect()
}

/// What was reached of folds, as JSON.
pub(super) fn json(files: &[FileCoverage]) -> String {
    let numbers = |lines: BTreeSet<u32>| {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        format!("[{}]", lines.join(","))
    };
    let one = |file: &FileCoverage| {
        let reached = file.lines.iter().filter(|(_, hits)| **hits > 0).map(|(line, _)| *line).collect();
        Facts::new()
            .text("file", &file.file)
            .json("lines", numbers(reached))
            .json("missed_lines", numbers(missed(file)))
            .json("branches", branches_json(Some(file)))
            .list("missed_functions", file.functions.iter().filter(|f| f.hits == 0).map(|f| &f.name))
            .into_json()
    };
    format!("[{}]", files.iter().map(one).collect::<Vec<_>>().join(","))
}
