import type { FaultRule, FaultScript } from "../faults/fault.ts";
import type { ReceivedRequest } from "../received-request.ts";
import type { Store } from "../store/store.ts";

/** The most rows of a list that the page shows: the latest. */
const MOST_ROWS = 200;

/** What a console is of. */
export interface Watched {
  readonly target: { readonly endpoint: string; readonly bucket: string; readonly region: string };
  readonly store: Store;
  readonly requests: readonly ReceivedRequest[];
  readonly faults: FaultScript;
  /** The emulator's clock. */
  readonly clock: () => number;
}

/** What the page shows, as JSON. Lists hold their latest rows; `total` counts all. */
export function snapshot(watched: Watched, idOf: (rule: FaultRule) => number): object {
  const { target, store, requests, faults, clock } = watched;
  const { endpoint, bucket, region } = target;
  return {
    now: clock(),
    target: { endpoint, bucket, region },
    objects: latest(
      store.allObjects().sort((a, b) => a.lastModified - b.lastModified),
      ({ bucket, key, size, crc64, etag, lastModified, headers }) => {
        const type = headers["content-type"] ?? headers["Content-Type"];
        return { bucket, key, size, crc64, etag, lastModified, type };
      },
    ),
    uploads: latest(store.allUploads(), ({ bucket, key, uploadId, initiated, parts }) => ({
      ...{ bucket, key, uploadId, initiated },
      parts: [...parts.values()]
        .sort((a, b) => a.partNumber - b.partNumber)
        .map(({ partNumber, size, etag, lastModified }) => ({ partNumber, size, etag, lastModified })),
    })),
    requests: latest(requests, (request) => {
      const { id, receivedAt, method, operation, path, partNumber, bytes } = request;
      const { statusCode, code, fault, aborted, refusal } = request;
      const refused = refusal && { ...refusal, received: request.headers.authorization ?? request.path };
      const answer = { statusCode, code, fault, aborted, refusal: refused };
      return { id, receivedAt, method, operation, path, partNumber, bytes, ...answer };
    }),
    faults: faults.rules.map((rule) => {
      const { times = 1, operation, fault } = rule.options;
      return {
        id: idOf(rule),
        fault,
        operation,
        times: Number.isFinite(times) ? times : null,
        hits: rule.hits,
      };
    }),
  };
}

function latest<T>(all: readonly T[], show: (row: T) => object): { total: number; rows: object[] } {
  return { total: all.length, rows: all.slice(-MOST_ROWS).reverse().map(show) };
}
