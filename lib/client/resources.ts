import { availableParallelism } from "node:os";
import { decide } from "../check/table.ts";
import type { Connection } from "../cos/connection.ts";
import type { Hasher } from "../digest/digester.ts";
import { PackageHasher } from "../digest/inline-digester.ts";
import { loadKernels } from "../digest/kernels/load.ts";
import { type HashPlace, LaneHasher } from "../digest/lane-hasher.ts";
import { BlockSupply } from "../memory/block-supply.ts";
import { ClientMemory } from "../memory/client-memory.ts";
import { Slabs, slabsWithin } from "../memory/slabs.ts";
import { resolveConnection } from "../options/connection-options.ts";
import { CLIENT, DIGEST } from "../options/tables.ts";
import type { ConnectionOptions, PartResourceOptions } from "../options.ts";
import { createConnection } from "./connection.ts";

/** The connection, the memory and the hasher that the streams of one client share, or that one stream has for itself. */
export interface Resources {
  /** The options from which they were made, checked. */
  readonly given: ConnectionOptions & PartResourceOptions;
  readonly connection: Connection;
  readonly memory: ClientMemory;
  readonly hasher: Hasher;
  readonly blocks: BlockSupply;
}

/**
 * Makes them. Nothing is opened, allocated or started before the first byte.
 *
 * @throws TypeError `ERR_COS_INVALID_OPTION` if options contradict each other.
 */
export function createResources(given: ConnectionOptions & PartResourceOptions): Resources {
  const { memory: limit } = decide(CLIENT, given);
  const connection = createConnection(resolveConnection(given));
  const slabs = slabsWithin(limit);
  const blocks = new BlockSupply(loadKernels(), slabs);
  const memory = new ClientMemory(limit, new Slabs(() => blocks.create(), slabs));
  const { memories } = blocks;
  const hasher = memories === undefined ? new PackageHasher() : new LaneHasher(memories, placeOf(given));
  return { given, connection, memory, hasher, blocks };
}

/** Releases everything, when nothing uses it any more. */
export async function closeResources({ hasher, blocks }: Resources): Promise<void> {
  if (await hasher.close()) blocks.release();
}

/** With only one core, a thread would take its time from sockets and source. */
function placeOf({ digest }: PartResourceOptions): HashPlace {
  const { worker } = decide(DIGEST, digest ?? {});
  if (worker === "auto") return availableParallelism() > 1 ? "auto" : "main";
  return worker ? "thread" : "main";
}
