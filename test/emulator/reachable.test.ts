import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, it, type TestContext } from "node:test";
import { startCommand } from "../cli/support.ts";
import { withEmulator } from "./support.ts";

/** Addresses of this machine other than 127.0.0.1; Linux has all of 127.0.0.0/8. */
const OTHERS = [
  ...(process.platform === "linux" ? ["127.0.0.2"] : []),
  ...Object.values(networkInterfaces())
    .flat()
    // Link-local addresses need their interface to be named.
    .flatMap((face) => (face && !face.scopeid ? [face.address] : []))
    .filter((address) => address !== "127.0.0.1"),
];

/** "connected", or the code of the error. */
async function tryAddress(url: string, address: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), address);
  try {
    await once(socket, "connect");
    return "connected";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

async function refusesAllBut127001(url: string): Promise<void> {
  assert.equal(await tryAddress(url, "127.0.0.1"), "connected");
  for (const address of OTHERS) assert.notEqual(await tryAddress(url, address), "connected", address);
}

/** Starts the command and returns what it tells of itself. */
async function startCommandAt(t: TestContext, flags: readonly string[]): Promise<{ endpoint: string }> {
  const { child, said } = startCommand(t, ["emulator", "--port", "0", "--json", ...flags]);
  let line = "";
  child.stdout!.on("data", (text) => {
    line += text;
  });
  await said(/\n/);
  return JSON.parse(line);
}

describe("The emulator can be reached", () => {
  it("from this machine alone, unless it is told otherwise", async (t) => {
    await refusesAllBut127001((await withEmulator(t)).url);
  });

  it("from this machine alone when a command starts it", async (t) => {
    const { endpoint } = await startCommandAt(t, []);
    await refusesAllBut127001(endpoint);
  });

  it("at every address when the host stands for all of them", async (t) => {
    const emulator = await withEmulator(t, { host: "0.0.0.0" });
    assert.match(emulator.url, /^http:\/\/127\.0\.0\.1:/);
    for (const address of ["127.0.0.1", ...OTHERS.filter((other) => !other.includes(":"))]) {
      assert.equal(await tryAddress(emulator.url, address), "connected", address);
    }
  });

  it("at the one address that a command is given", async (t) => {
    if (process.platform !== "linux") return t.skip("only Linux has more addresses than one of loopback");
    const { endpoint } = await startCommandAt(t, ["--host", "127.0.0.2"]);
    assert.equal(new URL(endpoint).hostname, "127.0.0.2");
    assert.equal(await tryAddress(endpoint, "127.0.0.2"), "connected");
    assert.equal(await tryAddress(endpoint, "127.0.0.1"), "ECONNREFUSED");
  });
});
