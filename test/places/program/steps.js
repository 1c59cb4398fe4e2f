// The program that is run in each place: twelve steps, the same everywhere. It knows nothing of where it runs, so it imports only what
// every place has, and gets the library from its caller, which loads it by `import` or by `require`.
import { createHash } from "node:crypto";
import { PassThrough, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

const MIB = 1024 * 1024;
/** Larger than what is hashed before a thread is started. */
const LARGE = 48 * MIB + 12_345;

/**
 * Runs all steps, and prints one line: `PLACE`, and what came of them as JSON.
 *
 * @param library What was loaded of `cos-upload-stream`.
 */
export async function runSteps(library) {
  const target = JSON.parse(process.env.COS_TARGET);
  const steps = stepsOf(library, target);
  const results = [];
  for (const [name, step] of Object.entries(steps)) {
    try {
      results.push({ name, ...(await step()) });
    } catch (error) {
      results.push({ name, error: `${error?.code ?? ""} ${error?.stack ?? error}`.slice(0, 500) });
    }
  }
  console.log(`PLACE ${JSON.stringify({ results, version: versionOf(process.versions) })}`);
  return results;
}

function versionOf({ bun, deno, node }) {
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node.js ${node}` : `Deno ${deno}`;
}

/** The same bytes for the same seed, and none like those of another. */
function bytesOf(size, seed) {
  const bytes = Buffer.alloc(size);
  const block = createHash("sha512");
  block.update(String(seed));
  const pattern = block.digest();
  for (let at = 0; at < size; at += pattern.length) {
    pattern.copy(bytes, at);
    bytes.writeUInt32LE(at, Math.min(at, size - 4));
  }
  return bytes;
}

/** Pieces as a file gives them. */
function* piecesOf(bytes, size = 256 * 1024) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const source = (bytes) => Readable.from(piecesOf(bytes), { objectMode: false });

/** What the other side is to find under the key. */
const stored = (key, bytes) => ({
  key,
  size: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

function assert(condition, what) {
  if (!condition) throw new Error(what);
}

function stepsOf({ CosClient, CosServiceError, CosUploadError, createUploadStream }, given) {
  const uploaded = async (name, bytes, options) => {
    const client = new CosClient({ ...given, ...options });
    try {
      const upload = client.createUploadStream({ key: name, partSize: MIB });
      await pipeline(source(bytes), upload);
      assert(upload.result.completed, "it is not completed");
      return { hashing: client.stats().hashing, stored: stored(name, bytes) };
    } finally {
      await client.close();
    }
  };

  return {
    "a small object": () => uploaded("small", bytesOf(100, 1)),
    "a large object": () => uploaded("large", bytesOf(LARGE, 2)),
    "a thread hashes": () => uploaded("thread", bytesOf(LARGE, 3), { digest: { worker: true } }),
    "no thread hashes": () => uploaded("inline", bytesOf(9 * MIB, 4), { digest: { worker: false } }),
    "destroyed in the middle": async () => {
      const upload = createUploadStream({ ...given, key: "destroyed", partSize: MIB });
      upload.on("part", () => upload.destroy(new Error("enough")));
      const error = await failure(pipeline(source(bytesOf(20 * MIB, 5)), upload));
      assert(error.message === "enough", `it failed with ${error}`);
      return { absent: "destroyed" };
    },
    resumed: async () => {
      const bytes = bytesOf(5 * MIB + 7, 6);
      const first = createUploadStream({ ...given, key: "resumed", partSize: MIB, complete: false });
      await pipeline(source(bytes.subarray(0, 3 * MIB)), first);
      const second = createUploadStream({ ...given, key: "resumed", partSize: MIB, resume: "latest" });
      await pipeline(source(bytes), second);
      const skipped = second.result.parts.filter((part) => part.skipped).length;
      assert(skipped === 3, `${skipped} parts were skipped`);
      return { stored: stored("resumed", bytes) };
    },
    "a wrong key": async () => {
      const credentials = { ...given.credentials, secretKey: "not-the-key-of-this-bucket" };
      const upload = createUploadStream({ ...given, credentials, key: "wrong" });
      const error = await failure(pipeline(source(bytesOf(MIB, 7)), upload));
      assert(
        error instanceof CosServiceError && error.code === "SignatureDoesNotMatch",
        `it failed with ${error}`,
      );
      return { absent: "wrong" };
    },
    "a source that dies": async () => {
      const upload = createUploadStream({ ...given, key: "dead", partSize: MIB });
      const dying = new PassThrough();
      dying.pipe(upload);
      dying.write(bytesOf(3 * MIB, 8));
      setTimeout(() => dying.destroy(), 50);
      const error = await failure(upload.done);
      assert(error.code === "ERR_STREAM_PREMATURE_CLOSE", `it failed with ${error}`);
      return { absent: "dead" };
    },
    aborted: async () => {
      const controller = new AbortController();
      const upload = createUploadStream({
        ...given,
        key: "aborted",
        partSize: MIB,
        signal: controller.signal,
      });
      upload.on("part", () => controller.abort());
      const error = await failure(pipeline(source(bytesOf(20 * MIB, 9)), upload));
      assert(error.name === "AbortError", `it failed with ${error}`);
      await upload[Symbol.asyncDispose]();
      return { absent: "aborted" };
    },
    "a refused connection": async () => {
      // Nobody listens at the port that no port may have.
      const refused = { ...given, endpoint: "http://127.0.0.1:1", retry: { maxAttempts: 2, baseDelay: 1 } };
      const upload = createUploadStream({ ...refused, key: "refused" });
      let retries = 0;
      upload.on("retry", () => {
        retries += 1;
      });
      const error = await failure(pipeline(source(bytesOf(100, 10)), upload));
      const isRight = error instanceof CosUploadError && error.code === "ERR_COS_NETWORK" && retries === 1;
      assert(isRight, `it failed with ${error} after ${retries} retries`);
    },
    "from a web stream": async () => {
      const bytes = bytesOf(3 * MIB + 1, 11);
      const upload = createUploadStream({ ...given, key: "from-web", partSize: MIB });
      await pipeline(Readable.fromWeb(webStream(bytes)), upload);
      return { stored: stored("from-web", bytes) };
    },
    "as a web stream": async () => {
      const bytes = bytesOf(3 * MIB + 2, 12);
      const upload = createUploadStream({ ...given, key: "as-web", partSize: MIB });
      await webStream(bytes).pipeTo(Writable.toWeb(upload));
      await upload.done;
      return { stored: stored("as-web", bytes) };
    },
  };
}

function webStream(bytes) {
  const pieces = piecesOf(bytes);
  return new ReadableStream({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
