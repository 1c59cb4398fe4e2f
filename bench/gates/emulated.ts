/**
 * Question: is what is measured a true upload: signed, with digests that COS would accept?
 *
 * Method: the measured program against the emulator, which checks every signature, MD5 and CRC64 with code of its own. The
 * control changes a byte of what is compared with what the emulator stored.
 */
import { startEmulator } from "../../lib/emulator/index.ts";
import { carryOut } from "../suite/measure.ts";
import type { Gate } from "./gate.ts";
import { digestOf, digestOfSource, OBJECT } from "./object.ts";

export const emulated: Gate = async () => {
  const emulator = await startEmulator({
    port: 0,
    bucket: "bench-1250000000",
    region: "ap-beijing",
    credentials: { secretId: "AKIDbench", secretKey: "bench" },
  });
  try {
    const answer = await carryOut({
      action: "upload",
      client: "cos-upload-stream",
      ...OBJECT,
      url: emulator.url,
    });
    const object = emulator.object("object");
    const stored = object && (await digestOf(object.createReadStream()));
    const other = await digestOfSource("flipped-byte");
    const passed = !("error" in answer) && stored === (await digestOfSource());
    return [
      {
        gate: "cos-upload-stream: the emulator verifies and stores the same bytes",
        passed,
        detail:
          "error" in answer ? answer.error : `${OBJECT.size} bytes, ${passed ? "identical" : "DIFFERENT"}`,
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
