import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import type { CosClient, CosClientOptions } from "../../lib/index.ts";
import { AT_ONCE, useClient } from "./client.ts";
import { onRequests, type RecordedRequest, serveSockets } from "./raw-server.ts";

/** The part of COS's documents, with its ETag and CRC64, and a good answer's headers. */
export const BODY: Buffer = Buffer.from("[Object Part]");
export const ETAG = '"108f528eb63b65e734f27ae331f5ffaa"';
export const CRC64 = "4510578591875220731";
export const GOOD: Readonly<Record<string, string>> = {
  ETag: ETAG,
  "x-cos-hash-crc64ecma": CRC64,
  "x-cos-request-id": "id",
};

/** Attempts that the clients of {@link useHostile} make. */
export const ATTEMPTS = 3;

export interface Hostile {
  readonly client: CosClient;
  /** Exactly as they were received. */
  readonly requests: readonly RecordedRequest[];
}

/** A client of a server that answers every request the same way: with a text, after which it hangs up, or as a function does. */
export async function useHostile(
  t: TestContext,
  respond: string | ((socket: Socket, request: RecordedRequest, number: number) => void),
  options: Partial<CosClientOptions> = {},
): Promise<Hostile> {
  const requests: RecordedRequest[] = [];
  const server = await serveSockets(t, (socket) =>
    onRequests(socket, (request) => {
      requests.push(request);
      if (typeof respond === "string") socket.end(respond);
      else respond(socket, request, requests.length);
    }),
  );
  const retry = { maxAttempts: ATTEMPTS, ...AT_ONCE };
  return { client: useClient(t, { endpoint: server.url, retry, ...options }), requests };
}

/** One call of each operation whose answer is looked into. */
export const OPERATIONS: Readonly<Record<string, (client: CosClient) => Promise<unknown>>> = {
  UploadPart: (client) => client.uploadPart({ key: "k", uploadId: "id", partNumber: 1, body: BODY }),
  PutObject: (client) => client.putObject({ key: "k", body: BODY }),
  InitiateMultipartUpload: (client) => client.initiateMultipartUpload({ key: "k" }),
  CompleteMultipartUpload: (client) =>
    client.completeMultipartUpload({ key: "k", uploadId: "id", parts: [{ partNumber: 1, etag: ETAG }] }),
  ListParts: (client) => client.listParts({ key: "k", uploadId: "id" }).next(),
  ListMultipartUploads: (client) => client.listMultipartUploads().next(),
};
