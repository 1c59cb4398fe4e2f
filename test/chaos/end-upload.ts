import type { UploadStream } from "../../lib/index.ts";
import type { Source } from "./feed.ts";
import type { EndPlan } from "./upload-plan.ts";

/** Ends an upload, once, as somebody outside would: at the moment and in the way of its plan. */
export class Ender {
  readonly #upload: UploadStream;
  readonly #plan: EndPlan | undefined;
  readonly #controller: AbortController;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly error: Error & { code: string } = Object.assign(new Error("ended on purpose"), { code: "MINE" });
  source: Source | undefined;
  #isDone = false;

  constructor(upload: UploadStream, plan: EndPlan | undefined, controller: AbortController) {
    this.#upload = upload;
    this.#plan = plan;
    this.#controller = controller;
    if (plan === undefined) return;
    const { when } = plan;
    if ("event" in when) upload.once(when.event, () => this.#later(when.milliseconds));
    else if ("state" in when) this.#watch(when.state, when.milliseconds);
    else if ("milliseconds" in when) this.#later(when.milliseconds);
    upload.once("close", () => this.disarm());
  }

  /** So many bytes were handed to the stream. */
  fed(bytes: number): void {
    if (this.#plan !== undefined && "bytes" in this.#plan.when && bytes >= this.#plan.when.bytes) this.#end();
  }

  disarm(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#isDone = true;
  }

  #watch(state: string, milliseconds: number): void {
    const timer = setInterval(() => {
      if (this.#upload.stats().state !== state) return;
      clearInterval(timer);
      this.#later(milliseconds);
    }, 1);
    this.#timers.add(timer);
  }

  #later(milliseconds: number): void {
    if (milliseconds === 0) this.#end();
    else this.#timers.add(setTimeout(() => this.#end(), milliseconds));
  }

  #end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const dying = this.source ?? this.#upload;
    const { error } = this;
    switch (this.#plan?.by) {
      case "destroy":
        this.#upload.destroy();
        break;
      case "destroy-error":
        this.#upload.destroy(error);
        break;
      case "abort":
        this.#controller.abort(error);
        break;
      case "source-error":
        dying.destroy(error);
        break;
      case "source-close":
        dying.destroy();
        break;
    }
  }
}
