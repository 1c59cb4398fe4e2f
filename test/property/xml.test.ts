import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { buildXml, listOf, loadXml, parseXml, textOf, type XmlValue } from "../../lib/cos/answers/xml.ts";
import type { ListedUpload } from "../../lib/index.ts";
import { nearXml } from "../support/answers.ts";
import { objectKey, text } from "../support/arbitraries.ts";
import { useClient } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { runs } from "../support/property.ts";

before(loadXml);

function assertTree(value: XmlValue | undefined): void {
  if (typeof value === "string") return;
  assert.ok(typeof value === "object" && value !== null, `a ${typeof value} in a document`);
  for (const child of Array.isArray(value) ? value : Object.values(value)) assertTree(child);
}

test("any text is read as a tree of texts, or refused; nothing is thrown and nothing else is touched", () => {
  let read = 0;
  fc.assert(
    fc.property(nearXml, (document) => {
      const found = parseXml(document);
      if (found === undefined) return;
      read += 1;
      assertTree(found.content);
      for (const name of ["Part", "Upload"]) listOf(found.content, name).forEach(assertTree);
      const told = textOf(found.content, "Code", "__proto__", "constructor");
      assert.ok(told === undefined || typeof told === "string");
      assert.deepEqual(Object.keys(Object.prototype), []);
    }),
    runs(4000),
  );
  assert.ok(read > 100, `only ${read} were read`);
});

/** XML has no way to write the others. */
const legal = (value: string): string =>
  value.replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "").trim();

test("what is written as a document is read back as it was", () => {
  fc.assert(
    fc.property(fc.array(text().map(legal), { maxLength: 5 }), (etags) => {
      const Part = etags.map((ETag) => ({ ETag, Size: "1" }));
      const { root, content } = parseXml(buildXml({ CompleteMultipartUpload: { Part } }))!;
      assert.equal(root, "CompleteMultipartUpload");
      assert.deepEqual(
        listOf(content, "Part").map((part) => part.ETag),
        etags,
      );
    }),
    runs(500),
  );
});

test("keys of all Unicode, those that XML cannot hold too, come out of a listing as they went in", async (t) => {
  const emulator = await useEmulator(t);
  const client = useClient(t, emulator.target);
  const keys = fc.uniqueArray(objectKey(), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(keys, fc.integer({ min: 1, max: 5 }), async (given, maxUploads) => {
      const begun = await Promise.all(given.map((key) => client.initiateMultipartUpload({ key })));
      const listed: ListedUpload[] = [];
      for await (const upload of client.listMultipartUploads({ maxUploads })) listed.push(upload);
      await Promise.all(begun.map(({ key, uploadId }) => client.abortMultipartUpload({ key, uploadId })));
      const pairs = (uploads: readonly { key: string; uploadId: string }[]): string[] =>
        uploads.map(({ key, uploadId }) => JSON.stringify([key, uploadId])).toSorted();
      assert.deepEqual(pairs(listed), pairs(begun));
    }),
    runs(40),
  );
});
