// The language server's life: started when first needed, watched, restarted when asked.

import * as vscode from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  type DynamicFeature,
  ErrorAction,
  type ErrorHandler,
  type ErrorHandlerResult,
  ExecuteCommandRequest,
  type FeatureState,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type ServerOptions,
  State,
  type StaticFeature,
  WorkDoneProgress,
} from "vscode-languageclient/node";
import { find, NoBinary, run } from "./binary";
import type { Status } from "./status";

/** What a command of the server gives. */
export interface Result<T = unknown> {
  /** For those who know the command. */
  json: T;
  /** The same as it was sent, for those who must not round numbers. */
  text: string;
  /** For people. */
  markdown: string;
}

/** Tells the server that commands may be sent to it. */
class SendsCommands implements StaticFeature {
  fillClientCapabilities(capabilities: { workspace?: { executeCommand?: object } }): void {
    (capabilities.workspace ??= {}).executeCommand = { dynamicRegistration: false };
  }
  initialize(): void {}
  getState(): FeatureState {
    return { kind: "static" };
  }
  clear(): void {}
}

/** A client whose server's commands are ours to name: most of them show something, which we do. */
class Client extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const type = "registrationType" in feature ? feature.registrationType : undefined;
    super.registerFeature(type?.method === ExecuteCommandRequest.method ? new SendsCommands() : feature);
  }

  /** Into the log alone: what a person should know of this is told once, by `Server`. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** How often a server that ends by itself is started anew, and within which time. */
const MOST_STARTS = 4;
const WITHIN_MS = 3 * 60_000;

