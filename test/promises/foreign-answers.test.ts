import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Emulator, ForeignAnswerFault, Operation } from "../../lib/emulator/index.ts";
import { CosClient, CosUploadError, createUploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { AT_ONCE } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { count, type Ending, received, recordEnding, until } from "../support/ending.ts";

/**
 * A proxy, a load balancer or a captive portal may answer in COS's place, before COS had the request or after it carried it out. What
 * has neither a code nor a request id of COS's says nothing: the truth is looked for.
 */
const key = "object";
const always = Number.POSITIVE_INFINITY;
const retry = { maxAttempts: 2, ...AT_ONCE };
const STATUSES = [200, 204, 302, 307, 400, 403, 404, 408, 409, 429, 500, 502, 503, 504];
const COMPLETE = "CompleteMultipartUpload";
const PUT = "PutObject";
const ABORT = "AbortMultipartUpload";

/** As nginx serves a page: with an ETag that is no digest. */
const PAGE = { ETag: '"62ab7d00-264"', "Last-Modified": "Thu, 16 Jun 2022 19:00:00 GMT" };

function foreign(statusCode: number, carriedOut: boolean): ForeignAnswerFault {
  const location = statusCode > 300 && statusCode < 400 && { Location: "http://portal.example/login" };
  return { kind: "foreign-answer", statusCode, carriedOut, headers: { ...PAGE, ...location } };
}

async function upload(
  emulator: Emulator,
  options: Partial<UploadStreamOptions> = {},
): Promise<{ readonly ending: Ending; readonly error: (Error & { outcome?: string }) | undefined }> {
  const stream = createUploadStream({ ...emulator.target, key, retry, ...options });
  const ending = recordEnding(stream);
  stream.end("bytes");
  await ending.closed;
  const done = await ending.done;
  return { ending, error: done === "resolved" ? undefined : done };
}

const ways: Readonly<Record<string, readonly [Operation, Partial<UploadStreamOptions>]>> = {
  Complete: [COMPLETE, {}],
  "Complete that forbids overwriting": [COMPLETE, { forbidOverwrite: true }],
  "Put Object": [PUT, { singlePut: true }],
  "Put Object that forbids overwriting": [PUT, { singlePut: true, forbidOverwrite: true }],
};

for (const [way, [operation, options]] of Object.entries(ways)) {
  describe(`A ${way} that something else answers`, { concurrency: 4 }, () => {
    for (const statusCode of STATUSES) {
      test(`with ${statusCode} each time, after it was carried out, is found done`, async (t) => {
        const emulator = await useEmulator(t);
        emulator.faults.add({ operation, times: always, fault: foreign(statusCode, true) });
        const { ending, error } = await upload(emulator, options);
        assert.equal(error, undefined);
        assert.deepEqual(ending.warnings, []);
        assert.equal(emulator.object(key)?.size, 5);
      });

      test(`with ${statusCode} once, after it was carried out, is found done`, async (t) => {
        const emulator = await useEmulator(t);
        emulator.faults.add({ operation, fault: foreign(statusCode, true) });
        const { ending, error } = await upload(emulator, options);
        assert.equal(error, undefined);
        assert.deepEqual(ending.warnings, []);
      });

      test(`with ${statusCode} each time, before COS has it, makes nothing, and that is what is said`, async (t) => {
        const emulator = await useEmulator(t);
        emulator.faults.add({ operation, times: always, fault: foreign(statusCode, false) });
        const { error } = await upload(emulator, options);
        // A Put Object may still be on its way somewhere; of an upload that was aborted nothing comes any more.
        assert.equal(error?.outcome, operation === PUT ? "unknown" : "not-completed");
        assert.equal(emulator.object(key), undefined);
      });

      test(`with ${statusCode}, as all questions, is not said to have failed, or to have made anything`, async (t) => {
        for (const carriedOut of [true, false]) {
          const orphans = carriedOut || operation === PUT ? 0 : 1;
          const emulator = await useEmulator(t, { orphans });
          const questions: Operation[] = ["ListParts", "HeadObject", ABORT];
          emulator.faults.add({ operation, times: always, fault: foreign(statusCode, carriedOut) });
          emulator.faults.add({ operation: questions, times: always, fault: foreign(statusCode, false) });
          const { ending, error } = await upload(emulator, options);
          assert.equal(error?.outcome, "unknown");
          const told = ending.warnings.map(({ code }) => code);
          assert.deepEqual(told, [...(operation === PUT ? [] : ["ERR_COS_CLEAN_UP"]), "ERR_COS_OUTCOME"]);
        }
      });
    }
  });
}

test("An object of somebody else's is not ours because a proxy answered in between", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient(emulator.target);
  await client.putObject({ key, body: Buffer.from("other") });
  for (const singlePut of [true, false]) {
    emulator.faults.add({ operation: singlePut ? PUT : COMPLETE, fault: foreign(503, false) });
    // The upload is begun without a word about overwriting: Initiate would refuse it.
    const stream = createUploadStream({
      ...emulator.target,
      key,
      retry,
      singlePut,
      forbidOverwrite: singlePut,
    });
    const ending = recordEnding(stream);
    stream.end("bytes");
    await ending.closed;
    const done = await ending.done;
    if (singlePut) assert.equal((done as Error & { code?: string }).code, "FileAlreadyExists");
    else assert.equal(done, "resolved");
  }
});

