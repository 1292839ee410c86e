// The commands: from the palette, from lenses and code actions, from menus. Lenses bring arguments
// (a file's path first); without them the file that is being edited is meant.

import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { lines } from "./binary";
import type { Documents } from "./documents";
import { Panel, render } from "./panel";
import type { Previews } from "./preview";
import type { Server } from "./server";
import type { Status } from "./status";
import type { Tests } from "./tests";

/** What the parts of the extension are to each other. */
export interface Parts {
  server: Server;
  status: Status;
  documents: Documents;
  previews: Previews;
  tests: Tests;
}

/** The file that arguments name, else the one that is being edited. */
export function fileOf(args: unknown[], languages: string[]): vscode.Uri {
  const [first] = args;
  if (first instanceof vscode.Uri) {
    return first;
  }
  if (typeof first === "string" && first !== "") {
    return first.startsWith("file:") ? vscode.Uri.parse(first) : vscode.Uri.file(first);
  }
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  if (editor !== undefined && languages.includes(editor.document.languageId)) {
    return editor.document.uri;
  }
  throw new Error(`Open ${languages.includes("rgs") ? "a fold or a policy" : "a fold"} first.`);
}

/** The folder that a file's project is looked for in. */
export function folderOf(file: vscode.Uri): string {
  return vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath ?? vscode.Uri.joinPath(file, "..").fsPath;
}

export function register(parts: Parts): vscode.Disposable {
  const decision = new DecisionPanel(parts.server);
  const commands: Record<string, (...args: unknown[]) => Promise<unknown>> = {
    "gatos.previewFold": async (...args) => {
      const namespace = typeof args[1] === "string" && args[1] !== "" ? { namespace: args[1] } : {};
      const most = Number(args[2]);
      const events = Number.isSafeInteger(most) && most > 0 ? { events: most } : {};
      await parts.previews.show(fileOf(args, ["echolua"]), { ...namespace, ...events });
    },
    "gatos.pinInput": (...args) => pin(parts, decision, args),
    "gatos.unpinInput": async () => {
      await sendPin(parts, decision, anyPolicy(), undefined);
    },
    "gatos.explainDecision": async (...args) => decision.show(fileOf(args, ["rgs"])),
    "gatos.testFromDenial": async (...args) => {
      const file = fileOf(args, ["rgs"]);
      const { json, markdown } = await busy("Writing a test from the newest denial", (token, report) =>
        parts.server.command<Written | null>("gatos.testFromDenial", [file.fsPath], token, report),
      );
      if (typeof json?.path === "string" && typeof json.test === "string") {
        await reveal(json.path, json.test);
      } else if (markdown !== "") {
        void vscode.window.showInformationMessage(plain(markdown));
      }
    },
    "gatos.compareRoot": async (...args) => {
      const file = fileOf(args, ["echolua"]);
      await page(`Root of ${basename(file.fsPath)}`, "root", async (token) => {
        const { markdown } = await parts.server.command("gatos.compareRoot", [file.fsPath], token);
        return markdown;
      });
    },
    "gatos.explainCode": async (...args) => {
      const code = typeof args[0] === "string" ? args[0] : await askCode();
      if (code !== undefined) {
        await page(`Explain ${code}`, "code", async (token) => {
          const { markdown } = await parts.server.command("gatos.explainCode", [code], token);
          return markdown;
        });
      }
    },
    "gatos.showElc": async (...args) => {
      const file = fileOf(args, ["echolua", "rgs"]);
      const { json, markdown } = await busy("Compiling", (token, report) =>
        parts.server.command<{ listing?: unknown; text?: unknown } | null>("gatos.showElc", [file.fsPath], token, report),
      );
      const listing = [json?.listing, json?.text].find((each) => typeof each === "string") as string | undefined;
      await parts.documents.show(`${basename(file.fsPath)}.elc-listing`, listing ?? withoutFence(markdown));
    },
    "gatos.runTest": async (...args) => {
      const file = fileOf(args, ["echolua", "rgs"]);
      const editor = vscode.window.activeTextEditor;
      const name =
        typeof args[1] === "string" ? args[1] : await parts.tests.at(file, editor?.selection.active.line ?? 0);
      if (name === undefined) {
        throw new Error("There is no test at the cursor, nor before it.");
      }
      await parts.tests.runNamed(file, name);
    },
    "gatos.runTests": async (...args) => parts.tests.runNamed(fileOf(args, ["echolua", "rgs"])),
    "gatos.restartServer": async () => parts.server.restart(),
    "gatos.showLog": async () => parts.server.log.show(),
    "gatos.showMenu": async () => menu(parts),
    "gatos.choosePath": async () => choosePath(parts),
  };
  const registered = Object.entries(commands).map(([name, work]) =>
    vscode.commands.registerCommand(name, async (...args: unknown[]) => {
      try {
        return await work(...args);
      } catch (error) {
        tell(error);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(decision, ...registered);
}

/** Tells a person what did not work; what they cancelled themselves they know. */
export function tell(error: unknown): void {
  if (error instanceof vscode.CancellationError) {
    return;
  }
  const why = error instanceof Error ? error.message : String(error);
  // The protocol's codes for answers that were given up.
  const code = (error as { code?: unknown } | null)?.code;
  if (code === -32800 || code === -32801 || code === -32802) {
    return;
  }
  void vscode.window.showErrorMessage(`GATOS: ${why}`);
}

/** A test that was written: its file and name. */
interface Written {
  path?: unknown;
  test?: unknown;
}

/** Opens a file at a word that is just being written into it. */
async function reveal(path: string, word: string): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path));
      const at = document.getText().indexOf(word);
      if (at >= 0) {
        const place = document.positionAt(at);
        await vscode.window.showTextDocument(document, { selection: new vscode.Range(place, place) });
        return;
      }
    } catch {
      // The edit that makes the file is still on its way.
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`${word} did not appear in ${path}.`);
}

