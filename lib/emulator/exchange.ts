import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { clearTimeout, delay, setTimeout } from "../timers.ts";
import { ConnectionGone } from "./cos-error.ts";
import type { Fault } from "./faults/fault.ts";
import type { Faults, TakenFault } from "./faults/script.ts";
import { operationOf } from "./operation.ts";
import type { Settings } from "./options.ts";
import type { RequestEntry } from "./received-request.ts";
import type { Pair } from "./signature.ts";
import type { Store } from "./store/store.ts";
import { parseTarget, type Target } from "./target.ts";

/** How long a stalled request is not read, and how many bytes are read after that. */
const STALLED_MILLISECONDS = 1000;
const READ_AHEAD_BYTES = 64 * 1024 * 1024;

/** Made once: each error takes as long to make as a small request. */
const GONE = new ConnectionGone("the connection is closed");

/** What all exchanges of an emulator share. */
export interface Surroundings {
  readonly settings: Settings;
  readonly store: Store;
  /** Aborted when the emulator closes. */
  readonly closing: AbortSignal;
}

/** A request that came in. */
export interface Accepted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Counts from 1. */
  readonly id: number;
  readonly awaitsContinue: boolean;
}

/** One request and its answer. */
export class Exchange {
  readonly settings: Settings;
  readonly store: Store;
  readonly closing: AbortSignal;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly entry: RequestEntry;
  /** Headers as they were received. The Host is the one that is used. */
  readonly headers: readonly Pair[];
  /** Whether the client waits for `100 Continue` before it sends its body. */
  awaitsContinue: boolean;
  /** Whether a complete answer was given to the connection. */
  answered = false;
  readonly #gone = new AbortController();
  readonly #faults: Faults;
  #fault: TakenFault | undefined;
  #cut = false;

  constructor(
    surroundings: Surroundings,
    faults: Faults,
    { request, response, id, awaitsContinue }: Accepted,
  ) {
    this.settings = surroundings.settings;
    this.store = surroundings.store;
    this.closing = surroundings.closing;
    this.request = request;
    this.response = response;
    this.awaitsContinue = awaitsContinue;
    this.target = parseTarget(request, this.settings.bucket);
    this.headers = receivedHeaders(request).map(([name, value]) =>
      name.toLowerCase() === "host" ? [name, this.target.host] : [name, value],
    );
    this.entry = this.#createEntry(id);
    this.#faults = faults;
    this.takeFault();
    response.once("close", () => {
      if (!response.writableFinished && !this.answered && !this.#cut && !this.closing.aborted) {
        this.entry.aborted = true;
      }
      this.#gone.abort(GONE);
    });
    // A write after the client left fails; "close" reports that already.
    response.on("error", () => {});
  }

  get fault(): Fault | undefined {
    return this.#fault?.fault;
  }

  /** The first or the next fault of the script for this request. */
  takeFault(): void {
    this.#fault = this.#faults.take(this.entry);
    this.entry.fault = this.fault?.kind ?? this.entry.fault;
  }

  /** The clock of the server for this request, in milliseconds. */
  get now(): number {
    const skew = this.fault?.kind === "clock-skew" ? this.fault.milliseconds : 0;
    return this.settings.clock() + skew;
  }

  /** Aborted when the connection is closed. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get method(): string {
    return this.entry.method;
  }

  /** A header's value, undefined if it is missing or empty: SDKs send empty ones to keep proxies from adding their own. */
  header(name: string): string | undefined {
    return this.entry.headers[name] || undefined;
  }

  /** A query parameter's value. */
  parameter(name: string): string | undefined {
    return this.entry.query[name];
  }

  get hasBody(): boolean {
    return this.header("transfer-encoding") !== undefined || Number(this.header("content-length") ?? 0) > 0;
  }

  /** @throws {ConnectionGone} if the connection ends meanwhile */
  async pause(milliseconds: number): Promise<void> {
    try {
      await delay(milliseconds, undefined, { signal: this.gone });
    } catch {
      throw new ConnectionGone("gone while waiting");
    }
  }

  /**
   * Waits until the rule that stalls the request is removed, and takes the next fault.
   *
   * @throws {ConnectionGone} if the client leaves before, or the emulator closes
   */
  async untilRemoved(): Promise<void> {
    const { removed } = this.#fault!;
    const ended = AbortSignal.any([this.gone, removed]);
    if (!ended.aborted) {
      const stalled = setTimeout(() => this.#readAhead(), STALLED_MILLISECONDS);
      await new Promise((resolve) => ended.addEventListener("abort", resolve, { once: true }));
      clearTimeout(stalled);
    }
    if (this.gone.aborted) throw new ConnectionGone("left unanswered");
    this.takeFault();
  }

  /** Ends the connection by RST, by FIN at once, or by FIN after what was written. */
  cut(how: "reset" | "half-close" | "close"): ConnectionGone {
    this.#cut = true;
    const { socket } = this.request;
    if (how === "reset") socket.resetAndDestroy();
    else if (how === "close") socket.destroySoon();
    else {
      socket.end();
      this.request.resume();
    }
    return new ConnectionGone(`cut by ${how}`);
  }

  /** The end of a connection comes after its last bytes: they must be read to notice that the client has left. */
  #readAhead(): void {
    // Node keeps bytes for a reader that wants more than there are, and gives them out at the end of the stream.
    const rest = this.request.read(READ_AHEAD_BYTES);
    if (rest) this.request.unshift(rest);
  }

  #createEntry(id: number): RequestEntry {
    const { bucket, key, path, query } = this.target;
    const method = this.request.method ?? "";
    const partNumber = query.find((pair) => pair[0] === "partNumber")?.[1];
    const uploadId = query.find((pair) => pair[0] === "uploadId")?.[1];
    const receivedAt = this.settings.clock();
    return {
      id,
      requestId: createRequestId(receivedAt),
      method,
      operation: this.target.problem ? "Unknown" : operationOf(method, key, query),
      bucket,
      key,
      path,
      query: Object.fromEntries([...query].reverse()),
      headers: joinHeaders(receivedHeaders(this.request)),
      ...(partNumber !== undefined && /^\d{1,9}$/.test(partNumber) ? { partNumber: Number(partNumber) } : {}),
      ...(uploadId === undefined ? {} : { uploadId }),
      receivedAt,
      bytes: 0,
      statusCode: undefined,
      code: undefined,
      refusal: undefined,
      fault: undefined,
      aborted: false,
    };
  }
}

function receivedHeaders({ rawHeaders }: IncomingMessage): Pair[] {
  const pairs: Pair[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  return pairs;
}

function joinHeaders(pairs: readonly Pair[]): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    const before = joined.get(lower);
    joined.set(lower, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(joined);
}

/** A request id in the form of COS: base64 of the time in seconds in hex, and of three random fields. */
function createRequestId(now: number): string {
  const random = randomBytes(9).toString("hex");
  const fields = [
    Math.floor(now / 1000).toString(16),
    random.slice(0, 8),
    random.slice(8, 12),
    random.slice(12),
  ];
  return Buffer.from(fields.join("_")).toString("base64");
}
