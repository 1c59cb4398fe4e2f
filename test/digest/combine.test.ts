import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { combineCrc64 } from "../../lib/digest/combine.ts";
import { crc64 } from "../../lib/digest/crc64.ts";
import { MIB, seededBytes } from "../support/bytes.ts";

test("the CRC64s of two runs combine to that of both, wherever the cut is", () => {
  const bytes = seededBytes(MIB, 2);
  const whole = crc64(bytes);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.byteLength }), (at) => {
      const [first, second] = [bytes.subarray(0, at), bytes.subarray(at)];
      assert.equal(combineCrc64(crc64(first), crc64(second), second.byteLength), whole);
    }),
    { numRuns: 50 },
  );
});

test("the CRC64s of many runs combine in order to that of all", () => {
  const runs = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
  fc.assert(
    fc.property(runs, (pieces) => {
      const combined = pieces.reduce((crc, piece) => combineCrc64(crc, crc64(piece), piece.byteLength), "0");
      assert.equal(combined, crc64(Buffer.concat(pieces)));
    }),
    { numRuns: 100 },
  );
});

test("combining is associative for lengths that no buffer has", () => {
  const value = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
  const length = fc.integer({ min: 0, max: 2 ** 51 });
  fc.assert(
    fc.property(
      fc.tuple(value, value, value),
      fc.tuple(length, length),
      ([a, b, c], [lengthOfB, lengthOfC]) => {
        const left = combineCrc64(combineCrc64(a, b, lengthOfB), c, lengthOfC);
        const right = combineCrc64(a, combineCrc64(b, c, lengthOfC), lengthOfB + lengthOfC);
        assert.equal(left, right);
      },
    ),
    { numRuns: 50 },
  );
});
