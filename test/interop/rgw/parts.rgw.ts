import assert from "node:assert/strict";
import { PartTransform } from "../../../lib/index.ts";
import { MIB, readableOf, seededBytes } from "../../support/bytes.ts";
import { collect, inBothWays } from "./in-both-ways.ts";

const bytes = seededBytes(3 * MIB + 5);
const [first, second, last] = [bytes.subarray(0, MIB), bytes.subarray(MIB, 3 * MIB), bytes.subarray(3 * MIB)];
const WRONG_MD5 = "1B2M2Y8AsgTpgAmY7PhCfg==";

inBothWays("parts of any size are taken, and make up the object", async ({ client, prefix, read }) => {
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const parts = [];
  for (const [index, body] of [first, second, last].entries()) {
    parts.push(await client.uploadPart({ key, uploadId, partNumber: index + 1, body }));
  }
  await client.completeMultipartUpload({ key, uploadId, parts });
  assert.ok(bytes.equals((await read(key))!));
  assert.equal((await client.headObject({ key })).size, bytes.byteLength);
});

inBothWays("a part's ETag is its MD5", async ({ client, prefix }) => {
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  for (const [index, body] of [bytes.subarray(0, 1), first, second].entries()) {
    const { etag, md5 } = await client.uploadPart({ key, uploadId, partNumber: index + 1, body });
    assert.equal(etag, `"${Buffer.from(md5, "base64").toString("hex")}"`);
  }
  await client.abortMultipartUpload({ key, uploadId });
});

inBothWays("a part whose MD5 is another is refused, and what was there stays", async ({ client, prefix }) => {
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const upload = { key, uploadId };
  const { etag } = await client.uploadPart({ ...upload, partNumber: 1, body: first });
  const wrong = { ...upload, body: second, md5: WRONG_MD5, crc64: "1" };
  for (const partNumber of [1, 2]) {
    await assert.rejects(client.uploadPart({ ...wrong, partNumber }), { code: "BadDigest", statusCode: 400 });
  }
  const listed = await collect(client.listParts(upload));
  assert.deepEqual(
    listed.map((part) => [part.partNumber, part.size, part.etag]),
    [[1, MIB, etag]],
  );
  await client.abortMultipartUpload(upload);
});

inBothWays("a part whose MD5 is none is refused", async ({ client, prefix, raw }) => {
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const headers = { "Content-MD5": "bm90IGFuIE1ENQ==" };
  const query = { partNumber: "1", uploadId };
  const { status, code } = await raw({ method: "PUT", key, query, headers, body: "x" });
  assert.deepEqual([status, code], [400, "InvalidDigest"]);
  await client.abortMultipartUpload({ key, uploadId });
});

inBothWays("a part that is sent again replaces the first", async ({ client, prefix, read }) => {
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const before = await client.uploadPart({ key, uploadId, partNumber: 1, body: second });
  const parts = [
    await client.uploadPart({ key, uploadId, partNumber: 1, body: first }),
    await client.uploadPart({ key, uploadId, partNumber: 2, body: last }),
  ];
  const stale = [before, parts[1]!];
  await assert.rejects(client.completeMultipartUpload({ key, uploadId, parts: stale }), {
    code: "InvalidPart",
  });
  await client.completeMultipartUpload({ key, uploadId, parts });
  assert.ok(Buffer.concat([first, last]).equals((await read(key))!));
});

inBothWays("parts may arrive in any order, and at once", async ({ client, prefix, read }) => {
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const bodies = Array.from({ length: 12 }, (_, index) => seededBytes(MIB + index, index));
  const order = [11, 3, 0, 7, 1, 10, 5, 9, 2, 8, 6, 4];
  const sent = await Promise.all(
    order.map((index) => client.uploadPart({ key, uploadId, partNumber: index + 1, body: bodies[index]! })),
  );
  const parts = sent.sort((a, b) => a.partNumber - b.partNumber);
  await client.completeMultipartUpload({ key, uploadId, parts });
  assert.ok(Buffer.concat(bodies).equals((await read(key))!));
});

