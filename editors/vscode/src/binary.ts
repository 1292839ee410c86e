// Finding the program `gatos`, and running it for answers that are not the language server's.

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import * as vscode from "vscode";

/** Why there is no program, for people. */
export class NoBinary extends Error {}

const NAME = process.platform === "win32" ? "gatos.exe" : "gatos";

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The program: the one that the setting names, else the first on PATH, else Cargo's. */
export async function find(): Promise<string> {
  const set = vscode.workspace.getConfiguration("gatos").get<string>("path", "").trim();
  if (set !== "") {
    const path = expand(set);
    if (await isProgram(path)) {
      return path;
    }
    throw new NoBinary(`The setting gatos.path names ${path}, which is not there or cannot be run.`);
  }
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  folders.push(join(process.env["CARGO_HOME"] ?? join(homedir(), ".cargo"), "bin"));
  for (const folder of folders) {
    const path = join(folder, NAME);
    if (await isProgram(path)) {
      return path;
    }
  }
  throw new NoBinary("The program gatos is not on PATH, nor in ~/.cargo/bin.");
}

function expand(path: string): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
  const whole = path.replace(/^~(?=$|[\\/])/, homedir()).replaceAll("${workspaceFolder}", folder);
  // A bare word is looked for where the workspace is, never on PATH: that is what an empty setting is for.
  return isAbsolute(whole) ? whole : join(folder, whole);
}

/** What a run of the program gave. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the program in a folder and waits; the token ends it. Any exit code is an answer. */
export async function run(args: string[], cwd: string, token?: vscode.CancellationToken): Promise<Ran> {
  const program = await find();
  const stop = new AbortController();
  const listener = token?.onCancellationRequested(() => stop.abort());
  try {
    return await new Promise<Ran>((resolve, reject) => {
      const env = { ...process.env, NO_COLOR: "1" };
      const options = { cwd, env, signal: stop.signal, maxBuffer: 256 * 1024 * 1024, windowsHide: true };
      execFile(program, args, options, (error, stdout, stderr) => {
        if (error === null) {
          resolve({ code: 0, stdout, stderr });
        } else if (typeof error.code === "number") {
          resolve({ code: error.code, stdout, stderr });
        } else if (stop.signal.aborted) {
          reject(new vscode.CancellationError());
        } else {
          reject(new Error(`${program} ${args.join(" ")}: ${error.message}`));
        }
      });
    });
  } finally {
    listener?.dispose();
  }
}

/** As `run`, for commands that print one JSON object a line; another exit code than 0 is an error. */
export async function lines<T>(args: string[], cwd: string, token?: vscode.CancellationToken): Promise<T[]> {
  const ran = await run(args, cwd, token);
  if (ran.code !== 0) {
    throw new Error(firstLine(ran.stderr) || `gatos ${args[0]} ended with code ${ran.code}`);
  }
  return ran.stdout
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as T);
}

/** The first line of a message of the program, without its label. */
export function firstLine(text: string): string {
  const line = text.split("\n").find((each) => each.trim() !== "") ?? "";
  return line.replace(/^error:\s*/, "").trim();
}
