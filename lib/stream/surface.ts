import { nextTick } from "../timers.ts";

/** Runs what calls listeners and callbacks: what they throw is the program's to hear of, and nothing for the upload to fail on. */
export function surface(run: () => void): void {
  try {
    run();
  } catch (error) {
    nextTick(() => {
      throw error;
    });
  }
}
