import { createHash } from "node:crypto";
import { crc64 } from "crc64-ecma182.js";
import type { CreateKernel } from "../measure/plan.ts";

/** State of MD5: a, b, c, d. */
type Md5State = readonly [number, number, number, number];

interface Run {
  readonly address: number;
  readonly length: number;
}

/** What is measured of `lib/digest/kernels/`, which the package does not export. */
interface KernelMemory {
  readonly data: Uint8Array;
  readonly kernels: {
    crc64(register: bigint, runs: readonly Run[]): bigint;
    md5(states: readonly Md5State[], addresses: readonly number[], blocks: number): readonly Md5State[];
    md5Tail(state: Md5State, rest: Run, length: number): Md5State;
  };
}
interface Modules {
  loadKernels(): { readonly module: object } | undefined;
  readonly KernelMemory: new (module: object, size: number) => KernelMemory;
  readonly BLOCK: number;
  readonly CRC64_START: bigint;
  crc64Of(register: bigint): bigint;
  readonly MD5_START: Md5State;
  md5Of(state: Md5State): Buffer;
}

async function load(file: string): Promise<Modules> {
  return await import(new URL(`../../../dist/digest/kernels/${file}`, import.meta.url).href);
}

const { loadKernels } = await load("load.js");
const { KernelMemory } = await load("kernel-memory.js");
const { BLOCK, CRC64_START, crc64Of, MD5_START, md5Of } = await load("kernels.js");

/** All bytes as one run, where parts would lie. */
export const crc64Kernel: CreateKernel = async (bytes) => {
  const { kernels, data } = memoryWith(bytes);
  const runs = [{ address: data.byteOffset, length: bytes.length }];
  const digest = (): bigint => crc64Of(kernels.crc64(CRC64_START, runs));
  const sample = bytes.subarray(0, 200_000);
  const ofSample = crc64Of(kernels.crc64(CRC64_START, [{ address: data.byteOffset, length: sample.length }]));
  check("CRC64", ofSample.toString(), crc64(sample, "0"));
  return digest;
};

/** Parts in lock step. */
export const md5Kernel: CreateKernel = async (bytes, lanes) => {
  const { kernels, data } = memoryWith(bytes);
  const length = bytes.length / lanes;
  const starts = Array.from({ length: lanes }, () => MD5_START);
  const addresses = starts.map((_, lane) => data.byteOffset + lane * length);
  const digest = (): Buffer[] =>
    kernels
      .md5(starts, addresses, length / BLOCK)
      .map((state) => md5Of(kernels.md5Tail(state, { address: data.byteOffset, length: 0 }, length)));
  for (const [lane, md5] of digest().entries()) {
    const part = bytes.subarray(lane * length, (lane + 1) * length);
    check("MD5", md5.toString("hex"), createHash("md5").update(part).digest("hex"));
  }
  return digest;
};

function memoryWith(bytes: Buffer): KernelMemory {
  const kernels = loadKernels();
  if (kernels === undefined) throw new Error("the kernels cannot be used here");
  const memory = new KernelMemory(kernels.module, bytes.length);
  memory.data.set(bytes);
  return memory;
}

/** A wrong digest is not fast. */
function check(name: string, got: string, expected: string): void {
  if (got !== expected) throw new Error(`the ${name} is ${got}, not ${expected}`);
}
