import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import COS from "cos-nodejs-sdk-v5";
import type { Emulator } from "../../lib/emulator/index.ts";
import { bytes, withEmulator } from "./support.ts";

const MIB = 1024 * 1024;

/** The three ways to point the unchanged SDK at a server of one's own. */
const WAYS: Record<string, (address: string) => COS.COSOptions> = {
  "by Ip": (address) => ({ Ip: address }) as COS.COSOptions,
  "by Domain": (address) => ({ Domain: address }),
  "through Proxy": (address) => ({ Proxy: `http://${address}`, Tunnel: false }) as COS.COSOptions,
};

function connect(emulator: Emulator, way: keyof typeof WAYS = "by Ip", more: object = {}): COS {
  const { secretId, secretKey, securityToken } = emulator.target.credentials;
  return new COS({
    SecretId: secretId,
    SecretKey: secretKey,
    ...(securityToken === undefined ? {} : { SecurityToken: securityToken }),
    Protocol: "http:",
    AutoSwitchHost: false,
    KeepAlive: false,
    ...WAYS[way]?.(new URL(emulator.url).host),
    ...more,
  } as COS.COSOptions);
}

const place = (emulator: Emulator): { Bucket: string; Region: string } => ({
  Bucket: emulator.target.bucket,
  Region: emulator.target.region,
});

async function temporaryFile(t: TestContext, body: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cos-sdk-test-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "file.bin"), body);
  return join(folder, "file.bin");
}

for (const way of Object.keys(WAYS)) {
  describe(`The official SDK, pointed at the emulator ${way}`, () => {
    it("uploads in parts, lists, completes, reads back and deletes", async (t) => {
      const emulator = await withEmulator(t);
      const cos = connect(emulator, way);
      const key = "folder/an object.bin";
      const at = { ...place(emulator), Key: key };
      const body = bytes(MIB + 100);
      const { UploadId } = await cos.multipartInit({ ...at, ContentType: "text/x-test" });
      const listed = await cos.multipartList({
        ...place(emulator),
        Prefix: "folder/",
        Delimiter: "",
      } as COS.MultipartListParams);
      assert.deepEqual(
        (listed as COS.MultipartListResult).Upload.map((upload) => upload.Key),
        [key],
      );
      const parts: { PartNumber: number; ETag: string }[] = [];
      for (const [index, Body] of [body.subarray(0, MIB), body.subarray(MIB)].entries()) {
        const { ETag } = await cos.multipartUpload({ ...at, UploadId, PartNumber: index + 1, Body });
        parts.push({ PartNumber: index + 1, ETag });
      }
      const list = await cos.multipartListPart({ ...at, UploadId });
      assert.deepEqual(
        list.Part.map((part) => [part.PartNumber, part.Size]),
        [
          ["1", String(MIB)],
          ["2", "100"],
        ],
      );
      const done = await cos.multipartComplete({ ...at, UploadId, Parts: parts });
      assert.match(done.ETag, /^"[0-9a-f]{32}-2"$/);
      assert.match(done.Location, /\/folder\/an%20object\.bin$/);
      const head = await cos.headObject(at);
      assert.equal(head.headers?.["content-length"], String(body.length));
      assert.equal(head.headers?.["content-type"], "text/x-test");
      assert.deepEqual((await cos.getObject(at)).Body, body);
      await cos.deleteObject(at);
      await assert.rejects(cos.headObject(at), { statusCode: 404 });
      assert.ok(emulator.requests.every((entry) => entry.bucket === emulator.target.bucket));
    });

    it("puts an object, and aborts an upload", async (t) => {
      const emulator = await withEmulator(t);
      const cos = connect(emulator, way);
      const at = { ...place(emulator), Key: "a" };
      const put = await cos.putObject({ ...at, Body: "hello" });
      assert.equal(put.ETag, `"${createHash("md5").update("hello").digest("hex")}"`);
      const { UploadId } = await cos.multipartInit(at);
      await cos.multipartAbort({ ...at, UploadId });
      await assert.rejects(cos.multipartListPart({ ...at, UploadId }), { code: "NoSuchUpload" });
    });

    it("slices a file of several MiB", async (t) => {
      const emulator = await withEmulator(t);
      const cos = connect(emulator, way);
      const body = bytes(5 * MIB + 17);
      const FilePath = await temporaryFile(t, body);
      await cos.sliceUploadFile({ ...place(emulator), Key: "sliced", FilePath, ChunkSize: MIB });
      const chunks = await emulator.object("sliced")?.createReadStream().toArray();
      assert.deepEqual(Buffer.concat(chunks ?? []), body);
      assert.deepEqual(emulator.uploads(), []);
    });
  });
}

