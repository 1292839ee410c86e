// A fold over real events, beside its text, and following it.

import { basename } from "node:path";
import * as vscode from "vscode";
import { folderOf, namespaces } from "./commands";
import { at, type Exact, Numeral, parse, print, textAt } from "./exact";
import { type Asked, type Content, escape, Panel, render } from "./panel";
import type { Server } from "./server";

/** How long the text rests before the preview runs again. */
const REST_MS = 400;

export class Previews implements vscode.Disposable {
  private panel: Panel | undefined;
  private file: vscode.Uri | undefined;
  private asked: Asked = {};
  /** The namespace that is shown. */
  private chosen: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly parts: vscode.Disposable[];

  constructor(private readonly server: Server) {
    this.parts = [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) {
          this.touched(document.uri, "type");
        }
      }),
      vscode.workspace.onDidSaveTextDocument((document) => this.touched(document.uri, "save")),
    ];
  }

  /** Opens the preview of a file, or turns the open one to it. */
  async show(file: vscode.Uri, asked: Asked): Promise<void> {
    if (this.file?.toString() !== file.toString()) {
      this.asked = {};
    }
    this.file = file;
    this.asked = { ...this.asked, ...asked };
    if (this.panel === undefined) {
      const panel = new Panel("preview", "Fold preview", this.most());
      this.panel = panel;
      panel.onDidDispose(() => {
        this.panel = undefined;
      });
      panel.fill = (more, token) => this.fill(more, token);
      panel.debug = (event) => void this.debug(event);
    } else {
      this.panel.reveal();
    }
    await this.panel.run();
  }

  /** How many events are wanted. */
  private most(): number {
    return this.asked.events ?? vscode.workspace.getConfiguration("gatos", this.file).get<number>("preview.events", 1000);
  }

  private async fill(more: Asked, token: vscode.CancellationToken): Promise<Content> {
    const file = this.file;
    if (file === undefined) {
      throw new Error("There is no fold to preview.");
    }
    this.asked = { ...this.asked, ...more };
    const most = this.most();
    const args = [file.fsPath, this.asked.namespace ?? "", String(most)];
    const { text, markdown } = await this.server.command("gatos.previewFold", args, token);
    const told = parse(text);
    const content: Content = {
      title: `Preview: ${basename(file.fsPath)}`,
      html: told instanceof Map ? page(told) : await render(markdown),
      events: most,
    };
    this.chosen = textAt(told, "namespace");
    if (this.chosen !== undefined) {
      const all = await namespaces(folderOf(file));
      content.namespaces = { all: all.includes(this.chosen) ? all : [this.chosen], chosen: this.chosen };
    }
    return content;
  }

  /** Debugs the fold that is shown, from an event on. */
  private async debug(event: string): Promise<void> {
    const file = this.file;
    if (file === undefined || this.chosen === undefined) {
      return;
    }
    await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(file), {
      type: "gatos",
      request: "launch",
      name: `${basename(file.fsPath)} at ${event}`,
      program: file.fsPath,
      events: this.chosen,
      stopOnEvent: event,
    });
  }

  private touched(uri: vscode.Uri, how: "type" | "save"): void {
    if (this.panel === undefined || this.file === undefined) {
      return;
    }
    // A module that the fold requires counts too: any fold of the project may be one.
    if (uri.scheme !== "file" || !/\.lua$/.test(uri.path)) {
      return;
    }
    const when = vscode.workspace.getConfiguration("gatos", uri).get<string>("preview.refresh", "type");
    if (when === "never" || (when === "save" && how === "type")) {
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.panel?.run(), how === "type" ? REST_MS : 0);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.panel?.dispose();
    this.parts.forEach((part) => part.dispose());
  }
}

