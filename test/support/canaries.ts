import assert from "node:assert/strict";
import { inspect } from "node:util";

/** Every way in which programs print, log and keep what they have. */
export function shownOf(value: unknown): string {
  const thorough = { depth: Number.POSITIVE_INFINITY, maxArrayLength: null, maxStringLength: null } as const;
  return [
    String(value),
    inspect(value),
    inspect(value, { ...thorough, showHidden: true, getters: true, showProxy: true }),
    jsonOf(value),
    ...textsWithin(value),
  ].join("\n");
}

function jsonOf(value: unknown): string {
  const seen = new Set<unknown>();
  return JSON.stringify(value, (_key, inner) => {
    if (typeof inner === "bigint") return String(inner);
    if (typeof inner !== "object" || inner === null) return inner;
    if (seen.has(inner)) return "[circular]";
    seen.add(inner);
    if (inner instanceof Error) {
      return { ...inner, message: inner.message, stack: inner.stack, cause: inner.cause };
    }
    return inner;
  });
}

/**
 * All texts that can be come to from a value by any property, hidden or not, by symbols, by the getters of its class and by what
 * collections hold: a tool that walks objects finds them.
 */
function textsWithin(root: unknown): Set<string> {
  const texts = new Set<string>();
  const seen = new Set<unknown>();
  const queue: unknown[] = [root];
  while (queue.length > 0) {
    const value = queue.pop();
    if (typeof value === "string") texts.add(value);
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      texts.add(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1"));
      continue;
    }
    if (value instanceof Map || value instanceof Set) queue.push(...[...value.entries()].flat());
    for (const [holder, name] of namesOf(value)) {
      if (typeof name === "string") texts.add(name);
      queue.push(propertyOf(value, holder, name));
    }
  }
  return texts;
}

function namesOf(value: object): [holder: object, name: string | symbol][] {
  const names = Reflect.ownKeys(value).map((name): [object, string | symbol] => [value, name]);
  let holder: object | null = Object.getPrototypeOf(value);
  while (holder !== null && holder !== Object.prototype) {
    const of: object = holder;
    const getters = Reflect.ownKeys(of).filter((name) => Object.getOwnPropertyDescriptor(of, name)?.get);
    names.push(...getters.map((name): [object, string | symbol] => [of, name]));
    holder = Object.getPrototypeOf(holder);
  }
  return names;
}

function propertyOf(value: object, holder: object, name: string | symbol): unknown {
  try {
    return Reflect.get(holder, name, value);
  } catch {
    // A getter of a class that this is no instance of.
    return undefined;
  }
}

/** A secret in the ways it may be written: as it is, for a URL, in JSON, in base64 wherever it begins, in hex, as numbers. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((before) =>
    // Without the first and the last characters, which depend on what stands beside it.
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "")
      .slice(before === 0 ? 0 : 4, -2),
  );
  const numbers = [...bytes];
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    numbers.map((byte) => byte.toString(16).padStart(2, "0")).join(" "),
    numbers.join(", "),
    numbers.join(","),
  ];
}

/** None of the secrets is in the text in any form, nor most of one. */
export function assertNoSecret(shown: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    for (const form of formsOf(secret)) {
      const begin = shown.indexOf(form.slice(0, Math.max(12, Math.ceil(form.length / 3))));
      assert.ok(begin < 0, `a secret shows in …${shown.slice(Math.max(0, begin - 300), begin + 100)}…`);
    }
  }
}

/** None of the secrets is in what can be shown of the value. */
export function assertHidden(value: unknown, secrets: readonly string[]): void {
  assertNoSecret(shownOf(value), secrets);
}
