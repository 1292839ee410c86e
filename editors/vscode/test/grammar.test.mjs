// The grammars: what certain words are, and that no file of the golden tests leaves one stuck in a string or comment.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry } = require("vscode-textmate");

const here = dirname(fileURLToPath(import.meta.url));
const extension = join(here, "..");
const repository = join(extension, "../..");

await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
const files = { "source.echolua": "echolua", "source.rgs": "rgs", "source.elc": "elc" };
const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => {
    const name = files[scope];
    return name && JSON.parse(readFileSync(join(extension, `syntaxes/${name}.tmLanguage.json`), "utf8"));
  },
});
const grammars = {
  lua: await registry.loadGrammar("source.echolua"),
  rgs: await registry.loadGrammar("source.rgs"),
  elc: await registry.loadGrammar("source.elc"),
};

/** The tokens of a text: line, text, innermost scope and all scopes; and the state at its end. */
function tokens(language, text) {
  let state = INITIAL;
  const all = [];
  text.split("\n").forEach((line, at) => {
    const found = grammars[language].tokenizeLine(line, state);
    for (const token of found.tokens) {
      all.push({ line: at + 1, text: line.slice(token.startIndex, token.endIndex), scopes: token.scopes });
    }
    state = found.ruleStack;
  });
  return { all, state };
}

/** Claims: in this text, this word (the nth) has a scope that begins so. */
function claim(language, text, claims) {
  const { all } = tokens(language, text);
  for (const [word, scope, nth = 1] of claims) {
    const found = all.filter((token) => token.text.trim() === word)[nth - 1];
    assert.ok(found, `no token ${JSON.stringify(word)} in ${JSON.stringify(all.map((token) => token.text))}`);
    assert.ok(
      found.scopes.some((each) => each.startsWith(scope)),
      `${JSON.stringify(word)} is ${found.scopes.join(" ")}, not ${scope}`,
    );
  }
}

test("functions, parameters and fields of EchoLua", () => {
  claim("lua", "function M.fold(state, event)\n  state.total = event.payload.sum\nend", [
    ["function", "storage.type.function"],
    ["fold", "entity.name.function"],
    ["state", "variable.parameter"],
    ["event", "variable.parameter"],
    ["total", "variable.other.property"],
    ["sum", "variable.other.property"],
    ["end", "keyword.control"],
  ]);
  claim("lua", "local function half(n, ...) return n // 2 end", [
    ["local", "storage.modifier"],
    ["half", "entity.name.function"],
    ["...", "variable.parameter.rest"],
    ["return", "keyword.control"],
    ["//", "keyword.operator.arithmetic"],
  ]);
});

test("strings and comments of EchoLua", () => {
  claim("lua", 'local s = "a\\n\\u{48}" .. [==[ ]] ]==] -- said', [
    ["\\n", "constant.character.escape"],
    ["\\u{48}", "constant.character.escape"],
    ["]]", "string.quoted.other.multiline"],
    ["..", "keyword.operator.concatenation"],
    ["said", "comment.line"],
  ]);
  claim("lua", "--[[ a\nb ]] x = 1", [
    ["a", "comment.block"],
    ["x", "variable.other"],
  ]);
  claim("lua", "-- gatos: fold\n-- gatos: allow(W0501) kept", [
    ["fold", "keyword.other.directive"],
    ["W0501", "constant.other.code"],
  ]);
  const open = tokens("lua", 's = "never closed\nlocal x = 1');
  assert.ok(open.all.some((token) => token.text === "local" && token.scopes.includes("storage.modifier.local.echolua")));
});

test("numbers, what is refused, what is foreign", () => {
  claim("lua", "local a, b, c, d = 0xFF, 1.5, 7, 1e3", [
    ["0xFF", "constant.numeric.hex"],
    ["1.5", "constant.numeric.fixed"],
    ["7", "constant.numeric.integer"],
    ["1e3", "invalid.illegal.numeric"],
  ]);
  claim("lua", "for k, v in pairs(t) do os.exit(k) x.next(v) a = b != c end", [
    ["pairs", "invalid.deprecated.refused"],
    ["os", "invalid.deprecated.refused"],
    ["next", "entity.name.function.call"],
    ["!=", "invalid.illegal.operator"],
  ]);
  claim("lua", "string.format(dkeys(t))\nlocal x <const> = 1", [
    ["format", "support.function"],
    ["dkeys", "support.function"],
    ["const", "storage.modifier.const"],
  ]);
});

test("heads, metadata and templates of policies", () => {
  const text = `# METADATA
# title: No runs
package gatos.exec
import data.gatos.lib as l

deny contains reason if {
	some run in input.payload.runs
	not gatos.caps.has(input.granted, "exec:run")
	reason := sprintf("caps missing: %s", [run])
}

default size(x) := 0
is_ok if count(deny) == 0`;
  claim("rgs", text, [
    ["METADATA", "keyword.other.metadata"],
    ["title", "entity.name.tag"],
    ["gatos.exec", "entity.name.namespace"],
    ["l", "entity.name.namespace.alias"],
    ["deny", "entity.name.function"],
    ["contains", "keyword.control.contains"],
    ["some", "keyword.control.quantifier"],
    ["in", "keyword.operator.in"],
    ["input", "variable.language"],
    ["has", "support.function"],
    [":=", "keyword.operator.assignment"],
    ["%s", "constant.other.placeholder"],
    ["size", "entity.name.function"],
    ["is_ok", "entity.name.function"],
    ["count", "entity.name.function.call"],
  ]);
  claim("rgs", 'x := $"a {input.n + 1} \\{b}" # end', [
    ["a", "string.template"],
    ["input", "variable.language"],
    ["1", "constant.numeric"],
    ["\\{", "constant.character.escape"],
    ["end", "comment.line"],
  ]);
});

function below(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path));
}

for (const [language, ending] of [
  ["lua", ".lua"],
  ["rgs", ".rgs"],
]) {
  test(`no file that the compiler takes leaves the grammar inside something: *${ending}`, () => {
    const folders = ["tests/golden/fold", "tests/golden/run", "tests/golden/lower", "tests/golden/policy", "examples"];
    const found = folders.flatMap((folder) => below(join(repository, folder), ending));
    assert.ok(found.length > (language === "lua" ? 60 : 10), `only ${found.length} files`);
    for (const path of found) {
      // A line more, since what ends with its line ends only when that is read.
      const { all, state } = tokens(language, `${readFileSync(path, "utf8")}\n\n`);
      assert.equal(state.depth, 1, `${relative(repository, path)} ends inside ${all.at(-1).scopes.join(" ")}`);
    }
  });
}

test("files that compile hold nothing that is drawn as a mistake", () => {
  const folders = ["tests/golden/fold", "tests/golden/policy", "examples"];
  for (const [language, ending] of [
    ["lua", ".lua"],
    ["rgs", ".rgs"],
  ]) {
    for (const path of folders.flatMap((folder) => below(join(repository, folder), ending))) {
      const { all } = tokens(language, readFileSync(path, "utf8"));
      const wrong = all.find((token) => token.scopes.some((scope) => scope.startsWith("invalid.")));
      assert.equal(wrong && `${relative(repository, path)}:${wrong.line}: ${wrong.text} ${wrong.scopes.at(-1)}`, undefined);
    }
  }
});
