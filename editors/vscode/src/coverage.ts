// What tests reached: `gatos test --lcov` says it, and the editor draws it.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import { firstLine, run } from "./binary";
import { folderOf } from "./commands";

/** A file's coverage with its details, which the editor asks for when it draws them. */
export class Reached extends vscode.FileCoverage {
  constructor(
    uri: vscode.Uri,
    readonly details: vscode.FileCoverageDetail[],
  ) {
    const statements = details.filter((each) => each instanceof vscode.StatementCoverage);
    const branches = statements.flatMap((each) => each.branches);
    const functions = details.filter((each) => each instanceof vscode.DeclarationCoverage);
    const count = (all: { executed: number | boolean }[]): vscode.TestCoverageCount =>
      new vscode.TestCoverageCount(all.filter((each) => Number(each.executed) > 0).length, all.length);
    super(
      uri,
      count(statements),
      branches.length > 0 ? count(branches) : undefined,
      functions.length > 0 ? count(functions) : undefined,
    );
  }
}

/** Runs the tests of files once more, and adds what they reached to a run. */
export async function add(run_: vscode.TestRun, files: vscode.Uri[], token: vscode.CancellationToken): Promise<void> {
  const byFolder = new Map<string, vscode.Uri[]>();
  for (const file of files) {
    const folder = folderOf(file);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), file]);
  }
  const place = await mkdtemp(join(tmpdir(), "gatos-coverage-"));
  try {
    for (const [folder, inside] of byFolder) {
      const out = join(place, "lcov.info");
      // The policies of a project belong together, so they are tested together: one file alone has no rules.
      const rgs = inside.filter((file) => file.path.endsWith(".rgs")).map((file) => vscode.Uri.joinPath(file, "..").fsPath);
      const lua = inside.filter((file) => file.path.endsWith(".lua")).map((file) => file.fsPath);
      const paths = [...new Set([...lua, ...rgs])];
      const ran = await run(["test", ...paths, "--lcov", out, "--json"], folder, token);
      const text = await readFile(out, "utf8").catch(() => undefined);
      if (text === undefined) {
        throw new Error(firstLine(ran.stderr) || `gatos test ended with code ${ran.code}`);
      }
      for (const reached of read(text, folder)) {
        run_.addCoverage(reached);
      }
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Reads a report; names of files that are not absolute begin at a folder. */
export function read(text: string, folder: string): Reached[] {
  const all: Reached[] = [];
  let file = "";
  let lines = new Map<number, number>();
  let branches = new Map<number, vscode.BranchCoverage[]>();
  let functions = new Map<string, { line: number; hits: number }>();
  const at = (line: number): vscode.Position => new vscode.Position(Math.max(0, line - 1), 0);
  for (const row of text.split("\n")) {
    const [key, rest] = row.split(/:(.*)/s, 2);
    const parts = (rest ?? "").split(",");
    const number = (n: number): number => Number(parts[n]) || 0;
    switch (key) {
      case "SF":
        file = rest ?? "";
        [lines, branches, functions] = [new Map(), new Map(), new Map()];
        break;
      case "DA":
        lines.set(number(0), number(1));
        break;
      case "BRDA": {
        const ways = branches.get(number(0)) ?? [];
        ways.push(new vscode.BranchCoverage(number(3), at(number(0)), `way ${number(2) + 1} of condition ${number(1) + 1}`));
        branches.set(number(0), ways);
        break;
      }
      case "FN":
        functions.set(parts.slice(1).join(","), { line: number(0), hits: 0 });
        break;
      case "FNDA": {
        const known = functions.get(parts.slice(1).join(","));
        if (known !== undefined) {
          known.hits = number(0);
        }
        break;
      }
      case "end_of_record": {
        const details: vscode.FileCoverageDetail[] = [...lines].map(
          ([line, hits]) => new vscode.StatementCoverage(hits, at(line), branches.get(line) ?? []),
        );
        for (const [name, { line, hits }] of functions) {
          details.push(new vscode.DeclarationCoverage(name, hits, at(line)));
        }
        all.push(new Reached(vscode.Uri.file(isAbsolute(file) ? file : join(folder, file)), details));
        break;
      }
      default:
    }
  }
  return all;
}
