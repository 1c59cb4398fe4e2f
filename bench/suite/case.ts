import type { Plan } from "../measure/plan.ts";

/** Something that is measured, by its name in tables, charts and results. */
export interface Case {
  readonly name: string;
  readonly plan: Plan;
}

/** Between client and server. A case without a server has a link all the same, and does not use it. */
export type Link = "http" | "tls" | "shaped";

/** Cases that are measured in turn, round by round, so that whatever disturbs one disturbs its peers. */
export interface Group {
  readonly name: string;
  readonly link: Link;
  readonly rounds: number;
  readonly cases: readonly Case[];
}
