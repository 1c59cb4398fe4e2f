import { type IncomingMessage, request, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import { serveHttp } from "./raw-server.ts";

type Target = Emulator["target"];

/** An answer on its way back: its headers may be changed, and it may be cut. */
export interface PassingAnswer {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Record<string, string | string[] | undefined>;
  /** Sends the headers and nothing of the body, and resets the connection. */
  cut(): void;
}

/** Stands between a client and an emulator, and lets a function alter every answer; returns where to send requests to. */
export async function alterAnswers(
  t: TestContext,
  { target }: Emulator,
  alter: (answer: PassingAnswer) => void,
): Promise<Target> {
  const { url } = await serveHttp(t, (incoming, response) => {
    const { method = "", url: path = "", headers } = incoming;
    const forwarded = request(`${target.endpoint}${path}`, { method, headers });
    forwarded.on("response", (answer) => pass(answer, response, { method, path, alter }));
    forwarded.on("error", () => response.destroy());
    incoming.pipe(forwarded);
  });
  return { ...target, endpoint: url };
}

function pass(
  answer: IncomingMessage,
  response: ServerResponse,
  {
    method,
    path,
    alter,
  }: {
    readonly method: string;
    readonly path: string;
    readonly alter: (answer: PassingAnswer) => void;
  },
): void {
  const headers = { ...answer.headers };
  let isCut = false;
  const cut = (): void => {
    isCut = true;
  };
  alter({ method, path, headers, cut });
  response.sendDate = false;
  const sent = Object.entries(headers).filter(([, value]) => value !== undefined);
  response.writeHead(answer.statusCode ?? 502, Object.fromEntries(sent) as Record<string, string>);
  if (!isCut) {
    answer.pipe(response);
    return;
  }
  // The operation is over when its answer is.
  answer.resume().on("end", () => {
    response.flushHeaders();
    setImmediate(() => response.socket?.resetAndDestroy());
  });
}
