/** The polynomial of CRC-64/XZ, reflected. */
const POLYNOMIAL = 0xc96c5795d7870f42n;

/** A linear map on 64 bits: bit i becomes `columns[i]`. */
type Operator = readonly bigint[];

function apply(operator: Operator, vector: bigint): bigint {
  let sum = 0n;
  for (let index = 0, rest = vector; rest !== 0n; index++, rest >>= 1n) {
    if (rest & 1n) sum ^= operator[index] ?? 0n;
  }
  return sum;
}

const compose = (outer: Operator, inner: Operator): Operator => inner.map((column) => apply(outer, column));

/** `DOUBLINGS[k]` advances a CRC over 2^k zero bytes. It is filled as far as needed. */
const DOUBLINGS: Operator[] = [];

function doubling(power: number): Operator {
  if (DOUBLINGS.length === 0) {
    let operator: Operator = [POLYNOMIAL, ...Array.from({ length: 63 }, (_, bit) => 1n << BigInt(bit))];
    for (let times = 0; times < 3; times++) operator = compose(operator, operator);
    DOUBLINGS.push(operator);
  }
  for (let last = DOUBLINGS.length; last <= power; last++) {
    const half = DOUBLINGS[last - 1] as Operator;
    DOUBLINGS.push(compose(half, half));
  }
  return DOUBLINGS[power] as Operator;
}

/** The powers of two that sum up to `bytes`. */
function powersOf(bytes: number): number[] {
  const powers: number[] = [];
  for (let rest = BigInt(bytes), power = 0; rest !== 0n; rest >>= 1n, power++) {
    if (rest & 1n) powers.push(power);
  }
  return powers;
}

/** A run of bytes: its CRC64, an unsigned decimal, and its length in bytes. */
export interface Checksum {
  readonly crc64: string;
  readonly size: number;
}

/** Operators that are kept during one combination. If there are more different lengths, the others are advanced step by step. */
const KEPT_OPERATORS = 64;

/** The CRC64 of all runs together, by the method of zlib's crc32_combine. */
export function combineCrc64(runs: readonly Checksum[]): string {
  const operators = new Map<number, Operator | undefined>();
  let total = 0n;
  for (const { crc64, size } of runs) {
    if (size === 0) continue;
    total = advance(total, size, operators) ^ BigInt(crc64);
  }
  return total.toString();
}

/** Making an operator takes as long as dozens of advances by its powers. So only a length that is used again gets one. */
function advance(total: bigint, size: number, operators: Map<number, Operator | undefined>): bigint {
  const kept = operators.get(size);
  if (kept) return apply(kept, total);
  const powers = powersOf(size).map(doubling);
  if (operators.has(size)) {
    const operator = powers.reduce((inner, outer) => compose(outer, inner));
    operators.set(size, operator);
    return apply(operator, total);
  }
  if (operators.size < KEPT_OPERATORS) operators.set(size, undefined);
  return powers.reduce((sum, operator) => apply(operator, sum), total);
}
