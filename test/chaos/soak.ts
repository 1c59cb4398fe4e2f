import { setTimeout as sleep } from "node:timers/promises";
import { ClientSockets } from "./client-sockets.ts";
import type { Breach } from "./judge.ts";
import { performRun, type RunReport } from "./perform-run.ts";
import { planRuns, type RunPlan } from "./run-plan.ts";
import { Tally } from "./tally.ts";

export interface SoakOptions {
  readonly seed: number;
  readonly runs: number;
  /** The one run to make of them. */
  readonly only?: number | undefined;
  /** Runs at a time. */
  readonly parallel: number;
  /** Told of each run that broke a promise. */
  readonly onBroken: (
    index: number,
    plan: RunPlan,
    breaches: readonly Breach[],
    report: RunReport | undefined,
  ) => void;
}

/** Makes the runs of a seed, several at a time, and sums up what they came to. */
export async function soak({ seed, runs, only, parallel, onBroken }: SoakOptions): Promise<Tally> {
  const plans = [...planRuns(seed, only === undefined ? runs : only + 1).entries()].slice(only ?? 0);
  const tally = new Tally();
  const sockets = new ClientSockets();
  const offences = watchProcess();
  const lane = async (): Promise<void> => {
    for (let next = plans.shift(); next !== undefined; next = plans.shift()) {
      const [index, plan] = next;
      const report = await performRun(plan, sockets);
      const breaches = tally.add(report);
      if (breaches.length > 0) onBroken(index, plan, breaches, report);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  tally.breaches.push(...(await offences()));
  return tally;
}

/** What nobody handled in the whole process, and what is still open, when the returned function is called. */
function watchProcess(): () => Promise<Breach[]> {
  const offences: Breach[] = [];
  const openBefore = openHandles();
  const onRejection = (reason: unknown): void =>
    void offences.push({ kind: "process", what: `unhandled rejection: ${describe(reason)}` });
  const onException = (error: unknown): void =>
    void offences.push({ kind: "process", what: `uncaught exception: ${describe(error)}` });
  const onWarning = (warning: Error): void => {
    if (warning.name === "MaxListenersExceededWarning")
      offences.push({ kind: "process", what: warning.message });
  };
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtException", onException);
  process.on("warning", onWarning);
  return async () => {
    // A socket that was closed takes a turn or two of the event loop to go.
    for (let waited = 0; openHandles() > openBefore && waited < 2000; waited += 50) await sleep(50);
    const left = openHandles() - openBefore;
    if (left > 0) offences.push({ kind: "process", what: `${left} sockets, servers or timers are left` });
    process.off("unhandledRejection", onRejection);
    process.off("uncaughtException", onException);
    process.off("warning", onWarning);
    return offences;
  };
}

function openHandles(): number {
  const kinds = /^TCP(Socket|Server|Connect)Wrap$|^Timeout$|^MessagePort$/;
  return process.getActiveResourcesInfo().filter((kind) => kinds.test(kind)).length;
}

function describe(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}
