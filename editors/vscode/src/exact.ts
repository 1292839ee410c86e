// JSON without rounding: numbers stay the text that they are. A state has whole numbers of 64 bits and fixed
// ones of up to twenty digits, which JavaScript's numbers do not hold.

/** A number as it is written. */
export class Numeral {
  constructor(readonly text: string) {}
}

/** What JSON can say. Objects keep the order of their keys. */
export type Exact = null | boolean | string | Numeral | Exact[] | Map<string, Exact>;

/** How deep a value may go; data of programs goes less deep. */
const MOST_DEPTH = 200;

/** Reads a JSON text; undefined when it is none. */
export function parse(text: string): Exact | undefined {
  let at = 0;
  const space = /[ \t\r\n]*/y;
  const numeral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  const quoted = /"(?:[^"\\]|\\.)*"/y;

  const skip = (): void => {
    space.lastIndex = at;
    space.test(text);
    at = space.lastIndex;
  };
  const take = (shape: RegExp): string => {
    shape.lastIndex = at;
    const found = shape.exec(text)?.[0];
    if (found === undefined) {
      throw new SyntaxError(`at ${at}`);
    }
    at += found.length;
    return found;
  };
  const eat = (sign: string): boolean => {
    skip();
    const is = text.startsWith(sign, at);
    at += is ? sign.length : 0;
    return is;
  };
  const must = (sign: string): void => {
    if (!eat(sign)) {
      throw new SyntaxError(`${sign} at ${at}`);
    }
  };
  const value = (depth: number): Exact => {
    if (depth > MOST_DEPTH) {
      throw new SyntaxError("too deep");
    }
    if (eat("{")) {
      const map = new Map<string, Exact>();
      if (!eat("}")) {
        do {
          skip();
          const key = JSON.parse(take(quoted)) as string;
          must(":");
          map.set(key, value(depth + 1));
        } while (eat(","));
        must("}");
      }
      return map;
    }
    if (eat("[")) {
      const list: Exact[] = [];
      if (!eat("]")) {
        do {
          list.push(value(depth + 1));
        } while (eat(","));
        must("]");
      }
      return list;
    }
    if (text[at] === '"') {
      return JSON.parse(take(quoted)) as string;
    }
    for (const [word, meaning] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (eat(word)) {
        return meaning;
      }
    }
    return new Numeral(take(numeral));
  };

  try {
    const read = value(0);
    skip();
    return at === text.length ? read : undefined;
  } catch {
    return undefined;
  }
}

/** A value as JSON again, on one line. */
export function print(value: Exact): string {
  if (value instanceof Numeral) {
    return value.text;
  }
  if (value instanceof Map) {
    return `{${[...value].map(([key, inner]) => `${JSON.stringify(key)}: ${print(inner)}`).join(", ")}}`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(print).join(", ")}]`;
  }
  return JSON.stringify(value);
}

/** What lies at some keys of a value. */
export function at(value: Exact | undefined, ...keys: string[]): Exact | undefined {
  let here = value;
  for (const key of keys) {
    here = here instanceof Map ? here.get(key) : undefined;
  }
  return here;
}

/** The text that lies there, numbers as they are written. */
export function textAt(value: Exact | undefined, ...keys: string[]): string | undefined {
  const found = at(value, ...keys);
  return typeof found === "string" ? found : found instanceof Numeral ? found.text : undefined;
}
