import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent } from "undici";
import type { DispatchedResponse, Dispatcher } from "../../lib/http/dispatcher.ts";
import { createUploadStream } from "../../lib/index.ts";
import type { UploadStreamOptions } from "../../lib/options.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { redirected, runScript } from "../support/child.ts";
import { useEmulator } from "../support/emulator.ts";

interface End {
  readonly code: string;
  readonly operation: string | undefined;
  readonly retries: number;
  readonly warnings: readonly string[];
}

/** Uploads two MiB, of which nothing may come. */
async function endOf(options: Omit<UploadStreamOptions, "key">): Promise<End> {
  const upload = createUploadStream({ ...options, key: "object", partSize: MIB });
  let retries = 0;
  const warnings: string[] = [];
  upload.on("retry", () => {
    retries += 1;
  });
  upload.on("warning", ({ code }) => warnings.push(code));
  upload.end(seededBytes(2 * MIB));
  const error = await upload.done.then(
    () => assert.fail("it succeeded"),
    (reason) => reason,
  );
  const { code, operation } = error;
  return { code, operation, retries, warnings };
}

const ONCE = { operation: "InitiateMultipartUpload", retries: 0, warnings: [] };

test("a process that may not connect is told so at the first attempt", async (t) => {
  const { target } = await useEmulator(t);
  const dispatcher = new Agent({
    connect: (_, callback) =>
      callback(Object.assign(new Error("connect ERR_ACCESS_DENIED"), { code: "ERR_ACCESS_DENIED" }), null),
  });
  t.after(() => dispatcher.close());
  assert.deepEqual(await endOf({ ...target, dispatcher }), { code: "ERR_COS_NOT_PERMITTED", ...ONCE });
});

/** A dispatcher that does something else with the n-th request. */
function dispatcherWith(
  agent: Agent,
  operation: RegExp,
  change: (request: () => Promise<DispatchedResponse>) => Promise<DispatchedResponse>,
): Dispatcher {
  return {
    dispatch: agent.dispatch.bind(agent) as Dispatcher["dispatch"],
    request: (request) => {
      const send = async (): Promise<DispatchedResponse> => await agent.request(request);
      return operation.test(`${request.method} ${request.path}`) ? change(send) : send();
    },
  };
}

test("a mistake of a program is made once, and nothing is said to be lost that was not sent", async (t) => {
  const { target, requests } = await useEmulator(t);
  const agent = new Agent();
  t.after(() => agent.close());
  const thrown = dispatcherWith(agent, /uploads/, () => {
    throw new TypeError("x is not a function");
  });
  const rejected = dispatcherWith(agent, /uploads/, async () => {
    throw new ReferenceError("x is not defined");
  });
  for (const dispatcher of [thrown, rejected]) {
    assert.deepEqual(await endOf({ ...target, dispatcher }), { code: "ERR_COS_INTERNAL", ...ONCE });
  }
  assert.equal(requests.length, 0);
});

test("a mistake that is made once COS had the request leaves open what became of it, so that the object is looked for", async (t) => {
  const { target, requests } = await useEmulator(t);
  const agent = new Agent();
  t.after(() => agent.close());
  const dispatcher = dispatcherWith(agent, /POST .*uploadId/, async (send) => {
    const { body } = await send();
    for await (const _ of body);
    throw new TypeError("x is not a function");
  });
  const upload = createUploadStream({ ...target, key: "object", dispatcher });
  upload.end(seededBytes(100));
  assert.equal((await upload.done).completed, true);
  assert.deepEqual(requests.map(({ operation }) => operation).slice(2), [
    "CompleteMultipartUpload",
    "ListParts",
    "HeadObject",
  ]);
});

test("a fetch that the network failed is a network's failure, though it says TypeError", async (t) => {
  const { target } = await useEmulator(t);
  const agent = new Agent();
  t.after(() => agent.close());
  let failures = 0;
  const dispatcher = dispatcherWith(agent, /uploads/, async (send) => {
    if (failures++ > 0) return await send();
    const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    throw new TypeError("fetch failed", { cause });
  });
  const upload = createUploadStream({ ...target, key: "object", dispatcher, retry: { baseDelay: 0 } });
  const codes: string[] = [];
  upload.on("retry", ({ error }) => codes.push(error.code));
  upload.end(seededBytes(100));
  assert.equal((await upload.done).size, 100);
  assert.deepEqual(codes, ["ERR_COS_NETWORK"]);
});

/** Prints what comes of an upload, and of closing its client. */
const UPLOAD = `
  const { CosClient } = await import("cos-upload-stream");
  const target = { bucket: "a-1", region: "b", endpoint: "http://127.0.0.1:1" };
  const client = new CosClient({ ...target, credentials: { secretId: "i".repeat(20), secretKey: "k".repeat(20) } });
  const upload = client.createUploadStream({ key: "object" });
  const seen = [];
  upload.on("retry", () => seen.push("retry")).on("warning", ({ code }) => seen.push(code));
  const { code, message } = await upload.end("hello").done.catch((error) => error);
  await client.close();
  console.log(JSON.stringify({ code, seen, message }));
`;

const packages: Readonly<Record<string, string>> = {
  "is missing": "file:///no/such/package.js",
  "does not load in this version of Node": "data:text/javascript,undefined.bind()",
};

for (const name of ["undici", "fast-xml-parser"]) {
  for (const [what, instead] of Object.entries(packages)) {
    test(`an upload for which the package ${name} ${what} fails at the first attempt`, async () => {
      const { code, output, errors } = await runScript(redirected(name, instead) + UPLOAD);
      assert.deepEqual([code, errors], [0, ""]);
      const end = JSON.parse(output);
      assert.deepEqual([end.code, end.seen], ["ERR_COS_DEPENDENCY", []]);
      assert.match(end.message, new RegExp(`^The package "${name}", .* could not be loaded: `));
    });
  }
}

// Node's permissions have one for networks since version 25.
const hasNetPermission = Number.parseInt(process.versions.node, 10) >= 25;

test("under Node's permissions, one without --allow-net is told which is missing", {
  skip: !hasNetPermission,
}, async () => {
  const { code, output, errors } = await runScript(UPLOAD, 60_000, {
    NODE_OPTIONS: "--permission --allow-fs-read=* --disable-warning=SecurityWarning",
  });
  assert.deepEqual([code, errors], [0, ""]);
  const { code: failure, seen } = JSON.parse(output) as { code: string; seen: string[] };
  assert.deepEqual([failure, seen], ["ERR_COS_NOT_PERMITTED", []]);
});
