import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import type {
  CosClient,
  CosServiceError,
  CosUploadError,
  CustomSigner,
  PartReceipt,
  RetryEvent,
} from "../../lib/index.ts";
import { sign } from "../emulator/support.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { assertHidden } from "../support/canaries.ts";
import { AT_ONCE, KEYS, useClient } from "../support/client.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { recordEnding, success } from "../support/ending.ts";
import { CRC64, ETAG, OPERATIONS } from "../support/hostile.ts";
import { answer, onRequests, serveSockets } from "../support/raw-server.ts";

const KEY = "backups/2026/1767000000/object";

/** Signs as COS does, and adds headers of its own, which COS does not look at. */
function signerWith(emulator: Emulator, added: () => Record<string, string>): CustomSigner {
  return async ({ method, key, query, headers }) => ({
    Authorization: sign(emulator, { method, key, query, headers }),
    ...added(),
  });
}

/** Values that answers of COS have in them, each for another reason. */
const ADDED: Readonly<Record<string, (emulator: Emulator) => Record<string, string>>> = {
  "the time in seconds, which UploadIds begin with": () => ({
    "x-signed-at": String(Math.floor(Date.now() / 1000)),
  }),
  "the time in milliseconds, and in tens of seconds": () => ({
    "x-signed-at": String(Date.now()),
    "x-signed-in": String(Math.floor(Date.now() / 10_000)),
  }),
  "the date": () => ({
    "x-date": new Date().toISOString().slice(0, 10),
    "x-signed": new Date().toUTCString(),
  }),
  "values of one character and of none": () => ({
    ...Object.fromEntries(Array.from('0123456789abcdef"<>/=:;&', (c, index) => [`x-${index}`, c])),
    "x-nothing": "",
    "x-blank": " ",
  }),
  "names of elements and codes": () =>
    Object.fromEntries(
      [
        ...[
          "UploadId",
          "NextUploadIdMarker",
          "InitiateMultipartUploadResult",
          "ListPartsResult",
          "PartNumber",
        ],
        ...["CompleteMultipartUploadResult", "ListMultipartUploadsResult", "IsTruncated", "Location"],
        ...["application/xml", "text/html", "STANDARD", "NoSuchUpload", "SlowDown", "<Error><Code>"],
      ].map((value, index) => [`x-${index}`, value]),
    ),
  "bucket, region, host and key": ({ target, url }) => ({
    "x-bucket": target.bucket,
    "x-region": target.region,
    "x-host": new URL(url).host,
    "x-url": `${url}/${KEY}`,
    "x-key": KEY,
    "x-folder": "backups/2026/1767000000",
  }),
  "the digests of the content": () => ({
    "x-crc64": CRC64,
    "x-etag": ETAG,
    "x-md5": ETAG.replaceAll('"', ""),
    "x-size": String(MIB),
  }),
  "what the server answered last": (emulator) =>
    Object.fromEntries(
      emulator
        .uploads()
        .flatMap(({ uploadId }) => [uploadId, uploadId.slice(0, 12), uploadId.slice(0, 24)])
        .concat(emulator.requests.slice(-4).map(({ requestId }) => requestId))
        .map((value, index) => [`x-${index}`, value]),
    ),
};

/** All that a client can learn of a bucket with an upload, and what it stores in it. */
async function workThrough(t: TestContext, emulator: Emulator, client: CosClient): Promise<void> {
  const bytes = seededBytes(2 * MIB + 1);
  const receipts: PartReceipt[] = [];
  const upload = client.createUploadStream({ key: KEY, partSize: MIB });
  upload.on("part", (receipt) => receipts.push(receipt));
  const ending = recordEnding(upload);
  upload.end(bytes);
  await success(ending);
  assert.deepEqual(ending.warnings, []);
  assert.equal(await storedDigest(emulator, KEY), digestOf(bytes));
  const requestIds = new Set(emulator.requests.map(({ requestId }) => requestId));
  for (const { requestId } of [...receipts, upload.result!]) assert.ok(requestIds.has(requestId), requestId);
  assert.equal((await client.headObject({ key: KEY })).etag, upload.result!.etag);

  const body = Buffer.from("[Object Part]");
  const begun = await client.initiateMultipartUpload({ key: KEY });
  assert.equal(begun.uploadId, emulator.uploads()[0]!.uploadId);
  const part = await client.uploadPart({ key: KEY, uploadId: begun.uploadId, partNumber: 1, body });
  assert.deepEqual([part.etag, part.crc64], [ETAG, CRC64]);
  const { value: listed } = await client.listMultipartUploads().next();
  assert.deepEqual([listed!.key, listed!.uploadId], [KEY, begun.uploadId]);
  const { value: stored } = await client.listParts({ key: KEY, uploadId: begun.uploadId }).next();
  assert.deepEqual([stored!.etag, stored!.size], [ETAG, body.byteLength]);
  const resumed = client.createUploadStream({ key: KEY, resume: { uploadId: begun.uploadId } });
  resumed.end(body);
  assert.equal((await resumed.done).parts[0]!.skipped, true);

  const gone = await client
    .listParts({ key: KEY, uploadId: begun.uploadId })
    .next()
    .catch((error) => error);
  assert.deepEqual([gone.code, gone.uploadId], ["NoSuchUpload", begun.uploadId]);
  assert.equal(gone.requestId, emulator.requests.at(-1)!.requestId);
  emulator.faults.add({ fault: { kind: "error", statusCode: 503, code: "SlowDown" } });
  assert.equal((await client.putObject({ key: KEY, body })).attempts, 2);
  t.diagnostic(`${emulator.requests.length} requests`);
}

