// The test explorer: tests of folds (`*_test.lua`) and of policies (`*_test.rgs`).
//
// Which tests a file has, the server says by its lenses; so a name that the compiler sees is the name here.

import { basename, isAbsolute } from "node:path";
import * as vscode from "vscode";
import { type CodeLens, CodeLensRequest } from "vscode-languageclient/node";
import { add, Reached } from "./coverage";
import type { Server } from "./server";

const FILES = "**/*_test.{lua,rgs}";
const EXCLUDED = "**/{node_modules,target,.git}/**";

/** One test as the server tells of it. Only the name and the outcome are always there. */
interface Told {
  name: string;
  outcome: string;
  /** What was got and what was wanted, of the test as a whole. */
  got?: unknown;
  want?: unknown;
  /** Where the test is: from 1. */
  line?: number;
  /** The condition that failed, and where it is. */
  condition?: string;
  condition_file?: string;
  condition_line?: number;
  /** Both sides of it, and its variables. */
  left?: unknown;
  right?: unknown;
  values?: Record<string, unknown>;
  /** Where the values differ, for structured ones: the first place, and all. */
  path?: string;
  differences?: { path: string; got: unknown; want: unknown }[];
  message?: string;
  error?: string;
  /** Where it was raised: file, line and column. */
  place?: string;
}

