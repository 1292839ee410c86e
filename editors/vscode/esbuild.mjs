// Bundles the extension into one file; `--watch` goes on doing so while you edit.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, context } from "esbuild";

const isWatching = process.argv.includes("--watch");
const options = {
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  platform: "node",
  // The Node of the oldest editor that `engines` names.
  target: "node20",
  format: "cjs",
  // Given by the editor at run time.
  external: ["vscode"],
  sourcemap: isWatching,
  minify: !isWatching,
  metafile: true,
};

if (isWatching) {
  await (await context(options)).watch();
} else {
  const { metafile } = await build(options);
  writeFileSync("dist/licenses.txt", licenses(Object.keys(metafile.inputs)));
}

/** The licences of the packages whose code is in the bundle, which must go along with it. */
function licenses(inputs) {
  const packages = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      if (file === undefined) {
        throw new Error(`${name} brings no licence text`);
      }
      return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
