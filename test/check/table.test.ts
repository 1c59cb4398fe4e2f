import assert from "node:assert/strict";
import { test } from "node:test";
import { boolean, callback, integer, required, string, withDefault } from "../../lib/check/rules.ts";
import {
  copyOptions,
  type Decided,
  decide,
  group,
  readOptions,
  strings,
  type Table,
  variants,
} from "../../lib/check/table.ts";

interface Options {
  readonly key: string;
  readonly size?: number | undefined;
  readonly loud?: boolean | undefined;
  readonly wait?: { readonly idle?: number | undefined } | undefined;
  readonly onEnd?: (() => void) | undefined;
}

const WAIT: Table<{ readonly idle?: number | undefined }, "idle"> = {
  idle: withDefault(integer(0, 99, "ms"), 7),
};

const TABLE: Table<Options, "loud"> = {
  key: required(string()),
  size: integer(1, 10),
  loud: withDefault(boolean, false),
  wait: group(WAIT),
  onEnd: callback(),
};

const read = (given: object): Options => readOptions("a test", given as Options, TABLE);

test("the compiler refuses a table that has not the names and types of the interface", () => {
  const { key, size, loud, wait, onEnd } = TABLE;
  // @ts-expect-error onEnd is missing
  const missing: Table<Options> = { key, size, loud, wait };
  // @ts-expect-error there is no such option
  const unknown: Table<Options> = { key, size, loud, wait, onEnd, other: boolean };
  // @ts-expect-error a size is a number
  const otherType: Table<Options> = { key, size: string(), loud, wait, onEnd };
  // @ts-expect-error a key must be given
  const optional: Table<Options> = { key: string(), size, loud, wait, onEnd };
  // @ts-expect-error a size has no default
  const undecided: Table<Options, "size"> = { key, size, loud, wait, onEnd };
  assert.ok(missing && unknown && otherType && optional && undecided);
});

test("options are read once, checked and frozen", () => {
  let reads = 0;
  const given = {
    key: "k",
    size: undefined,
    get wait() {
      reads += 1;
      return { idle: reads };
    },
  };
  const options = read(given);
  assert.deepEqual(options, { key: "k", wait: { idle: 1 } });
  assert.equal(reads, 1);
  assert.ok(Object.isFrozen(options) && Object.isFrozen(options.wait));
});

test("what is not given gets its default, or stays undefined", () => {
  const decided: Decided<typeof TABLE> = decide(TABLE, read({ key: "k" }));
  const loud: boolean = decided.loud;
  const size: number | undefined = decided.size;
  assert.deepEqual(
    [decided.key, loud, size, decided.wait, decided.onEnd],
    ["k", false, undefined, undefined, undefined],
  );
  const { idle }: { readonly idle: number } = decide(WAIT, decided.wait ?? {});
  assert.equal(idle, 7);
});

test("a bad option is refused by its name, one within another by both", () => {
  const option = (name: string, message: RegExp) => ({
    code: "ERR_COS_INVALID_OPTION",
    option: name,
    message,
  });
  assert.throws(() => read({}), option("key", /it is required/));
  assert.throws(() => read({ key: "k", wait: { idle: -1 } }), option("wait.idle", /from 0 to 99 ms/));
  assert.throws(() => read({ key: "k", wait: 5 }), option("wait", /an object; received 5/));
  assert.throws(
    () => read({ key: "k", sise: 1 }),
    option("sise", /a test has no such option; there are key, size/),
  );
  assert.throws(() => read({ key: "k", Size: 1 }), option("Size", /did you mean "size"/));
  assert.throws(() => read(null as never), option("options", /an object for a test; received null/));
  const hostile = Object.defineProperty({}, "key", {
    enumerable: true,
    get: () => {
      throw new Error("no");
    },
  });
  assert.throws(() => read(hostile), option("key", /a value that can be read/));
});

test("a copy has what is given and nothing else", () => {
  const given = Object.assign(Object.create({ size: 3 }), { key: "k", loud: undefined });
  assert.deepEqual(copyOptions("a test", given, Object.keys(TABLE)), { key: "k", size: 3 });
});

test("names and strings are copied; other collections and values are not taken for them", () => {
  const given = JSON.parse('{"a":"1","__proto__":"x"}');
  assert.deepEqual(Object.entries(strings.check("x", given)), Object.entries(given));
  for (const value of [new Map([["a", "b"]]), new Set(["a"]), ["a"], "a", null]) {
    assert.throws(() => strings.check("x", value), { option: "x" });
  }
  assert.throws(() => strings.check("x", { a: undefined }), {
    option: "x.a",
    message: /a string; received undefined/,
  });
});

type Shape = { kind: "circle"; radius: number } | { kind: "point" };

test("the kind of an option says which others there are, and is never shown if it is none", () => {
  const shape = variants<Shape, "kind">("kind", { circle: { radius: required(integer(1, 9)) }, point: {} });
  assert.deepEqual(shape.check("x", { kind: "circle", radius: 2 }), { kind: "circle", radius: 2 });
  assert.throws(() => shape.check("x", { kind: "circle" }), { option: "x.radius" });
  assert.throws(() => shape.check("x", { kind: "point", radius: 2 }), { option: "radius" });
  assert.throws(() => shape.check("x", { kind: "secret" }), {
    name: "RangeError",
    option: "x.kind",
    message: /one of circle, point; received a string of 6 characters/,
  });
  assert.throws(() => shape.check("x", {}), { name: "TypeError", option: "x.kind" });
});
