import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { digestsOf } from "../../lib/digest/inline-digester.ts";
import { createUploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, recordEnding, success } from "../support/ending.ts";

/** What the caller knows of the whole stream: tencentyun/cos-nodejs-sdk-v5#39, aws/aws-sdk-js-v3#6742. */
const P = MIB;
const key = "object";
const bytes = seededBytes(2 * P + 100);
const md5 = createHash("md5").update(bytes);
const base64 = md5.copy().digest("base64");
const hex = md5.digest("hex");
const { crc64 } = digestsOf([bytes]);
const wrongCrc64 = (BigInt(crc64) ^ 1n).toString();
const wrongMd5 = createHash("md5").digest("base64");

for (const shape of ["multipart", "singlePut"] as const) {
  const options = shape === "multipart" ? { partSize: P } : { partSize: 4 * P, singlePut: true };
  describe(`Of a ${shape} stream`, () => {
    for (const [name, right] of Object.entries<Partial<UploadStreamOptions>>({
      expectedSize: { expectedSize: bytes.length },
      expectedCrc64: { expectedCrc64: crc64 },
      "expectedMd5 in base64": { expectedMd5: base64 },
      "expectedMd5 in hex": { expectedMd5: hex.toUpperCase() },
      "all of them": { expectedSize: bytes.length, expectedCrc64: crc64, expectedMd5: hex },
    })) {
      test(`a right ${name} is no hindrance`, async (t) => {
        const emulator = await useEmulator(t);
        const upload = createUploadStream({ ...emulator.target, key, ...options, ...right });
        const ending = recordEnding(upload);
        upload.end(bytes);
        await success(ending);
        assert.equal(await storedDigest(emulator, key), digestOf(bytes));
      });
    }

    for (const [name, wrong, said] of [
      ["expectedSize of more", { expectedSize: bytes.length + 1 }, String(bytes.length)],
      ["expectedSize of less", { expectedSize: bytes.length - 1 }, String(bytes.length - 1)],
      ["expectedSize of none", { expectedSize: 0 }, "0"],
      ["expectedCrc64", { expectedCrc64: wrongCrc64 }, wrongCrc64],
      ["expectedMd5", { expectedMd5: wrongMd5 }, wrongMd5],
    ] as const) {
      test(`a wrong ${name} fails before the object is made`, async (t) => {
        const emulator = await useEmulator(t);
        const upload = createUploadStream({ ...emulator.target, key, ...options, ...wrong });
        const ending = recordEnding(upload);
        upload.end(bytes);
        const error = await failure(ending);
        assert.equal(error.code, "ERR_COS_INTEGRITY");
        assert.ok(error.message.includes(said), error.message);
        assert.equal(error.uploadId, upload.uploadId);
        assert.equal(error.outcome, undefined, "nothing was committed");
        assert.equal(count(emulator, "CompleteMultipartUpload") + count(emulator, "PutObject"), 0);
        assert.deepEqual(emulator.objects(), []);
      });
    }
  });
}

test("A byte beyond expectedSize fails at once, and not when the source has ended", async (t) => {
  const emulator = await useEmulator(t);
  const upload = createUploadStream({ ...emulator.target, key, partSize: P, expectedSize: P });
  const ending = recordEnding(upload);
  upload.write(seededBytes(P));
  upload.write("1");
  assert.equal((await failure(ending)).code, "ERR_COS_INTEGRITY");
});

test("A byte beyond expectedSize is ERR_COS_INTEGRITY also where it would be beyond the plan", async (t) => {
  const emulator = await useEmulator(t);
  const options = { partSize: P, maxParts: 2, expectedSize: 2 * P };
  const upload = createUploadStream({ ...emulator.target, key, ...options });
  const ending = recordEnding(upload);
  upload.write(seededBytes(2 * P + 1));
  const error = await failure(ending);
  assert.equal(error.code, "ERR_COS_INTEGRITY");
  assert.match(error.message, /expectedSize/);
});

test("An empty stream is held to what is expected of it", async (t) => {
  const emulator = await useEmulator(t);
  for (const wrong of [{ expectedSize: 1 }, { expectedCrc64: "1" }, { expectedMd5: base64 }]) {
    const upload = createUploadStream({ ...emulator.target, key, ...wrong });
    const ending = recordEnding(upload);
    upload.end();
    assert.equal((await failure(ending)).code, "ERR_COS_INTEGRITY");
  }
  const right = { expectedSize: 0, expectedCrc64: "0", expectedMd5: wrongMd5 };
  const upload = createUploadStream({ ...emulator.target, key, ...right });
  const ending = recordEnding(upload);
  upload.end();
  await success(ending);
});
