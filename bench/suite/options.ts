import { parseArgs } from "node:util";

export interface SuiteOptions {
  readonly quick: boolean;
  /** GiB of the largest object whose memory is compared. */
  readonly largest: number;
  /** Names of groups; all, when there are none. */
  readonly only: readonly string[];
}

/** `--quick`, `--largest 64`, `--only throughput --only tls`. */
export function parseOptions(args: readonly string[]): SuiteOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      largest: { type: "string", default: "16" },
      only: { type: "string", multiple: true, default: [] },
    },
  });
  return { quick: values.quick, largest: Number(values.largest), only: values.only };
}
