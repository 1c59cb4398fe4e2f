import { CosServiceError, CosUploadError } from "../../errors.ts";
import type { CredentialCache } from "../credentials/credential-cache.ts";
import type { Credentials } from "../credentials/credentials.ts";
import { type Deadline, NO_DEADLINE } from "../deadline.ts";
import { HEADER } from "../headers.ts";
import { authorization } from "./authorization.ts";
import type { CosClock } from "./clock.ts";

/** A request before it is signed: the argument of a {@link CustomSigner}. */
export interface SignableRequest {
  /** HTTP method, such as `PUT`. */
  readonly method: string;
  /** Scheme, host and port, such as `https://examplebucket-1250000000.cos.ap-beijing.myqcloud.com`. */
  readonly origin: string;
  /** The `Host` header. */
  readonly host: string;
  /** Path and query as they are sent, percent-encoded. */
  readonly path: string;
  /** The object key, not encoded. It is empty for a request to the bucket. */
  readonly key: string;
  /** The parameters of the query, not encoded. */
  readonly query: Readonly<Record<string, string>>;
  /** All headers that are sent, `Host`, `Date` and `Content-Length` included. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Signs requests instead of the library, for keys that this process must not have. It returns the headers to add, such as
 * `Authorization`. It is called for every attempt.
 */
export type CustomSigner = (request: SignableRequest) => Promise<Record<string, string>>;

/** A signature, and what to do when COS refuses it for its time or its token. */
export interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  /** Renews what the refusal was about; false when signing again would change nothing. */
  reauthenticate(refusal: unknown, deadline?: Deadline): Promise<boolean>;
}

/** The deadline holds for what a function of the caller's is asked for. */
export type RequestSigner = (request: SignableRequest, deadline?: Deadline) => Promise<Signed>;

/** Before now, in seconds: the server's clock may be a little behind. */
const VALID_BEFORE = 60;
/** After now, in seconds: COS checks when the request arrives, as in the examples of its documents. */
const VALID_AFTER = 7200;

/** Headers that proxies and clients change on the way. */
const UNSIGNED = new Set(["user-agent", "connection"]);

/**
 * Signs with COS's own signature: all parameters and all headers.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7778 (Request Signature)
 */
export function cosSigner(credentials: CredentialCache, clock: CosClock): RequestSigner {
  return async (request, deadline) => {
    const used = await credentials.get(deadline);
    const offsetUsed = clock.offset;
    return {
      headers: sign(request, used, clock.now()),
      reauthenticate: async (refusal, deadline) => {
        if (!(refusal instanceof CosServiceError)) return false;
        const { code, serverTime } = refusal;
        if (code === "ExpiredToken") return await credentials.refresh(used, deadline);
        // A HEAD is refused without a reason; elsewhere that is not COS's way.
        if (isUnexplained(refusal) && request.method !== "HEAD") return false;
        // It is an expired token, or any other mistake: the refusal says more than a failure to renew.
        if (code === "HTTP_400")
          return used.securityToken !== undefined && (await tryRefresh(credentials, used, deadline));
        return serverTime !== undefined && clock.correct(serverTime, offsetUsed);
      },
    };
  };
}

async function tryRefresh(
  credentials: CredentialCache,
  used: Credentials,
  deadline?: Deadline,
): Promise<boolean> {
  return await credentials.refresh(used, deadline).catch(() => false);
}

function sign(request: SignableRequest, credentials: Credentials, now: number): Record<string, string> {
  const { secretId, secretKey, securityToken } = credentials;
  const seconds = Math.floor(now / 1000);
  const token = securityToken === undefined ? {} : { [HEADER.securityToken]: securityToken };
  const signed = Object.entries(request.headers).filter(([name]) => !UNSIGNED.has(name.toLowerCase()));
  const value = authorization({
    method: request.method,
    key: request.key,
    query: request.query,
    headers: { ...Object.fromEntries(signed), ...token },
    secretId,
    secretKey,
    keyTime: `${Math.max(0, seconds - VALID_BEFORE)};${seconds + VALID_AFTER}`,
  });
  return { ...token, Authorization: value };
}

/** Wraps the caller's signer. Only the caller can renew what it signs with, so each attempt just asks it again. */
export function customSigner(signer: CustomSigner): RequestSigner {
  return async (request, deadline = NO_DEADLINE) => {
    const headers = await deadline.race(callSigner(signer, request));
    if (!areHeaders(headers)) throw signerError("did not return headers; expected names and their values");
    const framing = Object.keys(headers).find((name) => isFraming(name, headers[name]!, request));
    if (framing !== undefined) throw signerError(`changed ${framing}, which the request needs as it is`);
    return { headers, reauthenticate: async (refusal) => !isUnexplained(refusal) };
  };
}

/** What it returns, as it is at this moment. What it does to the request that it gets changes nothing. */
async function callSigner(signer: CustomSigner, request: SignableRequest): Promise<unknown> {
  const { headers, query } = request;
  try {
    const returned: unknown = await signer({ ...request, headers: { ...headers }, query: { ...query } });
    return typeof returned === "object" && returned !== null ? { ...returned } : returned;
  } catch (error) {
    throw signerError("failed; see the cause", { cause: error });
  }
}

/** Whether a refusal has no code of COS's: nothing says that the signature was the reason. */
function isUnexplained(refusal: unknown): boolean {
  return refusal instanceof CosServiceError && refusal.code.startsWith("HTTP_");
}

/** Another host or length would send the request elsewhere, or break it. */
function isFraming(name: string, value: string, { headers }: SignableRequest): boolean {
  if (!/^(host|content-length|transfer-encoding|connection)$/i.test(name)) return false;
  const own = Object.keys(headers).find((other) => other.toLowerCase() === name.toLowerCase());
  return own === undefined || headers[own] !== value;
}

function signerError(flaw: string, details: { cause?: unknown } = {}): CosUploadError {
  return new CosUploadError("ERR_COS_SIGNER", `The "signer" option ${flaw}`, details);
}

function areHeaders(value: unknown): value is Record<string, string> {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).every(
    ([name, text]) =>
      /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && typeof text === "string" && /^[\x20-\x7e]*$/.test(text),
  );
}
