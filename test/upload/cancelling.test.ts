import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { CosClient, createUploadStream, type UploadStreamOptions } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { operations, useEmulator } from "../support/emulator.ts";
import { received, recordEnding, until } from "../support/ending.ts";

/** Long before any timeout of the upload's own would end the wait. */
const soon = { timeout: 8_000 };

const never = (): Promise<never> => new Promise(() => {});

/** An https origin that accepts, and never says a word of TLS. */
async function useSilentServer(t: TestContext): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("A destroyed upload closes without waiting for", soon, () => {
  const hanging: Readonly<Record<string, Partial<UploadStreamOptions>>> = {
    "a credentials provider that never answers": { credentials: never },
    "a signer that never answers": { credentials: undefined, signer: never },
  };
  for (const [name, options] of Object.entries(hanging)) {
    test(name, async (t) => {
      const emulator = await useEmulator(t);
      const upload = createUploadStream({ ...emulator.target, key: "object", ...options });
      const ending = recordEnding(upload);
      upload.write("bytes");
      await until(() => upload.stats().state === "initiating", "an Initiate");
      upload.destroy();
      await ending.closed;
      // Nothing was sent, so nothing can be left.
      assert.deepEqual(ending.warnings, []);
      assert.deepEqual(operations(emulator), []);
    });
  }

  test("credentials that are being renewed", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "expired-token" } });
    let renewing = false;
    const { credentials } = emulator.target;
    const upload = createUploadStream({
      ...emulator.target,
      key: "object",
      partSize: MIB,
      credentials: ({ refresh }) => {
        renewing ||= refresh;
        // The Abort is still signed with the keys there are.
        return refresh ? never() : credentials;
      },
    });
    const ending = recordEnding(upload);
    upload.write(seededBytes(MIB));
    await until(() => renewing, "a renewal");
    upload.destroy();
    await ending.closed;
  });
});

test("A destroyed upload waits for a connection no longer than cleaning up may take", {
  timeout: 20_000,
}, async (t) => {
  const emulator = await useEmulator(t);
  const endpoint = await useSilentServer(t);
  const timeout = { connect: 60_000 };
  const upload = createUploadStream({ ...emulator.target, key: "object", endpoint, timeout });
  const ending = recordEnding(upload);
  upload.end("bytes");
  await until(() => upload.stats().state === "initiating", "an Initiate");
  upload.destroy();
  await ending.closed;
});

test("timeout.attempt ends an attempt whose connection is never opened", soon, async (t) => {
  const emulator = await useEmulator(t);
  const upload = createUploadStream({
    ...emulator.target,
    key: "object",
    endpoint: await useSilentServer(t),
    timeout: { attempt: 200, connect: 60_000 },
    retry: { maxAttempts: 1 },
  });
  upload.on("error", () => {});
  upload.end();
  await assert.rejects(upload.done, { code: "ERR_COS_TIMEOUT" });
});

test("a provider that never answers fails the upload after timeout.attempt", soon, async (t) => {
  const emulator = await useEmulator(t);
  const upload = createUploadStream({
    ...emulator.target,
    key: "object",
    credentials: never,
    timeout: { attempt: 200 },
  });
  upload.on("error", () => {});
  upload.end("bytes");
  await assert.rejects(upload.done, { code: "ERR_COS_CREDENTIALS", message: /within 200 ms/ });
});

test("closing a client ends its streams, and leaves nothing of their uploads", async (t) => {
  const emulator = await useEmulator(t);
  const client = new CosClient(emulator.target);
  const upload = client.createUploadStream({ key: "object", partSize: MIB });
  const ending = recordEnding(upload);
  upload.write(seededBytes(MIB + 1));
  await received(emulator, "UploadPart");
  await client.close();
  await ending.closed;
  assert.equal(upload.destroyed, true);
  assert.deepEqual(emulator.uploads(), []);
});

test("each stream's failure is an error of its own, with its own upload", async (t) => {
  const emulator = await useEmulator(t);
  let works = true;
  await using client = new CosClient({
    ...emulator.target,
    credentials: () => {
      if (!works) throw new Error("no keys any more");
      return { ...emulator.target.credentials, expiresAt: new Date(0) };
    },
  });
  const endings = ["a", "b"].map((key) => {
    const upload = client.createUploadStream({ key, partSize: MIB, leavePartsOnError: true });
    upload.write("x");
    return { upload, ending: recordEnding(upload) };
  });
  await until(() => endings.every(({ upload }) => upload.uploadId !== undefined), "both uploads");
  works = false;
  for (const { upload } of endings) upload.end();
  for (const { upload, ending } of endings) {
    await ending.closed;
    assert.equal((ending.errors[0] as { uploadId?: string }).uploadId, upload.uploadId);
  }
  assert.notEqual(endings[0]!.upload.uploadId, endings[1]!.upload.uploadId);
  works = true;
  for (const { upload } of endings) {
    await client.abortMultipartUpload({
      key: upload === endings[0]!.upload ? "a" : "b",
      uploadId: upload.uploadId!,
    });
  }
});

test("a signer cannot change the host or the length; names that it repeats are its own", async (t) => {
  const emulator = await useEmulator(t);
  const sign = async (): Promise<Record<string, string>> => ({ host: "elsewhere.example" });
  const { credentials: _, ...target } = emulator.target;
  const upload = createUploadStream({ ...target, key: "object", signer: sign });
  upload.on("error", () => {});
  upload.end("bytes");
  await assert.rejects(upload.done, { code: "ERR_COS_SIGNER", message: /host/ });
  assert.deepEqual(operations(emulator), []);
});
