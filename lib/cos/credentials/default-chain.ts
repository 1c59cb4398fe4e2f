import { homedir } from "node:os";
import { join } from "node:path";
import { CosUploadError } from "../../errors.ts";
import type { CredentialProvider, Credentials } from "./credentials.ts";
import { fromFile } from "./credentials-file.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstanceRole, METADATA_ENDPOINT } from "./instance-role.ts";
import { fromTkeOidc, STS_ENDPOINT } from "./tke-oidc.ts";

export interface DefaultChainOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly files?: readonly string[];
  readonly metadataEndpoint?: string;
  readonly stsEndpoint?: string;
}

/** A place where keys can be. */
interface Source {
  /** The place, in words. */
  readonly name: string;
  /** Undefined if there is nothing. Half of a pair is an error. */
  find(): Credentials | undefined | Promise<Credentials | undefined>;
}

/**
 * Looks in the environment, then in `~/.tencentcloud/credentials` and `/etc/tencentcloud/credentials`, then asks for the role of the cloud
 * server, then for that of the Kubernetes pod. This is the order of Tencent Cloud's own SDKs. Once a place had keys, only this place is
 * asked: keys of another identity could not continue an upload.
 */
export function defaultCredentials(options: DefaultChainOptions = {}): CredentialProvider {
  const {
    env = process.env,
    files = [join(homedir(), ".tencentcloud", "credentials"), "/etc/tencentcloud/credentials"],
    metadataEndpoint = METADATA_ENDPOINT,
    stsEndpoint = STS_ENDPOINT,
  } = options;
  const sources: readonly Source[] = [
    { name: "in the environment", find: () => fromEnvironment(env) },
    ...files.map((file) => ({ name: `in ${file}`, find: () => fromFile(file) })),
    { name: "at the metadata service", find: () => fromInstanceRole(metadataEndpoint) },
    { name: "by the TKE_ variables", find: () => fromTkeOidc(env, stsEndpoint) },
  ];
  let found: Source | undefined;
  return async () => {
    for (const source of found === undefined ? sources : [found]) {
      const credentials = await source.find();
      if (credentials === undefined) continue;
      found = source;
      return credentials;
    }
    throw found === undefined ? nowhere(files) : gone(found);
  };
}

function nowhere(files: readonly string[]): CosUploadError {
  return new CosUploadError(
    "ERR_COS_NO_CREDENTIALS",
    'No credentials: give the "credentials" option, or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, ' +
      `or write them to ${files.join(" or ")}, or run on a cloud server with a role, ` +
      "or in a TKE pod whose service account has one",
  );
}

function gone({ name }: Source): CosUploadError {
  return new CosUploadError(
    "ERR_COS_CREDENTIALS",
    `The keys were found ${name} before, and are not there any more`,
  );
}
