import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ConnectionLimit } from "../../lib/http/connection-limit.ts";

/** Work that ends when the test says so. */
function work(): { run: () => Promise<string>; end: (how?: Error) => void; begun: () => boolean } {
  let resolve: (value: string) => void;
  let reject: (error: Error) => void;
  const promise = new Promise<string>((pass, fail) => {
    resolve = pass;
    reject = fail;
  });
  let begun = false;
  return {
    run: () => {
      begun = true;
      return promise;
    },
    end: (how) => (how === undefined ? resolve("done") : reject(how)),
    begun: () => begun,
  };
}

const NEVER = new AbortController().signal;

test("So many run at a time, and the others in the order in which they came", async () => {
  const limit = new ConnectionLimit(2);
  const works = [work(), work(), work(), work()];
  const results = works.map(({ run }) => limit.run(NEVER, run));
  await setImmediate();
  assert.deepEqual(
    works.map(({ begun }) => begun()),
    [true, true, false, false],
  );
  assert.equal(limit.waiting, 2);
  works[1]!.end();
  await setImmediate();
  assert.deepEqual([works[2]!.begun(), works[3]!.begun()], [true, false]);
  for (const { end } of works) end();
  assert.deepEqual(await Promise.all(results), ["done", "done", "done", "done"]);
  assert.equal(limit.waiting, 0);
});

test("One that fails makes room as well", async () => {
  const limit = new ConnectionLimit(1);
  const [first, second] = [work(), work()];
  const failed = limit.run(NEVER, first.run);
  const passed = limit.run(NEVER, second.run);
  first.end(new Error("reset"));
  await assert.rejects(failed, /reset/);
  second.end();
  assert.equal(await passed, "done");
});

test("One that is aborted while it waits is not begun, and takes nobody's place", async () => {
  const limit = new ConnectionLimit(1);
  const [first, aborted, last] = [work(), work(), work()];
  const ending = new AbortController();
  const done = limit.run(NEVER, first.run);
  const cut = limit.run(ending.signal, aborted.run);
  const passed = limit.run(NEVER, last.run);
  const reason = new Error("enough");
  ending.abort(reason);
  await assert.rejects(cut, reason);
  first.end();
  last.end();
  assert.deepEqual(await Promise.all([done, passed]), ["done", "done"]);
  assert.equal(aborted.begun(), false);
});

test("An abort after it was let in is the work's own matter", async () => {
  const limit = new ConnectionLimit(1);
  const ending = new AbortController();
  const first = work();
  const done = limit.run(ending.signal, first.run);
  ending.abort(new Error("enough"));
  first.end();
  assert.equal(await done, "done");
  await assert.rejects(limit.run(ending.signal, first.run), /enough/);
});
