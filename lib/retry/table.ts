/**
 * What to do about each error answer, as data.
 *
 * `retry`: the same request may succeed later. `reauthenticate`: the signature was made with an expired token or a wrong clock; renew that and
 * sign again, which does not count as an attempt. Everything else fails: the same request would get the same answer.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7730 (Error Codes)
 */
export type Remedy = "retry" | "reauthenticate" | "fail";

/** A Map, because a server can answer with any code, also with the name of a property that every object has. */
const BY_CODE: ReadonlyMap<string, Remedy> = new Map([
  // The body was damaged or cut off on its way. Parts are idempotent: a part that is sent again replaces itself.
  ["BadDigest", "retry"],
  ["InvalidDigest", "retry"],
  ["IncompleteBody", "retry"],
  ["EntitySizeNotMatch", "retry"],
  ["RequestTimeout", "retry"],
  ["UserNetworkTooSlow", "retry"],
  // Two writes to one path within a millisecond.
  ["PathConflict", "retry"],
  ["InternalError", "retry"],
  ["KmsInternalException", "retry"],
  ["SlowDown", "retry"],
  ["ServiceUnavailable", "retry"],
  ["KmsFreqControl", "retry"],
  ["ExpiredToken", "reauthenticate"],
  ["RequestTimeTooSkewed", "reauthenticate"],
  // The same two after HEAD, whose answer has no code; or something else, which shows when the request is signed again.
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

/** Redirects of a host that is not COS, or does not have the bucket. (308 means another scheme.) */
export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307]);

/** The remedy for an error answer: by the code of COS, or else by the status. */
export function remedyFor(answer: { code: string; statusCode: number; message: string }): Remedy {
  // COS has one code for a missing permission and for an expired signature. Only the message shows the difference.
  if (answer.code === "AccessDenied" && /request has expired/i.test(answer.message)) return "reauthenticate";
  return BY_CODE.get(answer.code) ?? BY_STATUS.get(answer.statusCode) ?? "fail";
}
