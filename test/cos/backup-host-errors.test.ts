import assert from "node:assert/strict";
import { test } from "node:test";
import { CosClient, type CosServiceError, type CosUploadError, createUploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { assertHidden } from "../support/canaries.ts";
import { AT_ONCE } from "../support/client.ts";
import { failure, recordEnding, until } from "../support/ending.ts";
import { ATTEMPTS, BACKUP, MARK, put, USUAL, useHosts, usePlace } from "../support/hosts.ts";
import { answer, onRequests, serveSockets } from "../support/raw-server.ts";

const LOST = answer("502 Bad Gateway");

test("an error of the backup host says which host it is, and what happened at the first", async (t) => {
  const place = await usePlace(t, (socket) => socket.resetAndDestroy());
  const fault = { kind: "error", statusCode: 403, code: "AccessDenied", message: "Access Denied." } as const;
  place.emulator.faults.add({ fault });
  await using client = new CosClient(place.options);
  await assert.rejects(put(client), (error: CosServiceError) => {
    assert.deepEqual([error.code, error.statusCode, error.host], ["AccessDenied", 403, BACKUP]);
    const { message } = error;
    for (const told of ["Access Denied.", `backup host ${BACKUP}`, `Could not reach https://${USUAL}`]) {
      assert.ok(message.includes(told), message);
    }
    assert.ok(error.stack!.includes(message));
    const first = error.cause as CosUploadError;
    assert.deepEqual([first.code, first.host, first.operation], ["ERR_COS_NETWORK", USUAL, "PutObject"]);
    assert.equal((first.cause as NodeJS.ErrnoException).code, "ECONNRESET");
    assertHidden(error, [place.options.credentials!].flatMap(Object.values) as string[]);
    return true;
  });
});

test("where the backup host cannot be reached either, the first error is not hidden", async (t) => {
  const usualHost = await serveSockets(t, (socket) => onRequests(socket, () => socket.end(LOST)));
  const { dispatcher } = useHosts(t, { [USUAL]: usualHost.url });
  const credentials = { secretId: "id", secretKey: "key" };
  const retry = { maxAttempts: 2, ...AT_ONCE };
  const place = { bucket: "examplebucket-1250000000", region: "ap-beijing" };
  const upload = createUploadStream({ ...place, credentials, dispatcher, retry, key: "k" });
  const ending = recordEnding(upload);
  upload.end("x");
  const error = (await failure(ending)) as CosUploadError;
  assert.deepEqual([error.code, error.host], ["ERR_COS_NETWORK", BACKUP]);
  assert.match(error.message, /ENOTFOUND.*backup host.*HTTP_502 \(502\)/);
  assert.equal((error.cause as CosServiceError).statusCode, 502);
});

test("credentials that are missing for the last attempt are the error, and no host's", async (t) => {
  const place = await usePlace(t, LOST);
  const { credentials } = place.emulator.target;
  let asked = 0;
  await using client = new CosClient({
    ...place.options,
    credentials: () => {
      if (++asked === ATTEMPTS) throw new Error("the vault is shut");
      return { ...credentials, expiresAt: new Date(0) };
    },
  });
  await assert.rejects(put(client), { code: "ERR_COS_CREDENTIALS", message: /^(?!.*backup)/ });
});

test("an upload that is destroyed while its parts wait for the backup host ends with the error it was destroyed with", async (t) => {
  const place = await usePlace(t, answer("302 Found"));
  place.emulator.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: "stall", where: "request" } });
  const upload = createUploadStream({ ...place.options, key: "k", uploadId: "id", partSize: MIB });
  const ending = recordEnding(upload);
  upload.write(seededBytes(3 * MIB));
  await until(() => place.emulator.requests.length === 3, "three parts at the backup host");
  const reason = new Error("enough");
  upload.destroy(reason);
  assert.equal(await failure(ending), reason);
  assert.equal(reason.message, "enough");
});

test("an error of the usual host says so", async (t) => {
  const place = await usePlace(t, answer("403 Forbidden", MARK));
  await using client = new CosClient(place.options);
  await assert.rejects(put(client), { host: USUAL, message: /^(?!.*backup)/ });
});
