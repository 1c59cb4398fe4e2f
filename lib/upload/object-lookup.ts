import { isFromCache, isFromCos } from "../cos/answers/marks.ts";
import type { Connection } from "../cos/connection.ts";
import type { CallContext } from "../cos/execute.ts";
import { type HeadObjectResult, headObject } from "../cos/operations/head-object.ts";
import { listParts } from "../cos/operations/list-parts.ts";
import { CosUploadError, type Outcome } from "../errors.ts";
import { attemptError } from "../retry/policy.ts";
import { between, type Moment, now } from "./attempt-log.ts";
import { compareObject, type ExpectedObject } from "./found-object.ts";
import { type Evidence, isNoSuchUpload, type Meaning, outcomeOf } from "./proof.ts";

/** A commit that was tried, and what is known of it without asking COS. */
export interface CommitAttempt {
  readonly object: ExpectedObject;
  readonly meaning: Meaning;
  /** When the first request could be carried out; undefined when none could. */
  readonly firstSent: Moment | undefined;
  /** When this stream began the multipart upload: from the request to the answer. */
  readonly initiated?: Period | undefined;
  /** Version ids that COS gave to the attempts. */
  readonly versionIds: ReadonlySet<string>;
}

/** From one moment to another. */
export interface Period {
  readonly from: Moment;
  readonly to: Moment;
}

/** What became of a commit, and the object that shows it. */
export interface Resolved {
  readonly outcome: Outcome;
  readonly found?: HeadObjectResult | undefined;
}

/** Looks at the object, and says what became of a commit. Never rejects: if COS cannot be asked, the outcome is unknown. */
export async function resolveOutcome(
  connection: Connection,
  attempt: CommitAttempt,
  upload: Evidence["upload"],
  context: CallContext,
): Promise<Resolved> {
  const { meaning: attempts, object, firstSent } = attempt;
  const unknown = { is: "unknown", age: "unknown", isAsAsked: false } as const;
  const canTell = upload !== "there" && upload !== "unknown" && firstSent !== undefined;
  if (attempts === "not carried out" || !canTell) {
    return { outcome: outcomeOf({ attempts, upload, object: unknown }) };
  }
  try {
    let asked = now();
    const timed = { ...context, onFullySent: () => (asked = now()) };
    const found =
      (await findVersion(connection, attempt, timed)) ?? (await findObject(connection, object, timed));
    const answered = now();
    const since = ({ from, to }: Period) => ({
      least: between(to, asked).least,
      most: between(from, answered).most,
    });
    const comparison = compareObject(found, object, {
      versionIds: attempt.versionIds,
      sinceFirst: since({ from: firstSent, to: firstSent }),
      sinceInitiate: attempt.initiated && since(attempt.initiated),
    });
    return { outcome: outcomeOf({ attempts, upload, object: comparison }), found };
  } catch {
    return { outcome: outcomeOf({ attempts, upload, object: unknown }) };
  }
}

/** The version that an attempt made, as far as COS gave its id: somebody else may have made a newer one meanwhile. */
async function findVersion(
  connection: Connection,
  { object, versionIds }: CommitAttempt,
  context: CallContext,
): Promise<HeadObjectResult | undefined> {
  const versionId = [...versionIds].at(-1);
  if (versionId === undefined) return undefined;
  const { key, encryption: serverSideEncryption } = object;
  return await headObject(connection, { key, versionId, serverSideEncryption }, context).catch(
    () => undefined,
  );
}

/**
 * The object that the key has now.
 *
 * @throws When COS does not say.
 */
export async function findObject(
  connection: Connection,
  { key, encryption }: Pick<ExpectedObject, "key" | "encryption">,
  context: CallContext,
): Promise<HeadObjectResult | undefined> {
  try {
    const found = await headObject(connection, { key, serverSideEncryption: encryption }, context);
    if (!isFromCache(found.headers)) return found;
  } catch (error) {
    const reason = attemptError(error);
    if (isFromCos(reason) && reason.statusCode === 404) return undefined;
    throw error;
  }
  throw new CosUploadError(
    "ERR_COS_BAD_RESPONSE",
    "A cache answered HeadObject, so it is not known what COS has now; look at the cache in your dispatcher, proxy or CDN",
  );
}

/** Whether a multipart upload is over, completed or aborted. */
export async function stateOfUpload(
  connection: Connection,
  upload: { readonly key: string; readonly uploadId: string },
  context: CallContext,
): Promise<"there" | "gone" | "unknown"> {
  try {
    await listParts(connection, { ...upload, maxParts: 1 }, context).next();
    return "there";
  } catch (error) {
    return isNoSuchUpload(attemptError(error)) ? "gone" : "unknown";
  }
}
