import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { crc64 } from "../../lib/digest/crc64.ts";
import { type Part, PartTransform } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import "../support/leaks.ts";

test("a PartTransform gives all bytes once, in order and digested, however they come and however slowly they are read", async () => {
  const input = fc.record({
    size: fc.integer({ min: 0, max: 6 * MIB }),
    partSize: fc.integer({ min: MIB, max: 2 * MIB }),
    chunks: fc.array(fc.integer({ min: 1, max: 3 * MIB }), { minLength: 1, maxLength: 5 }),
    turns: fc.integer({ min: 0, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(input, async ({ size, partSize, chunks, turns }) => {
      const bytes = seededBytes(size, size);
      const source = (function* () {
        for (let at = 0, i = 0; at < size; at += chunks[i++ % chunks.length]!) {
          yield bytes.subarray(at, at + chunks[i % chunks.length]!);
        }
      })();
      const transform = new PartTransform({ partSize });
      let end = 0;
      await pipeline(
        Readable.from(source, { objectMode: false }),
        transform,
        async (parts: AsyncIterable<Part>) => {
          for await (const part of parts) {
            for (let turn = 0; turn < turns; turn++) await setImmediate();
            assert.ok(transform.readableLength <= 1);
            assert.equal(part.offset, end);
            end += part.size;
            assert.ok(Buffer.concat(part.body).equals(bytes.subarray(part.offset, end)));
            assert.equal(part.crc64, crc64(bytes.subarray(part.offset, end)));
          }
        },
      );
      assert.equal(end, size);
    }),
    { numRuns: 30 },
  );
});
