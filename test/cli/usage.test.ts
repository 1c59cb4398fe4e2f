import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VERSION } from "../../lib/version.ts";
import { runCommand, temporaryFile } from "./support.ts";

const URL = "cos://examplebucket-1250000000/key";
const REGION = ["--region", "ap-beijing"];

const CASES: Record<string, { args: string[]; says: RegExp }> = {
  "an unknown option": { args: ["-", URL, ...REGION, "--bogus"], says: /unknown option '--bogus'/ },
  "no region": { args: ["-", URL], says: /--region is missing/ },
  "no arguments": { args: [], says: /no cos:\/\/bucket\/key.*--help/ },
  "a URL of another kind": {
    args: ["-", "https://x/y", ...REGION],
    says: /such as cos:\/\/.*"https:\/\/x\/y"/,
  },
  "the URL before the file": { args: [URL, "-", ...REGION], says: /the file comes first/ },
  "a URL without a bucket": { args: ["-", "cos:///k", ...REGION], says: /no bucket/ },
  "a URL without a key": { args: ["-", "cos://b-1", ...REGION], says: /does not name a whole key/ },
  "a folder for standard input": { args: ["-", `${URL}/`, ...REGION], says: /does not name a whole key/ },
  "a bucket without its number": {
    args: ["-", "cos://b/k", ...REGION],
    says: /bucket in the URL.*name-appid/,
  },
  "a size that is none": { args: ["-", URL, ...REGION, "--part-size", "8 fish"], says: /--part-size.*8MiB/ },
  "a part size out of bounds": {
    args: ["-", URL, ...REGION, "--part-size", "5k"],
    says: /--part-size.*1048576/,
  },
  "metadata without a value": { args: ["-", URL, ...REGION, "--meta", "a"], says: /name=value/ },
  "SSE-C without a key": { args: ["-", URL, ...REGION, "--sse", "SSE-C"], says: /--sse-c-key-file/ },
  "a key without SSE-C": {
    args: ["-", URL, ...REGION, "--sse-c-key-file", "k"],
    says: /goes with --sse SSE-C/,
  },
  "a context that is no JSON": {
    args: ["-", URL, ...REGION, "--sse", "SSE-KMS", "--sse-kms-context", "x"],
    says: /JSON object/,
  },
  "a key id without SSE-KMS": {
    args: ["-", URL, ...REGION, "--sse-kms-key-id", "k"],
    says: /--sse-kms-key-id goes with --sse SSE-KMS/,
  },
  "a context without SSE-KMS": {
    args: ["-", URL, ...REGION, "--sse", "SSE-COS", "--sse-kms-context", "{}"],
    says: /--sse-kms-context goes with --sse SSE-KMS/,
  },
  "a context of other values than strings": {
    args: ["-", URL, ...REGION, "--sse", "SSE-KMS", "--sse-kms-context", '{"a":1}'],
    says: /JSON object/,
  },
  "an idle timeout of nothing": { args: ["-", URL, ...REGION, "--idle-timeout", "0"], says: /more than 0/ },
  "metadata given twice": {
    args: ["-", URL, ...REGION, "--meta", "a=1", "--meta", "a=2"],
    says: /"a" is given twice/,
  },
  "attempts that are no number": {
    args: ["-", URL, ...REGION, "--max-attempts", "1e1"],
    says: /whole number/,
  },
  "two endpoints": {
    args: ["-", URL, ...REGION, "--accelerate", "--endpoint", "http://localhost"],
    says: /cannot be combined/,
  },
  "aborting without saying which": { args: ["uploads", "abort", URL, ...REGION], says: /--upload-id.*--all/ },
  "aborting without a key": {
    args: ["uploads", "abort", "cos://b-1", ...REGION, "--all"],
    says: /names no key/,
  },
};

describe("cos-upload refuses with exit code 2 and one sentence", { concurrency: 3 }, () => {
  for (const [what, { args, says }] of Object.entries(CASES)) {
    it(what, async (t) => {
      const { code, stdout, stderr } = await runCommand(t, args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, says);
      assert.match(stderr, /^cos-upload: .*\n$/);
    });
  }

  it("a file that holds no SSE-C key, without showing what it holds", async (t) => {
    const file = await temporaryFile(t, "too short a secret");
    const args = ["-", URL, ...REGION, "--sse", "SSE-C", "--sse-c-key-file", file];
    const { code, stderr } = await runCommand(t, args);
    assert.equal(code, 2);
    assert.match(stderr, /holds no SSE-C key/);
    assert.doesNotMatch(stderr, /too short a secret/);
  });
});

describe("cos-upload", { concurrency: 2 }, () => {
  it("prints its version", async (t) => {
    assert.deepEqual(await runCommand(t, ["--version"]), { code: 0, stdout: `${VERSION}\n`, stderr: "" });
  });

  it("prints its help", async (t) => {
    const { code, stdout, stderr } = await runCommand(t, ["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const word of ["<file|-> <cos://bucket/key>", "--part-size", "uploads", "emulator", "Exit codes"]) {
      assert.ok(stdout.includes(word), word);
    }
  });
});
