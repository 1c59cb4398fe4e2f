import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A discarding server in another process, and what a stream needs to reach it. */
export interface Target {
  readonly options: {
    readonly bucket: string;
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: { readonly secretId: string; readonly secretKey: string };
  };
  close(): void;
}

export async function startTarget(): Promise<Target> {
  const file = fileURLToPath(new URL("discard-server.ts", import.meta.url));
  const child: ChildProcess = fork(file, { execArgv: ["--import", "tsx"] });
  const [port] = (await once(child, "message")) as [number];
  return {
    options: {
      bucket: "bench-1250000000",
      region: "ap-beijing",
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { secretId: "AKIDbench", secretKey: "bench" },
    },
    close: () => child.disconnect(),
  };
}
