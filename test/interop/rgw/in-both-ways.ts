import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { CosClient, type CosClientOptions } from "../../../lib/index.ts";
import { AT_ONCE } from "../../support/client.ts";
import "../../support/leaks.ts";
import {
  agentTo,
  directly,
  JUDGE,
  type RawAnswer,
  type RawRequest,
  sendRaw,
  throughProxy,
  type Way,
} from "./judge.ts";

/** One test against the gateway, in one way. */
export interface Case {
  readonly t: TestContext;
  readonly way: Way;
  readonly client: CosClient;
  /** What the test's keys begin with. */
  readonly prefix: string;
  /** Past the library. */
  raw(request: RawRequest): Promise<RawAnswer>;
  /** The object's bytes; undefined when there is none. */
  read(key: string): Promise<Buffer | undefined>;
  /** The ids of the unfinished uploads of the test. */
  uploads(): Promise<string[]>;
  /** Another client that speaks to another port in the same way. */
  clientTo(port: number, options?: Partial<CosClientOptions>): CosClient;
}

export interface CaseOptions {
  /** Uploads that the test leaves unfinished on purpose. Default 0. */
  readonly orphans?: number;
}

/** Runs a test twice: as the COS client that it is, and with AWS's signature. No upload may be left after it. */
export function inBothWays(
  title: string,
  body: (gateway: Case) => Promise<void>,
  { orphans = 0 }: CaseOptions = {},
): void {
  const told = process.env[JUDGE];
  if (told === undefined)
    throw new Error("These tests need a gateway; npm run test:rgw starts it and runs them");
  const judge = JSON.parse(told);
  for (const way of [throughProxy(judge), directly(judge)]) {
    test(`${title}, ${way.name}`, async (t) => {
      const gateway = openCase(t, way);
      await body(gateway);
      assert.equal((await gateway.uploads()).length, orphans, "unfinished uploads left in the bucket");
    });
  }
}

function openCase(t: TestContext, way: Way): Case {
  const clientTo = (port: number, options: Partial<CosClientOptions> = {}): CosClient => {
    const dispatcher = agentTo(port);
    const client = new CosClient({ ...way.options, retry: AT_ONCE, dispatcher, ...options });
    t.after(async () => {
      await client.close();
      await dispatcher.close();
    });
    return client;
  };
  const agent = agentTo(way.port);
  t.after(() => agent.close());
  const client = clientTo(way.port);
  const prefix = `${randomUUID()}/`;
  const raw = (request: RawRequest): Promise<RawAnswer> => sendRaw(way, agent, request);
  return {
    t,
    way,
    client,
    prefix,
    raw,
    clientTo,
    read: async (key) => {
      const { status, body } = await raw({ method: "GET", key });
      if (status === 404) return undefined;
      assert.equal(status, 200);
      return body;
    },
    uploads: async () =>
      (await collect(client.listMultipartUploads({ prefix }))).map(({ uploadId }) => uploadId),
  };
}

/** All items of a listing. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
