import type { Injected, LinkFault } from "./plan.ts";
import { RequestFraming } from "./request-framing.ts";

type Flip = Extract<LinkFault, { kind: "flip" }>;

/** Turns the planned bits in the bytes of one way. */
export class BitFlips {
  readonly #framing: RequestFraming | undefined;
  readonly #pending: Flip[];
  readonly #hit: (kind: Injected) => void;
  readonly #passed = { head: 0, body: 0, any: 0 };

  constructor(flips: readonly Flip[], way: "up" | "down", hit: (kind: Injected) => void) {
    this.#pending = [...flips];
    this.#hit = hit;
    this.#framing = way === "up" ? new RequestFraming() : undefined;
  }

  /** The bytes as they arrive: a copy, where one of them is changed. */
  pass(chunk: Buffer): Buffer {
    if (this.#pending.length === 0) return chunk;
    const stretches = this.#framing?.read(chunk) ?? [{ where: "any" as const, start: 0, end: chunk.length }];
    let passed = chunk;
    for (const { where, start, end } of stretches) {
      const first = this.#passed[where];
      for (const flip of this.#take(where, first + end - start)) {
        if (passed === chunk) passed = Buffer.from(chunk);
        passed[start + flip.at - first]! ^= 1 << flip.bit;
        this.#hit(where === "any" ? "flip-answer" : `flip-request-${where}`);
      }
      this.#passed[where] += end - start;
    }
    return passed;
  }

  #take(where: Flip["where"], end: number): Flip[] {
    const due = this.#pending.filter((flip) => flip.where === where && flip.at < end);
    for (const flip of due) this.#pending.splice(this.#pending.indexOf(flip), 1);
    return due;
  }
}
