/**
 * Percent-encodes as the signature of COS requires: everything but `A-Z a-z 0-9 - _ . ~`, with hex digits in upper case.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7778 (Request Signature)
 */
export function urlEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The path of an object: its key, encoded between the slashes. Nothing is normalised. */
export function encodePath(key: string): string {
  return `/${key.split("/").map(urlEncode).join("/")}`;
}

/** `?a=b&c`. A parameter with an empty value has no `=`, as in `?uploads`. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) =>
    value === "" ? urlEncode(name) : `${urlEncode(name)}=${urlEncode(value)}`,
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
