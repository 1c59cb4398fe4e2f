import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Admission, type Claim } from "../../lib/memory/admission.ts";
import { SLAB_SIZE, slabsFor, slabsWithin } from "../../lib/memory/slabs.ts";
import { KIB, MIB } from "../support/bytes.ts";
import { checkAllWentOn, clientOf, run, Source, type Step, settled } from "../support/memory-source.ts";

const size = fc.oneof(fc.integer({ min: 1, max: 2 * MIB }), fc.constantFrom(SLAB_SIZE, MIB, MIB + 1));
const wholeSlabs = (bytes: number): number => slabsFor(bytes) * SLAB_SIZE;
const source = fc
  .record({
    parts: fc.integer({ min: 0, max: 600 }),
    partSize: size,
    most: fc.integer({ min: 1, max: 10 }),
  })
  .map(({ parts, partSize, most }) => ({
    total: Math.ceil((parts / 100) * partSize),
    partSize,
    parts: most,
  }));
const step = fc.record({
  who: fc.nat(),
  what: fc.constantFrom<Step["what"]>("write", "write", "write", "confirm", "confirm", "destroy"),
  amount: fc.nat(),
});
const steps = fc.array(step, { maxLength: 80 });

/** Any streams, under a limit in which the largest part just fits or little more. */
function allGoOn(createAdmission: (limit: number) => Admission): fc.IAsyncProperty<unknown> {
  const sources = fc.array(source, { minLength: 1, maxLength: 12 });
  return fc.asyncProperty(sources, fc.nat(2 * MIB), steps, async (options, more, todo) => {
    const limit = wholeSlabs(Math.max(...options.map(({ partSize }) => partSize))) + more;
    const client = clientOf(limit, createAdmission(slabsWithin(limit)));
    const all = options.map((each) => new Source(client, each));
    await run(client, all, todo);
    checkAllWentOn(client, all);
    assert.equal(client.held, 0);
  });
}

test("any mix of streams gets all it asks for, within the limit", async () => {
  await fc.assert(
    allGoOn((limit) => new Admission(limit)),
    { numRuns: 400 },
  );
});

test("without the rule of admission the same streams stand still", async () => {
  class Greedy extends Admission {
    override allows(claim: Claim): boolean {
      return this.held < this.limit && claim.held < claim.cap;
    }
  }
  const { errorInstance } = await fc.check(
    allGoOn((limit) => new Greedy(limit)),
    { numRuns: 400, endOnFailure: true },
  );
  assert.match(String(errorInstance), /stands still/);
});

test("sources that fall silent in mid-part keep nobody from going on", async () => {
  const silent = fc
    .record({ after: fc.integer({ min: 0, max: 399 }), partSize: size })
    .map(({ after, partSize }) => ({
      partSize,
      total: 4 * partSize,
      silentAfter: Math.floor((after / 100) * partSize),
    }));
  const sources = fc.tuple(
    fc.array(source, { minLength: 1, maxLength: 10 }),
    fc.array(silent, { minLength: 1, maxLength: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(sources, fc.nat(MIB), steps, async ([loud, quiet], more, todo) => {
      const largest = wholeSlabs(Math.max(...loud.map(({ partSize }) => partSize)));
      const promised = quiet.reduce((sum, { partSize }) => sum + wholeSlabs(partSize), 0);
      const client = clientOf(2 * (largest + promised) + more);
      const all = [...quiet, ...loud].map((options) => new Source(client, options));
      await run(client, all, todo);
      checkAllWentOn(client, all);
    }),
    { numRuns: 300 },
  );
});

test("256 streams of 300 KiB run at once in 128 MiB, though their parts would need 2 GiB", async () => {
  const client = clientOf(128 * MIB);
  const sources = Array.from(
    { length: 256 },
    () => new Source(client, { total: 300 * KIB, partSize: 8 * MIB }),
  );
  for (const each of sources) each.write(200 * KIB);
  assert.deepEqual([client.held, client.waiting], [256 * SLAB_SIZE, 0]);
  for (const each of sources) each.write(100 * KIB);
  await settled();
  // The others wait for room in their turn, and each ends as soon as it gets it.
  for (const each of sources) for (const _ of [...each.full]) each.confirm(0);
  await run(client, sources, []);
  checkAllWentOn(client, sources);
});

test("a limit of one slab is enough for parts of up to a slab", async () => {
  const client = clientOf(SLAB_SIZE);
  const sources = [5, SLAB_SIZE, 1000].map(
    (partSize) => new Source(client, { total: 10 * partSize, partSize }),
  );
  await run(client, sources, []);
  checkAllWentOn(client, sources);
});

test("a part of the whole budget gets its turn among small ones without end", async () => {
  const client = clientOf(8 * MIB);
  const small = [1, 2, 3].map(() => new Source(client, { total: Number.POSITIVE_INFINITY, partSize: MIB }));
  for (const each of small) each.write(MIB + 1);
  const large = new Source(client, { total: 8 * MIB, partSize: 8 * MIB });
  large.write(8 * MIB);
  assert.ok(large.memory.waiting);
  for (let turns = 0; !large.isOver; turns++) {
    assert.ok(turns < 100, "overtaken for ever");
    // Something is in flight at any time: the part that is confirmed is not the last.
    for (const each of small) {
      each.write(MIB);
      await settled();
      const inFlight = small.flatMap(({ full }) => full).length;
      if (inFlight > 1 || large.memory.held > 0 || each.memory.waiting) {
        if (each.full.length > 0) each.confirm(0);
      }
    }
  }
});

test("room that a full part leaves to others is used before the part is sent", async () => {
  const client = clientOf(10 * SLAB_SIZE);
  const [first, second] = [1, 2].map(() => new Source(client, { total: MIB * 3, partSize: 6 * SLAB_SIZE }));
  first!.write(SLAB_SIZE);
  second!.write(SLAB_SIZE);
  assert.deepEqual([second!.taken, client.waiting], [0, 1]);
  first!.write(5 * SLAB_SIZE);
  assert.equal(second!.taken, 0, "called back in the middle of another stream's write");
  await settled();
  assert.equal(second!.taken, SLAB_SIZE);
});
