import assert from "node:assert/strict";
import { collect, inBothWays } from "./in-both-ways.ts";

inBothWays("unfinished uploads are listed over all pages, several of one key among them", async (gateway) => {
  const { client, prefix } = gateway;
  const begun: string[] = [];
  for (const name of ["a", "b", "b", "b", "b", "c", "d/e", "d/f"]) {
    const key = prefix + name;
    const { uploadId } = await client.initiateMultipartUpload({ key });
    begun.push(`${key} ${uploadId}`);
  }
  const listed = async (name: string, maxUploads?: number): Promise<string[]> => {
    const options = { prefix: prefix + name, ...(maxUploads !== undefined && { maxUploads }) };
    const uploads = await collect(client.listMultipartUploads(options));
    for (const { initiated } of uploads) assert.ok(Date.parse(initiated) > 0, initiated);
    return uploads.map(({ key, uploadId }) => `${key} ${uploadId}`).sort();
  };
  for (const size of [1, 3, 8, undefined]) assert.deepEqual(await listed("", size), [...begun].sort());
  assert.deepEqual(await listed("b", 2), begun.slice(1, 5).sort());
  assert.deepEqual(await listed("d/", 1), begun.slice(6).sort());
  assert.deepEqual(await listed("none"), []);
  for (const upload of begun) {
    const [key, uploadId] = upload.split(" ") as [string, string];
    await client.abortMultipartUpload({ key, uploadId });
  }
});

inBothWays(
  "an upload is listed from Initiate to Complete, and the object is not there before",
  async (gateway) => {
    const { client, prefix, uploads, read } = gateway;
    const key = `${prefix}object`;
    const { uploadId } = await client.initiateMultipartUpload({ key });
    assert.deepEqual(await uploads(), [uploadId]);
    const part = await client.uploadPart({ key, uploadId, partNumber: 1, body: Buffer.from("part") });
    assert.deepEqual(await uploads(), [uploadId]);
    assert.equal(await read(key), undefined);
    await client.completeMultipartUpload({ key, uploadId, parts: [part] });
    assert.deepEqual(await uploads(), []);
    assert.equal((await read(key))?.toString(), "part");
  },
);
