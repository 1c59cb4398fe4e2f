import { ConcurrencyController, type PartInFlight } from "../../lib/throughput/concurrency-controller.ts";

/** A path as a fluid: each connection gets its share at every step of time. Bytes, milliseconds, bytes per second. */
export interface SimulatedPath {
  readonly perConnection: number;
  readonly total: number;
  /** Until the answer comes, after the last byte. */
  readonly delay: number;
  /** Connections of others on the same path. */
  readonly rivals?: number;
  /** Requests at a time above which the server answers SlowDown. */
  readonly refusesAbove?: number;
  /** Part of the attempts whose connection is reset in the middle. */
  readonly loss?: number;
  /** Part by which the time of each answer varies. */
  readonly jitter?: number;
  /** Part of `total` that is lost for each connection above four: a server or a processor that suffers. */
  readonly cost?: number;
}

export interface SimulatedRun {
  readonly path: (now: number) => SimulatedPath;
  readonly duration: number;
  /** Milliseconds that pass at a time. Default 10. */
  readonly step?: number;
  readonly partSize?: number;
  /** Streams, and what their sources give together, in bytes per second. */
  readonly streams?: number;
  readonly source?: number;
  readonly max?: number;
  readonly random: () => number;
  /** A fixed number in place of the search. */
  readonly fixed?: number;
}

export interface SimulatedResult {
  readonly confirmed: number;
  readonly requests: number;
  readonly refused: number;
  /** The number of parts at a time, each second. */
  readonly track: readonly number[];
  /** Bytes confirmed in each second. */
  readonly rates: readonly number[];
  /** Requests and refusals of the second half. */
  readonly late: { readonly requests: number; readonly refused: number };
}

interface Attempt {
  readonly part: PartInFlight;
  left: number;
  /** When the answer is there, once all bytes are. */
  answerAt: number | undefined;
  readonly fails: "no" | "refused" | "lost";
  retryAt: number | undefined;
}

/** Sends parts over a simulated path for some time. */
export function simulate(run: SimulatedRun): SimulatedResult {
  const { partSize = 8 * 2 ** 20, streams = 1, max = 64, step = 10, random } = run;
  const bounds = { min: run.fixed ?? Math.min(streams, max), max: run.fixed ?? max };
  const controller = new ConcurrencyController(bounds, run.fixed ?? 4);
  const slots: Attempt[] = [];
  const track: number[] = [];
  const rates: number[] = [];
  let [confirmed, requests, refused, available, second] = [0, 0, 0, 0, 0];
  let late = { requests: 0, refused: 0 };
  const inFlight = (): number => slots.filter(({ retryAt }) => retryAt === undefined).length;
  const begin = (part: PartInFlight, path: SimulatedPath): Attempt => {
    requests += 1;
    const fails =
      inFlight() >= (path.refusesAbove ?? Infinity) ? "refused" : random() < (path.loss ?? 0) ? "lost" : "no";
    if (fails === "refused") refused += 1;
    return {
      part,
      left: fails === "refused" ? 0 : partSize * (fails === "lost" ? random() : 1),
      answerAt: undefined,
      fails,
      retryAt: undefined,
    };
  };
  for (let now = 0; now < run.duration; now += step) {
    const path = run.path(now);
    available += ((run.source ?? Infinity) * step) / 1000;
    while (slots.length < controller.limit && available >= partSize) {
      available -= partSize;
      slots.push(begin(controller.start(now), path));
    }
    const sending = slots.filter(({ left, retryAt }) => left > 0 && retryAt === undefined);
    const extra = Math.max(0, sending.length - 4) * (path.cost ?? 0);
    const share = Math.min(
      path.perConnection,
      (path.total * Math.max(0.1, 1 - extra)) / Math.max(1, sending.length + (path.rivals ?? 0)),
    );
    for (const attempt of sending) attempt.left -= (share * step) / 1000;
    for (const attempt of [...slots]) {
      const at = slots.indexOf(attempt);
      if (attempt.retryAt !== undefined) {
        if (now >= attempt.retryAt) slots[at] = begin(attempt.part, path);
        continue;
      }
      if (attempt.left > 0) continue;
      attempt.answerAt ??= now + path.delay * (1 + (random() - 0.5) * 2 * (path.jitter ?? 0));
      if (now < attempt.answerAt) continue;
      if (attempt.fails !== "no") {
        if (attempt.fails === "refused") controller.attemptFailed(attempt.part, "refused", now);
        attempt.retryAt = now + random() * 200;
        continue;
      }
      slots.splice(at, 1);
      controller.end(attempt.part, "confirmed", partSize, now);
      confirmed += partSize;
      second += partSize;
    }
    if (Math.floor(now / 1000) > Math.floor((now - step) / 1000)) {
      track.push(controller.limit);
      rates.push(second);
      second = 0;
    }
    if (now < run.duration / 2) late = { requests, refused };
  }
  return {
    confirmed,
    requests,
    refused,
    track,
    rates,
    late: { requests: requests - late.requests, refused: refused - late.refused },
  };
}