/** Works under a notification that can cancel. */
async function busy<T>(
  title: string,
  work: (
    token: vscode.CancellationToken,
    report: (done: { message?: string; increment?: number }) => void,
  ) => Promise<T>,
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) => work(token, (done) => progress.report(done)));
}

/** Markdown in a panel of its kind. */
const pages = new Map<string, Panel>();
async function page(
  title: string,
  kind: string,
  work: (token: vscode.CancellationToken) => Promise<string>,
): Promise<void> {
  let panel = pages.get(kind);
  if (panel === undefined) {
    panel = new Panel(kind, title);
    pages.set(kind, panel);
    panel.onDidDispose(() => pages.delete(kind));
  } else {
    panel.reveal();
  }
  panel.fill = async (_asked, token) => ({ title, html: await render(await work(token)) });
  await panel.run();
}

/** Why the pinned decision fell as it did, following the pin and the policies. */
class DecisionPanel implements vscode.Disposable {
  private file: vscode.Uri | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly listener: vscode.Disposable;

  constructor(private readonly server: Server) {
    this.listener = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && document.languageId === "rgs") {
        this.again();
      }
    });
  }

  async show(file: vscode.Uri): Promise<void> {
    this.file = file;
    await page("Decision", "decision", async (token) => {
      const { markdown } = await this.server.command("gatos.explainDecision", [this.file?.fsPath], token);
      return markdown;
    });
  }

  /** Asks again after a short rest, when the panel is open. */
  again(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void pages.get("decision")?.run(), 400);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.listener.dispose();
    pages.forEach((panel) => panel.dispose());
  }
}

/** A policy of the workspace, for what is asked about no file in particular. */
function anyPolicy(): vscode.Uri {
  const open = vscode.window.activeTextEditor?.document;
  if (open !== undefined && open.uri.scheme === "file") {
    return open.uri;
  }
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) {
    throw new Error("Open a folder first.");
  }
  return vscode.Uri.joinPath(folder.uri, "gatos/policies/gatos.rgs");
}

/** The innermost folder around a file that holds `gatos/`. */
async function projectOf(file: vscode.Uri): Promise<string | undefined> {
  for (let folder = dirname(file.fsPath); ; folder = dirname(folder)) {
    if (await stat(join(folder, "gatos")).then((found) => found.isDirectory(), () => false)) {
      return folder;
    }
    if (dirname(folder) === folder) {
      return undefined;
    }
  }
}

