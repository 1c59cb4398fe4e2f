import type { Digester, Digests } from "./digester.ts";
import { DIGEST_START, type DigestState, type HashTask } from "./hash-job.ts";
import type { KernelMemories } from "./kernels/kernel-memories.ts";
import { BLOCK, crc64Of, md5Of, type Run } from "./kernels/kernels.ts";

/** Computes the digests of what a digester collects. */
export interface LaneQueue {
  readonly memories: KernelMemories;
  /** There are more bytes, or the part has ended. */
  onMoreData(digester: LaneDigester): void;
  /** The part is digested, or its digests are not needed any more. */
  onDone(digester: LaneDigester): void;
}

/** Bytes of one memory. */
interface PlacedRun extends Run {
  readonly memory: number;
}

/** Collects the bytes of one part, and hands them out piece by piece. */
export class LaneDigester implements Digester {
  /** Whether the stream has nothing else to send. */
  readonly isWaitedFor: () => boolean;
  readonly #queue: LaneQueue;
  readonly #pending: PlacedRun[] = [];
  #pendingBytes = 0;
  #state: DigestState = DIGEST_START;
  #done: ((digests: Digests) => void) | undefined;
  #isTaken = false;
  #hasLeft = false;

  constructor(queue: LaneQueue, isWaitedFor: () => boolean) {
    this.#queue = queue;
    this.isWaitedFor = isWaitedFor;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get hasEnded(): boolean {
    return this.#done !== undefined;
  }

  /** Whether there are bytes that no job has. Less than a block waits for more bytes. */
  get hasWork(): boolean {
    return !this.#isTaken && (this.#pendingBytes >= BLOCK || this.hasEnded);
  }

  /** Whether no code waits for the digests: they were given, or are not needed any more. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Adds bytes. All but the last bytes of a part are complete blocks of MD5, because segments are. */
  update(bytes: Uint8Array): void {
    if (this.#hasLeft || bytes.byteLength === 0) return;
    const memory = this.#queue.memories.numberOf(bytes);
    const { byteOffset: address, byteLength: length } = bytes;
    const last = this.#pending.at(-1);
    if (last !== undefined && last.memory === memory && last.address + last.length === address) {
      this.#pending[this.#pending.length - 1] = { ...last, length: last.length + length };
    } else {
      this.#pending.push({ memory, address, length });
    }
    this.#pendingBytes += length;
    this.#queue.onMoreData(this);
  }

  digest(done: (digests: Digests) => void): void {
    if (this.#hasLeft) return;
    this.#done = done;
    this.#queue.onMoreData(this);
  }

  discard(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#queue.onDone(this);
  }

  /** Hands out up to `maxBytes` of the pending bytes. Nothing else is handed out before `advance`. */
  take(maxBytes: number): HashTask {
    const memory = this.#pending[0]?.memory ?? 0;
    const runs: Run[] = [];
    const most = Math.min(maxBytes, this.#pendingBytes - (this.hasEnded ? 0 : this.#pendingBytes % BLOCK));
    let room = most;
    while (room > 0 && this.#pending[0]?.memory === memory) {
      const { address, length } = this.#pending[0];
      const taken = Math.min(length, room);
      runs.push({ address, length: taken });
      if (taken === length) this.#pending.shift();
      else this.#pending[0] = { memory, address: address + taken, length: length - taken };
      room -= taken;
    }
    this.#pendingBytes -= most - room;
    this.#isTaken = true;
    return { state: this.#state, memory, runs, isLast: this.hasEnded && this.#pending.length === 0 };
  }

  /** The bytes that were handed out are digested. */
  advance({ isLast }: HashTask, state: DigestState): void {
    this.#isTaken = false;
    this.#state = state;
    if (!isLast || this.#hasLeft) return;
    this.discard();
    this.#done?.({ md5: md5Of(state.md5).toString("base64"), crc64: crc64Of(state.crc64).toString() });
  }
}
