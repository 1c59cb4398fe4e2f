import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { UploadStream } from "../../../lib/index.ts";
import { MIB, seededBytes } from "../../support/bytes.ts";
import { recordEnding } from "../../support/ending.ts";
import { collect, inBothWays } from "./in-both-ways.ts";

const bytes = seededBytes(8 * MIB);

// That no upload is left is looked at after every test.
for (const [name, end] of Object.entries<(upload: UploadStream, controller: AbortController) => void>({
  "destroy()": (upload) => upload.destroy(),
  "destroy(error)": (upload) => upload.destroy(new Error("mine")),
  "its signal": (_, controller) => controller.abort(),
})) {
  for (const moment of ["initiate", "part"] as const) {
    inBothWays(
      `an upload ended by ${name} at its first "${moment}" leaves nothing`,
      async ({ client, prefix, read }) => {
        const key = `${prefix}object`;
        const controller = new AbortController();
        const upload = client.createUploadStream({ key, partSize: MIB, signal: controller.signal });
        const ending = recordEnding(upload);
        upload.once(moment, () => end(upload, controller));
        upload.end(bytes);
        await ending.closed;
        assert.deepEqual(ending.events, name === "destroy()" ? ["close"] : ["error", "close"]);
        assert.deepEqual(ending.warnings, []);
        assert.equal(await read(key), undefined);
      },
    );
  }
}

inBothWays("a source that fails leaves the object that was there", async ({ client, prefix, read }) => {
  const key = `${prefix}object`;
  await client.putObject({ key, body: Buffer.from("before") });
  async function* source(): AsyncGenerator<Buffer> {
    yield bytes.subarray(0, 3 * MIB);
    throw new Error("the source failed");
  }
  const upload = client.createUploadStream({ key, partSize: MIB });
  const ending = recordEnding(upload);
  await assert.rejects(pipeline(Readable.from(source()), upload), /the source failed/);
  await ending.closed;
  assert.equal((await read(key))?.toString(), "before");
});

inBothWays("a stream of another length than announced makes no object", async ({ client, prefix, read }) => {
  const key = `${prefix}object`;
  const upload = client.createUploadStream({ key, partSize: MIB, expectedSize: bytes.byteLength + 1 });
  const ending = recordEnding(upload);
  upload.end(bytes);
  await ending.closed;
  assert.equal(ending.errors[0]?.code, "ERR_COS_INTEGRITY");
  assert.equal(await read(key), undefined);
});

inBothWays(
  "an upload that somebody else aborts fails with what the gateway says",
  async ({ client, prefix, read }) => {
    const key = `${prefix}object`;
    const upload = client.createUploadStream({ key, partSize: MIB });
    const ending = recordEnding(upload);
    upload.write(bytes.subarray(0, MIB));
    await new Promise((resolve) => upload.once("part", resolve));
    await client.abortMultipartUpload({ key, uploadId: upload.uploadId! });
    upload.end(bytes.subarray(MIB));
    await ending.closed;
    assert.deepEqual([ending.events, ending.errors[0]?.code], [["error", "close"], "NoSuchUpload"]);
    assert.equal(await read(key), undefined);
  },
);

inBothWays(
  "leavePartsOnError leaves what was confirmed, and nothing else",
  async ({ client, prefix, uploads }) => {
    const key = `${prefix}object`;
    const upload = client.createUploadStream({ key, partSize: MIB, leavePartsOnError: true });
    const ending = recordEnding(upload);
    upload.write(bytes.subarray(0, 2 * MIB));
    while (upload.parts.length < 2) await new Promise((resolve) => upload.once("part", resolve));
    upload.destroy(new Error("mine"));
    await ending.closed;
    const { uploadId } = upload;
    assert.deepEqual(await uploads(), [uploadId]);
    const listed = await collect(client.listParts({ key, uploadId: uploadId! }));
    assert.deepEqual(
      listed.map(({ partNumber, size, etag }) => [partNumber, size, etag]),
      upload.parts.map(({ partNumber, size, etag }) => [partNumber, size, etag]),
    );
    await client.abortMultipartUpload({ key, uploadId: uploadId! });
  },
);

inBothWays(
  "an upload ended while it is completed leaves a whole object or none, and tells of one only if it is there",
  async (gateway) => {
    const { client, prefix, read } = gateway;
    const content = bytes.subarray(0, 3 * MIB);
    for (let turn = 0; turn < 16; turn++) {
      const key = `${prefix}${turn}`;
      const upload = client.createUploadStream({ key, partSize: MIB });
      const ending = recordEnding(upload);
      upload.on("part", async () => {
        if (upload.parts.length < 3) return;
        await sleep(turn % 8);
        upload.destroy();
      });
      upload.end(content);
      await ending.closed;
      const settled = await ending.done;
      const outcome = settled === "resolved" ? "completed" : settled.outcome;
      const found = await read(key);
      // The gateway takes an Abort beside a Complete that it goes on with: there may be an object after all.
      assert.ok(found === undefined ? outcome !== "completed" : found.equals(content), outcome);
    }
  },
);
