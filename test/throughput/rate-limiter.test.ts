import assert from "node:assert/strict";
import { test } from "node:test";
import { RateLimiter } from "../../lib/throughput/rate-limiter.ts";
import { TestClock } from "../support/clock.ts";

const MIB = 2 ** 20;

/** Asks again and again, and counts what passes. */
function drain(limiter: RateLimiter, owner: object, signal: AbortSignal): { bytes: number } {
  const taken = { bytes: 0 };
  const go = async (): Promise<void> => {
    for (;;) {
      await limiter.take(limiter.grant, owner, signal);
      taken.bytes += limiter.grant;
    }
  };
  go().catch(() => {});
  return taken;
}

for (const rate of [1000, 100_000, 20 * MIB, 400 * MIB]) {
  for (const late of [0, 15]) {
    test(`${rate} bytes/s pass within 5 % over ten seconds, with timers ${late} ms late`, async () => {
      const clock = new TestClock(late);
      const limiter = new RateLimiter(rate, clock);
      const ending = new AbortController();
      const owners = [{}, {}, {}];
      const taken = owners.map((owner) => drain(limiter, owner, ending.signal));
      await clock.pass(10_000);
      const bytes = taken.reduce((sum, { bytes }) => sum + bytes, 0);
      assert.ok(Math.abs(bytes / (rate * 10) - 1) <= 0.05, `${bytes} of ${rate * 10}`);
      ending.abort();
    });
  }
}

test("A stream with sixteen parts gets no more than a stream with one", async () => {
  const clock = new TestClock();
  const limiter = new RateLimiter(MIB, clock);
  const ending = new AbortController();
  const [many, one] = [{}, {}];
  const parts = Array.from({ length: 16 }, () => drain(limiter, many, ending.signal));
  const single = drain(limiter, one, ending.signal);
  await clock.pass(10_000);
  const ofMany = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(Math.abs(ofMany / single.bytes - 1) < 0.05, `${ofMany} and ${single.bytes}`);
  ending.abort();
});

test("After a pause, no more than 100 ms are made up for", async () => {
  const clock = new TestClock();
  const limiter = new RateLimiter(MIB, clock);
  await clock.pass(60_000);
  const ending = new AbortController();
  const taken = drain(limiter, {}, ending.signal);
  await clock.pass(1);
  assert.ok(taken.bytes <= 0.1 * MIB + 2 * limiter.grant, `${taken.bytes}`);
  ending.abort();
});

test("What is aborted while it waits gets the signal's reason, holds nobody up and leaves no timer", async () => {
  const clock = new TestClock();
  const limiter = new RateLimiter(1000, clock);
  const ending = new AbortController();
  const owner = {};
  const first = limiter.take(1000, owner, AbortSignal.timeout(60_000));
  const cut = limiter.take(1000, owner, ending.signal);
  const after = limiter.take(1000, {}, AbortSignal.timeout(60_000));
  const reason = new Error("enough");
  ending.abort(reason);
  await assert.rejects(cut, reason);
  await clock.pass(1100);
  await Promise.all([first, after]);
  assert.equal(clock.timers, 0);
});

test("A signal that was aborted before gets its reason at once", async () => {
  const limiter = new RateLimiter(1000, new TestClock());
  await assert.rejects(limiter.take(1, {}, AbortSignal.abort("no")), (reason) => reason === "no");
});
