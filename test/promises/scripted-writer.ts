import assert from "node:assert/strict";
import type { Writable } from "node:stream";
import { MIB, seededBytes } from "../support/bytes.ts";

/** What is written to every stream of these tests, whoever writes it: the next bytes of this. */
export const CONTENT: Buffer = seededBytes(16 * MIB);

/** One thing that code of the program does to a stream. */
export type Action =
  | { readonly do: "write"; readonly size: number }
  | { readonly do: "burst"; readonly sizes: readonly number[] }
  | { readonly do: "cork" | "uncork" | "end" | "destroy" | "nothing" };

type WriteError = Error | null | undefined;

/** Writes the content bit by bit, and keeps account of what came of each write. */
export class ScriptedWriter<S extends Writable = Writable> {
  readonly stream: S;
  /** The numbers of the writes whose callbacks came, in that order. */
  readonly calledBack: number[] = [];
  readonly errors: Error[] = [];
  #written = 0;
  #writes = 0;
  #wasDestroyed = false;

  constructor(stream: S) {
    this.stream = stream;
  }

  /** All that was written so far. */
  get bytes(): Buffer {
    return CONTENT.subarray(0, this.#written);
  }

  get writes(): number {
    return this.#writes;
  }

  /** Whether an action destroyed it. */
  get wasDestroyed(): boolean {
    return this.#wasDestroyed;
  }

  perform(action: Action | undefined, onWritten?: () => void): void {
    if (action === undefined || this.stream.writableEnded || this.stream.destroyed) return;
    if (action.do === "write") this.write(action.size, onWritten);
    else if (action.do === "burst") this.burst(action.sizes, onWritten);
    else if (action.do === "cork") this.stream.cork();
    else if (action.do === "uncork") this.stream.uncork();
    else if (action.do === "end") this.end();
    else if (action.do === "destroy") {
      this.#wasDestroyed = true;
      this.stream.destroy(new Error("destroyed by the script"));
    }
  }

  write(size: number, onWritten?: () => void): void {
    const [chunk, callback] = this.#next(size, onWritten);
    if (chunk.byteLength > 0) this.stream.write(chunk, callback);
  }

  /** Writes that the stream gets all at once. */
  burst(sizes: readonly number[], onWritten?: () => void): void {
    this.stream.cork();
    for (const size of sizes) this.write(size, onWritten);
    this.stream.uncork();
  }

  /** Ends with a last chunk. */
  end(): void {
    const [chunk] = this.#next(1000);
    this.#writes -= 1;
    this.stream.end(chunk);
  }

  /** Each callback came once, in order; with an error only where the stream failed. */
  assertCalledBack(): void {
    assert.deepEqual(this.calledBack, [...Array(this.#writes).keys()]);
    if (!this.#wasDestroyed) assert.deepEqual(this.errors, []);
  }

  #next(size: number, onWritten?: () => void): [chunk: Buffer, callback: (error: WriteError) => void] {
    const chunk = CONTENT.subarray(this.#written, this.#written + size);
    this.#written += chunk.byteLength;
    const number = chunk.byteLength === 0 ? -1 : this.#writes++;
    const callback = (error: WriteError): void => {
      this.calledBack.push(number);
      if (error) this.errors.push(error);
      onWritten?.();
    };
    return [chunk, callback];
  }
}
