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
 * again by somebody else. Until it has ended, no other may be done in the same memories by the same thread.
 */
export class HashJob {
  /** The state after each task, once all are over. */
  readonly states: DigestState[] = [];
  readonly #waiting: Lane[];
  /** A lane's place here is also that of its CRC64 in the kernels' memory. */
  readonly #lanes: (Lane | undefined)[] = new Array(LANES).fill(undefined);

  constructor(tasks: readonly HashTask[], kernelsOf: (memory: number) => Kernels) {
    this.#waiting = tasks.map((task, index) => new Lane(index, task, kernelsOf(task.memory)));
  }

  /** Goes on for half a millisecond or so. Returns whether all is done. */
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

  /** Lets new tasks follow those that have come to their end. Returns the lanes of one memory. */
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
