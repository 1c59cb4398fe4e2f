import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { CredentialProvider, Credentials } from "../../../lib/cos/credentials/credentials.ts";
import { defaultCredentials } from "../../../lib/cos/credentials/default-chain.ts";
import { serveHttp } from "../../support/raw-server.ts";

export const NOWHERE = "http://127.0.0.1:1";
const PATH = "/latest/meta-data/cam/security-credentials/";
/** When the keys of the stand-ins end, in seconds since 1970. */
export const EXPIRES = 1_900_000_000;

export async function useFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "credentials-test-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "file"), text);
  return join(folder, "file");
}

export const ROLE = {
  TmpSecretId: "AKIDrole",
  TmpSecretKey: "keyOfRole",
  Token: "tokenOfRole",
  ExpiredTime: 1_900_000_000,
  Code: "Success",
} as const;

/** A stand-in for the metadata service of a cloud server. */
export async function useMetadata(
  t: TestContext,
  role: string | undefined,
  body: unknown = ROLE,
): Promise<string> {
  const { url } = await serveHttp(t, (request, response) => {
    if (role !== undefined && request.url === PATH) return void response.end(`${role}\n`);
    if (role !== undefined && request.url === `${PATH}${encodeURIComponent(role)}`)
      return void response.end(typeof body === "string" ? body : JSON.stringify(body));
    response.writeHead(404).end("<html>not found</html>");
  });
  return url;
}

/** What the Security Token Service answers to a good request. */
export const ASSUMED = {
  Credentials: { TmpSecretId: "AKIDpod", TmpSecretKey: "keyOfPod", Token: "tokenOfPod" },
  ExpiredTime: 1_900_000_000,
  Expiration: "2030-03-17T17:46:40Z",
  RequestId: "f6e7cbcb",
} as const;

export const refusal = (Code: string, Message: string): object => ({
  Error: { Code, Message },
  RequestId: "f6e7cbcb",
});

export interface StsCall {
  readonly line: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Sts {
  readonly url: string;
  readonly calls: readonly StsCall[];
}

/** A stand-in for the Security Token Service: answers the calls in turn, the last answer again and again. */
export async function useSts(t: TestContext, ...answers: readonly (object | string)[]): Promise<Sts> {
  const calls: StsCall[] = [];
  const { url } = await serveHttp(t, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { headers } = request;
    const body = JSON.parse(Buffer.concat(chunks).toString());
    calls.push({ line: `${request.method} ${request.url}`, headers, body });
    const answer = answers[Math.min(calls.length, answers.length) - 1] ?? ASSUMED;
    if (typeof answer === "string") response.end(answer);
    else if ("status" in answer) response.writeHead(Number(answer.status)).end();
    else response.end(JSON.stringify({ Response: answer }));
  });
  return { url, calls };
}

/** The environment of a pod whose service account has a role. */
export async function usePod(t: TestContext, token = "header.payload.signature"): Promise<NodeJS.ProcessEnv> {
  return {
    TKE_REGION: "ap-beijing",
    TKE_PROVIDER_ID: "cls-example",
    TKE_ROLE_ARN: "qcs::cam::uin/100000000001:roleName/uploader",
    TKE_WEB_IDENTITY_TOKEN_FILE: await useFile(t, token),
  };
}

export interface Sources {
  readonly env?: NodeJS.ProcessEnv;
  readonly files?: readonly string[];
  readonly metadataEndpoint?: string;
  readonly stsEndpoint?: string;
}

/** A chain that finds nothing of this machine. */
export const chainOf = ({
  env = {},
  files = [],
  metadataEndpoint = NOWHERE,
  stsEndpoint = NOWHERE,
}: Sources): CredentialProvider => defaultCredentials({ env, files, metadataEndpoint, stsEndpoint });

export const fetchFrom = async (sources: Sources): Promise<Credentials> =>
  await chainOf(sources)({ refresh: false });

export const ENV = { TENCENTCLOUD_SECRET_ID: "AKIDenv", TENCENTCLOUD_SECRET_KEY: "keyOfEnv" } as const;
export const FILE = "[default]\nsecret_id = AKIDfile\nsecret_key = keyOfFile\n";
