import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { BitFlips } from "./bit-flips.ts";
import type { Injected, LinkFault, WayPlan } from "./plan.ts";

/** What a slow reader takes at a time. */
const SIP = 16 * 1024;

type Interruption = Exclude<LinkFault, { kind: "flip" }>;

export interface WayOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly plan: WayPlan;
  readonly direction: "up" | "down";
  readonly hit: (kind: Injected) => void;
  /** Resets both ends of the connection. */
  readonly reset: () => void;
}

/** One way of a connection: takes what comes from one end to the other, and does to it what its plan says. */
export class Way {
  readonly #options: WayOptions;
  readonly #flips: BitFlips;
  readonly #interruptions: Interruption[];
  #passed = 0;
  #startedAt = performance.now();
  #sipping: number | undefined;

  constructor(options: WayOptions) {
    this.#options = options;
    const faults = options.plan.faults ?? [];
    const flips = faults.filter((fault) => fault.kind === "flip");
    this.#flips = new BitFlips(flips, options.direction, options.hit);
    this.#interruptions = faults
      .filter((fault): fault is Interruption => fault.kind !== "flip")
      .sort((a, b) => a.at - b.at);
  }

  /**
   * Runs until one of the ends is gone. What was received is delivered even if its sender has left meanwhile, as a network would:
   * a request can arrive when nobody waits for its answer any more.
   */
  async run(): Promise<void> {
    const { from, to } = this.#options;
    let isOpen = true;
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        isOpen &&= await this.#pass(this.#flips.pass(chunk as Buffer));
      }
      to.end();
    } catch {
      // The sender was reset, or left in the middle.
      if (isOpen) to.resetAndDestroy();
      else to.end();
    }
  }

  /** Returns whether the way is still open; what comes after that is swallowed. */
  async #pass(chunk: Buffer): Promise<boolean> {
    if (this.#passed === 0) this.#startedAt = performance.now();
    let rest = chunk;
    for (;;) {
      const next = this.#interruptions[0];
      const room = next === undefined ? rest.length : Math.max(0, next.at - this.#passed);
      await this.#deliver(rest.subarray(0, room));
      rest = rest.subarray(room);
      // At the end of a chunk, what happens at this byte happens now: nothing more may come.
      if (next === undefined || this.#passed < next.at) return true;
      this.#interruptions.shift();
      this.#options.hit(next.kind);
      if (!(await this.#interrupt(next))) return false;
    }
  }

  async #interrupt(fault: Interruption): Promise<boolean> {
    const { from, to, reset } = this.#options;
    switch (fault.kind) {
      case "reset":
        reset();
        return false;
      case "half-close":
        to.end();
        return false;
      case "truncate":
        to.end();
        from.destroySoon();
        return false;
      case "stall":
        await sleep(fault.milliseconds);
        return true;
      case "slow-reader":
        this.#sipping = fault.milliseconds;
        return true;
      case "black-hole":
        return false;
    }
  }

  async #deliver(bytes: Buffer): Promise<void> {
    const { plan, hit } = this.#options;
    const { delay = 0, bytesPerSecond } = plan;
    if (bytes.length === 0) return;
    if (this.#passed === 0 && delay > 0) hit("delay");
    if (this.#passed === 0 && bytesPerSecond !== undefined) hit("bandwidth");
    if (delay > 0) await sleep(delay);
    const step = this.#sipping === undefined ? bytes.length : SIP;
    for (let at = 0; at < bytes.length; at += step) {
      const piece = bytes.subarray(at, at + step);
      this.#passed += piece.length;
      if (bytesPerSecond !== undefined) {
        const early = (this.#passed / bytesPerSecond) * 1000 - (performance.now() - this.#startedAt);
        if (early > 1) await sleep(early);
      }
      await this.#write(piece);
      if (this.#sipping !== undefined) await sleep(this.#sipping);
    }
  }

  /** Waits until the system has the bytes: a reset would otherwise take back what it is to follow. */
  async #write(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.#options.to.write(bytes, () => resolve()));
  }
}
