import { KIB } from "../limits.ts";
import {
  BLOCK,
  CRC64_START,
  type Kernels,
  LANES,
  LONG_RUN,
  MD5_START,
  type Md5State,
  type Run,
} from "./kernels/kernels.ts";

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

/** Bytes of each lane at a time: what four lanes have of them stays in the processor's second cache for both digests. */
const STEP: number = 64 * KIB;
/** Steps between two pauses: half a millisecond, then who hashes on the main thread lets others in. */
const STEPS_AT_A_TIME = 4;

/** A task under way. */
class Lane {
  readonly index: number;
  readonly kernels: Kernels;
  readonly task: HashTask;
  readonly #length: number;
  /** Which of the kernels' long CRC64s is its own; -1 when it has none. */
  #slot = -1;
  #md5: Md5State;
  #crc64: bigint;
  /** The run it is in, and how far. */
  #run = 0;
  #at = 0;

  constructor(index: number, task: HashTask, kernels: Kernels) {
    this.index = index;
    this.kernels = kernels;
    this.task = task;
    this.#length = lengthOf(task.runs);
    this.#md5 = task.state.md5;
    this.#crc64 = task.state.crc64;
  }

  get md5(): Md5State {
    return this.#md5;
  }

  get address(): number {
    return (this.task.runs[this.#run]?.address ?? 0) + this.#at;
  }

  /** Whole blocks in the present run. */
  get blocks(): number {
    return Math.floor(this.#left / BLOCK);
  }

  get #left(): number {
    return (this.task.runs[this.#run]?.length ?? 0) - this.#at;
  }

  begin(slot: number): void {
    if (this.#length < LONG_RUN) return;
    this.#slot = slot;
    this.kernels.beginCrc64(slot, this.#crc64);
  }

  /** The MD5 of so many blocks is there; now their CRC64, while they are in the cache. */
  advance(md5: Md5State, blocks: number): void {
    const run = { address: this.address, length: blocks * BLOCK };
    if (this.#slot < 0) this.#crc64 = this.kernels.shortCrc64(this.#crc64, run);
    else this.kernels.feedCrc64(this.#slot, run);
    this.#md5 = md5;
    this.#at += run.length;
    if (this.#left > 0) return;
    this.#run += 1;
    this.#at = 0;
  }

  /** There are no whole blocks any more. */
  end(): DigestState {
    const { state, isLast } = this.task;
    const rest = { address: this.address, length: this.#left };
    const length = state.length + this.#length;
    const register = this.#slot < 0 ? this.#crc64 : this.kernels.endCrc64(this.#slot);
    return {
      md5: isLast ? this.kernels.md5Tail(this.#md5, rest, length) : this.#md5,
      crc64: this.kernels.shortCrc64(register, rest),
      length,
    };
  }
}

/**
 * Hashes tasks, up to four in lock step. It depends on nothing but its arguments, so that a job which was cut off can be done
 * again by somebody else. Yields now and then; until it has ended, no other may be done in the same memories by the same thread.
 *
 * @returns The state after each task.
 */
export function* hash(
  tasks: readonly HashTask[],
  kernelsOf: (memory: number) => Kernels,
): Generator<void, DigestState[]> {
  const states: DigestState[] = [];
  const waiting = tasks.map((task, index) => new Lane(index, task, kernelsOf(task.memory)));
  /** A lane's place here is also that of its CRC64 in the kernels' memory. */
  const lanes: (Lane | undefined)[] = Array.from({ length: LANES });
  for (let step = 1; ; step++) {
    for (let slot = 0; slot < LANES; slot++) {
      let lane = lanes[slot];
      while (lane === undefined || lane.blocks === 0) {
        if (lane !== undefined) states[lane.index] = lane.end();
        lane = waiting.shift();
        if (lane === undefined) break;
        lane.begin(slot);
      }
      lanes[slot] = lane;
    }
    const active = lanes.filter((lane) => lane !== undefined);
    if (active.length === 0) return states;
    advance(active);
    if (step % STEPS_AT_A_TIME === 0) yield;
  }
}

export function lengthOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { length }) => sum + length, 0);
}

/** Takes all lanes forward that are in the same memory as the first. */
function advance(active: readonly Lane[]): void {
  const { kernels } = active[0]!;
  const lanes = active.filter((lane) => lane.kernels === kernels);
  const blocks = Math.min(STEP / BLOCK, ...lanes.map((lane) => lane.blocks));
  const states = kernels.md5(
    lanes.map(({ md5 }) => md5),
    lanes.map(({ address }) => address),
    blocks,
  );
  states.forEach((md5, index) => void lanes[index]!.advance(md5, blocks));
}
