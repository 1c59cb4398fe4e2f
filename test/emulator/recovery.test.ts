import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmulator } from "../../lib/emulator/index.ts";
import { Disk } from "../../lib/emulator/store/disk.ts";
import { Store } from "../../lib/emulator/store/store.ts";
import { startProcess } from "./emulator-process.ts";
import {
  bytes,
  complete,
  filesIn,
  initiate,
  putPart,
  raw,
  temporaryDirectory,
  withEmulator,
} from "./support.ts";

const OPTIONS = { limits: { minPartSize: 1 }, listPartsCrc64: true };

describe("A new emulator on an old directory", () => {
  for (const end of ["close", "kill"] as const) {
    it(`goes on after a ${end}: objects, uploads, and parts with their sums`, async (t) => {
      const directory = await temporaryDirectory(t);
      const first =
        end === "kill"
          ? await startProcess(t, { ...OPTIONS, directory })
          : await startEmulator({ ...OPTIONS, directory });
      const [one, two] = [bytes(100_000), bytes(300_000)];
      await raw(first, { method: "PUT", key: "object", body: one });
      const kms = { "x-cos-server-side-encryption": "cos/kms" };
      for (const [key, headers] of [
        ["plain", {}],
        ["encrypted", kms],
      ] as const) {
        const uploadId = await initiate(first, key, headers);
        await putPart(first, { key, uploadId }, { partNumber: 1, body: "replaced" });
        await putPart(first, { key, uploadId }, { partNumber: 1, body: one });
        await putPart(first, { key, uploadId }, { partNumber: 3, body: two });
      }
      const ids = (await raw(first, { query: { uploads: "" } })).text.match(/<UploadId>\w+/g);
      const listed = await raw(first, { query: { uploads: "" } });
      const asked = ids!.map((id, index) => ({
        key: ["encrypted", "plain"][index]!,
        query: { uploadId: id.slice("<UploadId>".length) },
      }));
      const parts = await Promise.all(asked.map((ask) => raw(first, ask)));
      await ("kill" in first ? first.kill() : first.close());

      const second = await withEmulator(t, { ...OPTIONS, directory });
      assert.equal((await raw(second, { query: { uploads: "" } })).text, listed.text);
      assert.equal(ids?.length, 2);
      for (const [index, ask] of asked.entries()) {
        const { text } = await raw(second, ask);
        assert.equal(text, parts[index]?.text);
        const sums = second
          .uploads()
          .find(({ key }) => key === ask.key)
          ?.parts.map(({ crc64 }) => crc64);
        assert.deepEqual(text.match(/(?<=<CRC64>)\d+/g), sums);
        assert.equal(sums?.length, 2);
        await putPart(second, { key: ask.key, uploadId: ask.query.uploadId }, { partNumber: 2, body: "two" });
        const etags = second
          .uploads()
          .find(({ key }) => key === ask.key)
          ?.parts.map(({ etag }) => etag);
        assert.equal(
          (await complete(second, { key: ask.key, uploadId: ask.query.uploadId }, etags!)).code,
          undefined,
        );
        assert.ok(
          (await raw(second, { key: ask.key })).body.equals(Buffer.concat([one, Buffer.from("two"), two])),
        );
      }
      assert.ok((await raw(second, { key: "object" })).body.equals(one));
    });
  }

  it("takes a part for the later one that was sent to it, even if the clock was put back", async (t) => {
    const directory = await temporaryDirectory(t);
    const first = await startEmulator({ ...OPTIONS, directory });
    const uploadId = await initiate(first, "k");
    await putPart(first, { key: "k", uploadId }, { partNumber: 1, body: "old" });
    await first.close();
    t.mock.method(Date, "now", () => 1_600_000_000_000);
    const second = await withEmulator(t, { ...OPTIONS, directory, clock: () => Date.now() });
    const { headers } = await putPart(second, { key: "k", uploadId }, { partNumber: 1, body: "new" });
    assert.equal((await complete(second, { key: "k", uploadId }, [headers.etag])).code, undefined);
    assert.equal((await raw(second, { key: "k" })).text, "new");
  });
});

