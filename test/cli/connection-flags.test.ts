import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import {
  addConnectionFlags,
  type ConnectionFlags,
  connectionArguments,
  connectionOptions,
} from "../../lib/cli/connection-flags.ts";

const parse = (...flags: string[]): ConnectionFlags =>
  addConnectionFlags(new Command())
    .parse(["--region", "r", ...flags], { from: "user" })
    .opts();

for (const flags of [[], ["--accelerate", "--internal"], ["--endpoint", "e"], ["--no-auto-switch-host"]]) {
  test(`the flags of a connection, ${flags.join(" ") || "none"}, are the same arguments again`, () => {
    assert.deepEqual(connectionArguments(parse(...flags)), ["--region", "r", ...flags]);
  });
}

test("the other domain of a bucket is turned to unless a flag says no", () => {
  assert.equal(connectionOptions("b-1", parse()).autoSwitchHost, true);
  assert.equal(connectionOptions("b-1", parse("--no-auto-switch-host")).autoSwitchHost, false);
});
