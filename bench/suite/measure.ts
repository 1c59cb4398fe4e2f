import { fork } from "node:child_process";
import { join } from "node:path";
import type { Answer, Order, Plan, Sample } from "../measure/plan.ts";
import { BUILT, CERTIFICATE } from "./paths.ts";
import type { Account, ServerProcess } from "./server-process.ts";

/** A measurement that takes longer, in milliseconds, hangs. */
const DEADLINE = 300_000;

/** Carries a plan out in a process of its own, and makes sure that the server got every byte. */
export async function measure(plan: Plan, server: ServerProcess, file?: string): Promise<Sample> {
  const { sample, account } = await measureUnchecked(plan, server, file);
  checkDelivery(plan, account);
  return { ...sample, serverCpu: account.cpu };
}

export async function measureUnchecked(
  plan: Plan,
  server: ServerProcess,
  file?: string,
): Promise<{ readonly sample: Sample; readonly account: Account }> {
  await server.take();
  const answer = await run({ ...plan, url: server.url, ...(file !== undefined && { file }) });
  const account = await server.take();
  if ("error" in answer) throw new Error(answer.error);
  return { sample: answer.sample, account };
}

/** The gate of every measurement. @throws When what arrived is not as many whole objects of as many bytes as were sent. */
export function checkDelivery({ action, count = 1, size = 0, client }: Plan, { deliveries }: Account): void {
  if (!["upload", "streams", "writes", "event-loop"].includes(action) || size === 0) return;
  const objects = deliveries.filter(({ key }) => key.startsWith("object"));
  if (objects.length !== count) throw new Error(`${objects.length} objects arrived, not ${count}`);
  for (const { key, bytes, complete } of objects) {
    if (bytes !== size) throw new Error(`${bytes} bytes of ${key} arrived, not ${size}`);
    // The floor makes no object.
    if (!complete && client !== "bare-undici") throw new Error(`${key} was not completed`);
  }
}

function run(order: Order): Promise<Answer> {
  const child = fork(join(BUILT, "measure/child.js"), [JSON.stringify(order)], {
    // Every client trusts the server's certificate in the same way.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: CERTIFICATE, NODE_NO_WARNINGS: "1" },
    timeout: DEADLINE,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    child.once("message", (answer) => resolve(answer as Answer));
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve({ error: `the process ended with ${signal ?? code} and no answer` }),
    );
  });
}
