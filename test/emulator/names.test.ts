import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { complete, initiate, namesIn, putPart, raw, temporaryDirectory, withEmulator } from "./support.ts";

const ELSEWHERE = [
  "../../x",
  "..%2f..%2fx",
  "/etc/passwd",
  "C:\\x",
  "\0",
  "__proto__",
  "con",
  "x".repeat(4000),
];

describe("Upload ids and part numbers", () => {
  it("that are not the emulator's name nothing, whatever they are", async (t) => {
    const directory = join(await temporaryDirectory(t), "emulator");
    const emulator = await withEmulator(t, { directory });
    const mine = await initiate(emulator, "k");
    await putPart(emulator, { key: "k", uploadId: mine }, { partNumber: 1, body: "mine" });
    const before = await namesIn(directory, "");
    for (const id of [...ELSEWHERE, `${mine}\0`, `${mine}/`, mine.toUpperCase(), `../k/${mine}`, ""]) {
      if (id === mine) continue;
      const query = { uploadId: id, partNumber: "1" };
      assert.equal(
        (await putPart(emulator, { key: "k", uploadId: id }, { partNumber: 1, body: "body" })).code,
        "NoSuchUpload",
        id,
      );
      for (const options of [{ method: "DELETE" }, { method: "POST", body: "" }, { method: "GET" }]) {
        const { code } = await raw(emulator, { ...options, key: "k", query: { uploadId: query.uploadId } });
        assert.equal(
          code,
          options.method === "GET" && id === "" ? "ListPartUploadIdIsEmpty" : "NoSuchUpload",
          id,
        );
      }
      assert.equal((await complete(emulator, { key: "k", uploadId: id }, ["x"])).code, "NoSuchUpload", id);
    }
    // Nor do an id and a key that a NUL divides make up another pair.
    const divided = await initiate(emulator, "k\0x");
    assert.equal(
      (await putPart(emulator, { key: "k", uploadId: `x\0${divided}` }, { partNumber: 1, body: "body" }))
        .code,
      "NoSuchUpload",
    );
    await raw(emulator, { method: "DELETE", key: "k\0x", query: { uploadId: divided } });
    for (const partNumber of [
      "0",
      "-1",
      "10001",
      "1.5",
      "1e3",
      "0x1",
      " 1",
      "1/../2",
      "NaN",
      "",
      "9".repeat(30),
    ]) {
      const query = { partNumber, uploadId: mine };
      const answer = await raw(emulator, { method: "PUT", key: "k", query, body: "body" });
      assert.deepEqual([answer.status, answer.code], [400, "InvalidArgument"], partNumber);
    }
    assert.deepEqual(await namesIn(directory, ""), before);
    assert.deepEqual(
      emulator.uploads()[0]?.parts.map(({ partNumber }) => partNumber),
      [1],
    );
  });
});

describe("Buckets", () => {
  it("named by the Host header stay inside the directory, and apart", async (t) => {
    const outer = await temporaryDirectory(t);
    const directory = join(outer, "emulator");
    const emulator = await withEmulator(t, { directory });
    const to = (bucket: string): Promise<{ status: number; code: string | undefined }> =>
      raw(emulator, {
        method: "PUT",
        key: "k",
        body: bucket,
        headers: { Host: `${bucket}.cos.ap-guangzhou.myqcloud.com` },
      });
    for (const bucket of [
      "../../x-1",
      "..",
      "a/../b-1",
      "con",
      "-1",
      "a_b-1",
      "a b-1",
      "x-1.",
      ".x-1",
      "a-1\u00e9",
      "\\x-1",
    ]) {
      const { status, code } = await to(bucket);
      assert.deepEqual([status, code], [400, "InvalidBucketName"], bucket);
    }
    for (const bucket of ["a-1", "a-2", `${"b".repeat(200)}-1`]) assert.equal((await to(bucket)).status, 200);
    assert.equal((await to("A-1")).status, 200, "hosts have no case");
    assert.deepEqual(emulator.objects().length, 3);
    assert.equal(emulator.object("k", "a-2")?.size, 3);
    assert.deepEqual(await namesIn(outer, directory), []);
  });
});
