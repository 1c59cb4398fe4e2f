/** A run of bytes of one kind in a chunk. */
export interface Stretch {
  readonly where: "head" | "body";
  readonly start: number;
  readonly end: number;
}

const BLANK_LINE = "\r\n\r\n";

/** Tells the heads from the bodies in the bytes of a connection, as far as it is requests with a Content-Length. */
export class RequestFraming {
  #head = "";
  #bodyLeft = 0;

  /** The next bytes, in stretches. */
  read(chunk: Uint8Array): Stretch[] {
    const stretches: Stretch[] = [];
    for (let start = 0; start < chunk.byteLength; ) {
      const where = this.#bodyLeft > 0 ? "body" : "head";
      const end = start + (where === "body" ? this.#readBody(chunk, start) : this.#readHead(chunk, start));
      stretches.push({ where, start, end });
      start = end;
    }
    return stretches;
  }

  #readBody(chunk: Uint8Array, start: number): number {
    const taken = Math.min(this.#bodyLeft, chunk.byteLength - start);
    this.#bodyLeft -= taken;
    return taken;
  }

  #readHead(chunk: Uint8Array, start: number): number {
    const before = this.#head.length;
    this.#head += Buffer.from(chunk.subarray(start)).toString("latin1");
    const end = this.#head.indexOf(BLANK_LINE);
    if (end < 0) return chunk.byteLength - start;
    const length = /^content-length: *(\d+)/im.exec(this.#head.slice(0, end))?.[1];
    this.#bodyLeft = Number(length ?? 0);
    this.#head = "";
    return end + BLANK_LINE.length - before;
  }
}
