/**
 * Question: does what each client sends arrive as it was, and would it be noticed if it did not?
 *
 * Method: an object of an odd size in chunks of an odd size, to a server that keeps what it gets; its SHA-256 must be that of
 * the same source read here. Controls: a source with one bit changed must be found out by the digest, one without one of its
 * chunks by the count of bytes that every measurement checks.
 */
import { createHash } from "node:crypto";
import type { ClientName, Fault, Plan } from "../measure/plan.ts";
import { Source } from "../measure/source.ts";
import type { CachedFiles } from "../suite/cached-files.ts";
import { checkDelivery } from "../suite/check-delivery.ts";
import { measureUnchecked } from "../suite/measure.ts";
import { ServerProcess } from "../suite/server-process.ts";
import type { Gate, Verdict } from "./gate.ts";

const SIZE = 24 * 1024 * 1024 + 12_345;
const CHUNK_SIZE = 64 * 1024;
const CLIENTS: readonly ClientName[] = [
  "cos-upload-stream",
  "lib-storage",
  "official-sdk",
  "official-sdk-put",
  "minio",
  "ali-oss",
  "bare-undici",
];

export const sameBytes: Gate = async (files) => {
  const server = await ServerProcess.start({ keep: true });
  try {
    const verdicts: Verdict[] = [];
    for (const client of CLIENTS) verdicts.push(await arrives(client, server, files));
    verdicts.push(
      await isFound("flipped-byte", server, files),
      await isFound("dropped-chunk", server, files),
    );
    return verdicts;
  } finally {
    server.close();
  }
};

async function arrives(client: ClientName, server: ServerProcess, files: CachedFiles): Promise<Verdict> {
  const problem = await problemWith(
    { action: "upload", client, size: SIZE, chunkSize: CHUNK_SIZE },
    server,
    files,
  );
  return {
    gate: `${client}: the same bytes arrive`,
    passed: problem === undefined,
    detail: problem ?? `${SIZE} bytes, identical`,
  };
}

async function isFound(fault: Fault, server: ServerProcess, files: CachedFiles): Promise<Verdict> {
  const plan = {
    action: "upload",
    client: "cos-upload-stream",
    size: SIZE,
    chunkSize: CHUNK_SIZE,
    fault,
  } as const;
  const problem = await problemWith(plan, server, files);
  return {
    gate: `control, ${fault}: it is noticed`,
    passed: problem !== undefined,
    detail: problem ?? "it was not noticed",
  };
}

async function problemWith(
  plan: Plan,
  server: ServerProcess,
  files: CachedFiles,
): Promise<string | undefined> {
  try {
    const { account } = await measureUnchecked(plan, server, files);
    checkDelivery(plan, account);
    const { sha256 } = account.deliveries.find(({ key }) => key === "object")!;
    return sha256 === (await expectedDigest()) ? undefined : "other bytes arrived";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function expectedDigest(): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of new Source({ size: SIZE, chunkSize: CHUNK_SIZE }).read())
    hash.update(chunk as Buffer);
  return hash.digest("hex");
}
