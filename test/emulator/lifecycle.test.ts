import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type EmulatorOptions, startEmulator } from "../../lib/emulator/index.ts";
import {
  bytes,
  complete,
  filesIn,
  initiate,
  putPart,
  raw,
  requestOptions,
  temporaryDirectory,
  until,
  withEmulator,
} from "./support.ts";

describe("The emulator's directory", () => {
  it("lets a new emulator find objects and unfinished uploads again", async (t) => {
    const directory = await temporaryDirectory(t);
    const body = bytes(100_000);
    const first = await startEmulator({ directory });
    const done = await initiate(first, "done", { "x-cos-meta-a": "b" });
    const { headers } = await putPart(first, { key: "done", uploadId: done }, { partNumber: 1, body });
    await complete(first, { key: "done", uploadId: done }, [headers.etag]);
    await raw(first, { method: "PUT", key: "../../escape", body: "put" });
    const open = await initiate(first, "open");
    await putPart(first, { key: "open", uploadId: open }, { partNumber: 2, body: "old" });
    const two = await putPart(first, { key: "open", uploadId: open }, { partNumber: 2, body: "two" });
    await putPart(first, { key: "open", uploadId: open }, { partNumber: 1, body: "one" });
    const before = [first.uploads(), first.objects(), first.object("done")?.headers];
    await first.close();

    const second = await withEmulator(t, { directory, limits: { minPartSize: 1 } });
    const byKey = (left: { key: string }, right: { key: string }): number => (left.key < right.key ? -1 : 1);
    assert.deepEqual(second.uploads(), before[0]);
    assert.deepEqual(second.objects().sort(byKey), (before[1] as { key: string }[]).sort(byKey));
    assert.deepEqual(second.object("done")?.headers, before[2]);
    assert.deepEqual((await raw(second, { key: "done" })).body, body);
    assert.equal((await raw(second, { key: "../../escape" })).text, "put");
    const one = second.uploads()[0]?.parts[0]?.etag;
    assert.equal(
      (await complete(second, { key: "open", uploadId: open }, [one, two.headers.etag])).status,
      200,
    );
    assert.equal((await raw(second, { key: "open" })).text, "onetwo");
  });

  it("is emptied of what is deleted, aborted or replaced", async (t) => {
    const directory = await temporaryDirectory(t);
    const emulator = await withEmulator(t, { directory, limits: { minPartSize: 1 } });
    for (let times = 0; times < 2; times++) {
      const id = await initiate(emulator, "k");
      const { headers } = await putPart(emulator, { key: "k", uploadId: id }, { partNumber: 1, body: "x" });
      await putPart(emulator, { key: "k", uploadId: id }, { partNumber: 2, body: "not listed" });
      await complete(emulator, { key: "k", uploadId: id }, [headers.etag]);
    }
    await raw(emulator, { method: "PUT", key: "k", body: "x" });
    assert.equal((await filesIn(directory)).length, 3);
    const aborted = await initiate(emulator, "k");
    await putPart(emulator, { key: "k", uploadId: aborted }, { partNumber: 1, body: "x" });
    await raw(emulator, { method: "DELETE", key: "k", query: { uploadId: aborted } });
    await raw(emulator, {
      method: "PUT",
      key: "k",
      body: "x",
      headers: { "Content-MD5": "A".repeat(22).concat("==") },
    });
    await raw(emulator, { method: "DELETE", key: "k" });
    assert.deepEqual(await filesIn(directory), ["cos-emulator.json"]);
  });

  it("keeps no customer's key", async (t) => {
    const directory = await temporaryDirectory(t);
    const emulator = await withEmulator(t, { directory });
    const key = Buffer.alloc(32, "k");
    const prefix = "x-cos-server-side-encryption-customer";
    const uploadId = await initiate(emulator, "k", {
      [`${prefix}-algorithm`]: "AES256",
      [`${prefix}-key`]: key.toString("base64"),
      [`${prefix}-key-MD5`]: createHash("md5").update(key).digest("base64"),
    });
    assert.ok(uploadId);
    for (const name of await readdir(join(directory, "uploads"))) {
      const text = await readFile(join(directory, "uploads", name), "utf8");
      assert.ok(text.includes('"mode":"customer"') && !text.includes(key.toString("base64")));
    }
  });

  it("has names of fixed length that fit a file system which folds case", async (t) => {
    const directory = await temporaryDirectory(t);
    const emulator = await withEmulator(t, { directory });
    await raw(emulator, { method: "PUT", key: "K".repeat(850), body: "x" });
    await raw(emulator, { method: "PUT", key: "k".repeat(850), body: "x" });
    const names = await filesIn(directory);
    assert.equal(names.length, 5);
    assert.ok(names.every((name) => name.length < 80));
  });

  it("is made, and removed again, if none is given", async (t) => {
    const { TMPDIR } = process.env;
    const directory = await temporaryDirectory(t);
    t.after(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    process.env.TMPDIR = directory;
    const emulator = await startEmulator();
    assert.equal((await readdir(directory)).length, 1);
    await raw(emulator, { method: "PUT", key: "k", body: "x" });
    await emulator.close();
    assert.deepEqual(await readdir(directory), []);
  });

  it("keeps nothing of an upload whose client went away", async (t) => {
    const directory = await temporaryDirectory(t);
    const emulator = await withEmulator(t, { directory });
    const options = { method: "PUT", key: "k", headers: { "Content-Length": "9" } };
    const client = request(requestOptions(emulator, options)).on("error", () => {});
    client.write("x");
    await until(() => emulator.requests[0]?.bytes === 1);
    assert.equal((await filesIn(join(directory, "temporary"))).length, 1);
    client.destroy();
    await until(() => emulator.requests[0]?.aborted === true);
    await emulator.close();
    assert.deepEqual(await filesIn(directory), ["cos-emulator.json"]);
  });
});

describe("Starting", () => {
  for (const options of [
    { listPartsCrc64: 1 },
    { bucketEncryption: "SSE-C" },
    { directory: "" },
    { port: -1 },
    { port: 65_536 },
    { port: "80" },
    { host: "" },
    { bucket: "no-appid" },
    { bucket: "Upper-1" },
    { region: "a b" },
    { credentials: { secretId: "a" } },
    { credentials: { secretId: "a", secretKey: "b", token: "c" } },
    { clock: 1 },
    { limits: { minPartSize: -1 } },
    { limits: { maxParts: 10_001 } },
    { limits: { maxPart: 1 } },
    { completeDelay: -1 },
    { keepAliveTimeout: Number.NaN },
    { prot: 1 },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, async () => {
      await assert.rejects(startEmulator(options as unknown as EmulatorOptions), {
        code: "ERR_COS_INVALID_OPTION",
      });
    });
  }

  it("on a port that is taken says so", async (t) => {
    const emulator = await withEmulator(t);
    const port = Number(new URL(emulator.url).port);
    await assert.rejects(startEmulator({ port }), {
      code: "EADDRINUSE",
      message: /port \d+: the port is in use/,
    });
  });

  it("tells a client all that it needs", async (t) => {
    const emulator = await withEmulator(t);
    assert.match(emulator.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(Object.keys(emulator.target).sort(), ["bucket", "credentials", "endpoint", "region"]);
    assert.equal(emulator.target.endpoint, emulator.url);
  });
});

describe("close()", () => {
  it("ends idle, stalled and half-closed connections, and can be called again", async () => {
    const emulator = await startEmulator({ completeDelay: 60_000 });
    const { hostname, port } = new URL(emulator.url);
    const idle = connect(Number(port), hostname);
    await once(idle, "connect");
    const uploadId = await initiate(emulator, "k");
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "x" });
    const merging = complete(emulator, { key: "k", uploadId }, [headers.etag]);
    emulator.faults.add({ operation: "PutObject", fault: { kind: "stall", where: "request" } });
    emulator.faults.add({ operation: "PutObject", fault: { kind: "half-close" } });
    const left = ["a", "b"].map(async (key) => {
      const client = request(
        requestOptions(emulator, { method: "PUT", key, headers: { "Content-Length": "9" } }),
      );
      client.write("x");
      await once(client, "close").catch(() => {});
    });
    const gone = [once(idle, "close"), ...left, assert.rejects(merging)];
    await until(() => emulator.requests.length === 5);
    await Promise.all([emulator.close(), emulator.close()]);
    await Promise.all(gone);
    await emulator.close();
    await assert.rejects(raw(emulator, {}), { code: "ECONNREFUSED" });
  });

  it("is what the end of an await using does", async () => {
    const emulator = await startEmulator();
    await emulator[Symbol.asyncDispose]();
    await assert.rejects(raw(emulator, {}), { code: "ECONNREFUSED" });
  });
});
