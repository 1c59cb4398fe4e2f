import { availableParallelism } from "node:os";
import { checkBoolean, checkInteger, checkObject, describeValue, readOptions } from "../check.ts";
import type { Connection } from "../cos/connection.ts";
import type { Hasher } from "../digest/digester.ts";
import { PackageHasher } from "../digest/inline-digester.ts";
import { KernelMemories } from "../digest/kernels/kernel-memories.ts";
import { loadKernels } from "../digest/kernels/load.ts";
import { type HashPlace, LaneHasher } from "../digest/lane-hasher.ts";
import { invalidOption } from "../errors.ts";
import { MIB, MIN_PART_SIZE } from "../limits.ts";
import { Blocks } from "../memory/blocks.ts";
import { ClientMemory } from "../memory/client-memory.ts";
import { Slabs } from "../memory/slabs.ts";
import type { ConnectionOptions, DigestOption, PartResourceOptions } from "../options.ts";
import { CONNECTION_OPTIONS, createConnection, readConnectionOptions } from "./connection-options.ts";

const DEFAULT_MEMORY: number = 128 * MIB;

/** The names of {@link PartResourceOptions}. */
export const PART_RESOURCE_OPTIONS = ["memory", "digest"] as const;

/** The names of what a client is made of. */
export const CLIENT_OPTIONS: readonly (keyof (ConnectionOptions & PartResourceOptions))[] = [
  ...CONNECTION_OPTIONS,
  ...PART_RESOURCE_OPTIONS,
];

/** What the streams of one client share, or one stream has for itself: sockets and credentials, memory, and who hashes. */
export interface Resources {
  readonly connection: Connection;
  readonly memory: ClientMemory;
  readonly hasher: Hasher;
  /** What `digest.worker` was. */
  readonly worker: boolean | "auto";
  readonly blocks: Blocks;
}

/** What a client or a stream is made with, as it is at this moment: the options within others too. */
export function readResourceOptions<T extends ConnectionOptions & PartResourceOptions>(
  where: string,
  options: T,
  known: readonly string[],
): T {
  const { digest, ...others } = readConnectionOptions<ConnectionOptions & PartResourceOptions>(
    where,
    options,
    known,
  );
  if (checkObject("digest", digest) === undefined) return others as T;
  return { ...others, digest: readOptions("digest", digest!, ["worker"], "digest.") } as T;
}

/** Checks the options; nothing is opened, allocated or started before the first byte. */
export function createResources(options: ConnectionOptions & PartResourceOptions): Resources {
  const limit = resolveMemory(options.memory) ?? DEFAULT_MEMORY;
  const worker = resolveWorker(options.digest) ?? "auto";
  const connection = createConnection(options);
  const kernels = loadKernels();
  const memories = kernels && new KernelMemories(kernels.module);
  const blocks = new Blocks(memories, limit);
  const memory = new ClientMemory(limit, new Slabs(() => blocks.create(), blocks.slabs));
  const hasher = memories === undefined ? new PackageHasher() : new LaneHasher(memories, placeOf(worker));
  return { connection, memory, hasher, worker, blocks };
}

/** Lets go of everything, once nothing runs any more. */
export async function closeResources({ hasher, blocks }: Resources): Promise<void> {
  if (await hasher.close()) blocks.release();
}

/** `memory`, if it is given: at least the smallest part. */
export function resolveMemory(memory: unknown): number | undefined {
  return checkInteger("memory", memory, { min: MIN_PART_SIZE, max: Number.MAX_SAFE_INTEGER, unit: "bytes" });
}

/**
 * Refuses a `digest` that is not the one of the client: its streams are digested together.
 *
 * @throws TypeError `ERR_COS_INVALID_OPTION`.
 */
export function checkDigestAgainstClient(digest: DigestOption | undefined, { worker }: Resources): void {
  const wanted = resolveWorker(digest) ?? worker;
  if (wanted === worker) return;
  const rule = `the streams of a "client" are digested together, and this one's has worker: ${JSON.stringify(worker)}`;
  throw invalidOption(TypeError, "digest", rule, `worker: ${JSON.stringify(wanted)}`);
}

/** A thread beside the only core would take its time from sockets and source. */
function placeOf(worker: boolean | "auto"): HashPlace {
  if (worker === "auto") return availableParallelism() > 1 ? "auto" : "main";
  return worker ? "thread" : "main";
}

/** `digest.worker`, if it is given. */
function resolveWorker(digest: DigestOption | undefined): boolean | "auto" | undefined {
  const worker: unknown = digest?.worker;
  if (worker === "auto") return worker;
  if (worker === undefined || typeof worker === "boolean") return checkBoolean("digest.worker", worker);
  throw invalidOption(TypeError, "digest.worker", 'expected true, false or "auto"', describeValue(worker));
}
