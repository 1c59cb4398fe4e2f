/** The head of a request, and what its body came to. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** Value of a header; the name in lower case. */
  header(name: string): string | undefined;
  bytes: number;
  /** The body, where it is kept. */
  readonly body: Buffer[];
}

export interface FramingEvents {
  /** The head asks to be told before the body comes. */
  onContinue(): void;
  onRequest(exchange: Exchange): void;
}

type State = "head" | "body" | "chunk-size" | "chunk" | "chunk-end" | "trailer";

const LINE_FEED = 10;

/**
 * The requests in a connection's bytes: no more of HTTP/1.1 than these clients speak. Bodies are counted in whole reads and
 * not looked at, which is what makes it cheaper than Node's parser.
 */
export class Framing {
  readonly #keep: boolean;
  readonly #events: FramingEvents;
  #state: State = "head";
  #line = "";
  #head: string[] = [];
  #left = 0;
  #exchange: Exchange | undefined;

  constructor(keep: boolean, events: FramingEvents) {
    this.#keep = keep;
    this.#events = events;
  }

  /** Takes the first `length` bytes of `buffer`, which are the caller's again when it returns. */
  take(buffer: Buffer, length: number): void {
    let at = 0;
    while (at < length) at = this.#step(buffer, at, length);
  }

  #step(buffer: Buffer, at: number, length: number): number {
    if (this.#state === "body" || this.#state === "chunk") return this.#count(buffer, at, length);
    const end = buffer.subarray(at, length).indexOf(LINE_FEED);
    const next = end < 0 ? length : at + end + 1;
    this.#line += buffer.toString("latin1", at, next);
    if (end >= 0) {
      const line = this.#line.trimEnd();
      this.#line = "";
      this.#takeLine(line);
    }
    return next;
  }

  #takeLine(line: string): void {
    switch (this.#state) {
      case "head":
        if (line === "") this.#begin();
        else this.#head.push(line);
        break;
      case "chunk-size":
        this.#left = Number.parseInt(line, 16);
        this.#state = this.#left === 0 ? "trailer" : "chunk";
        break;
      case "chunk-end":
        this.#state = "chunk-size";
        break;
      case "trailer":
        if (line === "") this.#finish();
    }
  }

  #begin(): void {
    const [method = "", url = ""] = this.#head[0]?.split(" ") ?? [];
    const headers = new Map(this.#head.slice(1).map(nameAndValue));
    const header = (name: string): string | undefined => headers.get(name);
    this.#head = [];
    this.#exchange = { method, url, header, bytes: 0, body: [] };
    this.#left = Number(header("content-length") ?? 0);
    const isChunked = header("transfer-encoding")?.toLowerCase() === "chunked";
    this.#state = isChunked ? "chunk-size" : "body";
    if (!isChunked && this.#left === 0) this.#finish();
    else if (header("expect") !== undefined) this.#events.onContinue();
  }

  #count(buffer: Buffer, at: number, length: number): number {
    const taken = Math.min(this.#left, length - at);
    this.#left -= taken;
    const exchange = this.#exchange!;
    exchange.bytes += taken;
    if (this.#keep) exchange.body.push(Buffer.from(buffer.subarray(at, at + taken)));
    if (this.#left === 0 && this.#state === "body") this.#finish();
    else if (this.#left === 0) this.#state = "chunk-end";
    return at + taken;
  }

  #finish(): void {
    this.#state = "head";
    this.#events.onRequest(this.#exchange!);
  }
}

function nameAndValue(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
