import assert from "node:assert/strict";
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { CosProcessError, CosUploadError, exitOf } from "../../lib/index.ts";

const PIPED: SpawnOptions = { stdio: ["ignore", "pipe", "ignore"] };

function sh(script: string, options: SpawnOptions = PIPED): ChildProcess {
  return spawn("sh", ["-c", script], options);
}

/** When it is asked: each must give the same answer. */
const MOMENTS: Readonly<Record<string, (child: ChildProcess) => Promise<void>>> = {
  "asked at once": async (child) => {
    child.stdout?.resume();
  },
  "asked after the exit": async (child) => {
    child.stdout?.resume();
    await once(child, "exit");
  },
  "asked after everything is closed": async (child) => {
    child.stdout?.resume();
    await once(child, "close");
  },
};

for (const [moment, wait] of Object.entries(MOMENTS)) {
  describe(`A process, ${moment},`, () => {
    const ask = async (child: ChildProcess): Promise<void> => {
      // The promise of the first is asked for before the wait: it must not become an unhandled rejection meanwhile.
      const exit = moment === "asked at once" ? exitOf(child) : undefined;
      await wait(child);
      await (exit ?? exitOf(child));
    };

    test("that exits with 0 resolves", async () => {
      await ask(sh("echo done"));
    });

    test("that exits with 3 rejects with the code, and the name of the command", async () => {
      await assert.rejects(ask(sh("echo half; exit 3")), (error) => {
        assert.ok(error instanceof CosProcessError && error instanceof CosUploadError);
        assert.deepEqual(
          [error.code, error.exitCode, error.signal, error.command],
          ["ERR_COS_PROCESS", 3, undefined, "sh"],
        );
        assert.match(error.message, /"sh" exited with code 3/);
        return true;
      });
    });

    test("that a signal ends rejects with the signal", async () => {
      await assert.rejects(ask(sh("kill -KILL $$")), (error) => {
        assert.ok(error instanceof CosProcessError);
        assert.deepEqual([error.exitCode, error.signal], [undefined, "SIGKILL"]);
        assert.match(error.message, /"sh" was ended by SIGKILL/);
        return true;
      });
    });

    test("whose output nobody reads as it has none resolves", async () => {
      await ask(sh("exit 0", { stdio: "ignore" }));
    });
  });
}

test("A process that cannot be started rejects with the reason", async () => {
  const child = spawn("/nowhere/to/be/found", PIPED);
  await assert.rejects(exitOf(child, { name: "the dump" }), (error) => {
    assert.ok(error instanceof CosProcessError);
    assert.match(error.message, /"the dump" could not be started: .*ENOENT/);
    assert.equal((error.cause as NodeJS.ErrnoException).code, "ENOENT");
    return true;
  });
});

test("A process that could not be started rejects also long after that", async () => {
  const child = spawn("/nowhere/to/be/found", PIPED);
  child.on("error", () => {});
  await new Promise((resolve) => child.on("close", resolve));
  await assert.rejects(exitOf(child), /could not be started/);
});

test("A process that exited is waited for until its output is read", async () => {
  const child = sh("head -c 50000 /dev/zero");
  let read = 0;
  let isOver = false;
  const exited = once(child, "exit");
  const end = exitOf(child).then(() => {
    isOver = true;
  });
  for await (const chunk of child.stdout!) {
    if (read === 0) await exited;
    assert.equal(isOver, false);
    read += (chunk as Buffer).length;
  }
  await end;
  assert.equal(read, 50_000);
});

test("A process that closes its output and lives on is waited for", async () => {
  const child = sh("exec 1>&-; sleep 0.2; exit 4");
  child.stdout!.resume();
  await once(child.stdout!, "close");
  assert.equal(child.exitCode, null);
  await assert.rejects(exitOf(child), /code 4/);
});

test("A signal that cannot be sent to a process that runs is not its end", async () => {
  const child = sh("exit 0");
  child.stdout!.resume();
  const end = exitOf(child);
  child.emit("error", new Error("kill EPERM"));
  await end;
});

test("Several may wait for the same process", async () => {
  const child = sh("exit 5");
  child.stdout!.resume();
  const ends = await Promise.allSettled([exitOf(child), exitOf(child), exitOf(child)]);
  assert.deepEqual(
    ends.map(({ status }) => status),
    ["rejected", "rejected", "rejected"],
  );
});

for (const child of [undefined, null, {}, "pg_dump", 7, process]) {
  test(`What is not a child process is refused: ${child === process ? "process" : JSON.stringify(child)}`, () => {
    assert.throws(() => exitOf(child as ChildProcess), { code: "ERR_COS_INVALID_OPTION", name: "TypeError" });
  });
}

test("A name that is not a string is refused", () => {
  const child = sh("exit 0");
  child.stdout!.resume();
  assert.throws(() => exitOf(child, { name: 7 as unknown as string }), { code: "ERR_COS_INVALID_OPTION" });
});
