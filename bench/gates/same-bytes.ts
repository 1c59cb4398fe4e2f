/**
 * Question: does what each client sends arrive as it was, and would it be noticed if it did not?
 *
 * Method: an object of an odd size in chunks of an odd size, to a server that keeps what it gets; its SHA-256 must be that of
 * the same source read here. Controls: a source with one bit changed must be found out by the digest, one without one of its
 * chunks by the count of bytes that every measurement checks.
 */
import type { ClientName, Fault, Plan } from "../measure/plan.ts";
import type { CachedFiles } from "../suite/cached-files.ts";
import { checkDelivery, DeliveryError } from "../suite/check-delivery.ts";
import { measureUnchecked } from "../suite/measure.ts";
import { ServerProcess } from "../suite/server-process.ts";
import type { Gate, Verdict } from "./gate.ts";
import { digestOfSource, OBJECT } from "./object.ts";

const CLIENTS: readonly ClientName[] = [
  "cos-upload-stream",
  "lib-storage",
  "official-sdk",
  "official-sdk-put",
  "minio",
  "ali-oss",
  "bare-undici",
];

/** All at once: nothing here depends on time. */
export const sameBytes: Gate = async (files) => {
  const expected = await digestOfSource();
  return Promise.all([
    ...CLIENTS.map((client) => arrives(client, expected, files)),
    isNoticed("flipped-byte", expected, files),
    isNoticed("dropped-chunk", expected, files),
  ]);
};

async function arrives(client: ClientName, expected: string, files: CachedFiles): Promise<Verdict> {
  const error = await errorOf({ action: "upload", client, ...OBJECT }, expected, files);
  return {
    gate: `${client}: the same bytes arrive`,
    passed: error === undefined,
    detail: error?.message ?? `${OBJECT.size} bytes, identical`,
  };
}

async function isNoticed(fault: Fault, expected: string, files: CachedFiles): Promise<Verdict> {
  const plan = { action: "upload", client: "cos-upload-stream", ...OBJECT, fault } as const;
  const error = await errorOf(plan, expected, files);
  return {
    gate: `control, ${fault}: it is noticed`,
    passed: error instanceof DeliveryError,
    detail: error?.message ?? "it was not noticed",
  };
}

async function errorOf(plan: Plan, expected: string, files: CachedFiles): Promise<Error | undefined> {
  const server = await ServerProcess.start({ keep: true });
  try {
    const { account } = await measureUnchecked(plan, server, files);
    checkDelivery(plan, account);
    const { sha256 } = account.deliveries.find(({ key }) => key === "object")!;
    return sha256 === expected ? undefined : new DeliveryError("other bytes arrived");
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    server.close();
  }
}
