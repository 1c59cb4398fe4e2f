import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  type AuthorizationInput,
  authorization,
  canonical,
  httpString,
  signature,
  signKey,
  stringToSign,
} from "../../../lib/cos/signing/authorization.ts";

interface Vector extends Omit<AuthorizationInput, "headers"> {
  readonly name: string;
  readonly pathname: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly intermediates: Readonly<Record<string, string>>;
  readonly authorization: string;
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL("../../fixtures/signature-vectors.json", import.meta.url), "utf8"),
);

/** The official SDK signs the headers of an allow-list; the vector says which ones these were. */
function inputOf(vector: Vector): AuthorizationInput {
  const listed = (vector.intermediates.headerList ?? "").split(";");
  const headers = Object.entries(vector.headers).filter(([name]) => listed.includes(name.toLowerCase()));
  return { ...vector, key: vector.pathname.slice(1), headers: Object.fromEntries(headers) };
}

test("there are vectors of the document and of the official SDK", () => {
  assert.ok(vectors.some(({ name }) => name.startsWith("doc-")));
  assert.ok(vectors.some(({ name }) => !name.startsWith("doc-")));
});

for (const vector of vectors) {
  test(`the signature of "${vector.name}" is right at every step`, () => {
    const input = inputOf(vector);
    const text = httpString(input);
    const steps = {
      signKey: signKey(input),
      urlParamList: canonical(input.query).list,
      httpParameters: canonical(input.query).pairs,
      headerList: canonical(input.headers).list,
      httpHeaders: canonical(input.headers).pairs,
      httpString: text,
      sha1HttpString: createHash("sha1").update(text).digest("hex"),
      stringToSign: stringToSign(input),
      signature: signature(input),
      authorization: authorization(input),
    };
    assert.deepEqual(steps, vector.intermediates);
    assert.equal(steps.authorization, vector.authorization);
  });
}

test("the order in which headers and parameters are given changes nothing", () => {
  const vector = vectors.find(({ name }) => name === "doc-get-object")!;
  const reversed = (values: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).reverse());
  const input = inputOf(vector);
  const other = { ...input, headers: reversed(input.headers), query: reversed(input.query) };
  assert.equal(authorization(other), vector.authorization);
});

test("names are sorted by their bytes after encoding and lower-casing", () => {
  const { list, pairs } = canonical({ b: "2", "a-": "1", A: "0/", "a/": "3", _: "4" });
  assert.equal(list, "_;a;a%2f;a-;b");
  assert.equal(pairs, "_=4&a=0%2F&a%2f=3&a-=1&b=2");
});

test("a parameter without a value is signed with its equals sign", () => {
  assert.deepEqual(canonical({ uploads: "" }), { pairs: "uploads=", list: "uploads" });
});

test("names that are one when encoded and lower-cased stay in the order in which they were given", () => {
  assert.equal(canonical({ b: "1", A: "2", a: "3" }).pairs, "a=2&a=3&b=1");
  assert.equal(canonical({ a: "3", b: "1", A: "2" }).pairs, "a=3&a=2&b=1");
});
