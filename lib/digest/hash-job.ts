import { BLOCK, CRC64_START, type Kernels, LANES, MD5_START, type Md5State, type Run } from "./kernels/kernels.ts";
import { KIB } from "../limits.ts";

/** The digests of the first `length` bytes of a part: all that is needed to go on from there. */
export interface DigestState {
  readonly md5: Md5State;
  /** The register. */
  readonly crc64: bigint;
  readonly length: number;
}

export const DIGEST_START: DigestState = { md5: MD5_START, crc64: CRC64_START, length: 0 };

/** Bytes of a part to go on with, where they lie. */
export interface HashTask {
  readonly state: DigestState;
  /** Which memory the runs are in. */
  readonly memory: number;
  /** In order; all but the last of a part are whole blocks. */
  readonly runs: readonly Run[];
  /** Whether the part ends with them: the state that comes back is final. */
  readonly isLast: boolean;
}

/** A task under way. */
interface Lane {
  readonly index: number;
  readonly task: HashTask;
  md5: Md5State;
  /** The run it is in, and how far. */
  run: number;
  at: number;
}

/** Blocks that MD5 takes in one go: half a millisecond for four lanes, then who hashes on the main thread lets others in. */
const MAX_BLOCKS = (256 * KIB) / BLOCK;

/**
 * Hashes tasks, the MD5s of up to four in lock step. It depends on nothing but its arguments, so that a job which was cut off can be
 * done again by somebody else. Yields now and then.
 *
 * @returns The state after each task.
 */
export function* hash(
  tasks: readonly HashTask[],
  kernelsOf: (memory: number) => Kernels,
): Generator<void, DigestState[]> {
  const md5s = yield* md5OfAll(tasks, kernelsOf);
  const states: DigestState[] = [];
  for (const [index, { state, memory, runs }] of tasks.entries()) {
    // Without a pause: a long CRC64 has its state in the memory's scratch area.
    const crc64 = kernelsOf(memory).crc64(state.crc64, runs);
    states.push({ md5: md5s[index]!, crc64, length: state.length + lengthOf(runs) });
    yield;
  }
  return states;
}

export function lengthOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { length }) => sum + length, 0);
}

function* md5OfAll(
  tasks: readonly HashTask[],
  kernelsOf: (memory: number) => Kernels,
): Generator<void, Md5State[]> {
  const md5s: Md5State[] = [];
  const waiting = tasks.map((task, index): Lane => ({ index, task, md5: task.state.md5, run: 0, at: 0 }));
  const active: Lane[] = [];
  for (;;) {
    while (active.length < LANES && waiting.length > 0) active.push(waiting.shift()!);
    for (const lane of active.splice(0)) {
      if (blocksLeft(lane) > 0) active.push(lane);
      else md5s[lane.index] = finish(lane, kernelsOf(lane.task.memory));
    }
    if (active.length === 0 && waiting.length === 0) return md5s;
    if (active.length === 0) continue;
    advance(active, kernelsOf);
    yield;
  }
}

/** Takes all lanes forward that are in the same memory as the first. */
function advance(active: readonly Lane[], kernelsOf: (memory: number) => Kernels): void {
  const { memory } = active[0]!.task;
  const lanes = active.filter(({ task }) => task.memory === memory);
  const blocks = Math.min(MAX_BLOCKS, ...lanes.map(blocksLeft));
  const states = lanes.map(({ md5 }) => md5);
  const addresses = lanes.map(({ task, run, at }) => task.runs[run]!.address + at);
  kernelsOf(memory)
    .md5(states, addresses, blocks)
    .forEach((md5, index) => {
      const lane = lanes[index]!;
      lane.md5 = md5;
      lane.at += blocks * BLOCK;
      if (lane.at === lane.task.runs[lane.run]!.length) {
        lane.run += 1;
        lane.at = 0;
      }
    });
}

/** Whole blocks in the lane's present run. */
function blocksLeft({ task, run, at }: Lane): number {
  const present = task.runs[run];
  return present === undefined ? 0 : Math.floor((present.length - at) / BLOCK);
}

function finish({ task, md5, run, at }: Lane, kernels: Kernels): Md5State {
  if (!task.isLast) return md5;
  const present = task.runs[run] ?? { address: 0, length: 0 };
  const rest = { address: present.address + at, length: present.length - at };
  return kernels.md5Tail(md5, rest, task.state.length + lengthOf(task.runs));
}
