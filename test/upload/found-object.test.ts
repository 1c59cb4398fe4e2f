import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HeadObjectResult } from "../../lib/cos/operations/head-object.ts";
import {
  type Attempts,
  compareAttributes,
  compareObject,
  type ExpectedObject,
  hasSameBytes,
} from "../../lib/upload/found-object.ts";

const MD5 = "mQ/fVh815F3k6TAUm8m0eg==";
const HEX = Buffer.from(MD5, "base64").toString("hex");
const NOW = Date.UTC(2026, 10, 25, 12, 0, 30);
const SECOND = 1000;

const put: ExpectedObject = {
  key: "k",
  size: 10,
  crc64: "42",
  md5: MD5,
  partCount: undefined,
  asked: { "Content-Type": "text/plain" },
  encryption: undefined,
};
const { md5: _, ...parts } = { ...put, partCount: 12 };

function found(headers: Record<string, string> = {}, more: Partial<HeadObjectResult> = {}): HeadObjectResult {
  const all = { "content-type": "text/plain", date: new Date(NOW).toUTCString(), ...headers };
  const etag = `"${HEX}"`;
  const own = {
    key: "k",
    size: 10,
    etag,
    crc64: "42",
    storageClass: "STANDARD",
    metadata: {},
    requestId: "",
  };
  return { ...own, headers: all, ...more };
}

/** The first attempt was so long before the answer to Head Object, in milliseconds. */
function attempts(least: number, most: number, more: Partial<Attempts> = {}): Attempts {
  return { versionIds: new Set(["v1"]), sinceFirst: { least, most }, ...more };
}

describe("The bytes of an object that Head Object shows", () => {
  for (const [what, object, expected, same] of [
    ["size and CRC64", found(), put, true],
    ["another size", found({}, { size: 11 }), put, false],
    ["another CRC64", found({}, { crc64: "43" }), put, false],
    ["the CRC64 and another ETag", found({}, { etag: `"${"0".repeat(32)}"` }), put, true],
    ["no CRC64, and the MD5", found({}, { crc64: undefined }), put, true],
    [
      "no CRC64, and the MD5 in capitals",
      found({}, { crc64: undefined, etag: HEX.toUpperCase() }),
      put,
      true,
    ],
    ["no CRC64, and another MD5", found({}, { crc64: undefined, etag: `"${"0".repeat(32)}"` }), put, false],
    ["no CRC64, and no ETag", found({}, { crc64: undefined, etag: "" }), put, false],
    [
      "no CRC64, and an ETag that is no MD5",
      found({ "x-cos-server-side-encryption": "cos/kms" }, { crc64: undefined }),
      put,
      false,
    ],
    ["the ETag of an object of parts", found({}, { etag: `"${HEX}-12"` }), put, false],
    ["the ETag of as many parts", found({}, { etag: `"${HEX}-12"` }), parts, true],
    ["the bare ETag of as many parts", found({}, { etag: `${HEX}-12` }), parts, true],
    ["the ETag of fewer parts", found({}, { etag: `"${HEX}-2"` }), parts, false],
    ["the ETag of more parts", found({}, { etag: `"${HEX}-112"` }), parts, false],
    ["the ETag of no parts", found(), parts, false],
    ["a number within the ETag", found({}, { etag: `"${HEX}-12-x"` }), parts, false],
    ["no ETag", found({}, { etag: "" }), parts, true],
    ["as many parts, and no CRC64", found({}, { etag: `"${HEX}-12"`, crc64: undefined }), parts, true],
    ["as many parts, and another CRC64", found({}, { etag: `"${HEX}-12"`, crc64: "43" }), parts, false],
  ] as const) {
    test(`with ${what} are ${same ? "the expected ones" : "others"}`, () => {
      assert.equal(hasSameBytes(object, expected), same);
    });
  }
});

describe("An object that was last modified", () => {
  /** The first attempt was from 2 to 2.5 seconds before the answer, whose second is NOW. */
  for (const [offset, age] of [
    [-4 * SECOND, "older"],
    [-3.5 * SECOND, "older"],
    [-3.5 * SECOND + 1, "same second"],
    [-2 * SECOND, "same second"],
    [-SECOND - 1, "same second"],
    [-SECOND, "newer"],
    [5 * SECOND, "newer"],
  ] as const) {
    test(`${offset} ms from the second of the answer is ${age}`, () => {
      const object = found({ "last-modified": new Date(NOW + offset).toISOString() });
      assert.equal(compareObject(object, put, attempts(2000, 2500)).age, age);
    });
  }

  test("at no time, or is shown at none, is of unknown age", () => {
    for (const headers of [
      {},
      { "last-modified": "yesterday" },
      { "last-modified": new Date(NOW).toUTCString(), date: "" },
    ]) {
      assert.equal(compareObject(found(headers), put, attempts(0, 0)).age, "unknown");
    }
  });

  /** Initiate was from 20 to 21 seconds before the answer. */
  for (const [offset, age] of [
    [-22 * SECOND, "older"],
    [-22 * SECOND + 1, "as the upload"],
    [-20 * SECOND, "as the upload"],
    [-19 * SECOND - 1, "as the upload"],
    [-19 * SECOND, "older"],
    [-2 * SECOND, "same second"],
  ] as const) {
    test(`${offset} ms from the second of the answer is ${age}, where the upload was begun 20 s ago`, () => {
      const object = found({ "last-modified": new Date(NOW + offset).toISOString() });
      const since = attempts(2000, 2500, { sinceInitiate: { least: 20_000, most: 21_000 } });
      assert.equal(compareObject(object, parts, since).age, age);
    });
  }
});

