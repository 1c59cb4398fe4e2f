/**
 * Question: is memory bounded, whatever the size of the object, and would it be noticed if it were not?
 *
 * Method: most memory of a process that uploads, less that of one with everything ready that uploads nothing. It must stay
 * below half of the object. The control keeps the object whole before it sends it, and must be found out.
 */
import type { ClientName, Plan } from "../measure/plan.ts";
import type { CachedFiles } from "../suite/cached-files.ts";
import { measure } from "../suite/measure.ts";
import { ServerProcess } from "../suite/server-process.ts";
import type { Gate } from "./gate.ts";

const MIB = 1024 * 1024;
const SIZE = 512 * MIB;
const BOUND = SIZE / 2;

export const boundedMemory: Gate = async (files) => {
  const server = await ServerProcess.start();
  try {
    const ours = await growth("cos-upload-stream", server, files);
    const control = await growth("hoarder", server, files);
    const seen = (bytes: number): string =>
      `+${(bytes / MIB).toFixed(0)} MiB for an object of ${SIZE / MIB} MiB`;
    return [
      { gate: "cos-upload-stream: memory is bounded", passed: ours < BOUND, detail: seen(ours) },
      {
        gate: "control, an object kept whole: it is noticed",
        passed: control >= BOUND,
        detail: seen(control),
      },
    ];
  } finally {
    server.close();
  }
};

async function growth(client: ClientName, server: ServerProcess, files: CachedFiles): Promise<number> {
  const plan: Plan = { action: "upload", client, size: SIZE, poolSize: MIB };
  const { resident = 0 } = await measure({ ...plan, action: "idle" }, server, files);
  const { peak = 0 } = await measure(plan, server, files);
  return peak - resident;
}
