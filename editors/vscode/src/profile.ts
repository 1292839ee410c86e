// Profiles: where a fold spends its fuel, by function and line.

import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import { firstLine, run } from "./binary";
import { fileOf, folderOf, tell } from "./commands";
import { pickEvents } from "./debug";
import type { Documents } from "./documents";

export function register(documents: Documents): vscode.Disposable {
  return vscode.commands.registerCommand("gatos.profile", (...args: unknown[]) => profile(documents, args).catch(tell));
}

async function profile(documents: Documents, args: unknown[]): Promise<void> {
  const file = fileOf(args, ["echolua"]);
  // `gatos run` reads files, not journals.
  const events = await pickEvents(file, true);
  if (events === undefined) {
    return;
  }
  const open = vscode.workspace.textDocuments.find((each) => each.uri.toString() === file.toString());
  await open?.save();
  const name = basename(file.fsPath).replace(/\.lua$/, "");
  const out = join(tmpdir(), `gatos-${name}-${Date.now()}.speedscope.json`);
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: `Profiling ${name} over ${basename(events)}`,
    cancellable: true,
  };
  const ran = await vscode.window.withProgress(options, (_progress, token) =>
    run(["run", file.fsPath, "--events", events, "--profile", out, "--profile-top"], folderOf(file), token),
  );
  if (ran.code !== 0) {
    throw new Error(firstLine(ran.stderr) || `gatos run ended with code ${ran.code}`);
  }
  await documents.show(`${name} by fuel.txt`, ran.stderr);
  const copy = "Copy Path";
  const reveal = "Reveal";
  const taken = await vscode.window.showInformationMessage(`The profile is in ${out}: speedscope and the Firefox Profiler open it.`, copy, reveal);
  if (taken === copy) {
    await vscode.env.clipboard.writeText(out);
  } else if (taken === reveal) {
    await vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(out));
  }
}