describe("The object that the key has", () => {
  const lastModified = { "last-modified": new Date(NOW).toUTCString() };
  const same = attempts(100, 200);

  test("is absent when there is none", () => {
    assert.deepEqual(compareObject(undefined, put, same), { is: "absent", age: "unknown", isAsAsked: false });
  });

  test("is equal when bytes and attributes are", () => {
    const object = compareObject(found(lastModified), put, same);
    assert.deepEqual(object, { is: "equal", age: "same second", isAsAsked: true });
  });

  test("is equal, but not as asked, when an attribute is there for which nobody asked", () => {
    const object = compareObject(found({ ...lastModified, expires: "0" }), put, same);
    assert.deepEqual(object, { is: "equal", age: "same second", isAsAsked: false });
  });

  test("is another when its bytes or its attributes are", () => {
    for (const object of [
      found(lastModified, { crc64: "1" }),
      found({ ...lastModified, "content-type": "text/html" }),
    ]) {
      const compared = compareObject(object, put, same);
      assert.deepEqual(compared, { is: "other", age: "same second", isAsAsked: false });
    }
  });

  test("is ours when it has a version id that an attempt got, and our bytes", () => {
    assert.equal(compareObject(found(lastModified, { versionId: "v1" }), put, same).is, "ours");
    assert.equal(compareObject(found(lastModified, { versionId: "v2" }), put, same).is, "equal");
    assert.equal(compareObject(found(lastModified, { versionId: "v1", size: 1 }), put, same).is, "other");
  });
});

describe("Attributes that were asked for", () => {
  const asked = {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "max-age=60",
    "x-cos-meta-owner": "Team 1",
    "x-cos-storage-class": "STANDARD_IA",
    "x-cos-server-side-encryption": "AES256",
    "x-cos-forbid-overwrite": "true",
    "Content-MD5": MD5,
  };
  const shown = {
    "content-type": "text/plain;charset=UTF-8",
    "cache-control": "max-age=60",
    "x-cos-meta-owner": "Team 1",
    "x-cos-storage-class": "STANDARD_IA",
    "x-cos-server-side-encryption": "AES256",
    "content-length": "10",
    etag: `"${HEX}"`,
  };

  test("and are shown are the same", () => assert.equal(compareAttributes(asked, shown), "same"));
  test("by somebody else are not known", () => assert.equal(compareAttributes(undefined, shown), "more"));

  for (const [what, headers] of Object.entries({
    "another content type": { "content-type": "text/html" },
    "no content type": { "content-type": undefined },
    "another cache control": { "cache-control": "max-age=61" },
    "a cache control in capitals": { "cache-control": "MAX-AGE=60" },
    "no cache control": { "cache-control": undefined },
    "other metadata": { "x-cos-meta-owner": "team 1" },
    "no metadata": { "x-cos-meta-owner": undefined },
    "more metadata": { "x-cos-meta-other": "1" },
    "another storage class": { "x-cos-storage-class": "ARCHIVE" },
    "the usual storage class": { "x-cos-storage-class": undefined },
    "another encryption": { "x-cos-server-side-encryption": "cos/kms" },
    "no encryption": { "x-cos-server-side-encryption": undefined },
  })) {
    test(`are others when ${what} is shown`, () => {
      const entries = Object.entries({ ...shown, ...headers }).filter(([, value]) => value !== undefined);
      assert.equal(compareAttributes(asked, Object.fromEntries(entries) as Record<string, string>), "other");
    });
  }

  for (const name of [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
  ]) {
    test(`are not all that is shown where ${name} is there as well`, () => {
      assert.equal(compareAttributes({}, { [name]: "x" }), "more");
      assert.equal(compareAttributes({ [name.toUpperCase()]: "x" }, { [name]: " x " }), "same");
      assert.equal(compareAttributes({ [name]: "x" }, { [name]: "y" }), "other");
    });
  }

  for (const name of [
    "x-cos-acl",
    "x-cos-grant-read",
    "x-cos-grant-read-acp",
    "x-cos-grant-write-acp",
    "x-cos-grant-full-control",
    "x-cos-tagging",
  ]) {
    test(`are not all shown with ${name}`, () =>
      assert.equal(compareAttributes({ [name]: "x" }, {}), "more"));
  }

  test("are the same whatever else the request or the answer has", () => {
    const request = { "x-cos-traffic-limit": "819200", "x-cos-aclx": "", "not-x-cos-acl": "" };
    assert.equal(compareAttributes(request, { "x-cos-request-id": "id", "not-x-cos-meta-a": "1" }), "same");
  });

  test("without a storage class are the same in the usual ones, and not known in others", () => {
    for (const storageClass of ["STANDARD", "MAZ_STANDARD"]) {
      assert.equal(compareAttributes({}, { "x-cos-storage-class": storageClass }), "same");
    }
    for (const storageClass of ["STANDARD_IA", "MAZ_STANDARD_IA", "ARCHIVE", "X_STANDARD"]) {
      assert.equal(compareAttributes({}, { "x-cos-storage-class": storageClass }), "more");
    }
    assert.equal(compareAttributes({ "x-cos-storage-class": "STANDARD" }, {}), "same");
    assert.equal(
      compareAttributes({ "x-cos-storage-class": "standard_ia" }, { "x-cos-storage-class": "STANDARD_IA" }),
      "same",
    );
  });

  test("with a bucket's encryption, for which nobody asked, are the same", () => {
    assert.equal(compareAttributes({}, { "x-cos-server-side-encryption": "cos/kms" }), "same");
  });
});
