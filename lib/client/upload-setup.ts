import { isBranded } from "../brand.ts";
import { invalidOption } from "../check/invalid-option.ts";
import { wrongType } from "../check/rules.ts";
import { decide, readOptions } from "../check/table.ts";
import { checkAgainstClient } from "../options/connection-options.ts";
import { DIGEST, UPLOAD } from "../options/tables.ts";
import { type ResolvedUpload, resolveUpload } from "../options/upload-options.ts";
import type { UploadStreamOptions } from "../options.ts";
import { type ClientCore, coreOf } from "./client-core.ts";
import { createResources, type Resources } from "./resources.ts";

/** The options of an upload, and the resources that it uses. */
export interface UploadSetup extends ResolvedUpload {
  readonly resources: Resources;
  /** The client that has the resources. Without one, they belong to this upload, and are closed with it. */
  readonly client: ClientCore | undefined;
}

/**
 * Checks all options of an upload, adds the defaults, and makes the resources if there is no client. Nothing is opened before the first
 * byte, so an error leaves nothing behind.
 *
 * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`.
 * @throws CosUploadError `ERR_COS_CLOSED` if its client is closed.
 */
export function prepareUpload(options: UploadStreamOptions): Readonly<UploadSetup> {
  const given = readOptions("an upload stream", options, UPLOAD);
  const client = clientOf(given);
  const resources = client?.resources ?? createResources(given);
  if (client !== undefined) checkUnlikeClient(given, resources);
  return Object.freeze({ ...resolveUpload(given, resources), resources, client });
}

function clientOf({ client }: UploadStreamOptions): ClientCore | undefined {
  const core = client && coreOf(client);
  if (client === undefined || core !== undefined) return core;
  const expected = isBranded(client, "CosClient")
    ? "a CosClient of the same copy of cos-upload-stream; load it either by `import` or by `require`"
    : "a CosClient";
  throw wrongType("client", expected, client);
}

/** Refuses options that would have no effect: the streams of a client share its connection and its hasher. */
function checkUnlikeClient(given: UploadStreamOptions, resources: Resources): void {
  checkAgainstClient(given, resources.given);
  const { worker } = decide(DIGEST, resources.given.digest ?? {});
  const wanted = given.digest?.worker ?? worker;
  if (wanted === worker) return;
  const rule = `the streams of a "client" are digested together, and this one's has worker: ${JSON.stringify(worker)}`;
  throw invalidOption(TypeError, "digest", rule, `worker: ${JSON.stringify(wanted)}`);
}
