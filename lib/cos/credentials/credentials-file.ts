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
 * @returns In words why there are none, when there is no such file, or no such section, or it may not be read.
 * @throws CosUploadError `ERR_COS_CREDENTIALS` when it cannot be read for another reason, or has half of a pair.
 */
export async function fromFile(path: string): Promise<Credentials | string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isNotPermitted(error)) return "not allowed to be read";
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return "no such file";
    throw new CosUploadError("ERR_COS_CREDENTIALS", `Could not read ${path}`, { cause: error });
  }
  const values = defaultSection(text);
  if (values.size === 0) return "no [default] section with keys";
  const securityToken = ["token", "session_token", "security_token"]
    .map((name) => values.get(name))
    .find(Boolean);
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

/** Whether a file, or the environment, may not be read: by its mode, by Node's permission model or by Deno's. */
export function isNotPermitted(error: unknown): boolean {
  return (
    ["EACCES", "EPERM", "ERR_ACCESS_DENIED"].includes(codeOf(error)) ||
    (error instanceof Error && error.name === "NotCapable")
  );
}

function codeOf(error: unknown): string {
  return String((Object(error) as NodeJS.ErrnoException).code);
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
