import { parentPort, workerData } from "node:worker_threads";
import { HashJob } from "./hash-job.ts";
import type { ThreadData, ThreadMessage } from "./hash-thread.ts";
import { Kernels, WORKER_AREA } from "./kernels/kernels.ts";

const { module } = workerData as ThreadData;
const kernels: Kernels[] = [];

parentPort?.on("message", ({ memories, tasks }: ThreadMessage) => {
  for (const memory of memories) kernels.push(new Kernels(module, memory, WORKER_AREA));
  parentPort?.postMessage(new HashJob(tasks, (memory) => kernels[memory]!).runToEnd());
});
