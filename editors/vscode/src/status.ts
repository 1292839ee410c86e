// The item in the status bar: how the server is, and which input policies are shown with.

import * as vscode from "vscode";

/** How the server is. */
export type Health = "off" | "starting" | "running" | "missing" | "failed";

const LOOK: Record<Health, { icon: string; says: string }> = {
  off: { icon: "$(circle-slash)", says: "The language server is not running." },
  starting: { icon: "$(sync~spin)", says: "The language server is starting." },
  running: { icon: "$(check)", says: "The language server is running." },
  missing: { icon: "$(warning)", says: "The program gatos was not found." },
  failed: { icon: "$(error)", says: "The language server failed." },
};

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("gatos.status", vscode.StatusBarAlignment.Right, 90);
  private readonly pinItem = vscode.window.createStatusBarItem("gatos.pin", vscode.StatusBarAlignment.Right, 89);
  private health: Health = "off";
  private detail = "";
  /** What is pinned, by root path. */
  private readonly pins = new Map<string, string>();

  constructor() {
    this.item.name = "GATOS";
    this.item.command = "gatos.showMenu";
    this.pinItem.name = "GATOS: pinned policy input";
    this.pinItem.command = "gatos.pinInput";
    this.show();
  }

  /** Says how the server is, with further words for the tooltip. */
  set(health: Health, detail = ""): void {
    this.health = health;
    this.detail = detail;
    void vscode.commands.executeCommand("setContext", "gatos.isRunning", health === "running");
    this.show();
  }

  get isRunning(): boolean {
    return this.health === "running";
  }

  /** Says what a root's policies are shown with; nothing takes it off. */
  pin(root: string, from: string | undefined): void {
    if (from === undefined) {
      this.pins.delete(root);
    } else {
      this.pins.set(root, from);
    }
    void vscode.commands.executeCommand("setContext", "gatos.isPinned", this.pins.size > 0);
    this.show();
  }

  /** The pins that a restarted server must be told again. */
  forgetPins(): void {
    this.pins.clear();
    void vscode.commands.executeCommand("setContext", "gatos.isPinned", false);
    this.show();
  }

  private show(): void {
    const look = LOOK[this.health];
    this.item.text = `${look.icon} GATOS`;
    const tooltip = new vscode.MarkdownString();
    tooltip.appendText(look.says);
    if (this.detail !== "") {
      tooltip.appendMarkdown("\n\n");
      tooltip.appendText(this.detail);
    }
    this.item.tooltip = tooltip;
    const bad = this.health === "failed" || this.health === "missing";
    this.item.backgroundColor = bad ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.item.show();
    const [pin] = [...this.pins.values()];
    if (pin === undefined) {
      this.pinItem.hide();
    } else {
      this.pinItem.text = `$(pinned) ${short(pin)}`;
      const pinned = [...this.pins].map(([root, from]) => `${from} (${root})`).join("\n\n");
      this.pinItem.tooltip = `Policies are shown with this input:\n\n${pinned}`;
      this.pinItem.show();
    }
  }

  dispose(): void {
    this.item.dispose();
    this.pinItem.dispose();
  }
}

/** The end of a path, else the words as they are. */
function short(from: string): string {
  const name = from.includes("/") ? (from.split("/").pop() ?? from) : from;
  return name.length > 32 ? `${name.slice(0, 31)}…` : name;
}
