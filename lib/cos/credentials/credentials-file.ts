import { readFile } from "node:fs/promises";
import { CosUploadError } from "../../errors.ts";
import { type Credentials, validateCredentials } from "./credentials.ts";

/**
 * Keys from the `[default]` section of a credentials file of Tencent Cloud's own tools:
 *
 *     [default]
 *     secret_id = AKID…
 *     secret_key = …
 *
 * @returns `undefined` if there is no such file or no such section.
 */
export async function fromFile(path: string): Promise<Credentials | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (
      ["ENOENT", "ENOTDIR", "EACCES", "ERR_ACCESS_DENIED"].includes(
        (error as NodeJS.ErrnoException).code ?? "",
      )
    )
      return undefined;
    throw new CosUploadError("ERR_COS_CREDENTIALS", `Could not read ${path}`, { cause: error });
  }
  const values = defaultSection(text);
  if (values.size === 0) return undefined;
  const securityToken = values.get("token") ?? values.get("session_token");
  const credentials = {
    secretId: values.get("secret_id") ?? "",
    secretKey: values.get("secret_key") ?? "",
    ...(securityToken && { securityToken }),
  };
  const flaw = validateCredentials(credentials);
  if (flaw !== undefined) {
    throw new CosUploadError("ERR_COS_CREDENTIALS", `The [default] section of ${path} ${flaw}`);
  }
  return credentials;
}

function defaultSection(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[([^\]]*)\]/.exec(line);
    if (heading !== null) section = heading[1]!.trim();
    const pair = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (pair !== null && section === "default") values.set(pair[1]!, unquoted(pair[2]!));
  }
  return values;
}

/** The value without quotes, which some people write as in a shell. */
function unquoted(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
}
