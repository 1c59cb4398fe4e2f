import { setTimeout as sleep } from "node:timers/promises";
import { type Emulator, startEmulator } from "../../lib/emulator/index.ts";
import { CosClient } from "../../lib/index.ts";
import { FaultyNetwork } from "../support/faulty-network/faulty-network.ts";
import type { ClientSockets } from "./client-sockets.ts";
import { type Breach, judge, type Verdict } from "./judge.ts";
import { type Performed, performUpload, prepareUpload, type Stage } from "./perform-upload.ts";
import { resumeLeft } from "./resume-left.ts";
import type { RunPlan } from "./run-plan.ts";
import { checkAskedAnew, IMPATIENT, signingOf, TOKEN } from "./signing.ts";
import { customerKey } from "./upload-options.ts";

/** What a run came to. */
export interface RunReport {
  readonly verdicts: readonly Verdict[];
  /** What was wrong with the run as a whole. */
  readonly broken: readonly Breach[];
  /** Faults that hit, by kind. */
  readonly injected: ReadonlyMap<string, number>;
  /** Requests that the server refused as their bodies did not fit their Content-MD5. */
  readonly refusedBodies: number;
  /** Uploads that were left unfinished, and resumed. */
  readonly resumed: number;
  /** The requests as the server saw them, for whoever looks for the reason. */
  readonly requests: readonly string[];
}

const SECRET_KEY = "canarySecretKeyOfThisSoakZq7";
/** Milliseconds after which what is still on its way is cut: what stalls for ever never arrives. */
const LAST_ARRIVAL = 4000;

/** Makes the uploads of one run, at one time, against a server and a network of their own. */
export async function performRun(plan: RunPlan, sockets: ClientSockets): Promise<RunReport> {
  const { clockOffset, completeDelay, faults } = plan.server;
  const emulator = await startEmulator({
    clock: () => Date.now() + clockOffset,
    completeDelay,
    credentials: { secretId: "AKIDcanaryOfThisSoak", secretKey: SECRET_KEY },
  });
  const network = await FaultyNetwork.open(emulator.url, plan.network);
  const secrets = [
    SECRET_KEY,
    TOKEN,
    ...plan.uploads.map((upload) => customerKey(upload).toString("base64")),
  ];
  const stage = openStage(emulator, network, plan);
  try {
    const prepared = await Promise.all(
      plan.uploads.map((upload, index) => prepareUpload(stage, upload, `upload ${index}`)),
    );
    for (const rule of faults) emulator.faults.add(rule);
    const performed = await Promise.all(prepared.map((one) => performUpload(stage, one)));
    const unasked = plan.signing === "provider that hangs at first" ? await checkAskedAnew(stage.client) : [];
    const broken = await closeClient(stage.client, performed, sockets, network.port);
    await arrived(emulator, network, completeDelay);
    emulator.faults.clear();
    const verdicts: Verdict[] = [];
    for (const one of performed) {
      verdicts.push(
        await judge(emulator, stage.direct, one, { secrets, signing: plan.signing, clockOffset }),
      );
    }
    for (const what of unasked) broken.push({ kind: "ending", what });
    let resumed = 0;
    for (const one of performed) {
      const { tried, broken: unresumed } = await resumeLeft(emulator, stage.direct, one);
      if (tried) resumed += 1;
      broken.push(...unresumed);
    }
    const strangers = emulator.objects().filter(({ key }) => !prepared.some((one) => one.key === key));
    for (const { key } of strangers) broken.push({ kind: "truncated object", what: `an object at ${key}` });
    const refused = emulator.requests.filter(({ code, fault }) => code === "BadDigest" && fault !== "error");
    return {
      verdicts,
      broken,
      injected: injectedIn(emulator, network),
      refusedBodies: refused.length,
      resumed,
      requests: logOf(emulator),
    };
  } finally {
    await stage.client?.close();
    await stage.direct.close();
    await network.close();
    await emulator.close();
  }
}

function openStage(emulator: Emulator, network: FaultyNetwork, plan: RunPlan): Stage {
  const { target } = emulator;
  // A provider of its own for each client: it knows which call is its first.
  const connect = () => ({
    bucket: target.bucket,
    region: target.region,
    endpoint: network.url,
    ...signingOf(emulator, plan.signing, plan.server.clockOffset),
  });
  const { worker } = plan.uploads[0]!.options;
  const memory = Math.max(...plan.uploads.map(({ options }) => options.memory));
  const client = plan.sharesClient
    ? new CosClient({ ...connect(), ...IMPATIENT, memory, digest: { worker } })
    : undefined;
  return { connect, client, direct: new CosClient(target) };
}

/** A stream's own sockets are closed with it; a client's, with the client. */
async function closeClient(
  client: CosClient | undefined,
  performed: readonly Performed[],
  sockets: ClientSockets,
  port: number,
): Promise<Breach[]> {
  const broken: Breach[] = [];
  const held = client?.stats().memoryHeld ?? 0;
  if (held > 0) broken.push({ kind: "late or held", what: `the client holds ${held} bytes` });
  if (performed.some(({ flaws }) => flaws.length > 0)) return broken;
  await client?.close();
  const open = sockets.open(port);
  if (open > 0) broken.push({ kind: "late or held", what: `${open} sockets are open after close` });
  return broken;
}

/** Waits for what is still on its way between a client that has gone and the server. */
async function arrived(emulator: Emulator, network: FaultyNetwork, completeDelay: number): Promise<void> {
  const last = new AbortController();
  const deadline = sleep(LAST_ARRIVAL, undefined, { signal: last.signal }).catch(() => {});
  await Promise.race([network.settled(), deadline]);
  last.abort();
  await network.close();
  const isOver = (): boolean =>
    emulator.requests.every(({ statusCode, aborted, fault }) => statusCode !== undefined || aborted || fault);
  for (let waited = 0; !isOver() && waited < LAST_ARRIVAL; waited += 10) await sleep(10);
  // The server goes on merging when nobody waits for it any more.
  if (emulator.requests.some(({ operation }) => operation === "CompleteMultipartUpload")) {
    await sleep(completeDelay + 100);
  }
}

function injectedIn(emulator: Emulator, network: FaultyNetwork): Map<string, number> {
  const injected = new Map<string, number>(
    [...network.injected].map(([kind, count]) => [`network: ${kind}`, count]),
  );
  const add = (kind: string): void => void injected.set(kind, (injected.get(kind) ?? 0) + 1);
  for (const { fault, code, statusCode } of emulator.requests) {
    if (fault === "error") add(`server: ${statusCode ?? "early"} ${code ?? "without code"}`);
    else if (fault !== undefined) add(`server: ${fault}`);
  }
  return injected;
}

function logOf(emulator: Emulator): string[] {
  return emulator.requests.map(
    ({ operation, key, partNumber = "", uploadId = "", bytes, statusCode, code = "", fault = "", aborted }) =>
      [
        operation,
        key,
        partNumber,
        uploadId.slice(0, 8),
        bytes,
        statusCode,
        code,
        fault,
        aborted ? "aborted" : "",
      ].join(" "),
  );
}
