import assert from "node:assert/strict";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Importing this makes a test file fail on what it leaves behind: rejections that nobody handled, warnings about
 * listeners, and sockets, servers or timers that are still there when its last test is over.
 */
const offences: string[] = [];

process.on("unhandledRejection", (reason) => offences.push(`unhandled rejection: ${String(reason)}`));
process.on("warning", (warning) => {
  if (warning.name === "MaxListenersExceededWarning") offences.push(warning.message);
});

after(async () => {
  // A socket that was closed takes a turn or two of the event loop to go.
  for (let turn = 0; turn < 40 && leaked().length > 0; turn++) await sleep(25);
  assert.deepEqual([...offences, ...leaked()], [], "what the tests of this file left behind");
});

function leaked(): string[] {
  const kinds = /^(TCP|TLS|Pipe)?(SocketWrap|ServerWrap|ConnectWrap)$|^Timeout$/;
  // The runner talks to its parent over pipes and has timers of its own for tests that are running.
  const own = new Set(["PipeWrap"]);
  return process.getActiveResourcesInfo().filter((kind) => kinds.test(kind) && !own.has(kind));
}
