import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { CosUploadError } from "../../errors.ts";
import type { CredentialProvider, Credentials } from "./credentials.ts";
import { fromFile, isNotPermitted } from "./credentials-file.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstanceRole, METADATA_ENDPOINT } from "./instance-role.ts";
import { fromTkeOidc, STS_ENDPOINT } from "./tke-oidc.ts";

export interface DefaultChainOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** In place of the usual ones. */
  readonly files?: readonly string[];
  readonly home?: () => string;
  readonly metadataEndpoint?: string;
  readonly stsEndpoint?: string;
}

/** A place where keys may be. Nothing of it is touched before its turn: a machine without a home may have keys elsewhere. */
interface Source {
  /** The place, in words. */
  readonly name: string;
  /** Keys, or in words why there are none; half of something is an error. */
  find(): Credentials | string | Promise<Credentials | string>;
}

/**
 * Looks in the environment, then in `~/.tencentcloud/credentials` and `/etc/tencentcloud/credentials`, then asks for the role of the cloud
 * server, then for that of the Kubernetes pod. This is the order of Tencent Cloud's own SDKs. Once a place had keys, only this place is
 * asked: keys of another identity could not continue an upload.
 */
export function defaultCredentials(options: DefaultChainOptions = {}): CredentialProvider {
  const { env = process.env, metadataEndpoint = METADATA_ENDPOINT, stsEndpoint = STS_ENDPOINT } = options;
  const sources: readonly Source[] = [
    { name: "in the environment", find: () => fromEnvironment(env) ?? "no keys are set" },
    ...(options.files?.map(fileSource) ?? usualFiles(env, options.home ?? homedir)),
    { name: "at the metadata service", find: () => fromInstanceRole(metadataEndpoint) },
    { name: "in the TKE_ variables", find: () => fromTkeOidc(env, stsEndpoint) },
  ];
  let found: Source | undefined;
  return async () => {
    const looked: string[] = [];
    for (const source of found === undefined ? sources : [found]) {
      const keys = await look(source);
      if (typeof keys !== "string") {
        found = source;
        return keys;
      }
      looked.push(`${source.name} (${keys})`);
    }
    throw found === undefined ? nowhere(looked) : gone(looked);
  };
}

/** What may not be read is not there: another place may have keys. */
async function look(source: Source): Promise<Credentials | string> {
  try {
    return await source.find();
  } catch (error) {
    if (isNotPermitted(error)) return "not allowed to be read";
    throw error;
  }
}

function usualFiles(env: NodeJS.ProcessEnv, home: () => string): Source[] {
  return [
    namedFile(env),
    { name: "in ~/.tencentcloud/credentials", find: () => inHome(home) },
    fileSource("/etc/tencentcloud/credentials"),
  ];
}

/** The variable in which Tencent Cloud's SDKs look for the file's name. */
function namedFile(env: NodeJS.ProcessEnv): Source {
  const name = "TENCENTCLOUD_CREDENTIALS_FILE";
  return {
    name: `in the file that ${name} names`,
    find: async () => {
      const path = env[name]?.trim();
      return path ? await fromFile(path) : "none";
    },
  };
}

/** A user without an entry, as in many containers, has no home, and an empty HOME would mean the working directory. */
async function inHome(home: () => string): Promise<Credentials | string> {
  let folder: string;
  try {
    folder = home();
  } catch {
    return "there is no home directory";
  }
  if (!isAbsolute(folder)) return "there is no home directory";
  return await fromFile(join(folder, ".tencentcloud", "credentials"));
}

function fileSource(path: string): Source {
  return { name: `in ${path}`, find: () => fromFile(path) };
}

function nowhere(looked: readonly string[]): CosUploadError {
  return new CosUploadError(
    "ERR_COS_NO_CREDENTIALS",
    'No credentials: give the "credentials" option, or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, ' +
      "or write them to ~/.tencentcloud/credentials, or run on a cloud server with a role, or in a TKE pod whose service account " +
      `has one. Looked ${looked.join(", ")}`,
  );
}

function gone(looked: readonly string[]): CosUploadError {
  return new CosUploadError(
    "ERR_COS_CREDENTIALS",
    `The keys that were there before are not there any more: looked ${looked.join(", ")}`,
  );
}
