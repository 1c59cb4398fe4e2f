import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { crc64 } from "crc64-ecma182.js";
import { type Emulator, startEmulator } from "../../lib/emulator/index.ts";
import { seeded } from "../support/random.ts";
import { type KeyModel, killAfter, md5, type PartModel, work } from "./crash-clients.ts";
import { startProcess } from "./emulator-process.ts";
import { complete, filesIn, putPart, raw, temporaryDirectory } from "./support.ts";

/** More find more; each takes about a second. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 9);
const WORKERS = 4;
const OPTIONS = { completeDelay: 20, limits: { minPartSize: 1 } };

/** What a round is killed in the middle of. */
const TARGETS = ["PutObject", "UploadPart", "CompleteMultipartUpload"] as const;

test("Killed at any moment, it finds whole objects and parts again, and nothing else", async (t) => {
  const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}: CRASH_SEED=${seed}`);
  const random = seeded(seed);
  const directory = await temporaryDirectory(t);
  const models = Array.from(
    { length: WORKERS },
    (_, worker): KeyModel => ({
      key: `worker ${worker}`,
      object: undefined,
      next: undefined,
      upload: undefined,
      initiating: false,
      ending: false,
    }),
  );
  const counts: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const emulator = await startProcess(t, { ...OPTIONS, directory });
    const target = TARGETS[round % TARGETS.length]!;
    const cut = killAfter(emulator, target, Math.floor(random() * 6), random() * 25);
    await Promise.all(models.map((model) => work(emulator, model, random, cut.begin)));
    await cut.killed;
    for (const step of cut.underWay()) counts[step] = (counts[step] ?? 0) + 1;
    await inspect(directory, models, `seed ${seed}, round ${round}`);
  }
  t.diagnostic(`killed in the middle of ${JSON.stringify(counts)}`);
  const emulator = await startEmulator({ directory });
  for (const { key } of models) await raw(emulator, { method: "DELETE", key });
  assert.deepEqual(await filesIn(directory), ["cos-emulator.json"]);
  assert.deepEqual(await readdir(join(directory, "data")), []);
  await emulator.close();
});

/** Holds what a new emulator finds against what may be there, and finishes what is unfinished. */
async function inspect(directory: string, models: readonly KeyModel[], where: string): Promise<void> {
  const emulator = await startEmulator({ ...OPTIONS, completeDelay: 0, directory });
  let files = 1;
  for (const model of models) {
    const changed = await inspectObject(emulator, model, where);
    const uploads = emulator.uploads().filter(({ key }) => key === model.key);
    const known = uploads.filter(({ uploadId }) => uploadId === model.upload?.uploadId);
    assert.equal(
      uploads.length - known.length <= (model.initiating ? 1 : 0),
      true,
      `${where}: an upload of nobody's`,
    );
    if (model.upload) {
      const gone = model.ending && (changed || model.next === undefined);
      assert.ok(
        known.length === 1 ? !(model.ending && changed) : gone,
        `${where}: ${known.length} of ${model.key}`,
      );
    }
    const parts = emulator.object(model.key)?.etag.split("-")[1] ?? "1";
    files += emulator.object(model.key) ? 1 + Number(parts) : 0;
    for (const upload of uploads) files += 1 + upload.parts.length;
  }
  assert.equal((await filesIn(directory)).length, files, `${where}: files that belong to nothing`);
  for (const model of models) await finish(emulator, model, where);
  await emulator.close();
}

/** Returns whether the step that was under way was done. */
async function inspectObject(emulator: Emulator, model: KeyModel, where: string): Promise<boolean> {
  const { key, object, next } = model;
  const found = await raw(emulator, { key });
  const stored = emulator.object(key);
  if (found.status === 404) {
    assert.ok(object === undefined || (next && next.object === undefined), `${where}: ${key} is lost`);
    model.object = undefined;
    return object !== undefined;
  }
  const { body, headers } = found;
  const changed = next?.object?.equals(body) ?? false;
  assert.ok(changed || object?.equals(body), `${where}: ${key} is torn: ${body.length} bytes`);
  assert.deepEqual([stored?.size, stored?.crc64], [body.length, crc64(body)], `${where}: ${key}`);
  assert.equal(headers["x-cos-hash-crc64ecma"], crc64(body));
  if (!stored?.etag.includes("-")) assert.equal(stored?.etag, md5(body), `${where}: ${key}`);
  model.object = body;
  return changed;
}

/** Checks each part by what is listed of it, and by the object that is made of them. */
async function finish(emulator: Emulator, model: KeyModel, where: string): Promise<void> {
  for (const { key, uploadId, parts } of emulator.uploads().filter((upload) => upload.key === model.key)) {
    if (uploadId !== model.upload?.uploadId) {
      assert.deepEqual(parts, []);
      await raw(emulator, { method: "DELETE", key, query: { uploadId } });
      continue;
    }
    const bodies: Buffer[] = [];
    for (const number of [1, 2, 3, 4]) {
      const { confirmed, sending }: Partial<PartModel> = model.upload.parts.get(number) ?? {};
      const listed = parts.find(({ partNumber }) => partNumber === number);
      const body: Buffer | undefined = [confirmed, sending].find((one) => one && md5(one) === listed?.etag);
      if (listed) {
        assert.ok(body, `${where}: part ${number} of ${key} is nobody's`);
        assert.deepEqual([listed.size, listed.crc64], [body.length, crc64(body)], `${where}: part ${number}`);
      } else {
        assert.equal(confirmed, undefined, `${where}: part ${number} of ${key} is lost`);
        await putPart(emulator, { key, uploadId }, { partNumber: number, body: "sent again" });
      }
      bodies.push(body ?? Buffer.from("sent again"));
    }
    const done = await complete(emulator, { key, uploadId }, bodies.map(md5));
    assert.equal(done.code, undefined, `${where}: ${done.text}`);
    const object = await raw(emulator, { key });
    assert.ok(object.body.equals(Buffer.concat(bodies)), `${where}: ${key} of its parts`);
    model.object = object.body;
  }
  Object.assign(model, { next: undefined, upload: undefined, initiating: false, ending: false });
}
