import { homedir } from "node:os";
import { join } from "node:path";
import { CosUploadError } from "../../errors.ts";
import type { CredentialProvider } from "./credentials.ts";
import { fromFile } from "./credentials-file.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstanceRole, METADATA_ENDPOINT } from "./instance-role.ts";

export interface DefaultChainOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly files?: readonly string[];
  readonly metadataEndpoint?: string;
}

/** Looks in the environment, then in `~/.tencentcloud/credentials` and `/etc/tencentcloud/credentials`, then asks for the role of the cloud server. */
export function defaultCredentials(options: DefaultChainOptions = {}): CredentialProvider {
  return async () => {
    const {
      env = process.env,
      files = [join(homedir(), ".tencentcloud", "credentials"), "/etc/tencentcloud/credentials"],
      metadataEndpoint = METADATA_ENDPOINT,
    } = options;
    const inEnvironment = fromEnvironment(env);
    if (inEnvironment !== undefined) return inEnvironment;
    for (const file of files) {
      const inFile = await fromFile(file);
      if (inFile !== undefined) return inFile;
    }
    const ofRole = await fromInstanceRole(metadataEndpoint);
    if (ofRole !== undefined) return ofRole;
    throw new CosUploadError(
      "ERR_COS_NO_CREDENTIALS",
      'No credentials: give the "credentials" option, or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, ' +
        `or write them to ${files.join(" or ")}, or run on a cloud server with a role`,
    );
  };
}
