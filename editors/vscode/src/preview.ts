// A fold over real events, beside its text, and following it.

import { basename } from "node:path";
import * as vscode from "vscode";
import { type Asked, type Content, escape, Panel, render } from "./panel";
import type { Server } from "./server";

/** What `gatos.previewFold` tells, as far as it is shown here. Anything may be missing. */
export interface Preview {
  namespace?: string;
  namespaces?: string[];
  events?: number;
  state?: unknown;
}

/** How long the text rests before the preview runs again. */
const REST_MS = 400;

export class Previews implements vscode.Disposable {
  private panel: Panel | undefined;
  private file: vscode.Uri | undefined;
  private asked: Asked = {};
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
      const panel = new Panel("preview", "Fold preview", true);
      this.panel = panel;
      panel.onDidDispose(() => {
        this.panel = undefined;
      });
      panel.fill = (more, token) => this.fill(more, token);
    } else {
      this.panel.reveal();
    }
    await this.panel.run();
  }

  private async fill(more: Asked, token: vscode.CancellationToken): Promise<Content> {
    const file = this.file;
    if (file === undefined) {
      throw new Error("There is no fold to preview.");
    }
    this.asked = { ...this.asked, ...more };
    const most = this.asked.events ?? vscode.workspace.getConfiguration("gatos", file).get<number>("preview.events", 1000);
    const args = [file.fsPath, this.asked.namespace ?? "", String(most)];
    const { json, markdown } = await this.server.command<Preview | null>("gatos.previewFold", args, token);
    const content: Content = {
      title: `Preview: ${basename(file.fsPath)}`,
      html: await body(json, markdown),
      events: most,
    };
    if (json?.namespace !== undefined) {
      content.namespaces = { all: json.namespaces ?? [json.namespace], chosen: json.namespace };
    }
    return content;
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

async function body(json: Preview | null, markdown: string): Promise<string> {
  const html = await render(markdown);
  const state = json?.state;
  if (state === undefined || state === null || typeof state !== "object") {
    return html;
  }
  return `${html}<h2>State</h2><div class="tree">${tree("state", state, "state", 0)}</div>`;
}

/** How many entries of one table are drawn. */
const MOST_ENTRIES = 200;
/** How deep tables are drawn. */
const MOST_DEPTH = 24;

/** A JSON value as nested lists that open and close. */
export function tree(key: string, value: unknown, path: string, depth: number): string {
  const name = `<span class="key">${escape(key)}</span>`;
  if (value === null || typeof value !== "object") {
    return `<div class="leaf">${name}: ${leaf(value)}</div>`;
  }
  const entries = Object.entries(value);
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  if (entries.length === 0) {
    return `<div class="leaf">${name}: <span class="dim">${Array.isArray(value) ? "[]" : "{}"}</span></div>`;
  }
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
  return `<details data-path="${escape(path)}"${open}><summary>${name} <span class="dim">${size}</span></summary>${shown}${rest}</details>`;
}

function leaf(value: unknown): string {
  if (typeof value === "string") {
    return `<span class="string">${escape(JSON.stringify(value))}</span>`;
  }
  if (typeof value === "number") {
    return `<span class="num">${value}</span>`;
  }
  return `<span class="bool">${escape(String(value))}</span>`;
}
