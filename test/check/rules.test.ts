import assert from "node:assert/strict";
import { test } from "node:test";
import type { InvalidOptionError } from "../../lib/check/invalid-option.ts";
import {
  boolean,
  callback,
  converted,
  either,
  headerValue,
  integer,
  oneOf,
  type Rule,
  refined,
  required,
  string,
} from "../../lib/check/rules.ts";
import { group } from "../../lib/check/table.ts";

function refusalOf(rule: Rule<unknown>, value: unknown): InvalidOptionError {
  try {
    rule.check("x", value);
  } catch (error) {
    return error as InvalidOptionError;
  }
  return assert.fail(`${String(value)} was accepted`);
}

const says = (rule: Rule<unknown>, value: unknown): string =>
  refusalOf(rule, value).message.replace('Invalid option "x": ', "");

test("a rule returns a good value, and refuses others with the option, the rule and the value", () => {
  assert.equal(integer(1, 64).check("x", 64), 64);
  assert.equal(says(integer(1, 64), 65), "expected an integer from 1 to 64; received 65");
  assert.equal(says(integer(0, 5, "ms"), "5"), 'expected an integer from 0 to 5 ms; received the string "5"');
  assert.equal(says(boolean, 1), "expected true or false; received 1");
  assert.equal(says(string(), ""), 'expected a string that is not empty; received the string ""');
  assert.equal(says(oneOf("a", "b"), "c"), 'expected one of a, b; received the string "c"');
  assert.match(says(headerValue, "a\r\nb"), /printable ASCII/);
  assert.equal(says(callback(), {}), "expected a function; received an object (Object)");
});

test("a wrong type is a TypeError, a value out of bounds a RangeError", () => {
  for (const value of ["1", Number.NaN, null, undefined, 1n, [1]]) {
    assert.ok(refusalOf(integer(1, 64), value) instanceof TypeError);
  }
  for (const value of [0, 65, 1.5, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.ok(refusalOf(integer(1, 64), value) instanceof RangeError);
  }
});

test("one of several rules is chosen by the type, and an error says all of them", () => {
  const bound = integer(1, 64);
  const concurrency = either(
    bound,
    oneOf("auto"),
    group<{ min?: number; max?: number }>({ min: bound, max: bound }),
  );
  for (const value of [4, "auto", { min: 2, max: 8 }, {}]) {
    assert.deepEqual(concurrency.check("concurrency", value), value);
  }
  const expected = 'expected an integer from 1 to 64, or "auto", or an object; received ';
  assert.equal(says(concurrency, 65), `${expected}65`);
  assert.equal(says(concurrency, "8"), `${expected}the string "8"`);
  assert.equal(says(concurrency, true), `${expected}true`);
  assert.equal(says(concurrency, []), `${expected}an array`);
  const within = refusalOf(concurrency, { max: 65 });
  assert.deepEqual([within.option, within.name], ["x.max", "RangeError"]);
  assert.equal(refusalOf(concurrency, { mix: 1 }).option, "mix");
});

test("a rule can have one more condition, and another form of its values", () => {
  const even = refined(integer(0, 10), (value) => (value % 2 === 0 ? undefined : "which is even"));
  assert.equal(says(even, 3), "expected an integer from 0 to 10, which is even; received 3");
  assert.equal(says(even, 12), "expected an integer from 0 to 10; received 12");
  assert.equal(converted(even, (value) => `${value}%`).check("x", 4), "4%");
});

test("what is required says so when it is not given, and keeps its rule when it is", () => {
  assert.equal(
    says(required(string("a name")), undefined),
    "expected a name; it is required; received nothing",
  );
  assert.equal(says(required(string("a name")), 1), "expected a name; received 1");
});