export class Server implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("GATOS");
  private readonly trace = vscode.window.createOutputChannel("GATOS trace");
  private client: Client | undefined;
  /** Starting and stopping, one after the other. */
  private turn: Promise<void> = Promise.resolve();
  private ends: number[] = [];
  /** Whether the server of now has ever answered. */
  private hasAnswered = false;
  /** Called when it ends before it has. */
  private endedEarly: (why: Error) => void = () => {};
  /** It could not be started; only a person has it tried again. */
  private isGivenUp = false;
  private tokens = 0;
  private readonly started = new vscode.EventEmitter<void>();
  /** A server has started, the first or another. */
  readonly onDidStart = this.started.event;

  constructor(private readonly status: Status) {}

  /** Starts it, unless it runs. Says so itself when it cannot. */
  start(): Promise<void> {
    return this.queue(async () => {
      if (this.client === undefined && !this.isGivenUp) {
        await this.launch();
      }
    });
  }

  /** Stops it, and starts it with the settings of now. */
  restart(): Promise<void> {
    return this.queue(async () => {
      await this.end();
      this.ends = [];
      this.isGivenUp = false;
      await this.launch();
    });
  }

  private queue(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work, work);
    return this.turn;
  }

  private async launch(): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      this.status.set("off", "The folder is not trusted: nothing is started in it.");
      return;
    }
    this.status.set("starting");
    let command: string;
    try {
      command = await find();
    } catch (error) {
      this.isGivenUp = true;
      this.status.set("missing", error instanceof Error ? error.message : String(error));
      void this.tellMissing(error);
      return;
    }
    const args = vscode.workspace.getConfiguration("gatos").get<string[]>("server.arguments", []);
    const server: ServerOptions = {
      command,
      args: ["lsp", ...args],
      // No `transport`: naming it would add a flag that the program does not have.
      options: { env: { ...process.env, NO_COLOR: "1" } },
    };
    const options: LanguageClientOptions = {
      documentSelector: [
        { scheme: "file", language: "echolua" },
        { scheme: "file", language: "rgs" },
      ],
      outputChannel: this.log,
      traceOutputChannel: this.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // What commands give is shown here, and better than in a message box.
      initializationOptions: { commands: { show: "client" } },
      markdown: { isTrusted: { enabledCommands: ["gatos.explainCode"] }, supportHtml: false },
      errorHandler: this.handler(),
      initializationFailedHandler: () => false,
    };
    const client = new Client("gatos", "GATOS", server, options);
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) {
        return;
      }
      if (newState === State.Running) {
        const info = client.initializeResult?.serverInfo;
        this.status.set("running", `${info?.name ?? "gatos"} ${info?.version ?? ""} · ${command}`);
      } else if (newState === State.Starting) {
        this.status.set("starting");
      }
    });
    this.client = client;
    this.hasAnswered = false;
    this.status.forgetPins();
    client.onNotification("gatos/ready", () => this.started.fire());
    try {
      // A program that ends at once may leave the client waiting for an answer.
      const ended = new Promise<never>((_resolve, reject) => {
        this.endedEarly = reject;
      });
      await Promise.race([client.start(), ended]);
      this.hasAnswered = true;
      this.started.fire();
    } catch (error) {
      this.client = undefined;
      this.isGivenUp = true;
      const why = await this.whyNot(command, error);
      this.status.set("failed", why);
      void this.tellFailed(why);
    }
  }

  /** Why a server does not start, for people. */
  private async whyNot(command: string, error: unknown): Promise<string> {
    const help = await run(["lsp", "--help"], process.cwd()).catch(() => undefined);
    if (help !== undefined && help.code !== 0) {
      return `${command} has no language server: it is too old. Install the newest one.`;
    }
    return `The language server did not start: ${error instanceof Error ? error.message : String(error)}`;
  }

  private handler(): ErrorHandler {
    return {
      error: (error, _message, count): ErrorHandlerResult => {
        this.log.appendLine(`the connection failed: ${error.message}`);
        return { action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true };
      },
      closed: (): CloseHandlerResult => {
        if (!this.hasAnswered) {
          this.endedEarly(new Error("it ended before it answered; the log says more"));
          return { action: CloseAction.DoNotRestart, handled: true };
        }
        const now = Date.now();
        this.ends = [...this.ends.filter((at) => now - at < WITHIN_MS), now];
        if (this.ends.length <= MOST_STARTS) {
          this.status.set("starting", "It ended, and is started again.");
          return { action: CloseAction.Restart, handled: true };
        }
        this.client = undefined;
        this.isGivenUp = true;
        this.status.set("failed", `It ended ${this.ends.length} times in three minutes.`);
        void this.tellFailed(`The language server ended ${this.ends.length} times in three minutes, and is left off.`);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  private async tellMissing(error: unknown): Promise<void> {
    const why = error instanceof NoBinary ? error.message : String(error);
    const choose = "Choose the Program…";
    const how = "How to Install";
    const again = "Try Again";
    const message = `${why} Without it there are colours and snippets only: no diagnostics, hovers or previews.`;
    const taken = await vscode.window.showErrorMessage(message, choose, how, again);
    if (taken === choose) {
      await vscode.commands.executeCommand("gatos.choosePath");
    } else if (taken === how) {
      await vscode.commands.executeCommand("workbench.action.openWalkthrough", "gatos.gatos#start", false);
    } else if (taken === again) {
      await this.restart();
    }
  }

  private async tellFailed(message: string): Promise<void> {
    const restart = "Restart";
    const log = "Show Log";
    const taken = await vscode.window.showErrorMessage(message, restart, log);
    if (taken === restart) {
      await this.restart();
    } else if (taken === log) {
      this.log.show();
    }
  }

  /** Whether it answers. */
  get isRunning(): boolean {
    return this.client?.isRunning() ?? false;
  }

  /** The client, running; an error says why there is none. */
  async running(): Promise<LanguageClient> {
    await this.start();
    const client = this.client;
    if (client === undefined || !client.isRunning()) {
      throw new Error("The GATOS language server is not running.");
    }
    return client;
  }

  /** Whether the running server does a command. */
  does(command: string): boolean {
    return this.client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command) ?? false;
  }

  /** Sends a command, and tells how far it is to `report`. */
  async command<T>(
    command: string,
    args: unknown[],
    token?: vscode.CancellationToken,
    report?: (done: { message?: string; increment?: number }) => void,
  ): Promise<Result<T>> {
    const client = await this.running();
    this.tokens += 1;
    const workDoneToken = `gatos-${this.tokens}`;
    let last = 0;
    const progress = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
      if (value.kind === "end") {
        return;
      }
      const message = value.message ?? (value.kind === "begin" ? value.title : undefined);
      const increment = Math.max(0, (value.percentage ?? last) - last);
      last = value.percentage ?? last;
      report?.({ ...(message === undefined ? {} : { message }), increment });
    });
    try {
      const params = { command, arguments: args, workDoneToken };
      const got: unknown = await client.sendRequest(ExecuteCommandRequest.type, params, token);
      const result = (got ?? {}) as Partial<Result<T>>;
      return { json: (result.json ?? null) as T, text: result.text ?? "null", markdown: result.markdown ?? "" };
    } finally {
      progress.dispose();
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client !== undefined && client.state !== State.Stopped) {
      // A server that does not answer is ended by the client after this time.
      await client.stop(3000).catch((error: unknown) => this.log.appendLine(`stopping: ${String(error)}`));
    }
    this.status.set("off");
  }

  /** Stops it for good. */
  stop(): Promise<void> {
    return this.queue(() => this.end());
  }

  dispose(): void {
    this.started.dispose();
    this.log.dispose();
    this.trace.dispose();
  }
}
