import assert from "node:assert/strict";
import { test } from "node:test";
import { GOOD, useHostile } from "../../support/hostile.ts";
import { answer } from "../../support/raw-server.ts";

const at = { key: "k", uploadId: "id" };

for (const [what, body, message] of [
  ["nothing", undefined, /"body": expected a Uint8Array or an array of them/],
  ["a text", "text", /"body": expected a Uint8Array.*received the string "text"/],
  ["an array with a hole", [new Uint8Array(1), undefined], /"body": expected a Uint8Array/],
  // The same MiB again and again: it takes no more memory than one.
  ["more than 5 GiB", Array(5121).fill(new Uint8Array(2 ** 20)), /"body": expected at most 5368709120 bytes/],
] as const) {
  test(`a part of ${what} is refused before anything is sent`, async (t) => {
    const { client, requests } = await useHostile(t, answer("200 OK", GOOD));
    await assert.rejects(client.uploadPart({ ...at, partNumber: 1, body: body as never }), {
      code: "ERR_COS_INVALID_OPTION",
      message,
    });
    assert.equal(requests.length, 0);
  });
}

for (const [what, parts] of Object.entries<unknown>({
  "no list": { partNumber: 1, etag: '"e"' },
  "an empty list": [],
  "a list with a gap": [
    { partNumber: 1, etag: '"e"' },
    { partNumber: 3, etag: '"e"' },
  ],
  "a list that begins late": [{ partNumber: 2, etag: '"e"' }],
})) {
  test(`completing ${what} of parts is refused before anything is sent`, async (t) => {
    const { client, requests } = await useHostile(t, answer("200 OK", GOOD));
    await assert.rejects(client.completeMultipartUpload({ ...at, parts: parts as never }), {
      code: "ERR_COS_INVALID_OPTION",
      message: /expected at least one \{ partNumber, etag \}, numbered from 1 in ascending order/,
    });
    assert.equal(requests.length, 0);
  });
}
