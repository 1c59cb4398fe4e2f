import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { it } from "node:test";
import { complete, initiate, requestOptions, withEmulator } from "./support.ts";

const MIB = 1024 * 1024;

it("A 256 MiB object goes in and out in constant memory", async (t) => {
  const emulator = await withEmulator(t);
  const uploadId = await initiate(emulator, "k");
  const chunk = Buffer.alloc(64 * 1024, 1);
  let peak = 0;
  const baseline = process.memoryUsage().rss;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 5);
  t.after(() => clearInterval(timer));
  const etags: (string | undefined)[] = [];
  for (const partNumber of [1, 2]) {
    const client = request(
      requestOptions(emulator, {
        method: "PUT",
        key: "k",
        query: { partNumber: String(partNumber), uploadId },
        headers: { "Content-Length": String(128 * MIB) },
      }),
    );
    const chunks = Readable.from(
      (function* () {
        for (let sent = 0; sent < 128 * MIB; sent += chunk.length) yield chunk;
      })(),
    );
    const [[response]] = await Promise.all([once(client, "response"), pipeline(chunks, client)]);
    response.resume();
    etags.push(response.headers.etag);
  }
  assert.equal((await complete(emulator, { key: "k", uploadId }, etags)).status, 200);
  const [response] = await once(request(requestOptions(emulator, { key: "k" })).end(), "response");
  let received = 0;
  for await (const bytes of response) received += (bytes as Buffer).length;
  assert.equal(received, 256 * MIB);
  assert.ok(peak - baseline < 100 * MIB, `RSS grew by ${Math.round((peak - baseline) / MIB)} MiB`);
});
