import { createHash } from "node:crypto";

/** What the server got of one object. */
export interface Delivery {
  readonly key: string;
  /** Body bytes of all its requests. */
  readonly bytes: number;
  readonly requests: number;
  /** It was put whole, or its parts were completed. */
  readonly complete: boolean;
  /** SHA-256 of its bytes in order, where the server keeps them. */
  readonly sha256?: string;
}

interface Entry {
  bytes: number;
  requests: number;
  complete: boolean;
  readonly parts: Map<number, readonly Buffer[]>;
}

/** Counts what arrives; with `keep`, holds the bytes too, so that they can be compared. */
export class Ledger {
  readonly keep: boolean;
  readonly #entries = new Map<string, Entry>();

  constructor(keep: boolean) {
    this.keep = keep;
  }

  begin(key: string): void {
    this.#entries.set(key, { bytes: 0, requests: 0, complete: false, parts: new Map() });
  }

  add(key: string, partNumber: number, bytes: number, body: readonly Buffer[]): void {
    if (!this.#entries.has(key)) this.begin(key);
    const entry = this.#entries.get(key)!;
    entry.bytes += bytes;
    entry.requests++;
    if (this.keep) entry.parts.set(partNumber, body);
  }

  complete(key: string): void {
    if (!this.#entries.has(key)) this.begin(key);
    this.#entries.get(key)!.complete = true;
  }

  object(key: string): { readonly bytes: number; readonly requests: number } | undefined {
    return this.#entries.get(key);
  }

  /** Everything since the last time it was asked for. */
  take(): Delivery[] {
    const deliveries = [...this.#entries].map(([key, { bytes, requests, complete, parts }]) => ({
      key,
      bytes,
      requests,
      complete,
      ...(this.keep && { sha256: digest(parts) }),
    }));
    this.#entries.clear();
    return deliveries;
  }
}

function digest(parts: ReadonlyMap<number, readonly Buffer[]>): string {
  const hash = createHash("sha256");
  for (const [, body] of [...parts].sort(([a], [b]) => a - b)) for (const piece of body) hash.update(piece);
  return hash.digest("hex");
}
