/**
 * What to do about each error answer, as data.
 *
 * `retry`: the same request may succeed later. `reauthenticate`: the signature was made with an expired token or a wrong
 * clock; renew that and sign again, at no charge. Everything not listed fails: asking again would get the same answer.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7730 (Error Codes)
 */
export type Remedy = "retry" | "reauthenticate" | "fail";

/** A Map: a code is what a server says, and could be the name of something that every object has. */
const BY_CODE: ReadonlyMap<string, Remedy> = new Map([
  // The body was damaged or cut on the way. A part is idempotent: sent again, it replaces itself.
  ["BadDigest", "retry"],
  ["InvalidDigest", "retry"],
  ["IncompleteBody", "retry"],
  ["EntitySizeNotMatch", "retry"],
  ["RequestTimeout", "retry"],
  ["UserNetworkTooSlow", "retry"],
  // Concurrent writes to one path that collided within a millisecond.
  ["PathConflict", "retry"],
  ["InternalError", "retry"],
  ["KmsInternalException", "retry"],
  ["SlowDown", "retry"],
  ["ServiceUnavailable", "retry"],
  ["KmsFreqControl", "retry"],
  ["ExpiredToken", "reauthenticate"],
  ["RequestTimeTooSkewed", "reauthenticate"],
  // The same two, for a HEAD, whose answer has no body to say so; or something else: reauthenticating finds out.
  ["HTTP_400", "reauthenticate"],
  ["HTTP_403", "reauthenticate"],
]);

const BY_STATUS: ReadonlyMap<number, Remedy> = new Map([
  [408, "retry"],
  [429, "retry"],
  [500, "retry"],
  [502, "retry"],
  [503, "retry"],
  [504, "retry"],
]);

/** The redirects of a host that is not COS, or not where the bucket is. (308 stands for another scheme.) */
export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307]);

/** Looks an error answer up: COS's code first, then the status. */
export function remedyFor(answer: { code: string; statusCode: number; message: string }): Remedy {
  // COS has one code for "you may not" and for "your signature's time is over"; only the message tells.
  if (answer.code === "AccessDenied" && /request has expired/i.test(answer.message)) return "reauthenticate";
  return BY_CODE.get(answer.code) ?? BY_STATUS.get(answer.statusCode) ?? "fail";
}