export class Tests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("gatos", "GATOS");
  private readonly parts: vscode.Disposable[] = [];
  private timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly server: Server) {
    this.controller.resolveHandler = (item) => (item === undefined ? this.discover() : this.read(item));
    this.controller.refreshHandler = () => this.discover();
    const profile = this.controller.createRunProfile(
      "Run",
      vscode.TestRunProfileKind.Run,
      (request, token) => this.run(request, token),
      true,
    );
    const covering = this.controller.createRunProfile(
      "Run with Coverage",
      vscode.TestRunProfileKind.Coverage,
      (request, token) => this.run(request, token, true),
      true,
    );
    covering.loadDetailedCoverage = (_run, coverage) =>
      Promise.resolve(coverage instanceof Reached ? coverage.details : []);
    const watcher = vscode.workspace.createFileSystemWatcher(FILES);
    this.parts.push(
      this.controller,
      profile,
      covering,
      watcher,
      watcher.onDidCreate((uri) => this.add(uri)),
      watcher.onDidDelete((uri) => this.controller.items.delete(uri.toString())),
      vscode.workspace.onDidOpenTextDocument((document) => this.touched(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.touched(document)),
      server.onDidStart(() => void this.discover()),
    );
  }

  /** Finds the files with tests, and what is in those that are known already. */
  private async discover(): Promise<void> {
    const found = await vscode.workspace.findFiles(FILES, EXCLUDED);
    const items = found.map((uri) => this.add(uri)).filter((item) => item !== undefined);
    this.controller.items.replace(items);
    await Promise.all(items.map((item) => this.read(item)));
  }

  /** Whether tests in a file are ours: those of other Lua programs are not. */
  private isOurs(uri: vscode.Uri): boolean {
    return uri.scheme === "file" && (uri.path.endsWith(".rgs") || uri.path.includes("/gatos/folds/"));
  }

  private add(uri: vscode.Uri): vscode.TestItem | undefined {
    if (!this.isOurs(uri)) {
      return undefined;
    }
    const known = this.controller.items.get(uri.toString());
    if (known !== undefined) {
      return known;
    }
    const item = this.controller.createTestItem(uri.toString(), basename(uri.fsPath), uri);
    item.description = vscode.workspace.asRelativePath(uri).replace(/\/?[^/]*$/, "");
    item.canResolveChildren = true;
    this.controller.items.add(item);
    return item;
  }

  private touched(document: vscode.TextDocument): void {
    const item = this.controller.items.get(document.uri.toString());
    if (item === undefined) {
      return;
    }
    const key = item.id;
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        void this.read(item);
      }, 300),
    );
  }

  /** Asks the server which tests a file has. */
  private async read(file: vscode.TestItem): Promise<void> {
    const uri = file.uri;
    if (uri === undefined || file.parent !== undefined || !this.server.isRunning) {
      return;
    }
    file.busy = true;
    try {
      const client = await this.server.running();
      const textDocument = client.code2ProtocolConverter.asTextDocumentIdentifier({ uri } as vscode.TextDocument);
      const lenses: CodeLens[] = (await client.sendRequest(CodeLensRequest.type, { textDocument })) ?? [];
      const tests = new Map<string, vscode.TestItem>();
      for (const { command, range } of lenses) {
        const name: unknown = command?.arguments?.[1];
        if (command?.command !== "gatos.runTest" || typeof name !== "string") {
          continue;
        }
        const id = `${file.id}#${name}`;
        const item = tests.get(id) ?? this.controller.createTestItem(id, label(name), uri);
        item.range = client.protocol2CodeConverter.asRange(range);
        tests.set(id, item);
      }
      file.children.replace([...tests.values()]);
      file.error = undefined;
    } catch (error) {
      file.error = error instanceof Error ? error.message : String(error);
    } finally {
      file.busy = false;
    }
  }

  /** Runs the tests that were asked for: whole files at once, others one by one. */
  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken, covers = false): Promise<void> {
    const run = this.controller.createTestRun(request);
    const excluded = new Set((request.exclude ?? []).map((item) => item.id));
    const wanted = request.include ?? [...this.controller.items].map(([, item]) => item);
    try {
      for (const item of wanted) {
        if (token.isCancellationRequested) {
          break;
        }
        if (item.parent === undefined) {
          if (item.children.size === 0) {
            await this.read(item);
          }
          const tests = [...item.children].map(([, test]) => test).filter((test) => !excluded.has(test.id));
          const whole = tests.length === item.children.size;
          if (whole) {
            await this.runFile(run, item, tests, token);
          } else {
            for (const test of tests) {
              await this.runFile(run, item, [test], token, nameOf(test));
            }
          }
        } else if (!excluded.has(item.id)) {
          await this.runFile(run, item.parent, [item], token, nameOf(item));
        }
      }
      if (covers) {
        const files = new Map(wanted.map((item) => item.parent ?? item).map((item) => [item.id, item.uri]));
        await this.cover(run, [...files.values()].filter((uri) => uri !== undefined), token);
      }
    } finally {
      run.end();
    }
  }

  /** Coverage is of what is on disk, so that is brought up to date first. */
  private async cover(run: vscode.TestRun, files: vscode.Uri[], token: vscode.CancellationToken): Promise<void> {
    try {
      const open = vscode.workspace.textDocuments.filter((each) => ["echolua", "rgs"].includes(each.languageId));
      await Promise.all(open.filter((each) => each.isDirty).map((each) => each.save()));
      await add(run, files, token);
    } catch (error) {
      run.appendOutput(`no coverage: ${error instanceof Error ? error.message : String(error)}\r\n`);
    }
  }

  private async runFile(
    run: vscode.TestRun,
    file: vscode.TestItem,
    tests: vscode.TestItem[],
    token: vscode.CancellationToken,
    name?: string,
  ): Promise<void> {
    tests.forEach((test) => run.started(test));
    const path = file.uri?.fsPath ?? "";
    const command = name === undefined ? "gatos.runTests" : "gatos.runTest";
    const args = name === undefined ? [path] : [path, name];
    const from = Date.now();
    let told: Told[];
    try {
      const { json, markdown } = await this.server.command<unknown>(command, args, token);
      told = toldOf(json);
      if (told.length === 0 && markdown !== "") {
        run.appendOutput(`${markdown.replaceAll("\n", "\r\n")}\r\n`);
      }
    } catch (error) {
      const why = new vscode.TestMessage(error instanceof Error ? error.message : String(error));
      tests.forEach((test) => run.errored(test, why));
      return;
    }
    const took = (Date.now() - from) / Math.max(tests.length, 1);
    for (const test of tests) {
      const one = told.find((each) => same(each.name, nameOf(test)));
      if (one === undefined) {
        run.errored(test, new vscode.TestMessage("The server did not tell how this test went; is it still there?"));
        continue;
      }
      run.appendOutput(`${one.outcome.padEnd(7)} ${one.name}\r\n`, undefined, test);
      switch (one.outcome) {
        case "pass":
        case "passed":
          run.passed(test, took);
          break;
        case "skip":
        case "skipped":
          run.skipped(test);
          break;
        case "error":
        case "errored":
          run.errored(test, message(one, test), took);
          break;
        default:
          run.failed(test, message(one, test), took);
      }
    }
  }

  /** Runs what a lens or a command names. */
  async runNamed(uri: vscode.Uri, name?: string): Promise<void> {
    const file = this.add(uri);
    if (file === undefined) {
      throw new Error("Tests are in files that end with _test.lua below gatos/folds, or with _test.rgs.");
    }
    if (name === undefined) {
      await this.read(file);
    } else if (![...file.children].some(([, test]) => nameOf(test) === name)) {
      await this.read(file);
    }
    const test = name === undefined ? file : [...file.children].map(([, each]) => each).find((each) => nameOf(each) === name);
    if (test === undefined) {
      throw new Error(`There is no test ${name} in ${basename(uri.fsPath)}.`);
    }
    const source = new vscode.CancellationTokenSource();
    await this.run(new vscode.TestRunRequest([test]), source.token);
  }

  /** The name of the test that a line belongs to. */
  async at(uri: vscode.Uri, line: number): Promise<string | undefined> {
    const file = this.add(uri);
    if (file === undefined) {
      return undefined;
    }
    await this.read(file);
    const before = [...file.children]
      .map(([, test]) => test)
      .filter((test) => (test.range?.start.line ?? Number.MAX_SAFE_INTEGER) <= line)
      .sort((a, b) => (b.range?.start.line ?? 0) - (a.range?.start.line ?? 0));
    return before[0] === undefined ? undefined : nameOf(before[0]);
  }

  dispose(): void {
    this.timers.forEach((timer) => clearTimeout(timer));
    this.parts.forEach((part) => part.dispose());
  }
}

