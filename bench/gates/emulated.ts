/**
 * Question: is what is measured a true upload: signed, with digests that COS would accept?
 *
 * Method: the measured program against the emulator, which checks every signature, MD5 and CRC64 with code of its own. The
 * control changes a byte of what is compared with what the emulator stored.
 */
import { createHash, type Hash } from "node:crypto";
import { startEmulator } from "../../lib/emulator/index.ts";
import type { Plan } from "../measure/plan.ts";
import { Source } from "../measure/source.ts";
import { carryOut } from "../suite/measure.ts";
import type { Gate } from "./gate.ts";

const SIZE = 24 * 1024 * 1024 + 12_345;
const CHUNK_SIZE = 64 * 1024;

export const emulated: Gate = async () => {
  const emulator = await startEmulator({
    port: 0,
    bucket: "bench-1250000000",
    region: "ap-beijing",
    credentials: { secretId: "AKIDbench", secretKey: "bench" },
  });
  try {
    const plan: Plan = { action: "upload", client: "cos-upload-stream", size: SIZE, chunkSize: CHUNK_SIZE };
    const answer = await carryOut({ ...plan, url: emulator.url });
    const stored = await digestOf(emulator.object("object")?.createReadStream() ?? []);
    const expected = await digestOf(new Source({ size: SIZE, chunkSize: CHUNK_SIZE }).read());
    const other = await digestOf(
      new Source({ size: SIZE, chunkSize: CHUNK_SIZE, fault: "flipped-byte" }).read(),
    );
    const passed = !("error" in answer) && stored === expected;
    return [
      {
        gate: "cos-upload-stream: the emulator verifies and stores the same bytes",
        passed,
        detail: "error" in answer ? answer.error : `${SIZE} bytes, ${passed ? "identical" : "DIFFERENT"}`,
      },
      {
        gate: "control, a byte changed in the comparison: it is noticed",
        passed: stored !== other,
        detail: stored === other ? "it was not noticed" : "other bytes",
      },
    ];
  } finally {
    await emulator.close();
  }
};

async function digestOf(bytes: AsyncIterable<unknown> | Iterable<never>): Promise<string> {
  const hash: Hash = createHash("sha256");
  for await (const chunk of bytes) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
