import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNoSecret } from "../support/canaries.ts";
import { useEmulator } from "../support/emulator.ts";
import { flagsOf, keysOf, runCommand, temporaryFile, urlOf } from "./support.ts";

const CREDENTIALS = {
  secretId: "AKIDcanaryOfTheSecretId",
  secretKey: "canaryOfTheSecretKey",
  securityToken: "canary/Of+The=SecurityToken",
};
const KEY = "canaryOfTheCustomersKey012345678";
/** Loaded before the command: it reports with a bar, as on a terminal. */
const TERMINAL = `--import=data:text/javascript,${encodeURIComponent("process.stderr.isTTY = true; process.stderr.columns = 80;")}`;

describe("cos-upload shows no secret", { concurrency: 2 }, () => {
  for (const [report, flags, env] of [
    ["in lines", [], {}],
    ["in JSON", ["--json"], {}],
    ["with a bar", [], { NODE_OPTIONS: TERMINAL }],
  ] as const) {
    for (const [what, exitCode] of [
      ["when it succeeds after a retry", 0],
      ["when it fails", 1],
    ] as const) {
      it(`${report}, ${what}`, async (t) => {
        const emulator = await useEmulator(t, { credentials: CREDENTIALS });
        const times = exitCode === 0 ? 1 : Infinity;
        emulator.faults.add({
          operation: "UploadPart",
          times,
          fault: { kind: "error", statusCode: 503, code: "SlowDown" },
        });
        const keyFile = await temporaryFile(t, KEY);
        const sse = ["--sse", "SSE-C", "--sse-c-key-file", keyFile, "--max-attempts", "2"];
        const args = ["-", urlOf(emulator, "k"), ...flagsOf(emulator), ...sse, ...flags];
        const { code, stdout, stderr } = await runCommand(t, args, {
          input: "x",
          env: { ...keysOf(emulator), ...env, TENCENTCLOUD_TOKEN: CREDENTIALS.securityToken },
        });
        assert.equal(code, exitCode, stderr);
        assertNoSecret(stdout + stderr, [...Object.values(CREDENTIALS), KEY]);
      });
    }
  }
});