describe("Answers mean what they meant", () => {
  for (const [what, added] of Object.entries(ADDED)) {
    test(`with a signer that also adds ${what}`, async (t) => {
      const emulator = await useEmulator(t, { listPartsCrc64: true });
      const { bucket, region, endpoint } = emulator.target;
      const signer = signerWith(emulator, () => added(emulator));
      const client = useClient(t, { bucket, region, endpoint, signer, retry: AT_ONCE });
      await workThrough(t, emulator, client);
    });
  }

  const TOKENS = {
    "is the ETag of a part": ETAG.replaceAll('"', ""),
    "is its CRC64": CRC64,
    "is the key": KEY,
    "is a folder of the key": "1767000000",
    "is short": "1",
    "is the name of an element": "UploadId",
  };
  for (const [what, securityToken] of Object.entries(TOKENS)) {
    test(`with a security token that ${what}`, async (t) => {
      const emulator = await useEmulator(t, {
        credentials: { ...KEYS, securityToken },
        listPartsCrc64: true,
      });
      await workThrough(t, emulator, useClient(t, { ...emulator.target, retry: AT_ONCE }));
    });
  }
});

/** A server that answers with what it is told to, and a client whose signer adds a ticket. */
async function useQuoting(t: TestContext, respond: (ticket: string) => string, ticket: string) {
  const server = await serveSockets(t, (socket) => onRequests(socket, () => socket.end(respond(ticket))));
  const signer = async (): Promise<Record<string, string>> => ({ Authorization: "x", "x-ticket": ticket });
  return useClient(t, { endpoint: server.url, signer, retry: { maxAttempts: 2, ...AT_ONCE } });
}

describe("Errors", () => {
  const error = (text: string): string =>
    `<Error><Code>NoSuchUpload</Code><Message>no ${text}</Message><Resource>b/${text}</Resource>` +
    `<RequestId>id-${text}-id</RequestId><TraceId>trace-${text}</TraceId></Error>`;

  test("keep their ids, codes and names whole where a short value of the signer's occurs in them", async (t) => {
    const ticket = String(Math.floor(Date.now() / 1000));
    const client = await useQuoting(t, (text) => answer("404 Not Found", {}, error(text)), ticket);
    const uploadId = `${ticket}cbb7df1d11`;
    const failure: CosServiceError = await client.abortMultipartUpload({ key: "k", uploadId }).then(
      () => assert.fail("it succeeded"),
      (reason) => reason,
    );
    const { code, requestId, traceId, resource } = failure;
    assert.deepEqual(
      { code, requestId, traceId, resource, uploadId: failure.uploadId },
      {
        code: "NoSuchUpload",
        requestId: `id-${ticket}-id`,
        traceId: `trace-${ticket}`,
        resource: `b/${ticket}`,
        uploadId,
      },
    );
    assert.doesNotMatch(failure.message, new RegExp(ticket));
  });

  test("show no secret of a signer's in what they quote, in no field and in no piece", async (t) => {
    const ticket = "canary+of/a=ticket&0123456789";
    const quotes = [
      (text: string) => answer("404 Not Found", {}, error(text.replace("&", "&amp;"))),
      (text: string) => answer("400 Bad Request", {}, `${".".repeat(100)}${text}`),
      (text: string) => answer("302 Found", { Location: `https://${text.slice(0, 18)}.example/` }),
      (text: string) => answer("200 OK", { "Content-Type": text, ETag: text }, `${".".repeat(100)}${text}`),
    ];
    for (const quote of quotes) {
      const client = await useQuoting(t, quote, ticket);
      const retries: RetryEvent[] = [];
      const upload = client.createUploadStream({ key: "k" });
      upload.on("retry", (event) => retries.push(event));
      const ending = recordEnding(upload);
      upload.end("x");
      await ending.closed;
      const failures = await Promise.all(
        Object.values(OPERATIONS).map((call) =>
          call(client).then(
            () => undefined,
            (reason: CosUploadError) => reason,
          ),
        ),
      );
      assert.ok(failures.filter(Boolean).length >= 5);
      for (const shown of [...failures, ...retries, ...ending.errors, ...ending.warnings]) {
        assertHidden(shown, [ticket]);
      }
    }
  });

  test("name the upload of the request, though the signer adds its id too", async (t) => {
    const emulator = await useEmulator(t);
    const { bucket, region, endpoint } = emulator.target;
    const uploadId = "1767000000cbb7df1d11cbb7df1d11cbb7df1d11";
    const signer = signerWith(emulator, () => ({ "x-upload": uploadId, "x-key": "the-key-of-the-object" }));
    const client = useClient(t, { bucket, region, endpoint, signer });
    const call = client.abortMultipartUpload({ key: "the-key-of-the-object", uploadId });
    await assert.rejects(call, { code: "NoSuchUpload", uploadId });
  });
});
