/**
 * CRC-64/XZ of bytes in this memory, at several bytes per cycle without a carry-less multiplication.
 *
 * Short runs go through eight tables (slicing by 8). Long ones are first thinned by a sparse multiple of the generator P:
 *
 *     X^1403 + X^1286 + X^1251 + X^1162 + X^1008 + X^509 + X^153 + 1 = 0   (mod P),   X = x^128, a block of 16 bytes
 *
 * says that a block may be dropped when it is added to the seven that follow it at these distances: eight loads and
 * seven exclusive ors for 16 bytes, where the tables need sixteen look-ups. In the end 1403 blocks are left for the
 * tables. Exponents were found by a birthday search for eight powers of X that sum to 0 within few blocks: the fewer
 * terms the fewer loads, the narrower the window the more of it stays in the first cache (22 KiB here). P has an even
 * number of terms, so its multiples do; with six the window would be some four times as wide.
 *
 * Registers are reflected, as everywhere in this CRC: bit 63 is x^0. They are taken and given without the inversions.
 */

/** The generator, reflected, without x^64. */
const POLYNOMIAL: u64 = 0xc96c5795d7870f42;
const ONE: u64 = 1 << 63;

/** Table k, at 2 KiB * k: what a byte does that is followed by k others. The first 16 KiB of the memory. */
const TABLE_SHIFT: u32 = 11;

/** Bytes of the window of blocks that later blocks look back to. */
const WINDOW: u32 = 1403 * 16;
/** Bytes of thinned blocks that follow it in a scratch area, before the window moves up. */
const CHUNK: u32 = 64 * 1024;

/** Where x^(-8 * WINDOW) is kept, which undoes the WINDOW bytes that folding appends. */
const UNFOLD: usize = 8 << TABLE_SHIFT;

/** Fills the tables: once per memory, before any other call in any thread. */
export function prepareCrc64(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = <u64>byte;
    for (let bit = 0; bit < 8; bit++) crc = divide(crc);
    store<u64>(byte << 3, crc);
  }
  for (let at: u32 = 0; at < 7 << TABLE_SHIFT; at += 8) {
    const crc = load<u64>(at);
    store<u64>(at + (1 << TABLE_SHIFT), (crc >> 8) ^ load<u64>((<u32>crc & 0xff) << 3));
  }
  store<u64>(UNFOLD, power((POLYNOMIAL << 1) | 1, 8 * WINDOW));
}

/** Adds any bytes to a register. */
export function crc64Bytes(register: u64, bytes: usize, length: u32): u64 {
  let crc = register;
  let at = bytes;
  const end = bytes + length;
  for (; at + 8 <= end; at += 8) {
    const word = crc ^ load<u64>(at);
    crc =
      byTable(word, 7) ^
      byTable(word >> 8, 6) ^
      byTable(word >> 16, 5) ^
      byTable(word >> 24, 4) ^
      byTable(word >> 32, 3) ^
      byTable(word >> 40, 2) ^
      byTable(word >> 48, 1) ^
      byTable(word >> 56, 0);
  }
  for (; at < end; at++) crc = (crc >> 8) ^ byTable(crc ^ load<u8>(at), 0);
  return crc;
}

/** Begins a long run in a scratch area of WINDOW + CHUNK bytes. */
export function crc64Begin(area: usize, register: u64): void {
  memory.fill(area, 0, WINDOW);
  // Only the run's first block looks back so far: this adds the register to it.
  store<u64>(area, register);
}

/** Goes on with it. `length` is a multiple of 64. */
export function crc64Feed(area: usize, bytes: usize, length: u32): void {
  let from = bytes;
  let rest = length;
  while (rest > 0) {
    const size = min(rest, CHUNK);
    const end = area + size;
    for (let at = area; at < end; at += 64, from += 64) {
      thin(at, from);
      thin(at + 16, from + 16);
      thin(at + 32, from + 32);
      thin(at + 48, from + 48);
    }
    memory.copy(area, area + size, WINDOW);
    rest -= size;
  }
}

/** The register after all bytes fed. */
export function crc64End(area: usize): u64 {
  const folded = area + WINDOW;
  memory.fill(folded, 0, WINDOW);
  fold(folded, 1403 * 16);
  fold(folded, (1403 - 153) * 16);
  fold(folded, (1403 - 509) * 16);
  fold(folded, (1403 - 1008) * 16);
  fold(folded, (1403 - 1162) * 16);
  fold(folded, (1403 - 1251) * 16);
  fold(folded, (1403 - 1286) * 16);
  return multiply(crc64Bytes(0, folded, WINDOW), load<u64>(UNFOLD));
}

/** One block: `at` is where its window begins. */
function thin(at: usize, bytes: usize): void {
  let block = v128.xor(v128.load(bytes), v128.load(at));
  block = v128.xor(block, v128.load(at, 153 * 16));
  block = v128.xor(block, v128.load(at, 509 * 16));
  block = v128.xor(block, v128.load(at, 1008 * 16));
  block = v128.xor(block, v128.load(at, 1162 * 16));
  block = v128.xor(block, v128.load(at, 1251 * 16));
  block = v128.xor(block, v128.load(at, 1286 * 16));
  v128.store(at, block, 1403 * 16);
}

/** Adds the last `distance` bytes of the window to as many that follow it. */
function fold(folded: usize, distance: u32): void {
  for (let at: u32 = 0; at < distance; at += 16) {
    const to = folded + at;
    v128.store(to, v128.xor(v128.load(to), v128.load(to - distance)));
  }
}

function byTable(byte: u64, table: u32): u64 {
  return load<u64>(((<u32>byte & 0xff) << 3) + (table << TABLE_SHIFT));
}

/** Times x, modulo P. */
function divide(a: u64): u64 {
  return (a >> 1) ^ (POLYNOMIAL & (0 - (a & 1)));
}

/** Product modulo P. */
function multiply(a: u64, b: u64): u64 {
  let product: u64 = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>= 1) {
    if (a & bit) product ^= shifted;
    shifted = divide(shifted);
  }
  return product;
}

function power(base: u64, exponent: u32): u64 {
  let product = ONE;
  let square = base;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) product = multiply(product, square);
    square = multiply(square, square);
  }
  return product;
}
