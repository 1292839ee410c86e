// The debugger: `gatos dap` as its adapter, what to run without a launch.json, values at the ends of lines.

import * as vscode from "vscode";
import { find } from "./binary";
import { fileOf, folderOf, namespaces, tell } from "./commands";

const TYPE = "gatos";

export function register(): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.debug.registerDebugAdapterDescriptorFactory(TYPE, new Adapter()),
    vscode.debug.registerDebugConfigurationProvider(TYPE, new Configurations()),
    vscode.debug.registerDebugConfigurationProvider(
      TYPE,
      { provideDebugConfigurations: offered },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.languages.registerInlineValuesProvider([{ language: "echolua" }, { language: "rgs" }], new Values()),
    vscode.commands.registerCommand("gatos.debugFile", (...args: unknown[]) => debugFile(args).catch(tell)),
    vscode.commands.registerCommand("gatos.pickEvents", () => pickEvents().catch(tell)),
    vscode.commands.registerCommand("gatos.goToEvent", () => goToEvent().catch(tell)),
  );
}

class Adapter implements vscode.DebugAdapterDescriptorFactory {
  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    const cwd = session.workspaceFolder?.uri.fsPath;
    const env = { NO_COLOR: "1" };
    return new vscode.DebugAdapterExecutable(await find(), ["dap"], cwd === undefined ? { env } : { cwd, env });
  }
}

class Configurations implements vscode.DebugConfigurationProvider {
  /** F5 without a launch.json: the file that is being edited. */
  async resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (config.type || config.request || config.name) {
      return config;
    }
    const document = vscode.window.activeTextEditor?.document;
    if (document === undefined || !["echolua", "rgs"].includes(document.languageId)) {
      return undefined;
    }
    return ofFile(document.uri, document.languageId);
  }

  /** After variables such as ${file} were put in. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (folder !== undefined) {
      config["cwd"] ??= folder.uri.fsPath;
    }
    if (typeof config["program"] !== "string" || config["program"] === "") {
      tell(new Error("The launch configuration names no `program`: a fold (.lua) or a policy (.rgs)."));
      return undefined;
    }
    // A program is read from disk.
    await Promise.all(vscode.workspace.textDocuments.filter((each) => each.isDirty && isOurs(each)).map((each) => each.save()));
    return config;
  }
}

function isOurs(document: vscode.TextDocument): boolean {
  return ["echolua", "rgs"].includes(document.languageId);
}

/** What the list of configurations offers without a launch.json. */
async function offered(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.DebugConfiguration[]> {
  const document = vscode.window.activeTextEditor?.document;
  if (document === undefined || document.languageId !== "echolua") {
    return [];
  }
  const all = await namespaces(folder?.uri.fsPath ?? folderOf(document.uri));
  return all.map((name) => ({
    type: TYPE,
    request: "launch",
    name: `This fold over ${name}`,
    program: "${file}",
    events: name,
  }));
}

async function ofFile(file: vscode.Uri, language: string): Promise<vscode.DebugConfiguration | undefined> {
  const base = { type: TYPE, request: "launch", name: `Debug ${file.path.split("/").pop()}`, program: file.fsPath };
  if (language === "rgs") {
    const chosen = await vscode.window.showOpenDialog({
      title: "Decide which input?",
      openLabel: "Decide",
      filters: { JSON: ["json"] },
      defaultUri: vscode.Uri.file(folderOf(file)),
    });
    return chosen?.[0] && { ...base, input: chosen[0].fsPath, stopOnEntry: true };
  }
  const events = await pickEvents(file);
  return events === undefined ? undefined : { ...base, events };
}

async function debugFile(args: unknown[]): Promise<void> {
  const file = fileOf(args, ["echolua", "rgs"]);
  const document = await vscode.workspace.openTextDocument(file);
  const config = await ofFile(file, document.languageId);
  if (config !== undefined) {
    await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(file), config);
  }
}

/** Asks over which events: of a journal, or of a file; or of a file only. */
export async function pickEvents(file?: vscode.Uri, onlyFiles = false): Promise<string | undefined> {
  const here = file ?? vscode.window.activeTextEditor?.document.uri;
  const folder = here === undefined ? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath : folderOf(here);
  const journals = folder === undefined || onlyFiles ? [] : await namespaces(folder);
  const files = await vscode.workspace.findFiles("**/*.{jsonl,jsonl.gz,jsonl.zst,ndjson}", "**/{node_modules,target}/**", 100);
  const other = "$(folder-opened) Another file…";
  const items = [
    ...journals.map((name) => ({ label: `$(git-commit) ${name}`, description: "journal", events: name })),
    ...files.map((uri) => ({
      label: `$(file) ${vscode.workspace.asRelativePath(uri)}`,
      description: "file",
      events: uri.fsPath,
    })),
    { label: other, description: "", events: "" },
  ];
  const taken = await vscode.window.showQuickPick(items, { title: "Over which events?" });
  if (taken === undefined) {
    return undefined;
  }
  if (taken.events !== "") {
    return taken.events;
  }
  const chosen = await vscode.window.showOpenDialog({ title: "Which events?" });
  return chosen?.[0]?.fsPath;
}

