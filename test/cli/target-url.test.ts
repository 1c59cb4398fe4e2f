import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTargetUrl } from "../../lib/cli/target-url.ts";

test("the key of a cos:// URL is all that follows the first slash, as it is", () => {
  const keys = ["k", "a/b", "/a", "a//b", "a/../b", "..", "%2e%41", "a?b#c", "a b\nc", "cos://x/y", "😀", ""];
  for (const key of keys) assert.deepEqual(parseTargetUrl(`cos://b-1/${key}`), { bucket: "b-1", key });
  assert.deepEqual(parseTargetUrl("cos://b-1"), { bucket: "b-1", key: undefined });
});

test("what is no cos:// URL is refused", () => {
  for (const text of [
    "",
    "b-1/k",
    "cos:b-1/k",
    "cos:/b-1/k",
    "s3://b-1/k",
    "cos://",
    "cos:///k",
    " cos://b-1/k",
  ]) {
    assert.throws(() => parseTargetUrl(text), { exitCode: 2 }, text);
  }
});
