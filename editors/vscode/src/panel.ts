// Panels beside the editor that show what a command gave, and show it again when asked.

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

/** What the page sends back. */
interface FromPage {
  type: "again" | "ready" | "open" | "debug";
  events?: number;
  namespace?: string;
  /** A place to open: a file, a line and a column from 1. */
  path?: string;
  line?: number;
  column?: number;
  /** The ULID of an event to debug at. */
  event?: string;
}

/** What a panel is filled with. */
export interface Content {
  /** A heading, beside which the tools are. */
  title: string;
  /** HTML that was escaped where it needs to be. */
  html: string;
  /** The namespaces that can be chosen, with the chosen one; none: there is nothing to choose. */
  namespaces?: { all: string[]; chosen: string };
  /** The number of events asked for. */
  events?: number;
}

/** What was asked of a panel in its tools. */
export interface Asked {
  events?: number;
  namespace?: string;
}

/** One panel a kind; a second question of the kind goes into the same panel. */
export class Panel implements vscode.Disposable {
  private readonly view: vscode.WebviewPanel;
  private content: Content | undefined;
  private isReady = false;
  private running: vscode.CancellationTokenSource | undefined;
  private readonly gone = new vscode.EventEmitter<void>();
  readonly onDidDispose = this.gone.event;
  /** Runs the question again. */
  fill: (asked: Asked, token: vscode.CancellationToken) => Promise<Content> = () =>
    Promise.reject(new Error("nothing was asked"));

  /** Debugs at an event that the content names. */
  debug: (event: string) => void = () => {};

  constructor(
    readonly kind: string,
    title: string,
    /** With tools, how many events are asked for at first. */
    events?: number,
  ) {
    const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    this.view = vscode.window.createWebviewPanel(`gatos.${kind}`, title, where, {
      enableScripts: true,
      enableFindWidget: true,
      retainContextWhenHidden: true,
      localResourceRoots: [],
    });
    this.view.webview.onDidReceiveMessage((message: FromPage) => {
      if (message.type === "ready") {
        this.isReady = true;
        this.send();
      } else if (message.type === "again") {
        const asked: Asked = {};
        if (typeof message.events === "number" && Number.isSafeInteger(message.events) && message.events > 0) {
          asked.events = message.events;
        }
        if (typeof message.namespace === "string" && message.namespace !== "") {
          asked.namespace = message.namespace;
        }
        void this.run(asked);
      } else if (message.type === "open" && typeof message.path === "string") {
        void open(message.path, Number(message.line) || 1, Number(message.column) || 1);
      } else if (message.type === "debug" && typeof message.event === "string") {
        this.debug(message.event);
      }
    });
    this.view.onDidDispose(() => {
      this.running?.cancel();
      this.gone.fire();
      this.gone.dispose();
    });
    this.view.webview.html = page(events);
  }

  reveal(): void {
    this.view.reveal(this.view.viewColumn, true);
  }

  /** Asks; an earlier question that still runs is given up. */
  async run(asked: Asked = {}): Promise<void> {
    this.running?.cancel();
    const source = new vscode.CancellationTokenSource();
    this.running = source;
    this.post({ type: "busy", busy: true });
    try {
      const content = await this.fill(asked, source.token);
      if (!source.token.isCancellationRequested) {
        this.view.title = content.title;
        this.content = content;
        this.send();
      }
    } catch (error) {
      if (!source.token.isCancellationRequested) {
        const why = error instanceof Error ? error.message : String(error);
        this.post({ type: "trouble", why });
        this.content ??= { title: this.view.title, html: `<p class="trouble">${escape(why)}</p>` };
      }
    } finally {
      if (this.running === source) {
        this.running = undefined;
        this.post({ type: "busy", busy: false });
      }
      source.dispose();
    }
  }

  private send(): void {
    if (this.isReady && this.content !== undefined) {
      this.post({ type: "content", ...this.content });
    }
  }

  private post(message: object): void {
    void this.view.webview.postMessage(message);
  }

  dispose(): void {
    this.view.dispose();
  }
}

async function open(path: string, line: number, column: number): Promise<void> {
  const place = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path));
  const options = { viewColumn: vscode.ViewColumn.One, selection: new vscode.Range(place, place) };
  await vscode.window.showTextDocument(document, options);
}

/** Text as HTML. */
export function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Markdown as HTML, by the editor's own renderer; where it is switched off, as it stands. */
export async function render(markdown: string): Promise<string> {
  try {
    const html: unknown = await vscode.commands.executeCommand("markdown.api.render", markdown);
    if (typeof html === "string") {
      return html;
    }
  } catch {
    // The built-in Markdown extension may be disabled.
  }
  return `<pre>${escape(markdown)}</pre>`;
}

