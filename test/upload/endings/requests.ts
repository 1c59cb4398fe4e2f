import type { Operation, ReceivedRequest } from "../../../lib/emulator/index.ts";

/** COS's operations as the tables name them. */
const NAMES: Partial<Record<Operation, string>> = {
  InitiateMultipartUpload: "Initiate",
  UploadPart: "Part",
  CompleteMultipartUpload: "Complete",
  AbortMultipartUpload: "Abort",
  ListParts: "List",
  HeadObject: "Head",
  PutObject: "Put",
};

/** Requests in their order as text: `Initiate, 3 Part, Complete`. */
export function textOf(requests: readonly ReceivedRequest[]): string {
  return runsOf(requests.map(({ operation }) => NAMES[operation] ?? operation));
}

/** Texts of operations, one after the other, as one. */
export function joined(...texts: readonly string[]): string {
  const names = texts
    .filter((text) => text !== "")
    .flatMap((text) => text.split(", "))
    .flatMap((run) => {
      const [, count = "1", name = ""] = /^(?:(\d+) )?(\w+)$/.exec(run) ?? [];
      return Array<string>(Number(count)).fill(name);
    });
  return runsOf(names);
}

/** The text without some of its operations. */
export function without(text: string, ...names: readonly string[]): string {
  return text
    .split(", ")
    .filter((run) => !names.some((name) => run.endsWith(name)))
    .join(", ");
}

function runsOf(names: readonly string[]): string {
  const runs: { name: string; count: number }[] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last?.name === name) last.count += 1;
    else runs.push({ name, count: 1 });
  }
  return runs.map(({ name, count }) => (count === 1 ? name : `${count} ${name}`)).join(", ");
}
