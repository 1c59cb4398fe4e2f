import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent } from "undici";
import { CosClient, PartTransform, UploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { KEYS } from "../support/client.ts";
import { GIB, INVALID, KIB, MIB } from "../support/invalid-options.ts";
import "../support/leaks.ts";

const GOOD = { bucket: "examplebucket-1250000000", region: "ap-beijing", key: "k", credentials: KEYS };

type Bad = ReturnType<typeof refusal>;

/** The error of a construction; nothing else may be thrown, and nothing at all is a failure. */
function refusal(construct: () => unknown): Error & { code: string; option: string } {
  try {
    construct();
  } catch (error) {
    return error as Bad;
  }
  assert.fail("it was accepted");
}

function assertRefused(error: Bad, name: string): void {
  assert.equal(error.code, "ERR_COS_INVALID_OPTION", String(error));
  assert.ok(error instanceof TypeError || error instanceof RangeError);
  assert.equal(error.option, name);
  assert.match(error.message, /^Invalid option "[^"]+": .+; received .+$/s);
  assert.ok(error.message.includes(`"${name}"`), error.message);
}

for (const [name, cases] of Object.entries(INVALID)) {
  test(`a bad "${name}" is refused by name, with the rule and what was received`, () => {
    for (const [value, reported = name, others = {}] of cases) {
      const options = { ...GOOD, ...others, [name]: value } as unknown as UploadStreamOptions;
      assertRefused(
        refusal(() => new UploadStream(options)),
        reported,
      );
    }
  });
}

test("the kind of the error tells a wrong type from a wrong value", () => {
  const of = (options: object) =>
    refusal(() => new UploadStream({ ...GOOD, ...options } as never)).constructor;
  assert.equal(of({ partSize: "8" }), TypeError);
  assert.equal(of({ partSize: Number.NaN }), TypeError);
  assert.equal(of({ partSize: 1 }), RangeError);
  assert.equal(of({ key: undefined }), TypeError);
  assert.equal(of({ key: "/a" }), RangeError);
});

test("the message holds the value that was received, where it is short and no secret", () => {
  const of = (options: object) => refusal(() => new UploadStream({ ...GOOD, ...options } as never)).message;
  assert.match(of({ concurrency: 65 }), /from 1 to 64; received 65$/);
  assert.match(of({ partSize: "8" }), /received the string "8"$/);
  assert.match(of({ acl: "public" }), /default, private, public-read; received the string "public"$/);
  assert.match(of({ contentType: `${"x".repeat(100)}\n` }), /received a string of 101 characters$/);
  assert.match(of({ maxParts: 5n }), /received 5n$/);
});

test("an unknown name is refused with those there are, a misspelt one with the right one", () => {
  const of = (options: object) => refusal(() => new UploadStream({ ...GOOD, ...options } as never)).message;
  assert.match(of({ partsize: 1 }), /"partsize": did you mean "partSize"\?/);
  assert.match(of({ Bucket: "b" }), /did you mean "bucket"\?/);
  assert.match(of({ colour: "red" }), /no such option; there are bucket, region/);
});

for (const options of [undefined, null, 1, "x", true]) {
  test(`options that are ${options} are refused`, () => {
    assertRefused(
      refusal(() => new UploadStream(options as never)),
      "options",
    );
    assertRefused(
      refusal(() => new CosClient(options as never)),
      "options",
    );
    if (options !== undefined)
      assertRefused(
        refusal(() => new PartTransform(options as never)),
        "options",
      );
  });
}

test("a client refuses the same connection options as a stream, and those of a stream", () => {
  const { key: _, ...good } = GOOD;
  const names = ["bucket", "region", "endpoint", "accelerate", "internal", "autoSwitchHost"];
  for (const name of [...names, "credentials", "signer", "retry", "timeout", "dispatcher"]) {
    for (const [value, reported = name, others = {}] of INVALID[name]!) {
      const error = refusal(() => new CosClient({ ...good, ...others, [name]: value } as never));
      assertRefused(error, reported);
    }
  }
  for (const name of ["key", "partSize", "metadata", "signal"]) {
    assertRefused(
      refusal(() => new CosClient({ ...good, [name]: "x" } as never)),
      name,
    );
  }
});

test("a PartTransform refuses the same sizes as a stream, and every other option", () => {
  for (const name of ["partSize", "maxParts", "expectedSize"]) {
    for (const [value, reported = name, others] of INVALID[name]!) {
      if (others !== undefined) continue;
      assertRefused(
        refusal(() => new PartTransform({ [name]: value })),
        reported,
      );
    }
  }
  for (const name of ["memory", "objectMode", "highWaterMark", "readableHighWaterMark"]) {
    assertRefused(
      refusal(() => new PartTransform({ [name]: 1 } as never)),
      name,
    );
  }
});

test("options that cannot work together are refused", () => {
  const of = (options: object) => refusal(() => new UploadStream({ ...GOOD, ...options } as never));
  assertRefused(of({ partSize: 8 * MIB, memory: 8 * MIB - 1 }), "partSize");
  assertRefused(of({ expectedSize: 11 * GIB, maxParts: 10, memory: GIB }), "expectedSize");
  assertRefused(of({ expectedSize: 10_000 * 5 * GIB + 1, memory: 5 * GIB }), "expectedSize");
  assertRefused(of({ firstPartNumber: 2 }), "firstPartNumber");
  assertRefused(of({ uploadId: "id", firstPartNumber: 2, complete: true }), "firstPartNumber");
  assertRefused(of({ uploadId: "id", singlePut: true }), "singlePut");
  assertRefused(of({ complete: false, singlePut: true }), "singlePut");
  assertRefused(of({ resume: "latest", singlePut: true }), "singlePut");
  assertRefused(of({ resume: "latest", firstPartNumber: 2 }), "firstPartNumber");
  assertRefused(of({ endpoint: "https://a.example", accelerate: true }), "endpoint");
  assertRefused(of({ endpoint: "https://a.example", internal: true }), "endpoint");
  assertRefused(of({ signer: async () => ({}) }), "signer");
  const encryption = { serverSideEncryption: { type: "SSE-C", key: new Uint8Array(32) } };
  assertRefused(of({ ...encryption, endpoint: "http://cos.example.com" }), "serverSideEncryption");
  assertRefused(of({ ...encryption, endpoint: "http://127.0.0.1.example.com" }), "serverSideEncryption");
});

const EDGES: readonly Partial<UploadStreamOptions>[] = [
  { partSize: MIB, memory: MIB, concurrency: 64 },
  { partSize: 5 * GIB, memory: Number.MAX_SAFE_INTEGER },
  { maxParts: 1, expectedSize: 0 },
  { maxParts: 10_000, expectedSize: 10_000 * 5 * GIB, memory: 5 * GIB },
  { uploadId: "id", firstPartNumber: 10_000 },
  { uploadId: "id", firstPartNumber: 1, complete: true },
  { resume: "latest", storageClass: "ARCHIVE", complete: false },
  { resume: { uploadId: "id" }, leavePartsOnError: false },
  { trafficLimit: 819_200 },
  { trafficLimit: 838_860_800 },
  { highWaterMark: 0 },
  { retry: { maxAttempts: 1, baseDelay: 0, maxDelay: 0, isRetryable: () => undefined } },
  { timeout: { connect: 1, attempt: 1, complete: 2 ** 31 - 1, idle: 0 } },
  { metadata: { "a-1": "x".repeat(2 * KIB), b: "y".repeat(2 * KIB - 5) }, tagging: {} },
  { tagging: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`标签 ${n}`, "值=&"])) },
  { expectedCrc64: String(2n ** 64n - 1n), expectedMd5: "d41d8cd98f00b204e9800998ecf8427e" },
  { serverSideEncryption: { type: "SSE-C", key: Buffer.alloc(32) }, endpoint: "http://[::1]:9" },
  { serverSideEncryption: { type: "SSE-KMS", keyId: "id", context: { a: "中" } } },
  { accelerate: true, internal: true },
  { contentType: undefined, metadata: undefined, retry: undefined, client: undefined, signal: undefined },
];

for (const [index, edge] of EDGES.entries()) {
  test(`values at the edge are accepted (${index + 1}: ${Object.keys(edge).slice(0, 3).join(", ")})`, async () => {
    const upload = new UploadStream({ ...GOOD, ...edge });
    await upload[Symbol.asyncDispose]();
  });
}

test("a dispatcher of the caller's is accepted, and not closed", async () => {
  await using dispatcher = Object.assign(new Agent(), {
    async [Symbol.asyncDispose]() {
      await dispatcher.close();
    },
  });
  await new UploadStream({ ...GOOD, dispatcher })[Symbol.asyncDispose]();
  assert.equal(dispatcher.closed, false);
});