/** A number with its thousands apart. */
function grouped(digits: string | undefined): string {
  return digits === undefined ? "?" : digits.replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function fact(value: string, says: string): string {
  return `<div class="fact"><b>${escape(value)}</b><span>${says}</span></div>`;
}

/** What the preview found, as a page. */
function page(told: Map<string, Exact>): string {
  const isAll = at(told, "is_all") === true;
  const namespace = escape(textAt(told, "namespace") ?? "?");
  const dearest = textAt(told, "fuel", "max_ulid");
  const limit = grouped(textAt(told, "fuel", "limit"));
  const parts = [
    '<div class="facts">',
    fact(grouped(textAt(told, "folded")), `events of ${namespace}${isAll ? ", all of them" : ", the newest"}`),
    fact(grouped(textAt(told, "events_per_second")), "events a second"),
    fact(grouped(textAt(told, "fuel", "total")), "fuel"),
    fact(
      grouped(textAt(told, "fuel", "max")),
      `at most for ${dearest === undefined ? "one event" : debugLink(dearest, "one event")}, of ${limit}`,
    ),
    "</div>",
  ];
  if (!isAll) {
    parts.push('<p class="dim">Older events were left out, so this is not the state of the whole journal.</p>');
  }
  const failure = at(told, "failure");
  if (failure !== undefined) {
    parts.push(failed(failure));
  }
  parts.push(compared(at(told, "head")));
  const state = at(told, "state");
  if (state !== undefined) {
    const size = grouped(textAt(told, "state_bytes"));
    const cut = at(told, "state_is_cut") === true ? ", of which the beginnings are shown" : "";
    parts.push(`<h2>State <span class="dim">${size} bytes${cut}</span></h2>`);
    parts.push(`<div class="tree">${tree("state", state, "state", 0)}</div>`);
  }
  return parts.join("");
}

function debugLink(ulid: string, says = ulid): string {
  return `<span class="link" data-debug="${escape(ulid)}" title="Debug at event ${escape(ulid)}">${escape(says)}</span>`;
}

/** Where and why the fold stopped. */
function failed(failure: Exact): string {
  const ulid = textAt(failure, "ulid");
  const where =
    ulid === undefined
      ? "It fails before the first event"
      : `It fails at event ${debugLink(ulid)} (${escape(textAt(failure, "type") ?? "")} of ${escape(textAt(failure, "actor") ?? "")})`;
  const stack = at(failure, "stack");
  const frames = (Array.isArray(stack) ? stack : []).map((frame) => {
    const name = `<code>${escape(textAt(frame, "name") ?? "?")}</code>`;
    const [path, line, column] = [textAt(frame, "path"), textAt(frame, "line"), textAt(frame, "col") ?? "1"];
    if (path === undefined || line === undefined) {
      return `<li>in ${name}</li>`;
    }
    const place = `data-open="${escape(path)}" data-line="${escape(line)}" data-column="${escape(column)}"`;
    return `<li>in ${name} at <span class="link" ${place}>${escape(basename(path))}:${escape(line)}</span></li>`;
  });
  const help = textAt(failure, "help");
  return `<h2 class="trouble">${where}</h2><p class="trouble">${escape(textAt(failure, "message") ?? "")}</p><ul>${frames.join("")}</ul>${
    help === undefined ? "" : `<p>${escape(help)}</p>`
  }`;
}

/** What differs from the state that the version at HEAD gives. */
function compared(head: Exact | undefined): string {
  switch (textAt(head, "is")) {
    case "same":
      return '<p class="dim">The program is the one at HEAD.</p>';
    case "new":
      return '<p class="dim">The file is not at HEAD yet, so there is nothing to compare with.</p>';
    case "failed":
      return `<p>There is no comparison with the version at HEAD: ${escape(textAt(head, "why") ?? "")}.</p>`;
    case "changed":
      break;
    default:
      return "";
  }
  const changes = at(head, "changes");
  const total = textAt(head, "changes_total") ?? "0";
  if (!Array.isArray(changes) || changes.length === 0) {
    return "<h2>Against HEAD</h2><p>Another program, and the same state.</p>";
  }
  const cell = (value: Exact | undefined, how: string): string =>
    value === undefined ? '<td class="dim">—</td>' : `<td class="${how}"><code>${escape(shortened(print(value)))}</code></td>`;
  const rows = changes.map((change) => {
    const [was, got] = [at(change, "was"), at(change, "got")];
    const how = was === undefined ? "added" : got === undefined ? "removed" : "changed";
    return `<tr><td><code class="${how}">${escape(textAt(change, "path") ?? "")}</code></td>${cell(was, "removed")}${cell(got, "added")}</tr>`;
  });
  const rest = Number(total) - changes.length;
  return `<h2>Against HEAD <span class="dim">${grouped(total)} ${total === "1" ? "difference" : "differences"}</span></h2>
    <table class="changes"><tr><th>where</th><th>at HEAD</th><th>now</th></tr>${rows.join("")}</table>${
      rest > 0 ? `<p class="dim">and ${grouped(String(rest))} more</p>` : ""
    }`;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** How many entries of one table are drawn. */
const MOST_ENTRIES = 200;
/** How deep tables are drawn. */
const MOST_DEPTH = 24;

/** A value as nested lists that open and close. */
function tree(key: string, value: Exact, path: string, depth: number): string {
  const name = `<span class="key">${escape(key)}</span>`;
  const isList = Array.isArray(value);
  if (!isList && !(value instanceof Map)) {
    return `<div class="leaf">${name}: ${leaf(value)}</div>`;
  }
  const entries: [string, Exact][] = isList ? value.map((each, n) => [String(n + 1), each]) : [...value];
  if (entries.length === 0) {
    return `<div class="leaf">${name}: <span class="dim">${isList ? "[]" : "{}"}</span></div>`;
  }
  const size = isList ? `[${entries.length}]` : `{${entries.length}}`;
  if (depth >= MOST_DEPTH) {
    return `<div class="leaf">${name}: <span class="dim">${size} …</span></div>`;
  }
  const shown = entries
    .slice(0, MOST_ENTRIES)
    .map(([each, inner]) => tree(each, inner, `${path}/${each}`, depth + 1))
    .join("");
  const rest =
    entries.length > MOST_ENTRIES ? `<div class="leaf dim">… ${entries.length - MOST_ENTRIES} more</div>` : "";
  const open = depth < 2 && entries.length <= 30 ? " open" : "";
  // What is shut shows its beginning.
  const glance = open === "" ? ` <span class="dim">${escape(shortened(print(value)))}</span>` : "";
  return `<details data-path="${escape(path)}"${open}><summary>${name} <span class="dim">${size}</span>${glance}</summary>${shown}${rest}</details>`;
}

function leaf(value: null | boolean | string | Numeral): string {
  if (typeof value === "string") {
    return `<span class="string">${escape(JSON.stringify(value))}</span>`;
  }
  if (value instanceof Numeral) {
    return `<span class="num">${escape(value.text)}</span>`;
  }
  return `<span class="bool">${String(value)}</span>`;
}
