import { HashJob } from "./hash-job.ts";
import type { ThreadData, ThreadMessage } from "./hash-thread.ts";
import { Kernels } from "./kernels/kernels.ts";

// Neither `import` nor `require`: whether the source of a thread is a module depends on the flags of the process.
const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
const { module } = workerData as ThreadData;
const kernels: Kernels[] = [];

parentPort?.on("message", ({ memories, tasks }: ThreadMessage) => {
  for (const { memory, area } of memories) kernels.push(new Kernels(module, memory, area));
  parentPort?.postMessage(new HashJob(tasks, (memory) => kernels[memory]!).runToEnd());
});
