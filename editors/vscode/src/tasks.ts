// Tasks: lint, test and format a project, with messages that lead to their places.

import * as vscode from "vscode";
import { find } from "./binary";

interface Definition extends vscode.TaskDefinition {
  command: "lint" | "test" | "fmt";
  paths?: string[];
}

const COMMANDS: { command: Definition["command"]; says: string; group?: vscode.TaskGroup; args: string[] }[] = [
  { command: "lint", says: "lint", group: vscode.TaskGroup.Build, args: ["lint", "--format", "short"] },
  { command: "test", says: "test", group: vscode.TaskGroup.Test, args: ["test"] },
  { command: "fmt", says: "check format", args: ["fmt", "--check"] },
];

export function register(): vscode.Disposable {
  return vscode.tasks.registerTaskProvider("gatos", {
    async provideTasks(): Promise<vscode.Task[]> {
      const tasks: vscode.Task[] = [];
      for (const folder of vscode.workspace.workspaceFolders ?? []) {
        if (await isProject(folder)) {
          for (const { command } of COMMANDS) {
            tasks.push(await task({ type: "gatos", command }, folder));
          }
        }
      }
      return tasks;
    },
    async resolveTask(given: vscode.Task): Promise<vscode.Task | undefined> {
      const scope = given.scope;
      const folder = typeof scope === "object" ? scope : vscode.workspace.workspaceFolders?.[0];
      const definition = given.definition as Definition;
      const isKnown = COMMANDS.some(({ command }) => command === definition.command);
      return folder === undefined || !isKnown ? undefined : task(definition, folder);
    },
  });
}

async function isProject(folder: vscode.WorkspaceFolder): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder.uri, "gatos"));
    return true;
  } catch {
    return false;
  }
}

async function task(definition: Definition, folder: vscode.WorkspaceFolder): Promise<vscode.Task> {
  const row = COMMANDS.find(({ command }) => command === definition.command) ?? COMMANDS[0]!;
  const program = await find().catch(() => "gatos");
  const execution = new vscode.ProcessExecution(program, [...row.args, ...(definition.paths ?? ["gatos"])], {
    cwd: folder.uri.fsPath,
  });
  const made = new vscode.Task(definition, folder, row.says, "gatos", execution, ["$gatos"]);
  if (row.group !== undefined) {
    made.group = row.group;
  }
  return made;
}
