import { median } from "../../support/statistics.ts";
import type { Action } from "./action.ts";

const BODY = Buffer.from("Hello, world!");
const WARM_UP = 500;

/** Small objects, one after another: `seconds` is the median of one. */
export const latency: Action = async ({ count = 1 }, uploader) => {
  if (uploader?.put === undefined) throw new Error("this client has no single request");
  const times: number[] = [];
  for (let index = 0; index < WARM_UP + count; index++) {
    const start = performance.now();
    await uploader.put("object", BODY);
    if (index >= WARM_UP) times.push((performance.now() - start) / 1000);
  }
  return { seconds: median(times), bytes: BODY.length };
};
