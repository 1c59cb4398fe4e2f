import { CosUploadError } from "../../errors.ts";
import { type Credentials, flawOf } from "./credentials.ts";

/** Where a cloud server asks for the temporary keys of the role that is bound to it. */
export const METADATA_ENDPOINT = "http://metadata.tencentyun.com";

const PATH = "/latest/meta-data/cam/security-credentials/";

/** The metadata service is one hop away; a machine that is no cloud server must not wait for it. */
const TIMEOUT = 2_000;

/**
 * Temporary keys of the role bound to this cloud server (CVM).
 *
 * @returns `undefined` where there is no metadata service or no role.
 * @see https://intl.cloud.tencent.com/document/product/213/4934 (Instance metadata)
 */
export async function fromInstanceRole(endpoint: string): Promise<Credentials | undefined> {
  const role = await get(`${endpoint}${PATH}`);
  if (role === undefined) return undefined;
  const name = role.trim().split("\n")[0]!;
  const body = await get(`${endpoint}${PATH}${encodeURIComponent(name)}`);
  if (body === undefined) return undefined;
  const { Code, TmpSecretId, TmpSecretKey, Token, ExpiredTime } = parse(body);
  if (Code !== "Success") throw unusable(name, "gives no keys");
  const credentials = {
    secretId: TmpSecretId,
    secretKey: TmpSecretKey,
    securityToken: Token ?? "",
    expiresAt: new Date(Number(ExpiredTime) * 1000),
  };
  const flaw = flawOf(credentials);
  if (flaw !== undefined) throw unusable(name, `gives a value that ${flaw}`);
  return credentials as Credentials;
}

function unusable(role: string, flaw: string): CosUploadError {
  return new CosUploadError("ERR_COS_CREDENTIALS", `The metadata service ${flaw} for the role "${role}"`);
}

async function get(url: string): Promise<string | undefined> {
  try {
    const { request } = await import("undici");
    const response = await request(url, { signal: AbortSignal.timeout(TIMEOUT) });
    const body = await response.body.text();
    return response.statusCode === 200 && body !== "" ? body : undefined;
  } catch {
    // No such host, no route, no answer: not a cloud server.
    return undefined;
  }
}

function parse(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}