describe("What a crash leaves is put right at the next start:", () => {
  it("the record of an upload that was completed, and parts that were not listed", async (t) => {
    const directory = await temporaryDirectory(t);
    const first = await startEmulator({ ...OPTIONS, directory });
    const uploadId = await initiate(first, "k");
    const { headers } = await putPart(first, { key: "k", uploadId }, { partNumber: 1, body: "listed" });
    await putPart(first, { key: "k", uploadId }, { partNumber: 2, body: "not listed" });
    const [record] = await readdir(join(directory, "uploads"));
    const [folder] = await readdir(join(directory, "data"));
    const parts = await readdir(join(directory, "data", folder!));
    const aside = await temporaryDirectory(t);
    const saved = [
      join(directory, "uploads", record!),
      ...parts.map((name) => join(directory, "data", folder!, name)),
    ];
    for (const [index, path] of saved.entries()) await copyFile(path, join(aside, String(index)));
    await complete(first, { key: "k", uploadId }, [headers.etag]);
    await first.close();
    assert.equal((await filesIn(directory)).length, 3);
    // As they are just after the object's record is in place.
    for (const [index, path] of saved.entries()) await copyFile(join(aside, String(index)), path);

    const second = await withEmulator(t, { ...OPTIONS, directory });
    assert.deepEqual(second.uploads(), []);
    assert.equal((await raw(second, { key: "k" })).text, "listed");
    assert.equal((await filesIn(directory)).length, 3);
  });

  it("files that were being written, and data that no record names; nothing else goes", async (t) => {
    const directory = await temporaryDirectory(t);
    const first = await startEmulator({ ...OPTIONS, directory });
    await raw(first, { method: "PUT", key: "object", body: "object" });
    const uploadId = await initiate(first, "open");
    await putPart(first, { key: "open", uploadId }, { partNumber: 1, body: "part" });
    await first.close();
    await writeFile(join(directory, "notes.txt"), "mine");
    const before = (await filesIn(directory)).sort();
    await writeFile(join(directory, "temporary", "torn"), "to");
    await mkdir(join(directory, "data", "f".repeat(32)));
    await writeFile(join(directory, "data", "f".repeat(32), "object"), "never committed");

    const second = await withEmulator(t, { ...OPTIONS, directory });
    assert.deepEqual((await filesIn(directory)).sort(), before);
    assert.equal((await raw(second, { key: "object" })).text, "object");
    assert.equal(second.uploads()[0]?.parts[0]?.size, 4);
  });

  it("and an object can't be deleted before the record of its upload, which would come back without its parts", async (t) => {
    const disk = await Disk.open(await temporaryDirectory(t));
    t.after(() => disk.close());
    const store = await Store.open(disk);
    const named = { bucket: "b-1", key: "k", headers: {}, storageClass: "STANDARD" };
    const begun = { ...named, encryption: { mode: "none" }, uploadId: "1", initiated: 0 } as const;
    const upload = await store.createUpload(begun);
    const removed: string[] = [];
    const remove = disk.removeRecord.bind(disk);
    let deleted: Promise<void> | undefined;
    t.mock.method(disk, "removeRecord", async (kind: "objects" | "uploads", name: string) => {
      deleted ??= store.deleteObject("b-1", "k");
      if (kind === "uploads") await Promise.race([deleted, sleep(50)]);
      await remove(kind, name);
      removed.push(kind);
    });
    const object = { ...begun, size: 0, etag: "", crc64: "0", lastModified: 0, files: [] };
    await store.lockUpload(upload, () => store.completeUpload(upload, object, false));
    await deleted;
    assert.deepEqual(removed, ["uploads", "objects"]);
  });

  it("the earlier of two files of one part", async (t) => {
    const directory = await temporaryDirectory(t);
    const first = await startEmulator({ ...OPTIONS, directory });
    const uploadId = await initiate(first, "k");
    await putPart(first, { key: "k", uploadId }, { partNumber: 1, body: "old" });
    const [folder] = await readdir(join(directory, "data"));
    const [old] = await readdir(join(directory, "data", folder!));
    const path = join(directory, "data", folder!, old!);
    await copyFile(path, join(directory, "old"));
    const { headers } = await putPart(first, { key: "k", uploadId }, { partNumber: 1, body: "new" });
    await first.close();
    await rename(join(directory, "old"), path);

    const second = await withEmulator(t, { ...OPTIONS, directory });
    assert.equal(`"${second.uploads()[0]?.parts[0]?.etag}"`, headers.etag);
    assert.equal((await readdir(join(directory, "data", folder!))).length, 1);
  });
});

/** Notes which files and folders are flushed to the disk; they are, as ever. */
async function watchSyncs(t: TestContext): Promise<string[]> {
  const synced: string[] = [];
  const handle = await open("/");
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  const sync = prototype.sync;
  t.mock.method(prototype, "sync", function (this: { fd: number }) {
    synced.push(readlinkSync(`/proc/self/fd/${this.fd}`));
    return sync.call(this);
  });
  return synced;
}

describe("What is answered is on the disk itself", { skip: process.platform !== "linux" }, () => {
  it("in a directory that is to be kept: bytes first, then their names, then what tells of them", async (t) => {
    const directory = await temporaryDirectory(t);
    const emulator = await withEmulator(t, { ...OPTIONS, directory });
    const synced = await watchSyncs(t);
    const take = (): string[] =>
      synced
        .splice(0)
        .map((path) => path.slice(directory.length + 1).replace(/(?<=^temporary\/|^data\/).*/, "*"));
    await raw(emulator, { method: "PUT", key: "k", body: "body" });
    assert.deepEqual(take(), ["temporary/*", "data", "data/*", "temporary/*", "objects"]);
    const uploadId = await initiate(emulator, "k");
    assert.deepEqual(take(), ["data", "temporary/*", "uploads"]);
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "part" });
    assert.deepEqual(take(), ["temporary/*", "data/*"]);
    await complete(emulator, { key: "k", uploadId }, [headers.etag]);
    assert.deepEqual(take(), ["temporary/*", "objects", "uploads"]);
    await raw(emulator, { method: "DELETE", key: "k" });
    assert.deepEqual(take(), ["objects"]);
  });

  it("but not in a temporary one, where that would be time wasted", async (t) => {
    const emulator = await withEmulator(t, OPTIONS);
    const synced = await watchSyncs(t);
    await raw(emulator, { method: "PUT", key: "k", body: "body" });
    const uploadId = await initiate(emulator, "k");
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "part" });
    await complete(emulator, { key: "k", uploadId }, [headers.etag]);
    assert.deepEqual(synced, []);
  });
});
