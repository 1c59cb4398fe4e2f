import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import * as undici7 from "undici";
import {
  type CosClient,
  type CosClientOptions,
  CosServiceError,
  type CosUploadError,
} from "../../lib/index.ts";
import { fetchFrom, NOWHERE, usePod } from "../cos/credentials/support.ts";
import { AT_ONCE, useClient } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { recordEnding } from "../support/ending.ts";
import { BODY, OPERATIONS } from "../support/hostile.ts";
import { serveHttp, serveSockets } from "../support/raw-server.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
/** What the `engines` of undici 8 ask for. */
const runsUndici8 = major > 22 || (major === 22 && minor >= 19);

type Undici = typeof undici7;
const VERSIONS: Readonly<Record<number, () => Promise<Undici>>> = {
  7: async () => undici7,
  8: async () => (await import("undici-8")) as unknown as Undici,
};

/** Dispatchers that go where an answer says, or have answers of their own, in the ways that programs put them together. */
const DISPATCHERS: Readonly<Record<string, (undici: Undici) => undici7.Dispatcher>> = {
  "an Agent with the redirect interceptor": ({ Agent, interceptors }) =>
    new Agent().compose(interceptors.redirect({ maxRedirections: 5 })),
  "redirect interceptors within each other": ({ Agent, interceptors: { redirect } }) =>
    new Agent().compose(redirect({ maxRedirections: 1 }), redirect({ maxRedirections: 5 })),
  "the redirect interceptor around retry": ({ Agent, interceptors }) =>
    new Agent().compose(interceptors.retry(), interceptors.redirect({ maxRedirections: 5 })),
  "the redirect interceptor within retry": ({ Agent, interceptors }) =>
    new Agent().compose(interceptors.redirect({ maxRedirections: 5 }), interceptors.retry()),
  "the redirect interceptor around a cache": ({ Agent, interceptors }) =>
    new Agent().compose(
      interceptors.cache({ type: "private", methods: ["GET", "HEAD"] }),
      interceptors.redirect({ maxRedirections: 5 }),
    ),
  "the redirect interceptor within a cache": ({ Agent, interceptors }) =>
    new Agent().compose(
      interceptors.redirect({ maxRedirections: 5 }),
      interceptors.cache({ type: "private", methods: ["GET", "HEAD"] }),
    ),
  "a RetryAgent of an Agent with the redirect interceptor": ({ Agent, RetryAgent, interceptors }) =>
    new RetryAgent(new Agent().compose(interceptors.redirect({ maxRedirections: 5 }))),
  "an interceptor of one's own around the redirect interceptor": ({ Agent, interceptors }) =>
    new Agent().compose(
      interceptors.redirect({ maxRedirections: 5 }),
      (dispatch) => (options, handler) => dispatch({ ...options }, handler),
    ),
  "a Pool with the redirect interceptor": ({ Agent, Pool, interceptors }) =>
    new Agent({
      factory: (origin, options) =>
        new Pool(origin, options).compose(interceptors.redirect({ maxRedirections: 5 })) as undici7.Pool,
    }),
};

const CREDENTIALS = {
  secretId: "AKIDexample",
  secretKey: "key",
  securityToken: "canaryOfTheSecurityToken",
};
const ssec = { type: "SSE-C", key: Buffer.from("canaryOfTheCustomersKey012345678") } as const;

/** Every operation, with an SSE-C key where it takes one. */
const CALLS: Readonly<Record<string, (client: CosClient) => Promise<unknown>>> = {
  ...OPERATIONS,
  UploadPart: (client) =>
    client.uploadPart({ key: "k", uploadId: "id", partNumber: 1, body: BODY, serverSideEncryption: ssec }),
  PutObject: (client) => client.putObject({ key: "k", body: BODY, serverSideEncryption: ssec }),
  HeadObject: (client) => client.headObject({ key: "k", serverSideEncryption: ssec }),
  AbortMultipartUpload: (client) => client.abortMultipartUpload({ key: "k", uploadId: "id" }),
};

/** A server that redirects everything to another, to which not even a connection may be made, and a client of it. */
async function useRedirecting(t: TestContext, status: number, options: Partial<CosClientOptions>) {
  const visits: string[] = [];
  const other = await serveHttp(t, (request, response) => {
    visits.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    request.resume();
    response.writeHead(200, { ETag: '"x"', "x-cos-request-id": "id", "Content-Length": 0 }).end();
  });
  const server = await serveHttp(t, (request, response) => {
    request.resume().on("end", () => response.writeHead(status, { Location: `${other.url}/k` }).end());
  });
  const retry = { maxAttempts: 2, ...AT_ONCE };
  const client = useClient(t, { endpoint: server.url, credentials: CREDENTIALS, retry, ...options });
  return { client, visits };
}

