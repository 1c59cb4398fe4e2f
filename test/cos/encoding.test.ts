import assert from "node:assert/strict";
import { test } from "node:test";
import { encodePath, encodeQuery, urlEncode } from "../../lib/cos/encoding.ts";

test("everything but the unreserved characters of RFC 3986 is encoded, in upper-case hex, per UTF-8 byte", () => {
  assert.equal(urlEncode("AZaz09-_.~"), "AZaz09-_.~");
  assert.equal(urlEncode("!'()*"), "%21%27%28%29%2A");
  assert.equal(urlEncode(" +/%&=?#"), "%20%2B%2F%25%26%3D%3F%23");
  assert.equal(urlEncode("é€😀"), "%C3%A9%E2%82%AC%F0%9F%98%80");
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const kept = ascii.filter((character) => urlEncode(character) === character).join("");
  assert.equal(kept, "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
});

test("a key is written into the path byte by byte, with nothing normalised", () => {
  assert.equal(encodePath("a/../b//c"), "/a/../b//c");
  assert.equal(encodePath("!'()*~"), "/%21%27%28%29%2A~");
  assert.equal(encodePath("100% é+"), "/100%25%20%C3%A9%2B");
  assert.equal(encodePath(""), "/");
});

test("a parameter without a value goes without an equals sign", () => {
  assert.equal(encodeQuery({ uploads: "", prefix: "a/b c" }), "?uploads&prefix=a%2Fb%20c");
  assert.equal(encodeQuery({}), "");
});
