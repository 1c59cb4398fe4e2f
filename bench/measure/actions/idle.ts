import { setTimeout as sleep } from "node:timers/promises";
import { type Action, prepare } from "./action.ts";

/** Milliseconds after which a process that does nothing has settled. */
const SETTLED = 200;

/** A process that has everything that an upload needs, and uploads nothing. */
export const idle: Action = async (order, client) => {
  const [, source] = await prepare(order, client);
  await sleep(SETTLED);
  return { resident: process.memoryUsage.rss(), bytes: source.chunk(0).length };
};
