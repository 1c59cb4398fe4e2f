import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PartMemory } from "../../lib/memory/part-memory.ts";
import { SEGMENT_SIZE, unboundedSegments } from "../../lib/memory/segments.ts";
import { KIB, MIB } from "../support/bytes.ts";

function memoryOf(limit: number): PartMemory {
  const memory = new PartMemory();
  memory.allow(limit);
  return memory;
}

test("nothing is given before anything is allowed", () => {
  assert.equal(new PartMemory().acquire(1), undefined);
});

test("segments are given up to the limit, and again when they came back", () => {
  const memory = memoryOf(3 * MIB);
  const segments = [1, 2, 3].map(() => memory.acquire(MIB)!);
  assert.deepEqual([memory.held, memory.acquire(1)], [3 * MIB, undefined]);
  memory.release(segments.slice(0, 1));
  assert.equal(memory.held, 2 * MIB);
  assert.equal(memory.acquire(MIB + 1), undefined);
  assert.equal(memory.acquire(MIB), segments[0]);
});

test("a segment that came back is used again, and none is given to two", () => {
  const memory = memoryOf(4 * MIB);
  const first = [1, 2, 3, 4].map(() => memory.acquire(MIB)!);
  memory.release(first);
  const second = [1, 2, 3, 4].map(() => memory.acquire(MIB)!);
  assert.deepEqual(new Set(second), new Set(first));
  assert.equal(new Set(second).size, 4);
});

test("segments of sizes that went out of use are let go rather than held beside others", () => {
  const memory = memoryOf(2 * MIB);
  const old = [memory.acquire(MIB)!, memory.acquire(MIB)!];
  memory.release(old);
  assert.equal(memory.acquire(MIB - 1)?.byteLength, MIB - 1);
  assert.ok(!old.includes(memory.acquire(MIB)!), "kept beyond the limit");
});

test("held never passes the limit, and buffers are exactly as asked for", () => {
  const step = fc.oneof(
    fc.record({ acquire: fc.constantFrom(1, 3 * KIB, MIB - 1, MIB) }),
    fc.record({ release: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 * MIB }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
      const memory = memoryOf(limit);
      const out: Uint8Array[] = [];
      for (const each of steps) {
        if ("release" in each) {
          if (out.length > 0) memory.release(out.splice(each.release % out.length, 1));
        } else {
          const segment = memory.acquire(each.acquire);
          assert.equal(segment === undefined, sum(out) + each.acquire > limit);
          if (segment === undefined) continue;
          assert.equal(segment.byteLength, each.acquire);
          assert.equal(segment.buffer.byteLength, each.acquire);
          out.push(segment);
        }
        assert.equal(memory.held, sum(out));
      }
    }),
    { numRuns: 200 },
  );
});

const sum = (segments: readonly Uint8Array[]): number =>
  segments.reduce((total, { byteLength }) => total + byteLength, 0);

test("who waits is called once, at the next release", () => {
  const memory = memoryOf(MIB);
  const segment = memory.acquire(MIB)!;
  let calls = 0;
  memory.whenReleased(() => calls++);
  assert.equal(memory.waiting, true);
  memory.release([segment]);
  memory.release([memory.acquire(MIB)!]);
  assert.deepEqual([calls, memory.waiting], [1, false]);
});

test("who waits finds the released memory free", () => {
  const memory = memoryOf(MIB);
  const segment = memory.acquire(MIB)!;
  let got: Uint8Array | undefined;
  memory.whenReleased(() => {
    got = memory.acquire(MIB);
  });
  memory.release([segment]);
  assert.equal(got, segment);
});

test("after `clear` nothing is held, nobody waits, and what was kept is let go", () => {
  const memory = memoryOf(2 * MIB);
  const [kept] = [memory.acquire(MIB)!, memory.acquire(MIB)!];
  memory.release([kept]);
  memory.whenReleased(() => assert.fail("called after clear"));
  memory.clear();
  assert.deepEqual([memory.held, memory.waiting], [0, false]);
  assert.notEqual(memory.acquire(MIB), kept);
  memory.release([]);
});

test("who stops waiting is not called any more", () => {
  const memory = memoryOf(MIB);
  const segment = memory.acquire(MIB)!;
  memory.whenReleased(() => assert.fail("called"));
  memory.stopWaiting();
  memory.release([segment]);
  assert.deepEqual([memory.held, memory.waiting], [0, false]);
});

test("unbounded segments are each their own buffer", () => {
  const [first, second] = [unboundedSegments.acquire(SEGMENT_SIZE)!, unboundedSegments.acquire(5)!];
  assert.deepEqual([first.buffer.byteLength, second.buffer.byteLength], [SEGMENT_SIZE, 5]);
});
