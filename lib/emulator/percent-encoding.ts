/** One entry per byte: unreserved characters (RFC 3986) as they are, all others as `%XX` in upper case. */
const ENCODED_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9\-_.~]/.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

/** Percent-encodes bytes; of a string, its UTF-8 bytes. */
export function percentEncode(value: string | Uint8Array): string {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  let encoded = "";
  for (const byte of bytes) encoded += ENCODED_BYTES[byte];
  return encoded;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Percent-decodes text of the request line. A `+` stays a `+`.
 *
 * @param text one character per received byte
 * @throws {URIError} on `%` without two hex digits, and on bytes that are not UTF-8
 */
export function percentDecode(text: string): string {
  const bytes = Buffer.alloc(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "%") {
      const digits = text.slice(index + 1, index + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw new URIError("malformed percent-encoding");
      bytes[length++] = Number.parseInt(digits, 16);
      index += 2;
    } else {
      bytes[length++] = text.charCodeAt(index) & 0xff;
    }
  }
  try {
    return strictUtf8.decode(bytes.subarray(0, length));
  } catch {
    throw new URIError("not UTF-8");
  }
}
