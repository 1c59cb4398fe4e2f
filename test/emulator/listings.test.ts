import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { XMLParser } from "fast-xml-parser";
import type { Emulator } from "../../lib/emulator/index.ts";
import { initiate, putPart, raw, withEmulator } from "./support.ts";

type Fields = Record<string, unknown>;

const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => ["Part", "Upload", "Contents", "CommonPrefixes"].includes(name),
});

async function list(
  emulator: Emulator,
  root: string,
  query: Record<string, string>,
  key = "",
): Promise<Fields> {
  const answer = await raw(emulator, { key, query });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers["content-type"], "application/xml");
  return (parser.parse(answer.text) as Record<string, Fields>)[root] as Fields;
}

const all = (result: Fields, element: string, field: string): unknown[] =>
  ((result[element] ?? []) as Fields[]).map((item) => item[field]);

describe("List Parts", () => {
  it("tells the CRC64 of parts when it is asked to, as nobody knows whether COS does", async (t) => {
    for (const listPartsCrc64 of [undefined, false, true]) {
      const emulator = await withEmulator(t, listPartsCrc64 === undefined ? {} : { listPartsCrc64 });
      const uploadId = await initiate(emulator, "k");
      const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "part" });
      const page = await list(emulator, "ListPartsResult", { uploadId }, "k");
      const told = listPartsCrc64 ? headers["x-cos-hash-crc64ecma"] : undefined;
      assert.deepEqual(all(page, "Part", "CRC64"), [told]);
    }
  });

  it("pages through parts in order of their numbers", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k", { "x-cos-storage-class": "ARCHIVE" });
    for (const number of [9, 1, 10, 3, 2])
      await putPart(emulator, { key: "k", uploadId }, { partNumber: number, body: "x".repeat(number) });
    const numbers: unknown[] = [];
    let marker = "";
    for (let pages = 1; ; pages++) {
      const query = { uploadId, "max-parts": "2", "part-number-marker": marker };
      const page = await list(emulator, "ListPartsResult", query, "k");
      assert.deepEqual([page.Key, page.UploadId, page.MaxParts], ["k", uploadId, "2"]);
      assert.equal(page.StorageClass, "ARCHIVE");
      assert.equal(page.PartNumberMarker, marker || "0");
      numbers.push(...all(page, "Part", "PartNumber"));
      assert.deepEqual(all(page, "Part", "Size"), all(page, "Part", "PartNumber"));
      marker = page.NextPartNumberMarker as string;
      if (page.IsTruncated === "false") {
        assert.equal(pages, 3);
        break;
      }
    }
    assert.deepEqual(numbers, ["1", "2", "3", "9", "10"]);
    const whole = await list(emulator, "ListPartsResult", { uploadId }, "k");
    assert.deepEqual([whole.MaxParts, whole.IsTruncated], ["1000", "false"]);
    assert.match(String(all(whole, "Part", "ETag")[0]), /^"[0-9a-f]{32}"$/);
  });
});

describe("List Multipart Uploads", () => {
  it("pages by key and upload, the two markers together", async (t) => {
    const emulator = await withEmulator(t);
    const begun = new Map<string, string>();
    for (const key of ["b", "a", "b", "c/1", "b"]) begun.set(await initiate(emulator, key), key);
    const found: unknown[] = [];
    let markers: Record<string, string> = {};
    for (;;) {
      const query = { uploads: "", "max-uploads": "2", ...markers };
      const page = await list(emulator, "ListMultipartUploadsResult", query);
      found.push(...all(page, "Upload", "UploadId").map((id) => begun.get(String(id))));
      if (page.IsTruncated === "false") break;
      markers = {
        "key-marker": String(page.NextKeyMarker),
        "upload-id-marker": String(page.NextUploadIdMarker),
      };
    }
    assert.deepEqual(found, ["a", "b", "b", "b", "c/1"]);
    const after = await list(emulator, "ListMultipartUploadsResult", { uploads: "", "key-marker": "b" });
    assert.deepEqual(all(after, "Upload", "Key"), ["c/1"]);
  });

  it("filters by prefix and folds by delimiter", async (t) => {
    const emulator = await withEmulator(t);
    for (const key of ["x", "d/a", "d/e/1", "d/e/2", "d/f/1", "d/g"]) await initiate(emulator, key);
    const query = { uploads: "", prefix: "d/", delimiter: "/" };
    const page = await list(emulator, "ListMultipartUploadsResult", query);
    assert.deepEqual(all(page, "Upload", "Key"), ["d/a", "d/g"]);
    assert.deepEqual(all(page, "CommonPrefixes", "Prefix"), ["d/e/", "d/f/"]);
    assert.deepEqual([page.Prefix, page.Delimiter], ["d/", "/"]);
    const keys: unknown[] = [];
    let markers: Record<string, string> = {};
    for (;;) {
      const one = await list(emulator, "ListMultipartUploadsResult", {
        ...query,
        "max-uploads": "1",
        ...markers,
      });
      keys.push(...all(one, "Upload", "Key"), ...all(one, "CommonPrefixes", "Prefix"));
      if (one.IsTruncated === "false") break;
      markers = {
        "key-marker": String(one.NextKeyMarker),
        "upload-id-marker": String(one.NextUploadIdMarker),
      };
    }
    assert.deepEqual(keys, ["d/a", "d/e/", "d/f/", "d/g"]);
  });

  it("writes keys that XML can't hold in URL encoding, if asked to", async (t) => {
    const emulator = await withEmulator(t);
    await initiate(emulator, "a/\u0001 <&>\"'");
    const page = await list(emulator, "ListMultipartUploadsResult", { uploads: "", "encoding-type": "url" });
    assert.deepEqual(all(page, "Upload", "Key"), ["a/%01%20%3C%26%3E%22%27"]);
    const plain = await raw(emulator, { query: { uploads: "" } });
    assert.match(plain.text, /<Key>a\/\u0001 &lt;&amp;&gt;&quot;&apos;<\/Key>/);
  });
});

describe("List Objects", () => {
  it("pages in the order of UTF-8 bytes", async (t) => {
    const emulator = await withEmulator(t);
    const keys = ["a", "b/1", "b/2", "\uffee", "😀"];
    for (const key of [...keys].reverse()) await raw(emulator, { method: "PUT", key, body: key });
    const found: unknown[] = [];
    let marker = "";
    for (;;) {
      const page = await list(emulator, "ListBucketResult", { "max-keys": "2", marker });
      found.push(...all(page, "Contents", "Key"));
      if (page.IsTruncated === "false") break;
      marker = String(page.NextMarker);
    }
    assert.deepEqual(found, keys);
    const folded = await list(emulator, "ListBucketResult", { delimiter: "/", prefix: "" });
    assert.deepEqual(all(folded, "Contents", "Key"), ["a", "\uffee", "😀"]);
    assert.deepEqual(all(folded, "CommonPrefixes", "Prefix"), ["b/"]);
  });
});

describe("A listing", () => {
  it("refuses sizes, markers and encodings that are none", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k");
    const cases: [string, Record<string, string>][] = [
      ["", { uploads: "", "max-uploads": "x" }],
      ["", { uploads: "", "encoding-type": "xml" }],
      ["", { "max-keys": "-1" }],
      ["k", { uploadId, "max-parts": "1.5" }],
      ["k", { uploadId, "part-number-marker": "x" }],
    ];
    for (const [key, query] of cases) {
      const answer = await raw(emulator, { key, query });
      assert.deepEqual([answer.status, answer.code], [400, "InvalidArgument"]);
    }
  });
});
