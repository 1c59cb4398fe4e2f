import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ClientMemory } from "../../lib/memory/client-memory.ts";
import { SLAB_SIZE, Slabs } from "../../lib/memory/slabs.ts";
import type { StreamMemory } from "../../lib/memory/stream-memory.ts";
import { MIB } from "../support/bytes.ts";
import { clientOf, settled } from "../support/memory-source.ts";

test("a stream that was destroyed gives back what it held, at once and for good", () => {
  const client = clientOf(MIB);
  const [first, second] = [client.open(), client.open()];
  first.begin(MIB, 1);
  const segment = first.acquire(MIB)!;
  second.begin(MIB, 1);
  assert.equal(second.acquire(MIB), undefined);
  let got: Uint8Array | undefined;
  second.whenReleased(() => {
    got = second.acquire(MIB);
  });
  first.clear();
  assert.deepEqual([got?.byteLength, first.held, client.held], [SLAB_SIZE, 0, SLAB_SIZE]);
  first.release([segment]);
  first.clear();
  first.whenReleased(() => assert.fail("called"));
  assert.deepEqual([first.acquire(0), first.waiting, client.held], [undefined, false, SLAB_SIZE]);
});

test("a stream that takes nothing costs nothing", () => {
  const client = clientOf(MIB);
  for (let i = 0; i < 100; i++) {
    const memory = client.open();
    memory.begin(MIB, 1);
    if (i % 2 === 0) memory.complete();
    memory.clear();
  }
  const memory = client.open();
  memory.begin(MIB, 1);
  assert.equal(memory.acquire(MIB)?.byteLength, SLAB_SIZE);
});

test("the budget counts whole slabs, however little of the last one is used", () => {
  const client = clientOf(MIB + SLAB_SIZE + 1);
  const memory = client.open();
  memory.begin(MIB + 1, 2);
  const segments = [];
  for (let lacking = MIB + 1; lacking > 0; lacking -= segments.at(-1)!.byteLength) {
    segments.push(memory.acquire(lacking)!);
  }
  assert.deepEqual([segments.length, segments.at(-1)!.byteLength, client.held], [5, 1, 5 * SLAB_SIZE]);
  memory.begin(1, 2);
  assert.equal(memory.acquire(1), undefined);
  memory.release(segments);
  assert.equal(client.held, 0);
});

test("a part that does not fit, or takes more than it said, is refused", () => {
  const client = clientOf(MIB);
  const memory = client.open(MIB / 2);
  assert.throws(() => memory.begin(MIB, 1), /larger than the memory/);
  memory.begin(10, 1);
  assert.throws(() => memory.acquire(SLAB_SIZE + 1), /More than the part/);
  const segment = memory.acquire(10)!;
  assert.throws(() => memory.release([segment]), /not complete/);
  assert.throws(() => memory.release([new Uint8Array(10)]), /not out/);
  memory.complete();
  memory.release([segment]);
  assert.throws(() => memory.release([segment]), /not out/);
});

test("what a stream may hold itself holds it back, and nobody else", () => {
  const client = clientOf(64 * MIB);
  const [capped, other] = [client.open(), client.open()];
  capped.begin(SLAB_SIZE, 1);
  const segment = capped.acquire(SLAB_SIZE)!;
  capped.begin(SLAB_SIZE, 1);
  assert.equal(capped.acquire(SLAB_SIZE), undefined);
  let got: Uint8Array | undefined;
  capped.whenReleased(() => {
    got = capped.acquire(SLAB_SIZE);
  });
  other.begin(MIB, 1);
  const others = other.acquire(MIB)!;
  other.complete();
  other.release([others]);
  assert.deepEqual([others.byteLength, capped.waiting, got], [SLAB_SIZE, true, undefined]);
  capped.release([segment]);
  assert.deepEqual([capped.waiting, got?.byteLength], [false, SLAB_SIZE]);
});

/** A part that begins, and takes as many whole slabs. */
function fill(memory: StreamMemory, plannedSlabs: number, slabs: number): Uint8Array[] {
  memory.begin(plannedSlabs * SLAB_SIZE, 1);
  return Array.from({ length: slabs }, () => memory.acquire(SLAB_SIZE)!);
}