for (const [version, load] of Object.entries(VERSIONS)) {
  const skip = version === "8" && !runsUndici8;
  describe(`No request goes where an answer says, with undici ${version}`, { skip }, () => {
    for (const [what, create] of Object.entries(DISPATCHERS)) {
      // undici 8 refuses to put them together so.
      if (version === "8" && what === "the redirect interceptor around a cache") continue;
      test(`by ${what}`, async (t) => {
        const dispatcher = create(await load());
        t.after(() => dispatcher.destroy());
        for (const status of [300, 301, 302, 303, 307, 308]) {
          const { client, visits } = await useRedirecting(t, status, { dispatcher });
          for (const [operation, call] of Object.entries(CALLS)) {
            const failure = await call(client).then(
              () => assert.fail(`${operation} succeeded`),
              (error: CosUploadError) => error,
            );
            assert.ok(failure instanceof CosServiceError, String(failure));
            assert.deepEqual([failure.code, failure.operation], [`HTTP_${status}`, operation]);
          }
          const ending = recordEnding(
            client.createUploadStream({ key: "k", serverSideEncryption: ssec }).end("x"),
          );
          await ending.closed;
          assert.equal(ending.errors[0]?.code, `HTTP_${status}`);
          assert.deepEqual(visits, []);
        }
      });
    }

    test("where a RedirectHandler is put in by hand, its answers are not believed, and the error says what may have gone where", async (t) => {
      const { Agent, RedirectHandler } = await load();
      const dispatcher = new Agent().compose(
        (dispatch) => (options, handler) =>
          dispatch(options, new RedirectHandler(dispatch, 5, options, handler)),
      );
      t.after(() => dispatcher.destroy());
      const { client, visits } = await useRedirecting(t, 301, { dispatcher });
      await assert.rejects(client.headObject({ key: "k" }), (error: CosUploadError) => {
        assert.equal(error.code, "ERR_COS_INTERNAL");
        assert.match(error.message, /"dispatcher" followed a redirect from http\S+ to http\S+/);
        return true;
      });
      assert.equal(visits.length, 1);
    });

    test("what an interceptor makes an error of is an answer: responseError, RetryAgent", async (t) => {
      const { Agent, RetryAgent, interceptors } = await load();
      const emulator = await useEmulator(t);
      const dispatchers = [
        new Agent().compose(interceptors.responseError()),
        new RetryAgent(new Agent(), { maxRetries: 1, minTimeout: 1, maxTimeout: 1 }),
      ];
      for (const dispatcher of dispatchers) {
        t.after(() => dispatcher.destroy());
        const client = useClient(t, {
          ...emulator.target,
          dispatcher,
          retry: { maxAttempts: 2, ...AT_ONCE },
        });
        await assert.rejects(client.headObject({ key: "none" }), { statusCode: 404, code: "HTTP_404" });
        const fault = { kind: "error", statusCode: 503, code: "SlowDown" } as const;
        const rule = emulator.faults.add({ times: 100, fault });
        await assert.rejects(client.headObject({ key: "k" }), (error: CosServiceError) => {
          assert.equal(error.statusCode, 503);
          assert.equal(error.requestId, emulator.requests.at(-1)!.requestId);
          return true;
        });
        rule.remove();
        await client.putObject({ key: "k", body: BODY });
      }
    });

    test("and no cache answers in COS's place", async (t) => {
      const { Agent, interceptors } = await load();
      const emulator = await useEmulator(t);
      for (const type of ["private", "shared"] as const) {
        const dispatcher = new Agent().compose(
          interceptors.cache({ type, methods: ["GET", "HEAD"], cacheByDefault: 3600 }),
        );
        t.after(() => dispatcher.destroy());
        const client = useClient(t, { ...emulator.target, dispatcher });
        const other = useClient(t, emulator.target);
        const { uploadId } = await other.initiateMultipartUpload({ key: "k" });
        const attributes = { key: "k", cacheControl: "public, max-age=3600" };
        await other.putObject({ ...attributes, body: Buffer.from("1") });
        assert.equal((await client.headObject({ key: "k" })).size, 1);
        assert.equal((await client.listParts({ key: "k", uploadId }).next()).done, true);
        await other.putObject({ ...attributes, body: Buffer.from("22") });
        await other.uploadPart({ key: "k", uploadId, partNumber: 1, body: BODY });
        assert.equal((await client.headObject({ key: "k" })).size, 2);
        assert.equal((await client.listParts({ key: "k", uploadId }).next()).value?.partNumber, 1);
        await other.abortMultipartUpload({ key: "k", uploadId });
      }
    });
  });
}

test("the services for keys are not followed anywhere either: no token goes to another host", async (t) => {
  let visits = 0;
  const other = await serveSockets(t, (socket) => {
    visits += 1;
    socket.destroy();
  });
  undici7.setGlobalDispatcher(
    new undici7.Agent().compose(undici7.interceptors.redirect({ maxRedirections: 5 })),
  );
  t.after(() => undici7.setGlobalDispatcher(new undici7.Agent()));
  for (const status of [301, 302, 303, 307, 308]) {
    const { url } = await serveHttp(t, (request, response) => {
      request.resume().on("end", () => response.writeHead(status, { Location: `${other.url}/` }).end());
    });
    const env = await usePod(t, "canaryOfThePodsToken");
    await assert.rejects(fetchFrom({ metadataEndpoint: url }), { code: "ERR_COS_NO_CREDENTIALS" });
    await assert.rejects(fetchFrom({ env, stsEndpoint: url, metadataEndpoint: NOWHERE }), {
      code: "ERR_COS_CREDENTIALS",
    });
  }
  assert.equal(visits, 0);
});