describe("An Abort that something else answers", { concurrency: 4 }, () => {
  for (const statusCode of STATUSES) {
    test(`with ${statusCode} has not aborted anything: a warning tells of the upload`, async (t) => {
      const emulator = await useEmulator(t, { orphans: 1 });
      emulator.faults.add({ operation: ABORT, times: always, fault: foreign(statusCode, false) });
      const stream = createUploadStream({ ...emulator.target, key, retry });
      const ending = recordEnding(stream);
      stream.write("bytes");
      await until(() => stream.uploadId !== undefined, "an upload");
      stream.destroy();
      await ending.closed;
      assert.deepEqual(
        ending.warnings.map(({ code, uploadId }) => [code, uploadId]),
        [["ERR_COS_CLEAN_UP", stream.uploadId]],
      );
    });

    test(`with ${statusCode} fails a client's call`, async (t) => {
      const emulator = await useEmulator(t, { orphans: 1 });
      emulator.faults.add({ operation: ABORT, times: always, fault: foreign(statusCode, false) });
      await using client = new CosClient({ ...emulator.target, retry });
      const { uploadId } = await client.initiateMultipartUpload({ key });
      const code = statusCode < 300 ? "ERR_COS_BAD_RESPONSE" : `HTTP_${statusCode}`;
      await assert.rejects(client.abortMultipartUpload({ key, uploadId }), { code });
    });
  }

  test("is no proof, together with a HEAD that something else answers with 404", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: COMPLETE, fault: { kind: "stall", where: "answer" } });
    emulator.faults.add({ operation: ABORT, fault: foreign(200, false) });
    emulator.faults.add({ operation: "HeadObject", times: always, fault: foreign(404, false) });
    const stream = createUploadStream({ ...emulator.target, key, retry });
    const ending = recordEnding(stream);
    stream.end("bytes");
    await received(emulator, COMPLETE);
    await until(() => emulator.object(key) !== undefined, "the object");
    stream.destroy(new CosUploadError("MINE", "mine"));
    await ending.closed;
    assert.equal(ending.errors[0]?.outcome, "unknown");
  });
});

describe("An Initiate that something else answers", { concurrency: 4 }, () => {
  for (const statusCode of STATUSES) {
    test(`with ${statusCode}, after it was carried out, leaves an upload, and a warning says so`, async (t) => {
      const emulator = await useEmulator(t, { orphans: 1 });
      emulator.faults.add({ operation: "InitiateMultipartUpload", fault: foreign(statusCode, true) });
      const { ending } = await upload(emulator);
      assert.equal(emulator.uploads().length, 1);
      assert.deepEqual(
        ending.warnings.map(({ code }) => code),
        ["ERR_COS_CLEAN_UP"],
      );
    });
  }
});

describe("Bytes that something else took", { concurrency: 4 }, () => {
  for (const statusCode of [200, 201, 204]) {
    test(`with ${statusCode} and an ETag of its page are not with COS: the part is sent again`, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ operation: "UploadPart", fault: foreign(statusCode, false) });
      const { error } = await upload(emulator);
      assert.equal(error, undefined);
      assert.equal(count(emulator, "UploadPart"), 2);
      assert.equal(count(emulator, COMPLETE), 1);
    });

    test(`with ${statusCode} and an ETag of its page are no object, whatever the encryption`, async (t) => {
      for (const serverSideEncryption of [undefined, { type: "SSE-KMS" }] as const) {
        const emulator = await useEmulator(t);
        emulator.faults.add({ operation: PUT, times: always, fault: foreign(statusCode, false) });
        const encryption = serverSideEncryption && { serverSideEncryption };
        const { error } = await upload(emulator, { singlePut: true, ...encryption });
        assert.equal((error as CosUploadError).code, "ERR_COS_BAD_RESPONSE");
        await using client = new CosClient({ ...emulator.target, retry });
        const body = Buffer.from("bytes");
        await assert.rejects(client.putObject({ key, body, ...encryption }), {
          code: "ERR_COS_BAD_RESPONSE",
        });
      }
    });
  }
});

describe("A HEAD that something else answers", () => {
  test("with 200 shows no object", async (t) => {
    const emulator = await useEmulator(t);
    await using client = new CosClient({ ...emulator.target, retry });
    emulator.faults.add({ operation: "HeadObject", times: always, fault: foreign(200, false) });
    await assert.rejects(client.headObject({ key }), { code: "ERR_COS_BAD_RESPONSE" });
  });

  test("with 403 does not show that the SSE-C key is another", async (t) => {
    const emulator = await useEmulator(t, { listPartsCrc64: true });
    const serverSideEncryption = { type: "SSE-C", key: Buffer.alloc(32, "k") } as const;
    await upload(emulator, { complete: false, serverSideEncryption });
    emulator.faults.add({ operation: "HeadObject", times: always, fault: foreign(403, false) });
    const { error } = await upload(emulator, { resume: "latest", serverSideEncryption });
    assert.deepEqual([(error as CosUploadError).code, error?.outcome], ["HTTP_403", "completed"]);
  });
});

test("The clock of something else that answers is not taken for COS's", async (t) => {
  const emulator = await useEmulator(t);
  await using client = new CosClient({ ...emulator.target, retry });
  await client.putObject({ key, body: Buffer.from("bytes") });
  const headers = { Date: "Mon, 01 Jan 2001 00:00:00 GMT" };
  const fault = { kind: "foreign-answer", statusCode: 403, headers } as const;
  emulator.faults.add({ operation: "HeadObject", fault });
  await assert.rejects(client.headObject({ key }), { code: "HTTP_403" });
  await client.headObject({ key });
  assert.equal(count(emulator, "HeadObject"), 2);
});
