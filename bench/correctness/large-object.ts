/**
 * Question: does an object of very many parts, or of very many bytes, arrive whole, and in constant memory at both ends?
 *
 * Method: seeded bytes, made as they are read, go through one upload stream to the emulator in another process; the object is
 * downloaded by an independent client and compared byte for byte with the same bytes made again. The most memory of both
 * processes is printed. The control changes one byte of what is compared, and must be found out.
 *
 *     npm run bench:large-object -- --parts 10000 --part-size 1048576    10,000 parts exactly, 9.8 GiB
 *     npm run bench:large-object -- --size 21474836480                   20 GiB of unknown length
 */
import { fork } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { once } from "node:events";
import { get } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import COS from "cos-nodejs-sdk-v5";
import type { EmulatorTarget } from "../../lib/emulator/index.ts";
import { createUploadStream } from "../../lib/index.ts";

const MIB = 1024 * 1024;
const { values } = parseArgs({
  options: {
    parts: { type: "string", default: "10000" },
    "part-size": { type: "string", default: String(MIB) },
    size: { type: "string" },
  },
});
const partSize = Number(values["part-size"]);
const size = values.size === undefined ? Number(values.parts) * partSize : Number(values.size);

function* seeded(length: number): Generator<Buffer> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  for (let at = 0; at < length; at += MIB) yield cipher.update(zeros.subarray(0, Math.min(MIB, length - at)));
}

/** Whether `received` is exactly the seeded bytes; the byte at `flipped` counts as changed. */
async function isSame(received: AsyncIterable<Buffer>, flipped = -1): Promise<boolean> {
  const expected = seeded(size);
  let rest: Buffer = Buffer.alloc(0);
  let at = 0;
  for await (const chunk of received) {
    let from = 0;
    while (from < chunk.length) {
      if (rest.length === 0) rest = expected.next().value ?? Buffer.alloc(0);
      const length = Math.min(rest.length, chunk.length - from);
      const isFlipped = flipped >= at && flipped < at + length;
      if (length === 0 || isFlipped || rest.compare(chunk, from, from + length, 0, length) !== 0)
        return false;
      rest = rest.subarray(length);
      from += length;
      at += length;
    }
  }
  return at === size;
}

const child = fork(fileURLToPath(new URL("../support/emulator-process.ts", import.meta.url)), {
  execArgv: ["--import", "tsx"],
});
const [{ target }] = (await once(child, "message")) as [{ target: EmulatorTarget }];
const known = values.size === undefined ? { expectedSize: size } : {};
const upload = createUploadStream({ ...target, key: "large", partSize, ...known });
const start = performance.now();
await pipeline(Readable.from(seeded(size), { objectMode: false, highWaterMark: MIB }), upload);
const seconds = (performance.now() - start) / 1000;
const ownPeak = process.resourceUsage().maxRSS / 1024;

const { secretId, secretKey } = target.credentials;
const client = new COS({
  SecretId: secretId,
  SecretKey: secretKey,
  Protocol: "http:",
  Domain: new URL(target.endpoint).host,
});
const url = client.getObjectUrl(
  { Bucket: target.bucket, Region: target.region, Key: "large", Sign: true },
  () => {},
);
const download = async (): Promise<AsyncIterable<Buffer>> =>
  ((await once(get(url), "response")) as [Readable])[0];

const same = await isSame(await download());
const control = await isSame(await download(), Math.floor(size / 2));
child.send("end");
const [{ peak }] = (await once(child, "message")) as [{ peak: number }];

console.log(
  `${size} bytes in ${upload.result?.parts.length} parts, ${(size / MIB / seconds).toFixed(0)} MiB/s`,
);
console.log(
  `bytes read back are ${same ? "identical" : "DIFFERENT"}; a changed byte is ${control ? "MISSED" : "found"}`,
);
console.log(
  `peak memory: uploading process ${ownPeak.toFixed(0)} MiB, emulator ${(peak / MIB).toFixed(0)} MiB`,
);
process.exitCode = same && !control ? 0 : 1;
