import { CosUploadError } from "../../errors.ts";
import type { Credentials } from "./credentials.ts";
import { fetchKeys } from "./fetch-keys.ts";
import { parseObject, readTemporaryKeys } from "./temporary-keys.ts";

/** Where a cloud server asks for the temporary keys of the role that is bound to it. */
export const METADATA_ENDPOINT = "http://metadata.tencentyun.com";

const PATH = "/latest/meta-data/cam/security-credentials/";

/** In milliseconds. The metadata service is near; other machines than cloud servers must not wait long for it. */
const TIMEOUT = 2_000;

/** In other networks, the host name of the service can lead to the page of a portal or of a domain seller. */
const ROLE_NAME = /^[\w+=,.@ /-]{1,128}$/;

/**
 * Temporary keys of the role bound to this cloud server (CVM).
 *
 * @returns In words why there are none, where there is no metadata service or no role.
 * @throws CosUploadError `ERR_COS_CREDENTIALS` when there is a role, but no keys of it.
 * @see https://intl.cloud.tencent.com/document/product/213/4934 (Instance metadata)
 */
export async function fromInstanceRole(endpoint: string): Promise<Credentials | string> {
  const found = await nameOfRole(endpoint);
  if ("absent" in found) return found.absent;
  const { role } = found;
  const path = `${PATH}${encodeURIComponent(role)}`;
  let answer: { statusCode: number; body: string };
  try {
    answer = await fetchKeys({ origin: endpoint, path, timeout: TIMEOUT });
  } catch (cause) {
    throw unusable(role, "does not answer when it is asked for keys", cause);
  }
  const { Code, ExpiredTime, ...named } = parseObject(answer.body);
  if (answer.statusCode !== 200 || Code !== "Success") throw unusable(role, "gives no keys");
  const { keys, flaw } = readTemporaryKeys(named, ExpiredTime);
  if (keys === undefined) throw unusable(role, `gives a value that ${flaw}`);
  return keys;
}

async function nameOfRole(
  endpoint: string,
): Promise<{ readonly role: string } | { readonly absent: string }> {
  try {
    const { statusCode, body } = await fetchKeys({ origin: endpoint, path: PATH, timeout: TIMEOUT });
    const role = body.trim().split("\n")[0]!.trim();
    return statusCode === 200 && ROLE_NAME.test(role)
      ? { role }
      : { absent: "no role is bound to this server" };
  } catch {
    // No such host, no route, no answer, no permission to ask: not a cloud server.
    return { absent: "it does not answer" };
  }
}

function unusable(role: string, flaw: string, cause?: unknown): CosUploadError {
  return new CosUploadError(
    "ERR_COS_CREDENTIALS",
    `The metadata service ${flaw} for the role "${role}"`,
    cause === undefined ? {} : { cause },
  );
}