/** A file of the project as people call it; others by their whole path. */
async function inProject(source: string, file: vscode.Uri): Promise<string> {
  const project = await projectOf(file);
  const inside = project === undefined ? "" : relative(project, source);
  const isInside = inside !== "" && !inside.startsWith("..") && !isAbsolute(inside);
  return isInside ? inside.split(sep).join("/") : source;
}

async function sendPin(
  parts: Parts,
  decision: DecisionPanel,
  file: vscode.Uri,
  source: string | undefined,
): Promise<void> {
  const named = source !== undefined && isAbsolute(source) ? await inProject(source, file) : source;
  const args = named === undefined ? [file.fsPath] : [file.fsPath, named];
  const { json } = await parts.server.command<{ from?: unknown } | null>("gatos.pinInput", args);
  const root = (await projectOf(file)) ?? folderOf(file);
  const from = typeof json?.from === "string" ? json.from : named;
  parts.status.pin(root, source === undefined ? undefined : from);
  decision.again();
}

interface Choice extends vscode.QuickPickItem {
  source: () => Promise<string | undefined>;
}

/** Pins what arguments name, or asks what to pin. */
async function pin(parts: Parts, decision: DecisionPanel, args: unknown[]): Promise<void> {
  if (args[0] instanceof vscode.Uri && args[0].path.endsWith(".json")) {
    await sendPin(parts, decision, args[0], args[0].fsPath);
    return;
  }
  const file = typeof args[0] === "string" && args[0] !== "" ? fileOf(args, ["rgs"]) : anyPolicy();
  if (typeof args[1] === "string" && args[1] !== "") {
    await sendPin(parts, decision, file, args[1]);
    return;
  }
  const folder = folderOf(file);
  const choices: Choice[] = [
    { label: "$(json) A JSON file…", description: "an input that was written down", source: () => pickJson() },
    { label: "$(git-commit) An event…", description: "one that is in a journal", source: () => pickEvent(folder) },
    { label: "$(circle-slash) A denial…", description: "a decision on record", source: () => pickDenial(folder) },
    { label: "$(edit) Type JSON…", description: "", source: () => typeJson() },
  ];
  const taken = await vscode.window.showQuickPick(choices, {
    title: "Show policies with which input?",
    placeHolder: "Hovers, hints and lenses then tell what it makes of each rule",
  });
  const source = await taken?.source();
  if (source !== undefined) {
    await sendPin(parts, decision, file, source);
  }
}

async function pickJson(): Promise<string | undefined> {
  const found = await vscode.workspace.findFiles("**/*.json", "**/{node_modules,target,.git,.vscode}/**", 500);
  const items = found
    .map((uri) => ({ label: basename(uri.fsPath), description: vscode.workspace.asRelativePath(uri), uri }))
    .sort((a, b) => a.description.localeCompare(b.description));
  const other = { label: "$(folder-opened) Another file…", description: "", uri: undefined };
  const taken = await vscode.window.showQuickPick([...items, other], { title: "Which file?", matchOnDescription: true });
  if (taken === undefined) {
    return undefined;
  }
  if (taken.uri !== undefined) {
    return taken.uri.fsPath;
  }
  const chosen = await vscode.window.showOpenDialog({ filters: { JSON: ["json"] }, title: "Which input?" });
  return chosen?.[0]?.fsPath;
}

