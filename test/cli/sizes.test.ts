import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, formatDuration, formatRate, parseSize } from "../../lib/cli/sizes.ts";

test("sizes are read as people write them", () => {
  const sizes = { "0": 0, "123": 123, "5b": 5, "16m": 2 ** 24, "8MiB": 2 ** 23, "1.5 GiB": 1.5 * 2 ** 30 };
  for (const [text, bytes] of Object.entries({ ...sizes, "1k": 1024, "2MB": 2e6, "1t": 2 ** 40 })) {
    assert.equal(parseSize(text), bytes, text);
  }
  for (const text of ["", "m", "-1", "1e3", "8 fish", "0x10", "1.3b", "9999999t", "1,5m", "NaN", "none"]) {
    assert.equal(parseSize(text), undefined, text);
  }
});

test("sizes, rates and durations are written for people", () => {
  assert.deepEqual([0, 1, 1023, 1024, 1048575, 5 * 2 ** 30].map(formatBytes), [
    "0 bytes",
    "1 byte",
    "1023 bytes",
    "1.0 KiB",
    "1.0 MiB",
    "5.0 GiB",
  ]);
  assert.equal(formatRate(2048, 2000), "1.0 KiB/s");
  assert.equal(formatRate(0, 0), "0 bytes/s");
  assert.deepEqual([400, 59_000, 185_000, 7_620_000].map(formatDuration), ["0s", "59s", "3m05s", "2h07m"]);
});
