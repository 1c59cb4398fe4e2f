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

export interface Period {
  readonly from: Moment;
  readonly to: Moment;
}

/** What became of a commit, and the object that shows it. */
export interface Resolved {
  readonly outcome: Outcome;
  readonly found?: HeadObjectResult | undefined;
}

/** Looks at the object, and says what became of a commit. Never rejects: where COS cannot be asked, nobody knows. */
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
    const found = await findObject(connection, object, { ...context, onFullySent: () => (asked = now()) });
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
    "A cache answered Head Object; what COS has now is not known",
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
