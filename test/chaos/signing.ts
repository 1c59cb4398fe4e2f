import fc from "fast-check";
import type { Emulator } from "../../lib/emulator/index.ts";
import type { CosClient, CosClientOptions, CredentialProvider } from "../../lib/index.ts";
import { sign } from "../emulator/support.ts";

/** Who signs the requests of a run. */
export type SigningPlan =
  /** Keys with a new token for each renewal. */
  | "provider"
  /** Keys that are one object, which a renewal changes. */
  | "provider that renews in place"
  /** Never answers its first call. */
  | "provider that hangs at first"
  /** Its keys are always about to expire, and it never answers the first call that is to renew them. */
  | "provider that hangs in a renewal"
  /** COS's signature, and headers whose values are in answers, too. */
  | "signer with headers of its own";

export const signingPlans: fc.Arbitrary<SigningPlan> = fc.oneof(
  { weight: 6, arbitrary: fc.constant("provider" as const) },
  { weight: 1, arbitrary: fc.constant("provider that hangs at first" as const) },
  { weight: 2, arbitrary: fc.constant("provider that renews in place" as const) },
  { weight: 2, arbitrary: fc.constant("provider that hangs in a renewal" as const) },
  { weight: 2, arbitrary: fc.constant("signer with headers of its own" as const) },
);

export const TOKEN = "canarySessionTokenOfThisSoak";
/** Milliseconds: less than those before the end at which keys are renewed, and enough for whoever needs them meanwhile. */
const ABOUT_TO_EXPIRE = 55_000;

/** The options of a connection that say who signs. The server takes every token: one that it calls expired can be renewed. */
export function signingOf(
  emulator: Emulator,
  plan: SigningPlan,
  clockOffset: number,
): Pick<CosClientOptions, "credentials" | "signer"> {
  if (plan === "signer with headers of its own") {
    return {
      signer: async ({ method, key, query, headers }) => ({
        Authorization: sign(emulator, { method, key, query, headers }, { SystemClockOffset: clockOffset }),
        "x-signed-at": String(Math.floor((Date.now() + clockOffset) / 1000)),
        "x-signed-by": "1",
      }),
    };
  }
  const { secretId, secretKey } = emulator.target.credentials;
  const own = { secretId, secretKey, securityToken: `${TOKEN}0` };
  let calls = 0;
  let tokens = 0;
  let hasHung = false;
  const credentials: CredentialProvider = async ({ refresh }) => {
    const isFirst = calls++ === 0;
    if (refresh) tokens += 1;
    const hangs =
      plan === "provider that hangs at first"
        ? isFirst
        : plan === "provider that hangs in a renewal" && !isFirst && !refresh;
    if (hangs && !hasHung) {
      hasHung = true;
      return await new Promise<never>(() => {});
    }
    own.securityToken = `${TOKEN}${tokens}`;
    if (plan === "provider that renews in place") return own;
    const isBrief = plan === "provider that hangs in a renewal";
    return { ...own, ...(isBrief && { expiresAt: new Date(Date.now() + clockOffset + ABOUT_TO_EXPIRE) }) };
  };
  return { credentials };
}

/** Whether an upload may fail as there were no keys in time: its keys were refused, or are not good by its clock. */
export function mayLackKeys(plan: SigningPlan, areGood: boolean): boolean {
  return plan === "provider that hangs at first" || (plan === "provider that hangs in a renewal" && !areGood);
}

/** Options of a client whose own calls, unlike those of its streams, wait for keys no longer than a moment. */
export const IMPATIENT = { timeout: { attempt: 1000 }, retry: { maxAttempts: 1 } } as const;

/** Whoever waits for a provider that hangs gives it up: the next request asks it anew. */
export async function checkAskedAnew(client: CosClient | undefined): Promise<readonly string[]> {
  const codes: unknown[] = [];
  // No upload may have waited for long enough; then the first of these does.
  for (let call = 0; call < 2; call++) {
    await client?.headObject({ key: "of nobody" }).catch(({ code }) => codes.push(code));
  }
  if (codes.at(-1) !== "ERR_COS_CREDENTIALS" || codes.length < 2) return [];
  return ["a provider that hung once is waited for by every later request"];
}
