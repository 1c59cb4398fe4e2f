import { KIB } from "../../limits.ts";
import { type WasmMemory, type WasmModule, webAssembly } from "./web-assembly.ts";

/** The compiled functions over one memory. Addresses and lengths are in bytes. Registers are returned as signed numbers. */
export interface KernelFunctions {
  prepareCrc64(): void;
  crc64Bytes(register: bigint, bytes: number, length: number): bigint;
  crc64Begin(area: number, register: bigint): void;
  crc64Feed(area: number, bytes: number, length: number): void;
  crc64End(area: number): bigint;
  md5(state: number, bytes: number, blocks: number): void;
  md5Lanes(state: number, p0: number, p1: number, p2: number, p3: number, blocks: number): void;
}

/** Size of the area that a thread writes to. Several threads can use one memory at the same time, each in its own area. */
export const AREA_BYTES: number = 448 * KIB;
/** Addresses of the two areas at the beginning of a memory. */
export const MAIN_AREA: number = 64 * KIB;
export const WORKER_AREA: number = MAIN_AREA + AREA_BYTES;
/** Size of what belongs to the kernels at the beginning of a memory: tables, and both areas. */
export const KERNEL_BYTES: number = 1024 * KIB;

/** Messages that are digested together. */
export const LANES = 4;
/** Block size of MD5, in bytes. */
export const BLOCK = 64;
/** From this number of bytes on, thinning a run takes less time than the tables. */
export const LONG_RUN: number = 96 * KIB;

/** State of MD5 at the beginning (RFC 1321, 3.3). */
export const MD5_START: Md5State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
/** Register of the CRC64 at the beginning. */
export const CRC64_START = 0xffff_ffff_ffff_ffffn;

/** The CRC64 of a register. */
export function crc64Of(register: bigint): bigint {
  return BigInt.asUintN(64, ~register);
}

/** The digest of a final state. */
export function md5Of(state: Md5State): Buffer {
  const digest = Buffer.allocUnsafe(16);
  for (const [index, word] of state.entries()) digest.writeUInt32LE(word, index * 4);
  return digest;
}

/** a, b, c, d. */
export type Md5State = readonly [number, number, number, number];

/** A run of bytes of this memory. */
export interface Run {
  readonly address: number;
  readonly length: number;
}

/** Bytes of all runs. */
export function lengthOf(runs: readonly Run[]): number {
  let length = 0;
  for (const run of runs) length += run.length;
  return length;
}

// Within an area: states of four lanes, state of one, the last blocks of a message, and room for four long CRC64s.
const ONE_STATE = 64;
const TAIL = 128;
const CRC64_AREA = 256;
/** The window of a long CRC64, and the bytes that are thinned in one step, as in the kernel. */
const CRC64_AREA_SIZE: number = 1403 * 16 + 64 * KIB;

/** The hash functions of one thread over one memory. */
export class Kernels {
  readonly #functions: KernelFunctions;
  readonly #bytes: Uint8Array;
  readonly #states: Uint32Array;
  readonly #area: number;

  constructor(module: WasmModule, memory: WasmMemory, area: number) {
    const { exports } = new (webAssembly().Instance)(module, { env: { memory } });
    this.#functions = exports as KernelFunctions;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#states = new Uint32Array(memory.buffer, area, (ONE_STATE + 16) / 4);
    this.#area = area;
  }

  /** Once per memory, before any thread uses it. */
  prepare(): void {
    this.#functions.prepareCrc64();
  }

  /** The register after the bytes of all runs. The size of all runs but the last is a multiple of the block size. */
  crc64(register: bigint, runs: readonly Run[]): bigint {
    if (lengthOf(runs) < LONG_RUN) return runs.reduce((crc, run) => this.shortCrc64(crc, run), register);
    this.beginCrc64(0, register);
    let rest: Run = { address: 0, length: 0 };
    for (const { address, length } of runs) {
      const whole = length - (length % BLOCK);
      this.feedCrc64(0, { address, length: whole });
      rest = { address: address + whole, length: length - whole };
    }
    return this.shortCrc64(this.endCrc64(0), rest);
  }

  /** The register after a short run, by the tables. */
  shortCrc64(register: bigint, { address, length }: Run): bigint {
    return this.#functions.crc64Bytes(register, address, length);
  }

  /** Begins one of four long CRC64s. */
  beginCrc64(lane: number, register: bigint): void {
    this.#functions.crc64Begin(this.#crc64Area(lane), register);
  }

  /** Continues with complete blocks. */
  feedCrc64(lane: number, { address, length }: Run): void {
    this.#functions.crc64Feed(this.#crc64Area(lane), address, length);
  }

  /** The register at the end. */
  endCrc64(lane: number): bigint {
    return this.#functions.crc64End(this.#crc64Area(lane));
  }

  /** Adds the same number of blocks to the states of one to four messages. */
  md5(states: readonly Md5State[], addresses: readonly number[], blocks: number): Md5State[] {
    if (states.length === 1) return [this.#md5OfOne(states[0]!, addresses[0]!, blocks)];
    for (let lane = 0; lane < states.length; lane++) {
      for (let word = 0; word < 4; word++) this.#states[word * LANES + lane] = states[lane]![word]!;
    }
    const [first = 0, second = first, third = first, fourth = first] = addresses;
    this.#functions.md5Lanes(this.#area, first, second, third, fourth, blocks);
    return states.map((_, lane) => this.#stateAt(lane, LANES));
  }

  /** The end of a message: the rest, which is less than a block, and the padding. */
  md5Tail(state: Md5State, { address, length }: Run, messageLength: number): Md5State {
    const at = this.#area + TAIL;
    const padded = this.#bytes.subarray(at, at + (length < BLOCK - 8 ? BLOCK : 2 * BLOCK));
    padded.fill(0);
    padded.set(this.#bytes.subarray(address, address + length));
    padded[length] = 0x80;
    const end = new DataView(padded.buffer, padded.byteOffset + padded.byteLength - 8);
    end.setBigUint64(0, BigInt(messageLength) * 8n, true);
    return this.#md5OfOne(state, at, padded.byteLength / BLOCK);
  }

  #crc64Area(lane: number): number {
    return this.#area + CRC64_AREA + lane * CRC64_AREA_SIZE;
  }

  #md5OfOne(state: Md5State, address: number, blocks: number): Md5State {
    const first = ONE_STATE / 4;
    this.#states.set(state, first);
    this.#functions.md5(this.#area + ONE_STATE, address, blocks);
    return this.#stateAt(first, 1);
  }

  #stateAt(first: number, step: number): Md5State {
    const word = (index: number): number => this.#states[first + index * step]!;
    return [word(0), word(1), word(2), word(3)];
  }
}
