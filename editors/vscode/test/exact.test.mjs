// Reading JSON without rounding.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const source = join(dirname(fileURLToPath(import.meta.url)), "../src/exact.ts");
const built = buildSync({ entryPoints: [source], bundle: true, format: "esm", write: false }).outputFiles[0].text;
const { parse, print, textAt } = await import(`data:text/javascript;base64,${Buffer.from(built).toString("base64")}`);

test("numbers stay as they are written", () => {
  const text = '{"big": 9223372036854775807, "fixed": 1234567890.1234567891, "whole": 36.0, "minus": -0.5}';
  assert.equal(print(parse(text)), text);
  assert.equal(textAt(parse(text), "big"), "9223372036854775807");
  assert.equal(textAt(parse(text), "nothing", "below"), undefined);
});

test("what is no JSON is not read", () => {
  for (const text of ["", "{", "[1,]", '{"a" 1}', "01", "1 2", "tru", '"open', "nan", "[".repeat(300)]) {
    assert.equal(parse(text), undefined, text.slice(0, 20));
  }
});

test("it reads what JSON.parse reads", () => {
  // A small generator, the same each time.
  let seed = 7;
  const below = (n) => {
    seed = (seed * 48271) % 2147483647;
    return seed % n;
  };
  const value = (depth) => {
    switch (below(depth > 4 ? 5 : 7)) {
      case 0:
        return null;
      case 1:
        return below(2) === 0;
      case 2:
        return below(100000) - 50000;
      case 3:
        return below(1000) / 8;
      case 4:
        return ["", "a", 'q"\\', "é\n", "\u0001"][below(5)];
      case 5:
        return Array.from({ length: below(4) }, () => value(depth + 1));
      default:
        return Object.fromEntries(Array.from({ length: below(4) }, (_, n) => [`k${n}${below(3)}`, value(depth + 1)]));
    }
  };
  for (let n = 0; n < 500; n += 1) {
    const made = value(0);
    const read = parse(JSON.stringify(made, null, below(3)));
    assert.deepEqual(JSON.parse(print(read)), made);
  }
});
