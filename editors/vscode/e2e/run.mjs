// Starts the editor with the extension, opens the project, and plays the scenes. `cargo xtask e2e-vscode`
// calls it. Ends with 0 when all of them showed what they must.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { make } from "./project.mjs";
import { scenes } from "./scenes.mjs";
import { Ui } from "./ui.mjs";

const given = Object.fromEntries(
  process.argv.filter((arg) => arg.startsWith("--")).map((arg) => arg.slice(2).split(/=(.*)/s, 2)),
);
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const { gatos, vsix, editor, browser, place, pictures } = given;
const unknown = wanted.filter((name) => !(name in scenes));
if (unknown.length > 0) {
  console.error(`no scene ${unknown.join(", ")}; there are ${Object.keys(scenes).join(", ")}`);
  process.exit(2);
}

const { chromium } = createRequire(join(place, "package.json"))("playwright-core");
const work = join(place, "run");
const project = join(work, "shop");
const profile = join(work, "profile");
const extensions = join(work, "extensions");
rmSync(work, { recursive: true, force: true });
mkdirSync(join(profile, "User"), { recursive: true });
mkdirSync(pictures, { recursive: true });

console.log("making the project");
make(gatos, project);
mkdirSync(join(profile, "Machine"), { recursive: true });
// Programs are settings of the machine that they are on, which here is not the browser's.
const settings = { "gatos.path": gatos };
writeFileSync(join(profile, "Machine/settings.json"), JSON.stringify(settings));
const looks = {
  "workbench.colorTheme": "Default Light Modern",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.layoutControl.enabled": false,
  "window.commandCenter": false,
  "window.menuBarVisibility": "compact",
  "editor.minimap.enabled": false,
  "editor.fontSize": 14,
  "editor.lineHeight": 20,
  "editor.cursorBlinking": "solid",
  "editor.occurrencesHighlightDelay": 0,
  "breadcrumbs.enabled": false,
  "chat.commandCenter.enabled": false,
  "git.openRepositoryInParentFolders": "never",
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "testing.automaticallyOpenTestResults": "neverOpen",
  "debug.toolBarLocation": "docked",
  "debug.inlineValues": "on",
  "debug.internalConsoleOptions": "neverOpen",
  "extensions.ignoreRecommendations": true,
  // In a browser it would be on, and one scene would leave its text to the next.
  "files.autoSave": "off",
};
writeFileSync(join(profile, "User/settings.json"), JSON.stringify(looks, null, 2));

const folders = ["--user-data-dir", profile, "--extensions-dir", extensions];
console.log("installing the extension");
execFileSync(process.execPath, [editor, ...folders, "--install-extension", vsix], { stdio: "pipe" });

const port = await freePort();
const env = { ...process.env };
// Set inside an editor's own terminal, where the command would only open a file in that editor.
delete env.VSCODE_IPC_HOOK_CLI;
const server = spawn(
  process.execPath,
  [
    editor,
    ...folders,
    "--auth",
    "none",
    "--bind-addr",
    `127.0.0.1:${port}`,
    "--disable-telemetry",
    "--disable-update-check",
    "--disable-workspace-trust",
    "--disable-getting-started-override",
  ],
  { env, stdio: ["ignore", "pipe", "pipe"] },
);
let said = "";
server.stdout.on("data", (data) => (said += data));
server.stderr.on("data", (data) => (said += data));

let failed = 0;
let driven;
try {
  await answering(port);
  driven = await chromium.launch({ executablePath: browser, args: ["--no-sandbox", "--disable-gpu"] });
  const context = await driven.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  const ui = new Ui(page, pictures);
  await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(project)}`);
  await ui.see("the editor", ".monaco-workbench", 90_000);
  await ui.see("the file tree", ".explorer-folders-view .monaco-list-row", 60_000);
  await ui.read("the status bar: the server runs", ".statusbar", ["GATOS"], 60_000);
  const read = (path) => readFileSync(join(project, path), "utf8");
  for (const [name, scene] of Object.entries(scenes)) {
    if (wanted.length > 0 && !wanted.includes(name)) {
      continue;
    }
    const begun = Date.now();
    try {
      await scene(ui, { read, project, gatos, settings });
      console.log(`ok      ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}: ${error.message}`);
      const path = join(work, `failed-${name}.png`);
      await page.screenshot({ path }).catch(() => {});
      console.log(`        the screen then: ${path}`);
    }
    await ui.clear().catch((error) => console.log(`        clearing up: ${error.message}`));
  }
} catch (error) {
  failed += 1;
  console.log(`FAILED  ${error.message}\n${said.slice(-2000)}`);
} finally {
  await driven?.close().catch(() => {});
  server.kill();
}
process.exit(failed === 0 ? 0 : 1);

/** A port that nobody listens at. */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Waits until the editor answers. */
async function answering(port) {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/healthz`);
      if (response.ok) {
        return;
      }
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the editor did not come up within 60 s");
}