describe("The official SDK", () => {
  it("resumes a partial upload from List Parts and sends only what is missing", async (t) => {
    const emulator = await withEmulator(t);
    const body = bytes(4 * MIB);
    const FilePath = await temporaryFile(t, body);
    const at = { ...place(emulator), Key: "resumed" };
    const { UploadId } = await connect(emulator).multipartInit(at);
    for (const PartNumber of [1, 3]) {
      const Body = body.subarray((PartNumber - 1) * MIB, PartNumber * MIB);
      await connect(emulator).multipartUpload({ ...at, UploadId, PartNumber, Body });
    }
    const before = emulator.requests.length;
    await connect(emulator).sliceUploadFile({ ...at, FilePath, ChunkSize: MIB });
    const sent = emulator.requests.slice(before);
    assert.deepEqual(
      sent
        .filter((entry) => entry.operation === "UploadPart")
        .map((entry) => entry.partNumber)
        .sort(),
      [2, 4],
    );
    assert.ok(sent.some((entry) => entry.operation === "ListMultipartUploads"));
    assert.deepEqual(
      Buffer.concat((await emulator.object("resumed")?.createReadStream().toArray()) ?? []),
      body,
    );
  });

  it("goes on where it was cancelled under a traffic limit", async (t) => {
    const emulator = await withEmulator(t);
    const body = bytes(3 * MIB);
    const FilePath = await temporaryFile(t, body);
    const cos = connect(emulator);
    const options = {
      ...place(emulator),
      Key: "cancelled",
      FilePath,
      ChunkSize: MIB,
      AsyncLimit: 1,
      Headers: { "x-cos-traffic-limit": String(4 * 8 * MIB) },
    };
    await new Promise<void>((resolve) => {
      const watch = (TaskId: string): void => {
        const timer = setInterval(() => {
          if (emulator.uploads()[0]?.parts.length !== 1) return;
          clearInterval(timer);
          cos.cancelTask(TaskId);
          resolve();
        }, 10);
      };
      cos.sliceUploadFile({ ...options, onTaskReady: watch } as COS.SliceUploadFileParams, () => {});
    });
    const before = emulator.requests.length;
    await cos.sliceUploadFile(options as COS.SliceUploadFileParams);
    const sent = emulator.requests.slice(before);
    assert.ok(!sent.some((entry) => entry.partNumber === 1 || entry.operation === "InitiateMultipartUpload"));
    assert.equal(emulator.object("cancelled")?.size, body.length);
  });

  it("uploads an empty file with metadata", async (t) => {
    const emulator = await withEmulator(t);
    const FilePath = await temporaryFile(t, new Uint8Array());
    await connect(emulator).sliceUploadFile({
      ...place(emulator),
      Key: "empty",
      FilePath,
      Headers: { "x-cos-meta-a": "1" },
    } as COS.SliceUploadFileParams);
    assert.equal(emulator.object("empty")?.size, 0);
    assert.equal(emulator.object("empty")?.headers["x-cos-meta-a"], "1");
  });

  for (const key of [
    "with space and + and %20 and %",
    "!'()*~;:@&=$,?#[]",
    "emoji 😀 and 中文.bin",
    "a/../b",
    "a/./b/../c//d",
    "a//b",
    "%2e%2e/x",
    "..",
    "CON.txt",
    "k".repeat(850),
  ]) {
    it(`keeps the key ${JSON.stringify(key.slice(0, 40))} as it is`, async (t) => {
      const emulator = await withEmulator(t);
      const cos = connect(emulator);
      const at = { ...place(emulator), Key: key };
      const { UploadId } = await cos.multipartInit(at);
      const { ETag } = await cos.multipartUpload({ ...at, UploadId, PartNumber: 1, Body: Buffer.from(key) });
      await cos.multipartComplete({ ...at, UploadId, Parts: [{ PartNumber: 1, ETag }] });
      assert.deepEqual(
        emulator.objects().map((object) => object.key),
        [key],
      );
    });
  }

  it("works with temporary keys, and not without their token", async (t) => {
    const credentials = { secretId: "AKIDtemporary", secretKey: "secret", securityToken: "token/+=" };
    const emulator = await withEmulator(t, { credentials });
    const at = { ...place(emulator), Key: "k" };
    await connect(emulator).putObject({ ...at, Body: "x" });
    await assert.rejects(
      connect(emulator, "by Ip", { SecurityToken: "other" }).putObject({ ...at, Body: "x" }),
      {
        statusCode: 403,
        code: "AccessDenied",
      },
    );
  });

  it("aborts all tasks of a bucket", async (t) => {
    const emulator = await withEmulator(t);
    const cos = connect(emulator);
    await cos.multipartInit({ ...place(emulator), Key: "one" });
    await cos.multipartInit({ ...place(emulator), Key: "two" });
    await cos.abortUploadTask({ ...place(emulator), Level: "bucket" } as COS.AbortUploadTaskParams);
    assert.deepEqual(emulator.uploads(), []);
  });

  it("corrects its clock after a request that has expired", async (t) => {
    const emulator = await withEmulator(t);
    // Twice: the corrected request has to be judged by the same clock.
    const fault = { kind: "clock-skew", milliseconds: 3_600_000 } as const;
    emulator.faults.add({ operation: "PutObject", times: 2, fault });
    await connect(emulator).putObject({ ...place(emulator), Key: "late", Body: "x" });
    assert.deepEqual(
      emulator.requests.map((entry) => entry.statusCode),
      [403, 200],
    );
  });

  it("makes a presigned URL that opens the object", async (t) => {
    const emulator = await withEmulator(t);
    const cos = connect(emulator, "by Domain");
    const at = { ...place(emulator), Key: "a folder/signed+file" };
    await cos.putObject({ ...at, Body: "signed" });
    const url = cos.getObjectUrl(
      { ...at, Sign: true, Protocol: "http:" } as COS.GetObjectUrlParams,
      () => {},
    );
    const answer = await fetch(url, { headers: { Connection: "close" } });
    assert.equal(await answer.text(), "signed");
    assert.equal((await fetch(url.replace("signed%2Bfile", "other"))).status, 403);
  });

  it("is served from separate namespaces by bucket", async (t) => {
    const emulator = await withEmulator(t);
    const cos = connect(emulator);
    await cos.putObject({ Bucket: "other-1250000000", Region: "ap-seoul", Key: "k", Body: "x" });
    assert.equal(emulator.object("k"), undefined);
    assert.equal(emulator.object("k", "other-1250000000")?.size, 1);
  });
});
