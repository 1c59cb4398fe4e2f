import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { UploadState } from "../../lib/events.ts";
import { next, type UploadTransition } from "../../lib/upload/state.ts";

const states: UploadState[] = [
  "idle",
  "initiating",
  "sending",
  "committing",
  "done",
  "cancelling",
  "cancelled",
];
const transitions: UploadTransition[] = ["initiate", "send", "commit", "finish", "cancel", "cleaned"];

/** Every transition there is; all others are mistakes. */
const allowed: Record<string, UploadState> = {
  "idle initiate": "initiating",
  "idle send": "sending",
  "idle commit": "committing",
  "idle cancel": "cancelling",
  "initiating send": "sending",
  "initiating cancel": "cancelling",
  "sending commit": "committing",
  "sending finish": "done",
  "sending cancel": "cancelling",
  "committing finish": "done",
  "committing cancel": "cancelling",
  "cancelling cleaned": "cancelled",
};

describe("An upload that is", () => {
  for (const state of states) {
    for (const transition of transitions) {
      const expected = allowed[`${state} ${transition}`];
      test(`${state} ${expected === undefined ? "cannot" : "can"} ${transition}`, () => {
        if (expected !== undefined) assert.equal(next(state, transition), expected);
        else assert.throws(() => next(state, transition), /cannot/);
      });
    }
  }
});
