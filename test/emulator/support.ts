import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { Agent, type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import COS from "cos-nodejs-sdk-v5";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/index.ts";

/** Starts an emulator that is closed when the test ends. */
export async function withEmulator(t: TestContext, options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator(options);
  t.after(() => emulator.close());
  return emulator;
}

/** What it takes to send requests to an emulator, wherever it runs. */
export type Reachable = Pick<Emulator, "url" | "target">;

/** A directory that is removed when the test ends. */
export async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cos-emulator-test-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Names of the files that an emulator keeps in its directory, but for those that say who has it. */
export async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("locks"))
    .map((entry) => entry.name);
}

/** All names below a folder, but for what is in one of them. */
export async function namesIn(folder: string, but: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== but && !path.startsWith(`${but}/`))
    .sort();
}

export interface RawRequest {
  readonly method?: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** In place of the official SDK's signature; null sends none. */
  readonly authorization?: string | null;
  readonly agent?: Agent;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  /** `<Code>` of an error. */
  readonly code: string | undefined;
}

/** The path of a key as the official SDK writes it. */
export function pathOf(key: string, query: Readonly<Record<string, string>> = {}): string {
  const strict = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const pairs = Object.entries(query).map(([name, value]) => `${strict(name)}=${strict(value)}`);
  return `/${key.split("/").map(strict).join("/")}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`;
}

/** A signature made by the official SDK, which knows nothing of this project. */
export function sign(emulator: Reachable, raw: RawRequest, more: Record<string, unknown> = {}): string {
  return COS.getAuthorization({
    SecretId: emulator.target.credentials.secretId,
    SecretKey: emulator.target.credentials.secretKey,
    Method: (raw.method ?? "GET") as "GET",
    Key: raw.key ?? "",
    Pathname: `/${raw.key ?? ""}`,
    Query: { ...raw.query },
    Headers: { ...raw.headers },
    ...more,
  } as COS.StaticGetAuthorizationOptions);
}

export function requestOptions(emulator: Reachable, raw: RawRequest): RequestOptions {
  const host = new URL(emulator.url).host;
  const headers: Record<string, string> = { Host: host, ...raw.headers };
  const authorization =
    raw.authorization === undefined ? sign(emulator, { ...raw, headers }) : raw.authorization;
  if (authorization !== null) headers.Authorization = authorization;
  if (raw.body !== undefined && headers["Transfer-Encoding"] === undefined) {
    headers["Content-Length"] ??= String(Buffer.byteLength(raw.body));
  }
  const { hostname, port } = new URL(emulator.url);
  return {
    hostname,
    port,
    method: raw.method ?? "GET",
    path: pathOf(raw.key ?? "", raw.query),
    headers,
    agent: raw.agent ?? new Agent({ keepAlive: false }),
  };
}

/** Sends a request, signed by the official SDK, and reads its whole answer. */
export async function raw(emulator: Reachable, options: RawRequest): Promise<RawAnswer> {
  const client = request(requestOptions(emulator, options));
  client.end(options.body);
  const [response] = await once(client, "response");
  // An early answer may come while the body is still being sent.
  client.on("error", () => {});
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const text = body.toString();
  return {
    status: response.statusCode,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    body,
    text,
    code: /<Code>(.*?)<\/Code>/.exec(text)?.[1],
  };
}

/** Begins a multipart upload and returns its id. */
export async function initiate(
  emulator: Reachable,
  key: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const { text } = await raw(emulator, { method: "POST", key, query: { uploads: "" }, headers });
  const id = /<UploadId>(.*)<\/UploadId>/.exec(text)?.[1];
  if (!id) throw new Error(`no UploadId in ${text}`);
  return id;
}

/** A multipart upload. */
export interface RawUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** A part of one. */
export interface RawPart {
  readonly partNumber: number;
  readonly body: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

export function putPart(
  emulator: Reachable,
  { key, uploadId }: RawUpload,
  { partNumber, body, headers = {} }: RawPart,
): Promise<RawAnswer> {
  const query = { partNumber: String(partNumber), uploadId };
  return raw(emulator, { method: "PUT", key, query, headers, body });
}

export function completeXml(etags: readonly (string | undefined)[]): string {
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
}

export function complete(
  emulator: Reachable,
  { key, uploadId }: RawUpload,
  etags: readonly (string | undefined)[],
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const body = completeXml(etags);
  return raw(emulator, { method: "POST", key, query: { uploadId }, headers, body });
}

/** Opens a bare connection. */
export function connectTo({ url }: Reachable): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}

/** Waits until something is so, for at most ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`still not so: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Random bytes: nothing stored or summed wrongly passes for them. */
export const bytes = (length: number): Buffer => randomBytes(length);
