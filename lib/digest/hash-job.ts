import { KIB } from "../limits.ts";
import {
  BLOCK,
  CRC64_START,
  type Kernels,
  LANES,
  LONG_RUN,
  lengthOf,
  MD5_START,
  type Md5State,
  type Run,
} from "./kernels/kernels.ts";

/** The digest state after the first `length` bytes of a part. Nothing else is needed to continue. */
export interface DigestState {
  readonly md5: Md5State;
  /** The register of the CRC64. */
  readonly crc64: bigint;
  readonly length: number;
}

export const DIGEST_START: DigestState = { md5: MD5_START, crc64: CRC64_START, length: 0 };

/** The next bytes of a part, and where they are. */
export interface HashTask {
  readonly state: DigestState;
  /** Number of the memory that the runs are in. */
  readonly memory: number;
  /** In order. The size of each is a multiple of the block size, except of the last run of a part. */
  readonly runs: readonly Run[];
  /** Whether the part ends with them. Then the resulting state is final. */
  readonly isLast: boolean;
}

/** Bytes of each lane in one step. The bytes of four lanes stay in the second cache of the processor for both digests. */
const STEP: number = 64 * KIB;
/** Steps between two pauses, half a millisecond. In a pause, the main thread can do other work. */
const STEPS_AT_A_TIME = 4;

/** A task that is being done. */
class Lane {
  readonly index: number;
  readonly kernels: Kernels;
  readonly task: HashTask;
  readonly #length: number;
  /** Which of the long CRC64s of the kernels it uses; -1 if none. */
  #slot = -1;
  #md5: Md5State;
  #crc64: bigint;
  /** The run that it is in, and the position in it. */
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

  /** Complete blocks that are left in the current run. */
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

  /** The MD5 of these blocks is computed. Now their CRC64, while they are in the cache. */
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

  /** No complete block is left. */
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
 * Computes the digests of tasks, of up to four together. It depends only on its arguments, so a job that was interrupted can be done again
 * elsewhere. Until it has ended, the same thread must not do another job in the same memories.
 */
export class HashJob {
  /** The state after each task, when all are done. */
  readonly states: DigestState[] = [];
  readonly #waiting: Lane[];
  /** The index of a lane is also that of its CRC64 in the memory of the kernels. */
  readonly #lanes: (Lane | undefined)[] = new Array(LANES).fill(undefined);

  constructor(tasks: readonly HashTask[], kernelsOf: (memory: number) => Kernels) {
    this.#waiting = tasks.map((task, index) => new Lane(index, task, kernelsOf(task.memory)));
  }

  /** Continues for about half a millisecond. Returns whether everything is done. */
  advance(): boolean {
    for (let step = 0; step < STEPS_AT_A_TIME; step++) {
      const lanes = this.#fillLanes();
      if (lanes.length === 0) return true;
      takeStep(lanes);
    }
    return false;
  }

  runToEnd(): readonly DigestState[] {
    while (!this.advance());
    return this.states;
  }

  /** Replaces the tasks that are done by new ones. Returns the lanes of one memory. */
  #fillLanes(): Lane[] {
    const lanes: Lane[] = [];
    for (let slot = 0; slot < LANES; slot++) {
      let lane = this.#lanes[slot];
      while (lane === undefined || lane.blocks === 0) {
        if (lane !== undefined) this.states[lane.index] = lane.end();
        lane = this.#waiting.shift();
        if (lane === undefined) break;
        lane.begin(slot);
      }
      this.#lanes[slot] = lane;
      if (lane !== undefined && (lanes.length === 0 || lane.kernels === lanes[0]!.kernels)) lanes.push(lane);
    }
    return lanes;
  }
}

function takeStep(lanes: readonly Lane[]): void {
  const states: Md5State[] = [];
  const addresses: number[] = [];
  let blocks = STEP / BLOCK;
  for (const lane of lanes) {
    states.push(lane.md5);
    addresses.push(lane.address);
    blocks = Math.min(blocks, lane.blocks);
  }
  const after = lanes[0]!.kernels.md5(states, addresses, blocks);
  for (let i = 0; i < lanes.length; i++) lanes[i]!.advance(after[i]!, blocks);
}