function page(events?: number): string {
  const nonce = randomBytes(16).toString("base64");
  const tools = events !== undefined
    ? `<label id="namespaces" hidden>namespace <select id="namespace"></select></label>
       <label>newest <input id="events" type="number" min="1" max="100000" step="100" value="${events}"> events</label>`
    : "";
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'">
<style nonce="${nonce}">
  body { font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); padding: 0 1.2em 2em; line-height: 1.5; }
  header { position: sticky; top: 0; display: flex; flex-wrap: wrap; gap: .8em; align-items: center; padding: .7em 0;
    background: var(--vscode-editor-background); border-bottom: 1px solid var(--vscode-panel-border); z-index: 1; }
  header .spring { flex: 1; }
  #busy { height: 2px; width: 100%; visibility: hidden; background: linear-gradient(90deg, transparent,
    var(--vscode-progressBar-background), transparent); background-size: 50% 100%; animation: go 1.2s linear infinite; }
  body.busy #busy { visibility: visible; }
  @keyframes go { from { background-position: -50% 0 } to { background-position: 150% 0 } }
  input, select { background: var(--vscode-input-background); color: var(--vscode-input-foreground);
    border: 1px solid var(--vscode-input-border, var(--vscode-panel-border)); font: inherit; padding: 2px 4px; }
  input { width: 6em; }
  button { background: var(--vscode-button-background); color: var(--vscode-button-foreground); border: 0;
    padding: 4px 10px; font: inherit; cursor: pointer; border-radius: 2px; }
  button:hover { background: var(--vscode-button-hoverBackground); }
  h1 { font-size: 1.4em; font-weight: 500; } h2 { font-size: 1.15em; font-weight: 600; margin-top: 1.4em; }
  h3 { font-size: 1em; font-weight: 600; }
  table { border-collapse: collapse; margin: .6em 0; }
  th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--vscode-panel-border); vertical-align: top; }
  code, pre { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
  pre { background: var(--vscode-textCodeBlock-background); padding: .7em .9em; overflow-x: auto; border-radius: 3px; }
  :not(pre) > code { background: var(--vscode-textCodeBlock-background); padding: 1px 4px; border-radius: 3px; }
  a { color: var(--vscode-textLink-foreground); }
  .link { color: var(--vscode-textLink-foreground); cursor: pointer; }
  .link:hover { text-decoration: underline; }
  .trouble { color: var(--vscode-errorForeground); white-space: pre-wrap; }
  .facts { display: flex; flex-wrap: wrap; gap: .5em; margin: 1em 0; }
  .fact { border: 1px solid var(--vscode-panel-border); border-radius: 4px; padding: .35em .8em; }
  .fact b { display: block; font-size: 1.25em; font-weight: 600; }
  .fact span { opacity: .8; font-size: .9em; }
  .added { color: var(--vscode-gitDecoration-addedResourceForeground); }
  .removed { color: var(--vscode-gitDecoration-deletedResourceForeground); }
  .changed { color: var(--vscode-gitDecoration-modifiedResourceForeground); }
  .number { text-align: right; font-variant-numeric: tabular-nums; }
  table.changes { width: 100%; table-layout: fixed; }
  table.changes th:first-child { width: 28%; }
  table.changes code { display: inline-block; max-width: 100%; overflow: hidden; text-overflow: ellipsis;
    white-space: nowrap; vertical-align: bottom; box-sizing: border-box; }
  details > summary { cursor: pointer; }
  .tree { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
  .tree details, .tree div.leaf { margin-left: 1.2em; }
  .tree div.leaf { padding-left: 1em; }
  .key { color: var(--vscode-symbolIcon-propertyForeground, var(--vscode-foreground)); }
  .string { color: var(--vscode-debugTokenExpression-string); } .num { color: var(--vscode-debugTokenExpression-number); }
  .bool { color: var(--vscode-debugTokenExpression-boolean); } .dim { opacity: .65; }
</style>
</head>
<body class="busy">
<header><span id="title"></span><span class="spring"></span>${tools}<button id="again">Run Again</button></header>
<div id="busy"></div>
<p id="trouble" class="trouble" hidden></p>
<main id="content"></main>
<script nonce="${nonce}">
  const vscode = acquireVsCodeApi();
  const by = (id) => document.getElementById(id);
  const again = () => vscode.postMessage({ type: "again",
    events: Number(by("events")?.value) || undefined, namespace: by("namespace")?.value || undefined });
  by("again").addEventListener("click", again);
  by("events")?.addEventListener("change", again);
  by("namespace")?.addEventListener("change", again);
  by("content").addEventListener("click", ({ target }) => {
    const link = target.closest("[data-open], [data-debug]");
    if (link?.dataset.debug) {
      vscode.postMessage({ type: "debug", event: link.dataset.debug });
    } else if (link) {
      vscode.postMessage({ type: "open", path: link.dataset.open, line: Number(link.dataset.line),
        column: Number(link.dataset.column) });
    }
  });
  window.addEventListener("message", ({ data }) => {
    if (data.type === "busy") {
      document.body.classList.toggle("busy", data.busy);
    } else if (data.type === "trouble") {
      by("trouble").textContent = data.why;
      by("trouble").hidden = false;
    } else if (data.type === "content") {
      by("trouble").hidden = true;
      by("title").textContent = data.title;
      // Which parts were open stays so when the content is renewed.
      const open = new Set([...document.querySelectorAll("details[open][data-path]")].map((d) => d.dataset.path));
      const shut = new Set([...document.querySelectorAll("details:not([open])[data-path]")].map((d) => d.dataset.path));
      const at = window.scrollY;
      by("content").innerHTML = data.html;
      for (const each of document.querySelectorAll("details[data-path]")) {
        if (open.has(each.dataset.path)) each.open = true;
        if (shut.has(each.dataset.path)) each.open = false;
      }
      window.scrollTo(0, at);
      if (by("events") && data.events) by("events").value = data.events;
      if (by("namespace") && data.namespaces) {
        by("namespaces").hidden = data.namespaces.all.length < 2;
        by("namespace").replaceChildren(...data.namespaces.all.map((name) => new Option(name, name)));
        by("namespace").value = data.namespaces.chosen;
      }
    }
  });
  vscode.postMessage({ type: "ready" });
</script>
</body>
</html>`;
}
