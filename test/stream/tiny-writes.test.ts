import assert from "node:assert/strict";
import { test } from "node:test";
import { MIB } from "../support/bytes.ts";
import { runScript } from "../support/child.ts";
import { useEmulator } from "../support/emulator.ts";

const SIZE = 64 * MIB;
/** The default of the `memory` option. */
const MEMORY = 128 * MIB;

test("64 MiB in writes of 64 bytes take no more of a process than its memory option, and a fifth (aws/aws-sdk-js-v3#8286)", async (t) => {
  const emulator = await useEmulator(t);
  const { output, errors } = await runScript(`
    import { once } from "node:events";
    import { setFlagsFromString } from "node:v8";
    import { runInNewContext } from "node:vm";
    import { createUploadStream } from "cos-upload-stream";

    const target = ${JSON.stringify(emulator.target)};
    // What any upload needs is loaded by then.
    await createUploadStream({ ...target, key: "first" }).end(Buffer.alloc(${MIB})).done;

    // Only what is kept is to count, and not what is dropped and not collected yet.
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc");
    collect();
    const before = process.memoryUsage.rss();
    let most = before;
    const upload = createUploadStream({ ...target, key: "object" });
    for (let at = 0; at < ${SIZE}; at += 64) {
      // Each chunk is a slice of a slab of which the rest is dropped: whoever keeps the chunk, keeps nine times as much.
      Buffer.allocUnsafe(512);
      if (!upload.write(Buffer.allocUnsafe(64).fill(at / 64))) await once(upload, "drain");
      if (at % ${MIB} !== 0) continue;
      collect();
      most = Math.max(most, process.memoryUsage.rss());
    }
    const { size } = await upload.end().done;
    console.log(size, most - before);
  `);
  const [size = 0, growth = 0] = output.split(" ").map(Number);
  assert.equal(size, SIZE, errors);
  assert.ok(growth <= 1.2 * MEMORY, `${Math.round(growth / MIB)} MiB`);
});
