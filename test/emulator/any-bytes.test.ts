import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import fc from "fast-check";
import { sendBytes, signedPut } from "./raw-socket.ts";
import { requestBytes } from "./request-bytes.ts";
import { bytes, filesIn, initiate, raw, temporaryDirectory, until, withEmulator } from "./support.ts";

const replaceStart = (request: Buffer, start: string): Buffer =>
  Buffer.concat([Buffer.from(start, "latin1"), request.subarray(request.indexOf("\r\n"))]);

it("No bytes that anybody sends break the emulator, or leave a file behind", async (t) => {
  const directory = await temporaryDirectory(t);
  const emulator = await withEmulator(t, { directory });
  await initiate(emulator, "open");
  const kept = bytes(5000);
  await raw(emulator, { method: "PUT", key: "kept", body: kept });
  await fc.assert(
    fc.asyncProperty(fc.array(requestBytes, { minLength: 1, maxLength: 6 }), async (requests) => {
      const answers = await Promise.all(
        requests.map(async ({ start, lines, body, cut, sent, farewell }) => {
          const right = signedPut(emulator, lines, body);
          const text = start === undefined ? right : replaceStart(right, start);
          const all = text.subarray(0, Math.ceil(text.length * sent));
          const at = Math.floor(all.length * cut);
          return await sendBytes(emulator, [all.subarray(0, at), all.subarray(at)], farewell);
        }),
      );
      for (const { text } of answers) assert.match(text, /^(HTTP\/1\.1 [2-5]\d\d |HTTP\/1\.1 100 |$)/);
      for (const { text } of answers) assert.doesNotMatch(text, /HTTP\/1\.1 500|InternalError/);
      assert.ok((await raw(emulator, { key: "kept" })).body.equals(kept));
    }),
    { numRuns: 150 },
  );
  await until(() =>
    emulator.requests.every(({ statusCode, aborted }) => statusCode !== undefined || aborted),
  );
  for (const made of [...emulator.objects(), ...emulator.uploads()]) {
    if (made.key === "kept" || made.key === "open") continue;
    const headers = { Host: `${made.bucket}.cos.ap-guangzhou.myqcloud.com` };
    const query = "uploadId" in made ? { uploadId: made.uploadId } : {};
    await raw(emulator, { method: "DELETE", key: made.key, query, headers });
  }
  await emulator.close();
  assert.deepEqual(await readdir(join(directory, "temporary")), []);
  assert.equal((await readdir(join(directory, "data"))).length, 2);
  assert.equal((await filesIn(directory)).length, 4, "a mark, an object and its bytes, an upload");
});
