import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AttemptWatch, type Verdict } from "../../lib/http/attempt-watch.ts";
import { KIB, MIB } from "../support/bytes.ts";

const DEFAULTS = { deadline: 120_000, stall: 30_000 };

interface Link {
  readonly size: number;
  /** Bytes per second. */
  readonly rate: number;
  /** What the system's buffers take at once, and the steps in which they take more. */
  readonly buffers?: number;
  readonly step?: number;
  /** From this byte on nothing moves any more. */
  readonly dies?: number;
}

interface Ending {
  readonly how: "answered" | "stall" | "deadline";
  readonly seconds: number;
}

/** Sends a body over a link as a program sees it: bytes vanish into buffers, and the answer comes when the last has arrived. */
function send(limits: { deadline: number; stall: number }, link: Link): Ending {
  const { size, rate, buffers = 5 * MIB, step = MIB, dies = Number.POSITIVE_INFINITY } = link;
  const watch = new AttemptWatch(limits, size, 0);
  let taken = 0;
  let look = 0;
  for (let now = 0; ; now += 50) {
    const arrived = Math.min((rate * now) / 1000, dies);
    const room = Math.floor((arrived + buffers) / step) * step;
    if (Math.min(size, room) > taken) {
      taken = Math.min(size, room);
      watch.taken(taken, now);
    }
    if (arrived >= size) return { how: "answered", seconds: now / 1000 };
    if (now < look) continue;
    const verdict: Verdict = watch.verdict(now);
    if ("givenUp" in verdict) return { how: verdict.givenUp, seconds: now / 1000 };
    assert.ok(verdict.lookAgainIn > 0, "it would be looked at for ever");
    look = now + verdict.lookAgainIn;
  }
}

describe("At the default limits, a part of 8 MiB is answered", () => {
  for (const rate of [17, 25, 40, 60, 200, 500, 10_000]) {
    for (const buffers of [64 * KIB, 400 * KIB, 5 * MIB, 16 * MIB]) {
      test(`at ${rate} KB/s, with ${buffers / KIB} KiB of buffers on the way`, () => {
        const step = Math.min(MIB, buffers);
        assert.equal(send(DEFAULTS, { size: 8 * MIB, rate: rate * KIB, buffers, step }).how, "answered");
      });
    }
  }
});

test("A part of 1 GiB at 100 KB/s is answered after three hours", () => {
  const limits = { deadline: 120_000 * 128, stall: 30_000 };
  assert.equal(send(limits, { size: 1024 * MIB, rate: 100 * KIB }).how, "answered");
});

test("An attempt that has no connection is given up after 30 s", () => {
  const ending = send(DEFAULTS, { size: 8 * MIB, rate: 0, buffers: 0 });
  assert.deepEqual(ending, { how: "stall", seconds: 30 });
});

test("A connection that dies in the middle is given up within 130 s", () => {
  const ending = send(DEFAULTS, { size: 64 * MIB, rate: 1000 * KIB, dies: 10 * MIB });
  assert.equal(ending.how, "stall");
  assert.ok(ending.seconds < 10 + 130, `${ending.seconds} s`);
});

test("A server that takes all and never answers is given up", () => {
  const ending = send({ deadline: 500, stall: 0 }, { size: MIB, rate: 0, buffers: 2 * MIB });
  assert.equal(ending.how, "deadline");
  assert.ok(ending.seconds < 1, `${ending.seconds} s`);
});

test("A trickle of less than 16 KiB/s is ended by the deadline", () => {
  const ending = send(DEFAULTS, { size: 8 * MIB, rate: 10 * KIB, buffers: 64 * KIB, step: 64 * KIB });
  assert.equal(ending.how, "deadline");
});

test("A stall that is given is kept, in proportion to what buffers may hold", () => {
  const small = send({ deadline: 120_000, stall: 500 }, { size: 13, rate: 0 });
  assert.ok(small.how === "stall" && small.seconds <= 0.55, `${small.seconds} s`);
  const large = send({ deadline: 120_000, stall: 500 }, { size: MIB, rate: 0, buffers: 2 * MIB });
  assert.ok(large.how === "stall" && large.seconds < 2, `${large.seconds} s`);
});

test("Without a stall limit only the deadline ends an attempt", () => {
  const ending = send({ deadline: 60_000, stall: 0 }, { size: 13, rate: 0 });
  assert.deepEqual(ending, { how: "deadline", seconds: 60 });
});

test("Bytes of the answer count as movement, and end the patience for buffers", () => {
  const watch = new AttemptWatch({ deadline: 1_000_000, stall: 1000 }, 8 * MIB, 0);
  watch.taken(8 * MIB, 0);
  assert.ok("lookAgainIn" in watch.verdict(5000));
  watch.received(5000);
  assert.ok("lookAgainIn" in watch.verdict(5999));
  assert.deepEqual(watch.verdict(6000), { givenUp: "stall", quiet: 1000 });
});
