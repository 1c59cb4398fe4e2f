import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Operation } from "../../lib/emulator/index.ts";
import { seededBytes } from "../support/bytes.ts";
import type { EmulatorProcess } from "./emulator-process.ts";
import { complete, initiate, putPart, type RawAnswer, raw } from "./support.ts";

/** What a part may be: what was confirmed, or what was on its way when the process was killed. */
export interface PartModel {
  confirmed: Buffer | undefined;
  sending: Buffer | undefined;
}

/** One key, written to by one client, step after step; parts go four at a time. */
export interface KeyModel {
  readonly key: string;
  /** The object's bytes; undefined for none. */
  object: Buffer | undefined;
  /** What it becomes by the step that is under way. */
  next: { readonly object: Buffer | undefined } | undefined;
  upload: { readonly uploadId: string; readonly parts: Map<number, PartModel> } | undefined;
  initiating: boolean;
  /** Complete or Abort is under way. */
  ending: boolean;
}

export const md5 = (body: Buffer): string => createHash("md5").update(body).digest("hex");

/** When a process is killed, and what was under way by then. */
export interface Cut {
  /** Says that a step begins; returns what says that it is over. */
  begin(step: Operation): () => void;
  readonly killed: Promise<void>;
  underWay(): Operation[];
}

/** Kills the process some milliseconds after a step of a kind has begun for the nth time. */
export function killAfter(
  emulator: EmulatorProcess,
  target: Operation,
  skip: number,
  milliseconds: number,
): Cut {
  const running = new Set<{ readonly step: Operation }>();
  let underWay: Operation[] = [];
  let left = skip;
  let killed = (): void => {};
  const done = new Promise<void>((resolve) => {
    killed = resolve;
  });
  return {
    begin: (step) => {
      const entry = { step };
      running.add(entry);
      if (step === target && left-- === 0) {
        setTimeout(() => {
          underWay = [...running].map((other) => other.step);
          void emulator.kill().then(killed);
        }, milliseconds);
      }
      return () => void running.delete(entry);
    },
    killed: done,
    underWay: () => underWay,
  };
}

/** Does one step after another until the process is gone. */
export async function work(
  emulator: EmulatorProcess,
  model: KeyModel,
  random: () => number,
  begin: Cut["begin"],
): Promise<void> {
  const { key } = model;
  /** Undefined once nobody answers. */
  const step = async (name: Operation, answer: Promise<RawAnswer>): Promise<RawAnswer | undefined> => {
    const over = begin(name);
    try {
      const { status, text, code, ...rest } = await answer;
      // An answer that was cut off after its first line is none.
      if (name === "CompleteMultipartUpload" && !text.includes("CompleteMultipartUploadResult"))
        return undefined;
      assert.ok(status < 300 && code === undefined, `${name} of ${key}: ${status} ${text}`);
      over();
      return { status, text, code, ...rest };
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return undefined;
    }
  };
  const body = (): Buffer => seededBytes(Math.floor(random() * 900_000), Math.floor(random() * 2 ** 32));
  const change = async (
    name: Operation,
    object: Buffer | undefined,
    answer: Promise<RawAnswer>,
  ): Promise<boolean> => {
    model.next = { object };
    if (!(await step(name, answer))) return false;
    model.object = object;
    model.next = undefined;
    return true;
  };
  for (;;) {
    const choice = random();
    if (choice < 0.4) {
      const object = body();
      if (!(await change("PutObject", object, raw(emulator, { method: "PUT", key, body: object })))) return;
      continue;
    }
    if (choice < 0.45) {
      if (!(await change("DeleteObject", undefined, raw(emulator, { method: "DELETE", key })))) return;
      continue;
    }
    model.initiating = true;
    const over = begin("InitiateMultipartUpload");
    const uploadId = await initiate(emulator, key).catch(() => undefined);
    if (uploadId === undefined) return;
    over();
    model.initiating = false;
    const parts = new Map<number, PartModel>();
    model.upload = { uploadId, parts };
    // Some are sent twice, the second time in place of the first.
    for (const numbers of [[1, 2, 3, 4], [2]]) {
      const etags = await Promise.all(
        numbers.map(async (number) => {
          const part = parts.get(number) ?? { confirmed: undefined, sending: undefined };
          parts.set(number, part);
          const sending = body();
          part.sending = sending;
          const sent = await step(
            "UploadPart",
            putPart(emulator, { key, uploadId }, { partNumber: number, body: sending }),
          );
          if (sent) Object.assign(part, { confirmed: sending, sending: undefined });
          return sent;
        }),
      );
      if (etags.includes(undefined)) return;
    }
    model.ending = true;
    if (random() < 0.2) {
      const abort = raw(emulator, { method: "DELETE", key, query: { uploadId } });
      if (!(await step("AbortMultipartUpload", abort))) return;
    } else {
      // Not all of them are listed: what is not goes with the upload.
      const listed = [1, 2, 3].map((number) => parts.get(number)!.confirmed!);
      const done = complete(emulator, { key, uploadId }, listed.map(md5));
      if (!(await change("CompleteMultipartUpload", Buffer.concat(listed), done))) return;
    }
    model.upload = undefined;
    model.ending = false;
  }
}
