import assert from "node:assert/strict";
import type { Admission } from "../../lib/memory/admission.ts";
import { ClientMemory } from "../../lib/memory/client-memory.ts";
import { BLOCK_SLABS, SLAB_SIZE, Slabs, slabsWithin } from "../../lib/memory/slabs.ts";
import type { StreamMemory } from "../../lib/memory/stream-memory.ts";
import { KIB, MIB } from "./bytes.ts";

/** Memory that is never written to but for a stamp, so that it costs address space only. */
export function clientOf(limit: number, admission?: Admission): ClientMemory {
  const createBlock = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(BLOCK_SLABS * SLAB_SIZE));
  return new ClientMemory(limit, new Slabs(createBlock, slabsWithin(limit)), admission);
}

interface SourceOptions {
  readonly total: number;
  readonly partSize: number;
  /** Most parts that it may hold. */
  readonly parts?: number;
  /** Says nothing more after so many bytes, and never ends. */
  readonly silentAfter?: number;
}

/** A source and the stream that it is written to: takes memory as the assembler does, and keeps full parts. */
export class Source {
  readonly memory: StreamMemory;
  readonly options: Required<SourceOptions>;
  readonly full: Uint8Array[][] = [];
  taken = 0;
  released = 0;
  isOver = false;
  #unwritten = 0;
  #part: Uint8Array[] | undefined;
  #partSize = 0;
  #room = 0;

  constructor(client: ClientMemory, options: SourceOptions) {
    this.memory = client.open();
    this.options = { parts: Number.POSITIVE_INFINITY, silentAfter: Number.POSITIVE_INFINITY, ...options };
  }

  get isSilent(): boolean {
    return !this.isOver && this.taken >= this.options.silentAfter;
  }

  /** Bytes of the slabs that it has, of whatever little of which it uses. */
  get bytesOut(): number {
    return [...this.full, this.#part ?? []].flat().length * SLAB_SIZE;
  }

  /** Writes a chunk and, when all bytes are written, ends; does nothing while the writer is held back. */
  write(size: number): void {
    if (this.memory.waiting || this.isOver) return;
    const { total, silentAfter } = this.options;
    this.#unwritten = Math.min(size, Math.min(total, silentAfter) - this.taken);
    this.#takeAll();
  }

  confirm(index: number): void {
    const [segments] = this.full.splice(index % this.full.length, 1);
    if (segments === undefined) return;
    for (const segment of segments) assert.equal(this.#stampOf(segment), this.#stamp, "used by two");
    this.released += segments.length;
    this.memory.release(segments);
  }

  destroy(): void {
    this.isOver = true;
    this.full.length = 0;
    this.#part = undefined;
    this.memory.clear();
  }

  readonly #stamp = Math.random();

  #stampOf(segment: Uint8Array): number {
    if (segment.byteLength < 8) return this.#stamp;
    return new DataView(segment.buffer, segment.byteOffset).getFloat64(0);
  }

  #takeAll(): void {
    while (this.#unwritten > 0) {
      if (this.#room === 0 && !this.#nextSegment()) return;
      const length = Math.min(this.#unwritten, this.#room);
      this.#unwritten -= length;
      this.#room -= length;
      this.#partSize += length;
      this.taken += length;
      if (this.#partSize === this.options.partSize) this.#complete();
    }
    if (this.taken === this.options.total) this.#end();
  }

  #nextSegment(): boolean {
    const { partSize, parts } = this.options;
    if (this.#part === undefined) {
      this.memory.begin(partSize, parts);
      this.#part = [];
    }
    const segment = this.memory.acquire(partSize - this.#partSize);
    if (segment === undefined) {
      this.memory.whenReleased(() => this.#takeAll());
      return false;
    }
    if (segment.byteLength >= 8) {
      new DataView(segment.buffer, segment.byteOffset).setFloat64(0, this.#stamp);
    }
    this.#part.push(segment);
    this.#room = segment.byteLength;
    return true;
  }

  #complete(): void {
    this.full.push(this.#part!);
    this.#part = undefined;
    this.#partSize = 0;
    this.#room = 0;
    this.memory.complete();
  }

  #end(): void {
    this.isOver = true;
    if (this.#part !== undefined) this.#complete();
  }
}

export interface Step {
  readonly who: number;
  readonly what: "write" | "confirm" | "destroy";
  readonly amount: number;
}

/** Does the steps, then lets all sources write all they have, and COS confirm all parts, until nothing moves any more. */
export async function run(
  client: ClientMemory,
  sources: readonly Source[],
  steps: readonly Step[],
): Promise<void> {
  for (const { who, what, amount } of steps) {
    const source = sources[who % sources.length]!;
    if (what === "write") source.write(1 + (amount % MIB));
    else if (what === "destroy" && amount % 4 === 0) source.destroy();
    else if (source.full.length > 0) source.confirm(amount);
    if (amount % 3 === 0) await settled();
    checkSums(client, sources);
  }
  const order = steps.map(({ amount }) => amount);
  for (let round = 0, before = -1; before !== progressOf(sources); round++) {
    before = progressOf(sources);
    for (const source of sources) source.write(64 * KIB + ((order[round % order.length] ?? 0) % (3 * MIB)));
    await settled();
    checkSums(client, sources);
    for (const source of sources) {
      while (source.full.length > 0) source.confirm(order[round % order.length] ?? 0);
    }
    await settled();
    checkSums(client, sources);
  }
}

/** Who could go on was told so in a microtask, and may have made others go on. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 4; i++) await undefined;
}

const progressOf = (sources: readonly Source[]): number =>
  sources.reduce((sum, { taken, released }) => sum + taken + released, 0);

function checkSums(client: ClientMemory, sources: readonly Source[]): void {
  for (const source of sources) assert.equal(source.memory.held, source.bytesOut);
  const out = sources.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
  assert.equal(client.held, out);
  assert.ok(out <= client.limit, `${out} held of ${client.limit}`);
  assert.equal(client.waiting, sources.filter(({ memory }) => memory.waiting).length);
}

export function checkAllWentOn(client: ClientMemory, sources: readonly Source[]): void {
  const stuck = sources.filter((source) => !source.isOver && !source.isSilent);
  const left = stuck.map(({ options, taken }) => ({ ...options, taken }));
  assert.deepEqual([left, client.waiting], [[], 0], "stands still");
}