inBothWays(
  "a part that is too small makes Complete fail, and can be replaced",
  async ({ client, prefix, read }) => {
    const key = `${prefix}object`;
    const { uploadId } = await client.initiateMultipartUpload({ key });
    const small = await client.uploadPart({ key, uploadId, partNumber: 1, body: bytes.subarray(0, MIB - 1) });
    const end = await client.uploadPart({ key, uploadId, partNumber: 2, body: last });
    const upload = { key, uploadId };
    const refused = client.completeMultipartUpload({ ...upload, parts: [small, end] });
    await assert.rejects(refused, { code: "EntityTooSmall", statusCode: 400 });
    assert.equal(await read(key), undefined);
    const large = await client.uploadPart({ key, uploadId, partNumber: 1, body: first });
    await client.completeMultipartUpload({ ...upload, parts: [large, end] });
    assert.ok(Buffer.concat([first, last]).equals((await read(key))!));
  },
);

inBothWays("Complete refuses a part that is not there", async ({ client, prefix, read }) => {
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const part = await client.uploadPart({ key, uploadId, partNumber: 1, body: first });
  const parts = [part, { partNumber: 2, etag: part.etag }];
  await assert.rejects(client.completeMultipartUpload({ key, uploadId, parts }), { code: "InvalidPart" });
  assert.equal(await read(key), undefined);
  await client.abortMultipartUpload({ key, uploadId });
});

inBothWays("parts are listed over all pages", async ({ client, prefix }) => {
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const upload = { key, uploadId };
  const sent = await Promise.all(
    Array.from({ length: 1003 }, async (_, index) => {
      const body = bytes.subarray(0, 1 + (index % 5));
      const { etag, size } = await client.uploadPart({ ...upload, partNumber: index + 1, body });
      return [index + 1, size, etag];
    }),
  );
  for (const maxParts of [undefined, 100]) {
    const listed = await collect(client.listParts({ ...upload, ...(maxParts && { maxParts }) }));
    assert.deepEqual(
      listed.map((part) => [part.partNumber, part.size, part.etag]),
      sent,
    );
  }
  await client.abortMultipartUpload(upload);
});

inBothWays(
  "no operation finds an upload that was aborted",
  async ({ client, prefix, read, way, clientTo }) => {
    const key = `${prefix}object`;
    const { uploadId } = await client.initiateMultipartUpload({ key });
    const part = await client.uploadPart({ key, uploadId, partNumber: 1, body: first });
    await client.abortMultipartUpload({ key, uploadId });
    const gone = { code: "NoSuchUpload", statusCode: 404 };
    await assert.rejects(client.uploadPart({ key, uploadId, partNumber: 1, body: first }), gone);
    await assert.rejects(client.abortMultipartUpload({ key, uploadId }), gone);
    // The gateway has words of its own for these two.
    await assert.rejects(client.listParts({ key, uploadId }).next(), {
      code: /^NoSuch(Upload|Key)$/,
      statusCode: 404,
    });
    const once = clientTo(way.port, { retry: { maxAttempts: 1 } });
    await assert.rejects(once.completeMultipartUpload({ key, uploadId, parts: [part] }), {
      code: /^(NoSuchUpload|InternalError)$/,
    });
    assert.equal(await read(key), undefined);
  },
);

inBothWays("the parts of a PartTransform can be sent as they come", async ({ client, prefix, read }) => {
  const key = `${prefix}object`;
  const { uploadId } = await client.initiateMultipartUpload({ key });
  const parts = [];
  for await (const part of readableOf(bytes).pipe(new PartTransform({ partSize: MIB }))) {
    parts.push(await client.uploadPart({ key, uploadId, ...part }));
  }
  await client.completeMultipartUpload({ key, uploadId, parts });
  assert.ok(bytes.equals((await read(key))!));
});
