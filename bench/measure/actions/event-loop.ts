import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Meter } from "../meter.ts";
import { type Action, prepare } from "./action.ts";

/** Milliseconds between two looks. Each delay that is recorded contains it. */
const RESOLUTION = 1;

/** How long other work of the process waits while an object is uploaded; of size 0: while nothing is done for a second. */
export const eventLoop: Action = async (order, client) => {
  const [uploader, source] = await prepare(order, client);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  const meter = new Meter();
  delay.enable();
  if (source.size === 0) await sleep(1000);
  else await uploader.upload("object", source);
  delay.disable();
  return {
    ...meter.read(),
    bytes: source.size,
    delayMedian: delay.percentile(50) / 1e6,
    delay99: delay.percentile(99) / 1e6,
    delayMax: delay.max / 1e6,
  };
};
