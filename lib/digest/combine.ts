/** The ECMA-182 polynomial, reflected: bit 63 is x^0, bit 0 is x^63; x^64 is implied. */
const POLYNOMIAL = 0xc96c5795d7870f42n;
const ONE = 1n << 63n;

/** x^(8 * 2^k) modulo the polynomial, at index k: how 2^k zero bytes change a CRC. Sizes of objects are below 2^53. */
const POWERS: readonly bigint[] = powersOfEightBits(53);

/**
 * The CRC64 of two runs of bytes together, computed from their CRC64s in O(log length) steps.
 *
 * @param first CRC64 of the first run, an unsigned decimal.
 * @param second CRC64 of the run that follows it.
 * @param secondLength Length of the second run in bytes.
 */
export function combineCrc64(first: string, second: string, secondLength: number): string {
  return (multiply(zeros(secondLength), BigInt(first)) ^ BigInt(second)).toString();
}

/** x^(8 * length) modulo the polynomial. */
function zeros(length: number): bigint {
  let product = ONE;
  for (let k = 0, rest = length; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) product = multiply(product, POWERS[k]!);
  }
  return product;
}

/** Product of two polynomials over GF(2), modulo the polynomial. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = ONE; bit > 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 0n ? shifted >> 1n : (shifted >> 1n) ^ POLYNOMIAL;
  }
  return product;
}

function powersOfEightBits(count: number): bigint[] {
  const powers = [ONE >> 8n];
  while (powers.length < count) powers.push(multiply(powers.at(-1)!, powers.at(-1)!));
  return powers;
}