test("what a part shared is used by others as soon as it is admitted", async () => {
  const client = clientOf(8 * SLAB_SIZE);
  const [first, second, admitted, small] = [client.open(), client.open(), client.open(), client.open()];
  fill(first, 4, 3);
  fill(second, 2, 1);
  fill(admitted, 2, 1);
  fill(small, 3, 0);
  assert.equal(small.acquire(SLAB_SIZE), undefined);
  let isServed = false;
  small.whenReleased(() => {
    isServed = small.acquire(SLAB_SIZE) !== undefined;
  });
  assert.notEqual(second.acquire(SLAB_SIZE), undefined);
  await settled();
  assert.ok(isServed);
});

test("what a part shared counts towards its being admitted", () => {
  const client = clientOf(8 * SLAB_SIZE);
  const [first, second, admitted] = [client.open(), client.open(), client.open()];
  fill(first, 4, 3);
  fill(second, 2, 1);
  assert.notEqual(fill(admitted, 3, 1)[0], undefined);
  assert.notEqual(second.acquire(SLAB_SIZE), undefined);
});

test("the memory of a part is used again from its beginning", () => {
  const client = clientOf(32 * SLAB_SIZE);
  const memory = client.open();
  const first = fill(memory, 16, 16);
  memory.complete();
  memory.release(first);
  const addresses = (part: readonly Uint8Array[]): number[] => part.map(({ byteOffset }) => byteOffset);
  assert.deepEqual(addresses(fill(memory, 16, 16)), addresses(first));
});

test("who waits again without taking anything is not asked again before there is more room", () => {
  const { streams, release } = waitingStreams(2);
  let calls = 0;
  const refuse = (): void => {
    calls++;
    streams[0]!.whenReleased(refuse);
  };
  streams[0]!.whenReleased(refuse);
  release(1);
  assert.equal(calls, 1);
  release(1);
  assert.equal(calls, 2);
});

/** Streams that wait, each for one slab, behind one that has them all. */
function waitingStreams(count: number): {
  readonly client: ClientMemory;
  readonly release: (slabs: number) => void;
  readonly streams: readonly StreamMemory[];
} {
  const client = clientOf(count * SLAB_SIZE);
  const holder = client.open();
  const held: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    holder.begin(SLAB_SIZE, count);
    held.push(holder.acquire(SLAB_SIZE)!);
  }
  holder.complete();
  const streams = Array.from({ length: count }, () => client.open());
  for (const stream of streams) {
    stream.begin(SLAB_SIZE, 1);
    assert.equal(stream.acquire(SLAB_SIZE), undefined);
  }
  return { client, streams, release: (slabs) => holder.release(held.splice(0, slabs)) };
}

test("new parts are served in the order in which they began", () => {
  const { client, streams, release } = waitingStreams(4);
  const served: number[] = [];
  for (const i of [2, 0, 3, 1]) {
    streams[i]!.whenReleased(() => {
      served.push(i);
      streams[i]!.acquire(SLAB_SIZE);
    });
  }
  release(1);
  assert.deepEqual([served, client.waiting], [[0], 3]);
  release(2);
  assert.deepEqual(served, [0, 1, 2]);
});

test("parts that were begun are served in the order in which they began to wait", () => {
  const client = clientOf(8 * SLAB_SIZE);
  const holder = client.open();
  const held = fill(holder, 8, 5);
  const streams = [0, 1, 2].map(() => client.open());
  for (const stream of streams) assert.equal(fill(stream, 3, 1)[0], undefined);
  holder.complete();
  for (const stream of streams) assert.ok(stream.acquire(SLAB_SIZE));
  const served: number[] = [];
  for (const i of [2, 0, 1]) {
    assert.equal(streams[i]!.acquire(SLAB_SIZE), undefined);
    streams[i]!.whenReleased(() => {
      served.push(i);
      streams[i]!.acquire(SLAB_SIZE);
    });
  }
  holder.release(held.splice(0, 1));
  assert.deepEqual(served, [2]);
  holder.release(held.splice(0, 1));
  assert.deepEqual(served, [2, 0]);
});

