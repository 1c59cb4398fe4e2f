import type { Part } from "./part.ts";
import type { PartPlan } from "./plan.ts";

/**
 * Takes the parts of a stream. Its members are used in the middle of a write: none of them calls a function or a listener of the program
 * before it returns.
 */
export interface PartSink {
  /** How many parts are sent at a time. */
  readonly concurrency: number;
  /** Whether there is less to send than can be sent at a time. */
  readonly hasCapacity: boolean;
  /**
   * Where the stream is cut, if that is known only later: the first byte waits for it. If it rejects, the sink ends the stream. It is
   * called once, when the first byte is there.
   */
  plan?(): Promise<PartPlan> | undefined;
  /** A part begins: its first byte is there. */
  begin(partNumber: number): void;
  /** Whether the part, which has just been filled, may be the whole stream, to be sent in another way than parts are. */
  mayBeSinglePut(partNumber: number): boolean;
  /**
   * A part is digested. A short last part can come before a longer one.
   *
   * @param release Returns its memory. Nothing may read the body after it.
   */
  add(part: Part, release: () => void): void;
  /** @param bytes All bytes so far. */
  received(bytes: number): void;
}