/** The namespaces that have journals, by the names of their refs. */
export async function namespaces(folder: string): Promise<string[]> {
  const prefix = "refs/gatos/journal/";
  try {
    const args = ["for-each-ref", "--format=%(refname)", prefix];
    const { stdout } = await promisify(execFile)("git", args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    const names = stdout.split("\n").map((ref) => ref.slice(prefix.length).split("/")[0] ?? "");
    return [...new Set(names.filter((name) => name !== ""))].sort();
  } catch {
    return [];
  }
}

/** Asks for a namespace; with only one there is nothing to ask. */
export async function pickNamespace(folder: string): Promise<string | undefined> {
  const all = await namespaces(folder);
  if (all.length === 0) {
    throw new Error("The repository has no events yet; `gatos event add` puts some in.");
  }
  return all.length === 1 ? all[0] : vscode.window.showQuickPick(all, { title: "Of which namespace?" });
}

interface LoggedEvent {
  ulid: string;
  type: string;
  actor: string;
  payload: unknown;
}

async function pickEvent(folder: string): Promise<string | undefined> {
  const namespace = await pickNamespace(folder);
  if (namespace === undefined) {
    return undefined;
  }
  const newest = lines<LoggedEvent>(["event", "log", namespace, "--json", "-n", "200"], folder);
  const items = newest.then((events) =>
    events.map((event) => ({
      label: event.type,
      description: `${event.actor} · ${event.ulid}`,
      detail: shortened(JSON.stringify(event.payload)),
      ulid: event.ulid,
    })),
  );
  const taken = await vscode.window.showQuickPick(items, {
    title: `Which event of ${namespace}?`,
    placeHolder: "The newest 200, newest first",
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return taken && `event:${taken.ulid}`;
}

interface LoggedDenial {
  ulid?: string;
  actor?: string;
  intent?: string;
  resource?: string;
  explain?: string;
}

async function pickDenial(folder: string): Promise<string | undefined> {
  const newest = await lines<LoggedDenial>(["audit", "log", "--deny", "--json", "-n", "200"], folder);
  if (newest.length === 0) {
    throw new Error("No denial is on record.");
  }
  const items = newest.map((denial, number) => ({
    label: shortened(denial.explain ?? denial.intent ?? "denied"),
    description: [denial.actor, denial.intent, denial.ulid].filter((each) => each !== undefined).join(" · "),
    number,
  }));
  const taken = await vscode.window.showQuickPick(items, { title: "Which denial?", matchOnDescription: true });
  return taken && `denial:${taken.number}`;
}

async function typeJson(): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selected = editor?.document.getText(editor.selection).trim() ?? "";
  const check = (text: string): string | undefined => {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "An input is an object.";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const text = await vscode.window.showInputBox({
    title: "The input, as JSON",
    value: selected !== "" && check(selected) === undefined ? selected : '{"intent": "", "granted": []}',
    validateInput: check,
    ignoreFocusOut: true,
  });
  return text && `json:${text}`;
}

async function askCode(): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  const here = editor && vscode.languages.getDiagnostics(editor.document.uri);
  const codes = (here ?? []).flatMap((each) => {
    const code = typeof each.code === "object" ? each.code.value : each.code;
    return code === undefined ? [] : [{ label: String(code), description: each.message.split("\n")[0] ?? "" }];
  });
  const unique = [...new Map(codes.map((each) => [each.label, each])).values()];
  if (unique.length > 0) {
    const taken = await vscode.window.showQuickPick(unique, { title: "Explain which code?" });
    return taken?.label;
  }
  const text = await vscode.window.showInputBox({
    title: "Explain which code?",
    placeHolder: "E0107",
    validateInput: (value) => (/^[EW]\d{4}$/i.test(value.trim()) ? undefined : "A code is E or W and four digits."),
  });
  return text?.trim().toUpperCase();
}

async function menu(parts: Parts): Promise<void> {
  const items = [
    { label: "$(debug-restart) Restart the language server", command: "gatos.restartServer" },
    { label: "$(output) Show its log", command: "gatos.showLog" },
    { label: "$(pin) Pin a policy input…", command: "gatos.pinInput" },
    { label: "$(folder-opened) Choose the program gatos…", command: "gatos.choosePath" },
    { label: "$(gear) Settings", command: "workbench.action.openSettings" },
  ];
  const title = parts.status.isRunning ? "GATOS is running" : "GATOS is not running";
  const taken = await vscode.window.showQuickPick(items, { title });
  if (taken !== undefined) {
    const args = taken.command === "workbench.action.openSettings" ? ["@ext:gatos.gatos"] : [];
    await vscode.commands.executeCommand(taken.command, ...args);
  }
}

async function choosePath(parts: Parts): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({ title: "Where is the program gatos?", openLabel: "Use This" });
  if (chosen?.[0] !== undefined) {
    const settings = vscode.workspace.getConfiguration("gatos");
    await settings.update("path", chosen[0].fsPath, vscode.ConfigurationTarget.Global);
    await parts.server.restart();
  }
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

/** Markdown without its signs, for a message. */
function plain(markdown: string): string {
  return shortened(markdown.replace(/```[a-z]*\n|```|[`*_#]/g, ""));
}

/** The inside of the first fence, else all of it. */
function withoutFence(markdown: string): string {
  return /```[^\n]*\n([\s\S]*?)```/.exec(markdown)?.[1] ?? markdown;
}
