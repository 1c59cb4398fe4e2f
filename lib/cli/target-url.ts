import { usageError } from "./command-error.ts";

/** Where a `cos://` URL points. */
export interface TargetUrl {
  readonly bucket: string;
  /** All that follows the first slash, as it is; undefined when there is no slash. */
  readonly key: string | undefined;
}

/**
 * Splits `cos://bucket/key`. The key is taken as it is: `%41`, `?`, `#`, `..` and spaces are part of it, which is why no
 * URL parser is asked.
 */
export function parseTargetUrl(text: string): TargetUrl {
  const [, bucket, key] = /^cos:\/\/([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  if (bucket === undefined) {
    throw usageError(
      `expected a URL such as cos://examplebucket-1250000000/key, got ${JSON.stringify(text)}`,
    );
  }
  if (bucket === "")
    throw usageError(`there is no bucket in ${JSON.stringify(text)}; expected cos://bucket/key`);
  return { bucket, key };
}

export function isTargetUrl(text: string): boolean {
  return /^cos:/i.test(text);
}
