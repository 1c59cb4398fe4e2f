import assert from "node:assert/strict";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { objectKey } from "../../lib/cos/parameters/rules.ts";
import { readableOf } from "../support/bytes.ts";
import { useClient } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { officialSdk } from "../support/official-sdk.ts";

const KEYS: readonly string[] = [
  "a b  c",
  "a/../b",
  "../a",
  "a/./b/../c//d",
  "a//b",
  "a/",
  "100%",
  "%2e%2e/x%20y%2F",
  "a+b",
  "!'()*~",
  ':@&=$,?#[];^`{|}"<>\\',
  "emoji 😀 名前.bin",
  "e\u0301 and \u00e9",
  "a\tb\nc\u007f",
  "?uploads&uploadId=x",
  "k".repeat(850),
  "é".repeat(425),
  ...["...", ".a", " "],
];

for (const key of KEYS) {
  test(`the key ${JSON.stringify(key.slice(0, 40))} is stored exactly, and read back by the official SDK`, async (t) => {
    const emulator = await useEmulator(t);
    const client = useClient(t, emulator.target);
    const body = Buffer.from(`content of ${key}`);
    await pipeline(readableOf(body), client.createUploadStream({ key }));
    assert.deepEqual(
      emulator.objects().map((object) => object.key),
      [key],
    );
    assert.equal((await client.headObject({ key })).size, body.byteLength);
    const sdk = officialSdk(emulator);
    const read = await sdk.cos.getObject({ ...sdk.place, Key: key });
    assert.deepEqual(read.Body, body);
  });
}

for (const [flaw, key] of Object.entries({
  "is empty": "",
  "begins with a slash": "/a",
  "begins with a backslash": "\\a",
  "has 851 bytes": "k".repeat(851),
  "has 851 bytes in 426 characters": `${"é".repeat(425)}k`,
  "has the first half of a pair": "a\ud83d",
  "has the second half of a pair": "\ude00a",
  "has a control character that COS refuses": "a\x1ab",
  "is the bucket itself": ".",
  "is the directory above": "..",
  "collapses to the bucket": "a/b/../..",
  "collapses to the bucket over doubled slashes": "a//../..",
})) {
  test(`a key that ${flaw} is refused before anything is sent`, async (t) => {
    const emulator = await useEmulator(t);
    const client = useClient(t, emulator.target);
    const refused = { name: "RangeError", code: "ERR_COS_INVALID_OPTION", option: "key" };
    assert.throws(() => client.createUploadStream({ key }), refused);
    await assert.rejects(client.putObject({ key, body: Buffer.from("x") }), refused);
    await assert.rejects(client.headObject({ key }), refused);
    assert.throws(() => client.listParts({ key, uploadId: "id" }), refused);
    assert.equal(emulator.requests.length, 0);
  });
}

test("a key of 850 bytes of any script is accepted, and one byte more is told", () => {
  assert.equal(objectKey.check("key", "名".repeat(283)).length, 283);
  assert.throws(() => objectKey.check("key", "名".repeat(284)), /this one has 852/);
});
