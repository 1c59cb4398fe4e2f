import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DIGEST_START, type DigestState, HashJob, type HashTask } from "../../lib/digest/hash-job.ts";
import {
  BLOCK,
  crc64Of,
  KERNEL_BYTES,
  Kernels,
  LONG_RUN,
  lengthOf,
  md5Of,
  type Run,
  WORKER_AREA,
} from "../../lib/digest/kernels/kernels.ts";
import { KIB, MIB } from "../support/bytes.ts";
import { dataOf, filledMemories, oracleDigests } from "./support.ts";

const MEMORIES = 2;
const SIZE = 2 * MIB;
const memories = filledMemories(MEMORIES, SIZE);
const mainKernels = (memory: number): Kernels => memories.at(memory).kernels;
const threadKernels = Array.from(
  { length: MEMORIES },
  (_, number) => new Kernels(memories.module, memories.at(number).memory, WORKER_AREA),
);

/** Runs a job to its end, and says in how many steps. */
function run(tasks: readonly HashTask[], kernelsOf = mainKernels): { states: DigestState[]; steps: number } {
  const job = new HashJob(tasks, kernelsOf);
  for (let steps = 1; ; steps++) {
    if (job.advance()) return { states: job.states, steps };
  }
}

function runOf(offset: number, length: number): Run {
  return { address: KERNEL_BYTES + offset, length };
}

function bytesOf({ memory, runs }: HashTask): Uint8Array[] {
  const data = dataOf(memories, memory);
  return runs.map(({ address, length }) => {
    const offset = address - data.byteOffset;
    return data.subarray(offset, offset + length);
  });
}

function digestsAfter({ md5, crc64 }: DigestState) {
  return { md5: md5Of(md5).toString("base64"), crc64: crc64Of(crc64).toString() };
}

/** What one job takes of a part: runs of whole blocks, anywhere in one memory. */
const blocks = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: (LONG_RUN / BLOCK) * 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 1023, 1024, 1025, LONG_RUN / BLOCK - 1, LONG_RUN / BLOCK) },
);
const offset = fc.integer({ min: 0, max: SIZE - 2 * LONG_RUN - BLOCK });
const piece = fc.record({
  memory: fc.integer({ min: 0, max: MEMORIES - 1 }),
  runs: fc.array(fc.record({ offset, blocks }), { maxLength: 4 }),
});
const part = fc.record({
  pieces: fc.array(piece, { minLength: 1, maxLength: 4 }),
  tail: fc.integer({ min: 0, max: BLOCK - 1 }),
  tailOffset: offset,
});
type Part = typeof part extends fc.Arbitrary<infer T> ? T : never;

/** The task of a part in a job; the last one has the tail. */
function taskOf({ pieces, tail, tailOffset }: Part, job: number, state: DigestState): HashTask {
  const { memory, runs } = pieces[job]!;
  const isLast = job === pieces.length - 1;
  const placed = runs.map(({ offset, blocks }) => runOf(offset, blocks * BLOCK));
  if (isLast && tail > 0) placed.push(runOf(tailOffset, tail));
  return { state, memory, runs: placed, isLast };
}

test("jobs of any parts, runs, memories and lengths give the digests of the parts, and the same each time", () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 9 }), (parts) => {
      const states = parts.map(() => DIGEST_START);
      const bytes: Uint8Array[][] = parts.map(() => []);
      for (let job = 0; parts.some(({ pieces }) => job < pieces.length); job++) {
        const present = [...parts.keys()].filter((index) => job < parts[index]!.pieces.length);
        const tasks = present.map((index) => taskOf(parts[index]!, job, states[index]!));
        const after = run(tasks).states;
        assert.deepEqual(run(tasks).states, after);
        assert.deepEqual(run(tasks, (memory) => threadKernels[memory]!).states, after);
        for (const [at, index] of present.entries()) {
          states[index] = after[at]!;
          bytes[index]!.push(...bytesOf(tasks[at]!));
        }
      }
      for (const [index, state] of states.entries()) {
        const whole = Buffer.concat(bytes[index]!);
        assert.equal(state.length, whole.byteLength);
        assert.deepEqual(digestsAfter(state), oracleDigests(whole));
      }
    }),
    { numRuns: 60 },
  );
});

test("lanes of every length from 0 to 1,100 bytes go together", () => {
  const lengths = Array.from({ length: 1101 }, (_, length) => length);
  // In an order in which neighbours differ much.
  const tasks = lengths.map((_, index): HashTask => {
    const length = (index * 487) % lengths.length;
    return { state: DIGEST_START, memory: 0, runs: [runOf(index, length)], isLast: true };
  });
  const { states } = run(tasks);
  assert.deepEqual(
    states.map(digestsAfter),
    tasks.map((task) => oracleDigests(Buffer.concat(bytesOf(task)))),
  );
});

test("a part of no bytes, and one whose last byte came before, are ended", () => {
  const first = { state: DIGEST_START, memory: 0, runs: [runOf(0, 4096)], isLast: false };
  const { states } = run([first]);
  const ends = [states[0]!, DIGEST_START].map((state) => ({ state, memory: 0, runs: [], isLast: true }));
  assert.deepEqual(run(ends).states.map(digestsAfter), [
    oracleDigests(dataOf(memories, 0).subarray(0, 4096)),
    oracleDigests(new Uint8Array()),
  ]);
});

test("a job of no tasks is over", () => {
  assert.deepEqual(run([]), { states: [], steps: 1 });
});

test("a job pauses at least once a MiB, however many lanes it has", () => {
  for (const lanes of [1, 2, 4, 7]) {
    const runs = [runOf(0, MIB), runOf(64, MIB)];
    const tasks = Array.from({ length: lanes }, () => ({
      state: DIGEST_START,
      memory: 0,
      runs,
      isLast: true,
    }));
    const bytes = lanes * lengthOf(runs);
    assert.ok(run(tasks).steps >= bytes / MIB, `${run(tasks).steps} steps for ${bytes} bytes`);
  }
});

test("a state before the end is that of whole blocks, with which any other job may go on", () => {
  const whole = dataOf(memories, 0).subarray(0, 300 * KIB);
  for (const cut of [64, 128, LONG_RUN - 64, LONG_RUN, LONG_RUN + 64]) {
    const head = { state: DIGEST_START, memory: 0, runs: [runOf(0, cut)], isLast: false };
    const [state] = run([head]).states;
    const runs = [runOf(cut, whole.byteLength - cut)];
    const [end] = run([{ state: state!, memory: 0, runs, isLast: true }]).states;
    assert.deepEqual(digestsAfter(end!), oracleDigests(whole));
  }
});