/** Runs the debugged fold forwards or backwards to the beginning of an event. */
async function goToEvent(): Promise<void> {
  const session = vscode.debug.activeDebugSession;
  if (session === undefined || session.type !== TYPE) {
    throw new Error("No fold is being debugged.");
  }
  const text = await vscode.window.showInputBox({
    title: "Go to which event?",
    prompt: "Its number, the first being 1, or its ULID. Going back is as good as going on.",
    validateInput: (value) =>
      /^\s*(\d+|[0-9A-HJKMNP-TV-Z]{26})\s*$/i.test(value) ? undefined : "A number, or the 26 characters of a ULID.",
  });
  if (text !== undefined) {
    const trimmed = text.trim();
    const event = /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : trimmed.toUpperCase();
    await session.customRequest("gatos/goto", { event });
  }
}

const KEYWORDS = new Set(
  (
    "and break do else elseif end false for function goto if in local nil not or repeat return then true until while " +
    "as contains default every import null package some with input data"
  ).split(" "),
);
/** How many lines above the one where it stopped are looked at. */
const MOST_LINES = 60;

/** What gives a name its value, by language: the names are in the first group. */
const GIVES = {
  lua: [
    /\bfunction\b[^()]*\(([^)]*)\)/g,
    /\blocal\s+(?!function\b)([\w\s,<>]+)/g,
    /\bfor\s+([\w\s,]+?)\s*(?:=|\bin\b)/g,
    /^\s*([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*=(?!=)/g,
  ],
  rgs: [/\b(?:some|every)\s+([\w\s,]+?)\s+in\b/g, /(?<![\w.])([A-Za-z_]\w*)\s*:=/g, /^[A-Za-z_][\w.]*\(([\w\s,]*)\)/g],
};

/** The names that a line gives a value, or all that it has; each once, with its place. */
function names(line: string, isLua: boolean, isAll: boolean): Map<string, number> {
  const text = blanked(line, isLua);
  const found = new Map<string, number>();
  const gives = isAll ? [/(.*)/g] : isLua ? GIVES.lua : GIVES.rgs;
  for (const shape of gives) {
    for (const part of text.matchAll(shape)) {
      const from = part.index + part[0].indexOf(part[1] ?? "");
      for (const name of (part[1] ?? "").matchAll(/(?<![\w.:<])[A-Za-z_]\w*(?!\s*[({"'\w])/g)) {
        if (!KEYWORDS.has(name[0]) && !found.has(name[0])) {
          found.set(name[0], from + name.index);
        }
      }
    }
  }
  return found;
}

/**
 * Values at the ends of lines, from the beginning of the function to where it stopped: of what a line gives a
 * value, and of all that the line has where it stopped. The debugger says which of the names are locals.
 */
class Values implements vscode.InlineValuesProvider {
  provideInlineValues(
    document: vscode.TextDocument,
    viewPort: vscode.Range,
    context: vscode.InlineValueContext,
  ): vscode.InlineValue[] {
    if (!vscode.workspace.getConfiguration("gatos", document).get<boolean>("debug.inlineValues", true)) {
      return [];
    }
    const values: vscode.InlineValue[] = [];
    const stopped = context.stoppedLocation.end.line;
    const isLua = document.languageId === "echolua";
    const begins = isLua ? /\bfunction\b/ : /^\w/;
    let first = stopped;
    while (first > 0 && stopped - first < MOST_LINES && !begins.test(document.lineAt(first).text)) {
      first -= 1;
    }
    for (let at = Math.max(first, viewPort.start.line); at <= Math.min(stopped, viewPort.end.line); at += 1) {
      for (const [name, column] of names(document.lineAt(at).text, isLua, at === stopped)) {
        const range = new vscode.Range(at, column, at, column + name.length);
        values.push(new vscode.InlineValueVariableLookup(range, name, true));
      }
    }
    return values;
  }
}

/** A line with spaces for its strings and comments. */
function blanked(line: string, isLua: boolean): string {
  const shapes = isLua ? /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|--.*$/g : /"(?:[^"\\]|\\.)*"?|`[^`]*`?|#.*$/g;
  return line.replace(shapes, (found) => " ".repeat(found.length));
}