function nameOf(test: vscode.TestItem): string {
  return test.id.slice(test.id.indexOf("#") + 1);
}

/** `data.gatos.exec_test.test_x` and `test_x` are one test of a file. */
function same(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
}

function label(name: string): string {
  return name.replace(/^.*\.(?=[^.]*$)/, "");
}

function toldOf(json: unknown): Told[] {
  const tests: unknown = Array.isArray(json) ? json : (json as { tests?: unknown } | null)?.tests;
  if (!Array.isArray(tests)) {
    return [];
  }
  return tests.filter(
    (each: Partial<Told> | null): each is Told =>
      typeof each === "object" && each !== null && typeof each.name === "string" && typeof each.outcome === "string",
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function message(one: Told, test: vscode.TestItem): vscode.TestMessage {
  const lines: string[] = [];
  if (one.condition !== undefined) {
    lines.push(`${one.condition} does not hold`);
  }
  lines.push(...[one.message, one.error].filter((each) => each !== undefined));
  for (const { path, got, want } of one.differences ?? []) {
    lines.push(`at ${path}: got ${shown(got)}, want ${shown(want)}`);
  }
  for (const [name, value] of Object.entries(one.values ?? {})) {
    lines.push(`${name} = ${JSON.stringify(value)}`);
  }
  const hasSides = "left" in one && "right" in one;
  const got = hasSides ? one.left : one.got;
  const want = hasSides ? one.right : one.want;
  if (lines.length === 0) {
    lines.push(one.outcome === "error" ? "The test ended with an error." : "The test does not hold.");
  }
  const hasBoth = got !== undefined && want !== undefined && one.outcome !== "error";
  const text = lines.join("\n");
  const told = hasBoth ? vscode.TestMessage.diff(text, shown(want), shown(got)) : new vscode.TestMessage(text);
  const raised = /^(.*):(\d+):(\d+)$/.exec(one.place ?? "");
  const file = one.condition_file ?? (raised?.[1] !== undefined && isAbsolute(raised[1]) ? raised[1] : undefined);
  const isHere = raised?.[1] !== undefined && basename(raised[1]) === basename(test.uri?.fsPath ?? "");
  const line = one.condition_line ?? (file !== undefined || isHere ? Number(raised?.[2]) || undefined : undefined) ?? one.line;
  const uri = file === undefined ? test.uri : vscode.Uri.file(file);
  if (uri !== undefined) {
    const at = line === undefined ? (test.range?.start.line ?? 0) : Math.max(0, line - 1);
    told.location = new vscode.Location(uri, new vscode.Position(at, 0));
  }
  return told;
}
