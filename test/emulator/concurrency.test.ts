import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { it } from "node:test";
import { crc64 } from "crc64-ecma182.js";
import { seeded } from "../support/random.ts";
import {
  bytes,
  complete,
  filesIn,
  initiate,
  putPart,
  raw,
  requestOptions,
  temporaryDirectory,
  withEmulator,
} from "./support.ts";

it("Clients at the same two keys never see a torn object, and nothing stays behind", async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const directory = await temporaryDirectory(t);
  const emulator = await withEmulator(t, { directory, limits: { minPartSize: 1 } });
  const check = (status: number, ...allowed: number[]): void =>
    assert.ok(allowed.includes(status), `${status}, seed ${seed}`);

  const verify = async (key: string): Promise<void> => {
    const answer = await raw(emulator, { key });
    check(answer.status, 200, 404);
    if (answer.status === 200) assert.equal(crc64(answer.body), answer.headers["x-cos-hash-crc64ecma"]);
  };
  const multipart = async (key: string, random: () => number): Promise<void> => {
    const uploadId = await initiate(emulator, key);
    const parts = await Promise.all(
      [1, 2, 3, 2].map((number) =>
        putPart(emulator, { key, uploadId }, { partNumber: number, body: bytes(1 + random() * 90_000) }),
      ),
    );
    const [part] = emulator.uploads().filter((upload) => upload.uploadId === uploadId);
    const etags = part?.parts.map(({ etag }) => etag) ?? [];
    for (const { status } of parts) check(status, 200);
    const abort = { method: "DELETE", key, query: { uploadId } };
    const ends = await Promise.all([
      complete(emulator, { key, uploadId }, etags),
      random() < 0.5 ? raw(emulator, abort) : complete(emulator, { key, uploadId }, etags),
    ]);
    const won = ends.filter(({ status, code }) => status < 300 && code === undefined);
    assert.equal(won.length, 1, `seed ${seed}: ${ends.map((end) => end.text)}`);
  };
  const leave = async (key: string): Promise<void> => {
    const options = { method: "PUT", key, headers: { "Content-Length": "200000" } };
    const client = request(requestOptions(emulator, options)).on("error", () => {});
    await new Promise((resolve) => client.write(bytes(100_000), resolve));
    client.destroy();
  };
  const work = async (random: () => number): Promise<void> => {
    for (let turn = 0; turn < 25; turn++) {
      const key = random() < 0.5 ? "a" : "b";
      const choice = random();
      if (choice < 0.3) await verify(key);
      else if (choice < 0.5) await multipart(key, random);
      else if (choice < 0.6) await leave(key);
      else if (choice < 0.7) check((await raw(emulator, { method: "DELETE", key })).status, 204);
      else check((await raw(emulator, { method: "PUT", key, body: bytes(random() * 200_000) })).status, 200);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, worker) => work(seeded(seed + worker))));

  for (const key of ["a", "b"]) {
    await verify(key);
    await raw(emulator, { method: "DELETE", key });
  }
  assert.deepEqual(emulator.uploads(), []);
  await emulator.close();
  assert.deepEqual(await filesIn(directory), ["cos-emulator.json"]);
  assert.deepEqual(await readdir(join(directory, "data")), []);
});
