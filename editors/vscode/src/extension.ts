// GATOS in VS Code: colours come from grammars, everything else from the program `gatos`.

import * as vscode from "vscode";
import * as commands from "./commands";
import * as debug from "./debug";
import { Documents } from "./documents";
import * as language from "./language";
import { Previews } from "./preview";
import * as profile from "./profile";
import { Server } from "./server";
import { Status } from "./status";
import * as tasks from "./tasks";
import { Tests } from "./tests";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const status = new Status();
  const started = new Server(status);
  server = started;
  const documents = new Documents();
  const previews = new Previews(started);
  const tests = new Tests(started);
  context.subscriptions.push(
    status,
    started,
    documents,
    previews,
    tests,
    language.watch(),
    commands.register({ server: started, status, documents, previews, tests }),
    debug.register(),
    profile.register(documents),
    tasks.register(),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("gatos.path") || change.affectsConfiguration("gatos.server.arguments")) {
        await started.restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => started.start()),
    vscode.workspace.onDidOpenTextDocument((document) => startFor(started, document)),
  );
  vscode.workspace.textDocuments.forEach((document) => startFor(started, document));
  if (await hasProject()) {
    void started.start();
  }
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** A Lua file of another program is no reason to start anything. */
function startFor(started: Server, document: vscode.TextDocument): void {
  if (["echolua", "rgs"].includes(document.languageId)) {
    void started.start();
  }
}

/** Whether an opened folder is a project. Projects further down are noticed by their first open file. */
async function hasProject(): Promise<boolean> {
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    for (const part of ["gatos/folds", "gatos/policies"]) {
      try {
        await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder.uri, part));
        return true;
      } catch {
        // It is not there.
      }
    }
  }
  return false;
}
