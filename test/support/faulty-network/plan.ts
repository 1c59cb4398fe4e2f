/** What goes wrong between a client and a server. Sizes are bytes, times milliseconds. */
export interface NetworkPlan {
  /** The connections in the order they are made; those after them are as `others`, or sound. */
  readonly links: readonly LinkPlan[];
  readonly others?: LinkPlan;
  /** Times at which connections are refused, as nobody listens. */
  readonly refusals?: readonly Refusal[];
}

export interface Refusal {
  /** From the moment on that so many connections were made. */
  readonly afterLinks: number;
  readonly milliseconds: number;
}

/** One connection: `up` is the way to the server, `down` the way back. */
export interface LinkPlan {
  readonly up?: WayPlan;
  readonly down?: WayPlan;
}

export interface WayPlan {
  /** That each piece is held up. */
  readonly delay?: number;
  readonly bytesPerSecond?: number;
  readonly faults?: readonly LinkFault[];
}

/** What happens once `at` bytes have passed. */
export type LinkFault =
  /** Both ends are reset (RST). */
  | { readonly kind: "reset"; readonly at: number }
  /** The receiver sees the end (FIN), the sender nothing; what it sends is swallowed. The other way goes on. */
  | { readonly kind: "half-close"; readonly at: number }
  /** Both ends see the end (FIN). */
  | { readonly kind: "truncate"; readonly at: number }
  /** Nothing passes for a while. */
  | { readonly kind: "stall"; readonly at: number; readonly milliseconds: number }
  /** Nothing passes any more, and nobody is told. */
  | { readonly kind: "black-hole"; readonly at: number }
  /** From here on a little is taken at a time, so that the sender's buffers fill up. */
  | { readonly kind: "slow-reader"; readonly at: number; readonly milliseconds: number }
  /** One bit of the byte at `at` is turned, counted over the bytes of `where`: bodies and heads on the way up, or all. */
  | {
      readonly kind: "flip";
      readonly at: number;
      readonly bit: number;
      readonly where: "head" | "body" | "any";
    };

/** What was done to the traffic, to be counted. */
export type Injected =
  | Exclude<LinkFault["kind"], "flip">
  | "delay"
  | "bandwidth"
  | "refused"
  | "flip-request-head"
  | "flip-request-body"
  | "flip-answer";
