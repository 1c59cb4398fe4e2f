/**
 * MD5 (RFC 1321) of bytes in this memory: of one message, or of four in lock step, one in each 32-bit lane of a vector.
 * MD5 of one message is a single chain of dependent steps that leaves most of a processor idle; four chains at a time fill it.
 *
 * One source for both: T is u32 or v128. A state is a, b, c, d, each a T.
 */

/** Adds `blocks` blocks of 64 bytes to one state. */
export function md5(state: usize, bytes: usize, blocks: u32): void {
  let at = bytes;
  for (let rest = blocks; rest > 0; rest--, at += 64) {
    addBlock<u32>(
      state,
      load<u32>(at),
      load<u32>(at, 4),
      load<u32>(at, 8),
      load<u32>(at, 12),
      load<u32>(at, 16),
      load<u32>(at, 20),
      load<u32>(at, 24),
      load<u32>(at, 28),
      load<u32>(at, 32),
      load<u32>(at, 36),
      load<u32>(at, 40),
      load<u32>(at, 44),
      load<u32>(at, 48),
      load<u32>(at, 52),
      load<u32>(at, 56),
      load<u32>(at, 60),
    );
  }
}

/** Adds as many blocks of each of four messages to the four lanes of a state. */
export function md5Lanes(state: usize, p0: usize, p1: usize, p2: usize, p3: usize, blocks: u32): void {
  for (let rest = blocks, at: usize = 0; rest > 0; rest--, at += 64) {
    const a0 = v128.load(p0 + at);
    const a1 = v128.load(p1 + at);
    const a2 = v128.load(p2 + at);
    const a3 = v128.load(p3 + at);
    const b0 = v128.load(p0 + at, 16);
    const b1 = v128.load(p1 + at, 16);
    const b2 = v128.load(p2 + at, 16);
    const b3 = v128.load(p3 + at, 16);
    const c0 = v128.load(p0 + at, 32);
    const c1 = v128.load(p1 + at, 32);
    const c2 = v128.load(p2 + at, 32);
    const c3 = v128.load(p3 + at, 32);
    const d0 = v128.load(p0 + at, 48);
    const d1 = v128.load(p1 + at, 48);
    const d2 = v128.load(p2 + at, 48);
    const d3 = v128.load(p3 + at, 48);
    addBlock<v128>(
      state,
      words0(a0, a1, a2, a3),
      words1(a0, a1, a2, a3),
      words2(a0, a1, a2, a3),
      words3(a0, a1, a2, a3),
      words0(b0, b1, b2, b3),
      words1(b0, b1, b2, b3),
      words2(b0, b1, b2, b3),
      words3(b0, b1, b2, b3),
      words0(c0, c1, c2, c3),
      words1(c0, c1, c2, c3),
      words2(c0, c1, c2, c3),
      words3(c0, c1, c2, c3),
      words0(d0, d1, d2, d3),
      words1(d0, d1, d2, d3),
      words2(d0, d1, d2, d3),
      words3(d0, d1, d2, d3),
    );
  }
}

// The first, second, third and fourth words of four vectors.

function words0(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.shuffle<i64>(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 0, 4, 1, 5), 0, 2);
}

function words1(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.shuffle<i64>(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 0, 4, 1, 5), 1, 3);
}

function words2(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.shuffle<i64>(v128.shuffle<i32>(a, b, 2, 6, 3, 7), v128.shuffle<i32>(c, d, 2, 6, 3, 7), 0, 2);
}