test("a new part waits behind those that wait already, one that was begun goes on", () => {
  const client = clientOf(8 * SLAB_SIZE);
  const [sender, begun, large, late] = [client.open(), client.open(), client.open(), client.open()];
  sender.begin(SLAB_SIZE, 4);
  const sent = sender.acquire(SLAB_SIZE)!;
  sender.complete();
  begun.begin(2 * SLAB_SIZE, 2);
  begun.acquire(SLAB_SIZE);
  large.begin(8 * SLAB_SIZE, 1);
  assert.equal(large.acquire(SLAB_SIZE), undefined);
  large.whenReleased(() => assert.fail("does not fit beside the part that was begun"));
  late.begin(SLAB_SIZE, 4);
  assert.equal(late.acquire(SLAB_SIZE), undefined);
  let isLateServed = false;
  late.whenReleased(() => {
    isLateServed = late.acquire(SLAB_SIZE) !== undefined;
  });
  assert.notEqual(begun.acquire(SLAB_SIZE), undefined);
  // Nothing is in flight: only sources could make room for the large part now, and they may never do so.
  sender.release([sent]);
  assert.ok(isLateServed);
});

test("a part that was begun goes on though an older one waits", () => {
  const client = clientOf(8 * SLAB_SIZE);
  const [large, begun, sender] = [client.open(), client.open(), client.open()];
  fill(large, 8, 0);
  fill(begun, 2, 1);
  fill(sender, 1, 1);
  sender.complete();
  assert.equal(large.acquire(SLAB_SIZE), undefined);
  large.whenReleased(() => {});
  assert.notEqual(begun.acquire(SLAB_SIZE), undefined);
});

test("whoever is called back may destroy others, release, and wait again", () => {
  const { client, streams, release } = waitingStreams(4);
  const [first, second, third, fourth] = streams as [StreamMemory, StreamMemory, StreamMemory, StreamMemory];
  const served: string[] = [];
  first.whenReleased(() => {
    served.push("first");
    second.clear();
    release(2);
    first.whenReleased(() => {
      served.push("first again");
      third.clear();
    });
  });
  second.whenReleased(() => assert.fail("was destroyed"));
  third.whenReleased(() => assert.fail("was destroyed"));
  fourth.whenReleased(() => {
    served.push("fourth");
    fourth.stopWaiting();
  });
  release(1);
  assert.deepEqual([served, client.waiting], [["first", "first again", "fourth"], 0]);
});

test("what a callback throws is an uncaught exception, and nobody else's", async (t) => {
  const { streams, release } = waitingStreams(2);
  const thrown: Error[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  let isServed = false;
  streams[0]!.whenReleased(() => {
    throw new Error("of the first");
  });
  streams[1]!.whenReleased(() => {
    isServed = true;
  });
  release(2);
  assert.ok(isServed);
  await setImmediate();
  assert.deepEqual(
    thrown.map(({ message }) => message),
    ["of the first"],
  );
});

test("who stops waiting is not called any more, and holds nobody up", async () => {
  const client = clientOf(8 * SLAB_SIZE);
  const [sender, begun, large, late] = [client.open(), client.open(), client.open(), client.open()];
  for (const stream of [sender, begun]) {
    stream.begin(SLAB_SIZE, 4);
    stream.acquire(SLAB_SIZE);
  }
  sender.complete();
  large.begin(8 * SLAB_SIZE, 1);
  large.acquire(SLAB_SIZE);
  large.whenReleased(() => assert.fail("called"));
  late.begin(SLAB_SIZE, 4);
  late.acquire(SLAB_SIZE);
  let isServed = false;
  late.whenReleased(() => {
    isServed = true;
  });
  large.stopWaiting();
  await setImmediate();
  assert.deepEqual([isServed, large.waiting, client.waiting], [true, false, 0]);
});

test("memory that cannot be had is an error, and nothing is booked", () => {
  const slabs = new Slabs(() => {
    throw new RangeError("could not allocate memory");
  }, 4);
  const client = new ClientMemory(MIB, slabs);
  const memory = client.open();
  memory.begin(MIB, 1);
  assert.throws(() => memory.acquire(MIB), /could not allocate/);
  assert.equal(client.held, 0);
});
