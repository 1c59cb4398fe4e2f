import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListedPart } from "../../lib/cos/operations/list-parts.ts";
import { receiptOfStored } from "../../lib/upload/open-upload.ts";

const md5 = "mQ/fVh815F3k6TAUm8m0eg==";
const hex = Buffer.from(md5, "base64").toString("hex");
const part = { partNumber: 3, offset: 20, size: 10, body: [], md5, crc64: "42" };
const listed: ListedPart = { partNumber: 3, size: 10, etag: `"${hex}"`, lastModified: "" };

const cases: readonly [what: string, stored: Partial<ListedPart>, skips: boolean][] = [
  ["the same size and MD5", {}, true],
  ["the MD5 in capitals, without quotes", { etag: hex.toUpperCase() }, true],
  ["another size", { size: 11 }, false],
  ["another MD5", { etag: `"${hex.replace(/^./, "0")}"` }, false],
  ["an ETag that is no MD5, and no CRC64", { etag: `"${hex}00000000"` }, false],
  ["an ETag that is damaged, and no CRC64", { etag: `"${hex}` }, false],
  ["an ETag that is no MD5, and the same CRC64", { etag: `"${hex}00000000"`, crc64: "42" }, true],
  // As of an upload with SSE-KMS or SSE-C, which the listing does not say.
  ["an ETag like another MD5, and the same CRC64", { etag: `"${"0".repeat(32)}"`, crc64: "42" }, true],
  ["the same MD5 and another CRC64", { crc64: "43" }, false],
  ["the same CRC64 and another size", { crc64: "42", size: 9 }, false],
];

for (const [what, stored, skips] of cases) {
  test(`a part that COS has with ${what} is ${skips ? "skipped" : "sent"}`, () => {
    const receipt = receiptOfStored(part, { ...listed, ...stored });
    const { body: _, ...rest } = part;
    const expected = { ...rest, etag: stored.etag ?? listed.etag, attempts: 0, requestId: "", skipped: true };
    assert.deepEqual(receipt, skips ? expected : undefined);
  });
}

test("a part that COS does not have is sent", () => {
  assert.equal(receiptOfStored(part, undefined), undefined);
});