function words3(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.shuffle<i64>(v128.shuffle<i32>(a, b, 2, 6, 3, 7), v128.shuffle<i32>(c, d, 2, 6, 3, 7), 1, 3);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addBlock<T>(
  state: usize,
  m0: T, m1: T, m2: T, m3: T, m4: T, m5: T, m6: T, m7: T,
  m8: T, m9: T, m10: T, m11: T, m12: T, m13: T, m14: T, m15: T,
): void {
  const size = sizeof<T>();
  const a0 = load<T>(state);
  const b0 = load<T>(state + size);
  const c0 = load<T>(state + 2 * size);
  const d0 = load<T>(state + 3 * size);
  let a = a0;
  let b = b0;
  let c = c0;
  let d = d0;

  a = step<T>(round1<T>(b, c, d), a, b, m0, 0xd76aa478, 7);
  d = step<T>(round1<T>(a, b, c), d, a, m1, 0xe8c7b756, 12);
  c = step<T>(round1<T>(d, a, b), c, d, m2, 0x242070db, 17);
  b = step<T>(round1<T>(c, d, a), b, c, m3, 0xc1bdceee, 22);
  a = step<T>(round1<T>(b, c, d), a, b, m4, 0xf57c0faf, 7);
  d = step<T>(round1<T>(a, b, c), d, a, m5, 0x4787c62a, 12);
  c = step<T>(round1<T>(d, a, b), c, d, m6, 0xa8304613, 17);
  b = step<T>(round1<T>(c, d, a), b, c, m7, 0xfd469501, 22);
  a = step<T>(round1<T>(b, c, d), a, b, m8, 0x698098d8, 7);
  d = step<T>(round1<T>(a, b, c), d, a, m9, 0x8b44f7af, 12);
  c = step<T>(round1<T>(d, a, b), c, d, m10, 0xffff5bb1, 17);
  b = step<T>(round1<T>(c, d, a), b, c, m11, 0x895cd7be, 22);
  a = step<T>(round1<T>(b, c, d), a, b, m12, 0x6b901122, 7);
  d = step<T>(round1<T>(a, b, c), d, a, m13, 0xfd987193, 12);
  c = step<T>(round1<T>(d, a, b), c, d, m14, 0xa679438e, 17);
  b = step<T>(round1<T>(c, d, a), b, c, m15, 0x49b40821, 22);

  a = step<T>(round2<T>(b, c, d), a, b, m1, 0xf61e2562, 5);
  d = step<T>(round2<T>(a, b, c), d, a, m6, 0xc040b340, 9);
  c = step<T>(round2<T>(d, a, b), c, d, m11, 0x265e5a51, 14);
  b = step<T>(round2<T>(c, d, a), b, c, m0, 0xe9b6c7aa, 20);
  a = step<T>(round2<T>(b, c, d), a, b, m5, 0xd62f105d, 5);
  d = step<T>(round2<T>(a, b, c), d, a, m10, 0x02441453, 9);
  c = step<T>(round2<T>(d, a, b), c, d, m15, 0xd8a1e681, 14);
  b = step<T>(round2<T>(c, d, a), b, c, m4, 0xe7d3fbc8, 20);
  a = step<T>(round2<T>(b, c, d), a, b, m9, 0x21e1cde6, 5);
  d = step<T>(round2<T>(a, b, c), d, a, m14, 0xc33707d6, 9);
  c = step<T>(round2<T>(d, a, b), c, d, m3, 0xf4d50d87, 14);
  b = step<T>(round2<T>(c, d, a), b, c, m8, 0x455a14ed, 20);
  a = step<T>(round2<T>(b, c, d), a, b, m13, 0xa9e3e905, 5);
  d = step<T>(round2<T>(a, b, c), d, a, m2, 0xfcefa3f8, 9);
  c = step<T>(round2<T>(d, a, b), c, d, m7, 0x676f02d9, 14);
  b = step<T>(round2<T>(c, d, a), b, c, m12, 0x8d2a4c8a, 20);

  a = step<T>(round3<T>(b, c, d), a, b, m5, 0xfffa3942, 4);
  d = step<T>(round3<T>(a, b, c), d, a, m8, 0x8771f681, 11);
  c = step<T>(round3<T>(d, a, b), c, d, m11, 0x6d9d6122, 16);
  b = step<T>(round3<T>(c, d, a), b, c, m14, 0xfde5380c, 23);
  a = step<T>(round3<T>(b, c, d), a, b, m1, 0xa4beea44, 4);
  d = step<T>(round3<T>(a, b, c), d, a, m4, 0x4bdecfa9, 11);
  c = step<T>(round3<T>(d, a, b), c, d, m7, 0xf6bb4b60, 16);
  b = step<T>(round3<T>(c, d, a), b, c, m10, 0xbebfbc70, 23);
  a = step<T>(round3<T>(b, c, d), a, b, m13, 0x289b7ec6, 4);
  d = step<T>(round3<T>(a, b, c), d, a, m0, 0xeaa127fa, 11);
  c = step<T>(round3<T>(d, a, b), c, d, m3, 0xd4ef3085, 16);
  b = step<T>(round3<T>(c, d, a), b, c, m6, 0x04881d05, 23);
  a = step<T>(round3<T>(b, c, d), a, b, m9, 0xd9d4d039, 4);
  d = step<T>(round3<T>(a, b, c), d, a, m12, 0xe6db99e5, 11);
  c = step<T>(round3<T>(d, a, b), c, d, m15, 0x1fa27cf8, 16);
  b = step<T>(round3<T>(c, d, a), b, c, m2, 0xc4ac5665, 23);

  a = step<T>(round4<T>(b, c, d), a, b, m0, 0xf4292244, 6);
  d = step<T>(round4<T>(a, b, c), d, a, m7, 0x432aff97, 10);
  c = step<T>(round4<T>(d, a, b), c, d, m14, 0xab9423a7, 15);
  b = step<T>(round4<T>(c, d, a), b, c, m5, 0xfc93a039, 21);
  a = step<T>(round4<T>(b, c, d), a, b, m12, 0x655b59c3, 6);
  d = step<T>(round4<T>(a, b, c), d, a, m3, 0x8f0ccc92, 10);
  c = step<T>(round4<T>(d, a, b), c, d, m10, 0xffeff47d, 15);
  b = step<T>(round4<T>(c, d, a), b, c, m1, 0x85845dd1, 21);
  a = step<T>(round4<T>(b, c, d), a, b, m8, 0x6fa87e4f, 6);
  d = step<T>(round4<T>(a, b, c), d, a, m15, 0xfe2ce6e0, 10);
  c = step<T>(round4<T>(d, a, b), c, d, m6, 0xa3014314, 15);
  b = step<T>(round4<T>(c, d, a), b, c, m13, 0x4e0811a1, 21);
  a = step<T>(round4<T>(b, c, d), a, b, m4, 0xf7537e82, 6);
  d = step<T>(round4<T>(a, b, c), d, a, m11, 0xbd3af235, 10);
  c = step<T>(round4<T>(d, a, b), c, d, m2, 0x2ad7d2bb, 15);
  b = step<T>(round4<T>(c, d, a), b, c, m9, 0xeb86d391, 21);

  store<T>(state, add<T>(a, a0));
  store<T>(state + size, add<T>(b, b0));
  store<T>(state + 2 * size, add<T>(c, c0));
  store<T>(state + 3 * size, add<T>(d, d0));
}

function step<T>(mixed: T, a: T, b: T, word: T, constant: u32, rotation: u32): T {
  return add<T>(b, rotate<T>(add<T>(add<T>(a, add<T>(word, splat<T>(constant))), mixed), rotation));
}

function round1<T>(b: T, c: T, d: T): T {
  return xor<T>(d, and<T>(b, xor<T>(c, d)));
}

function round2<T>(b: T, c: T, d: T): T {
  return add<T>(and<T>(b, d), andNot<T>(c, d));
}

function round3<T>(b: T, c: T, d: T): T {
  return xor<T>(xor<T>(b, c), d);
}

function round4<T>(b: T, c: T, d: T): T {
  return xor<T>(c, or<T>(b, xor<T>(d, splat<T>(0xffffffff))));
}

function splat<T>(value: u32): T {
  if (isVector<T>()) return v128.splat<u32>(value);
  else return value;
}

function add<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.add<u32>(a, b);
  else return a + b;
}

function xor<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.xor(a, b);
  else return a ^ b;
}

function and<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.and(a, b);
  else return a & b;
}

/** `a` without the bits of `b`. */
function andNot<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.andnot(a, b);
  else return a & ~b;
}

function or<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.or(a, b);
  else return a | b;
}

function rotate<T>(a: T, by: u32): T {
  if (isVector<T>()) return v128.or(v128.shl<u32>(a, by), v128.shr<u32>(a, 32 - by));
  else return rotl<T>(a, by);
}
