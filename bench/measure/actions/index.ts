import type { ActionName } from "../plan.ts";
import type { Action } from "./action.ts";
import { copy } from "./copy.ts";
import { eventLoop } from "./event-loop.ts";
import { idle } from "./idle.ts";
import { importModules } from "./import.ts";
import { kernel } from "./kernel.ts";
import { latency } from "./latency.ts";
import { streams } from "./streams.ts";
import { upload } from "./upload.ts";
import { writes } from "./writes.ts";

export const actions: Readonly<Record<ActionName, Action>> = {
  copy,
  "event-loop": eventLoop,
  idle,
  import: importModules,
  kernel,
  latency,
  streams,
  upload,
  writes,
};
