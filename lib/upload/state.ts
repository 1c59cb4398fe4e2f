import type { UploadState } from "../events.ts";

export type UploadTransition = "initiate" | "send" | "commit" | "finish" | "cancel" | "cleaned";

const TRANSITIONS: Readonly<Record<UploadState, Partial<Record<UploadTransition, UploadState>>>> = {
  idle: { initiate: "initiating", send: "sending", commit: "committing", cancel: "cancelling" },
  initiating: { send: "sending", cancel: "cancelling" },
  sending: { commit: "committing", finish: "done", cancel: "cancelling" },
  committing: { finish: "done", cancel: "cancelling" },
  done: {},
  cancelling: { cleaned: "cancelled" },
  cancelled: {},
};

/** The state that follows; a transition that the table does not have is a mistake of this library's. */
export function next(state: UploadState, transition: UploadTransition): UploadState {
  const following = TRANSITIONS[state][transition];
  if (following === undefined) throw new Error(`An upload that is ${state} cannot ${transition}`);
  return following;
}
