import { fork } from "node:child_process";
import { join } from "node:path";
import type { Answer, Order, Plan, Sample } from "../measure/plan.ts";
import type { CachedFiles } from "./cached-files.ts";
import { checkDelivery } from "./check-delivery.ts";
import { BUILT, CERTIFICATE } from "./paths.ts";
import type { Account, ServerProcess } from "./server-process.ts";

/** A measurement that takes longer hangs: milliseconds, and the least bytes in each. */
const PATIENCE = 120_000;
const SLOWEST = 32 * 1024;

/** Carries a plan out in a process of its own, and makes sure that the server got every byte. */
export async function measure(plan: Plan, server: ServerProcess, files: CachedFiles): Promise<Sample> {
  const { sample, account } = await measureUnchecked(plan, server, files);
  checkDelivery(plan, account);
  return { ...sample, serverCpu: account.cpu };
}

export async function measureUnchecked(
  plan: Plan,
  server: ServerProcess,
  files: CachedFiles,
): Promise<{ readonly sample: Sample; readonly account: Account }> {
  await server.take();
  const answer = await carryOut({ ...plan, url: server.url, ...(await filesFor(plan, files)) });
  const account = await server.take();
  if ("error" in answer) throw new Error(answer.error);
  return { sample: answer.sample, account };
}

/** One process, one order. */
export function carryOut(order: Order): Promise<Answer> {
  const child = fork(join(BUILT, "measure/child.js"), [JSON.stringify(order)], {
    // Every client trusts the server's certificate in the same way, and keeps its advice to itself.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: CERTIFICATE, NODE_NO_WARNINGS: "1" },
    timeout: PATIENCE + Math.ceil(((order.size ?? 0) * (order.count ?? 1)) / SLOWEST),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // Not through the loader that this process may run in: it takes time and memory, most of all from packages of modules.
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    child.once("message", (answer) => resolve(answer as Answer));
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve({ error: `the process ended with ${signal ?? code} and no answer` }),
    );
  });
}

async function filesFor(
  { client, size = 0, warmUp = 0 }: Plan,
  files: CachedFiles,
): Promise<Pick<Order, "files">> {
  return client === "official-sdk" ? { files: await files.ofSizes([size, warmUp]) } : {};
}
