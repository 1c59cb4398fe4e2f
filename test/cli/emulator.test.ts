import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { useEmulator } from "../support/emulator.ts";
import { runCommand, startCommand, temporaryFolder } from "./support.ts";

describe("cos-upload emulator", { concurrency: 2 }, () => {
  it("tells how to reach it as JSON, takes an upload, and ends with 0 at SIGTERM", async (t) => {
    const emulator = startCommand(t, ["emulator", "--port", "0", "--json", "--bucket", "b-1"]);
    let line = "";
    emulator.child.stdout!.on("data", (text) => {
      line += text;
    });
    await emulator.said(/\n/);
    const { bucket, region, endpoint, credentials } = JSON.parse(line);
    const env = {
      TENCENTCLOUD_SECRET_ID: credentials.secretId,
      TENCENTCLOUD_SECRET_KEY: credentials.secretKey,
    };
    const args = ["-", `cos://${bucket}/k`, "--region", region, "--endpoint", endpoint];
    assert.equal((await runCommand(t, args, { env, input: "hello" })).code, 0);
    emulator.child.kill("SIGTERM");
    assert.deepEqual(await emulator.result, { code: 0, stdout: line, stderr: "" });
  });

  it("tells people what to type, and ends with 0 at SIGINT", async (t) => {
    const { child, result, said } = startCommand(t, ["emulator", "--port", "0"]);
    await said(/--endpoint http.*\n/);
    child.kill("SIGINT");
    const { code, stdout } = await result;
    assert.equal(code, 0);
    assert.match(
      stdout,
      /export TENCENTCLOUD_SECRET_ID=\S+\n {2}export TENCENTCLOUD_SECRET_KEY=\S+\n {2}cos-upload /,
    );
  });

  it("says in one sentence who has its directory, and finds everything in it once that was killed", async (t) => {
    const directory = await temporaryFolder(t);
    const flags = ["emulator", "--port", "0", "--directory", directory];
    const first = startCommand(t, flags);
    await first.said(/Ctrl-C/);
    const refused = await runCommand(t, flags);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^cos-upload: The directory .* is in use by an emulator in process \d+ on .*\n$/,
    );
    assert.ok(refused.stderr.includes(directory) && refused.stderr.includes(String(first.child.pid)));
    first.child.kill("SIGKILL");
    await first.result;
    const second = startCommand(t, flags);
    await second.said(/Ctrl-C/);
  });

  it("says in one sentence that its port is taken", async (t) => {
    const { url } = await useEmulator(t);
    const { code, stderr } = await runCommand(t, ["emulator", "--port", new globalThis.URL(url).port]);
    assert.equal(code, 1);
    assert.match(stderr, /^cos-upload: .*in use.*\n$/);
  });
});
