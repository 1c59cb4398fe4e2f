import { createHash } from "node:crypto";
import { crc64, prepareCrc64 } from "./crc64.ts";
import type { Digester, Digests, Hasher } from "./digester.ts";

/** Computes digests immediately, wherever the bytes are. The MD5 is computed by `node:crypto`. */
class InlineDigester implements Digester {
  readonly #md5 = createHash("md5");
  #crc64 = "0";

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#crc64 = crc64(bytes, this.#crc64);
  }

  digest(done: (digests: Digests) => void): void {
    done(this.end());
  }

  end(): Digests {
    return { md5: this.#md5.digest("base64"), crc64: this.#crc64 };
  }

  discard(): void {}
}

/** @throws CosUploadError `ERR_COS_DEPENDENCY`. */
export function createInlineDigester(): Digester {
  prepareCrc64();
  return new InlineDigester();
}

/** Computes digests immediately, on the main thread, with packages. It is used if the kernels cannot be used. */
export class PackageHasher implements Hasher {
  readonly hashing = "package";
  readonly createDigester: () => Digester = createInlineDigester;

  flush(): void {}

  expect(): void {}

  async close(): Promise<boolean> {
    return true;
  }
}

/** The digests of bytes that are in pieces. */
export function digestsOf(pieces: readonly Uint8Array[]): Digests {
  const digester = new InlineDigester();
  for (const piece of pieces) digester.update(piece);
  return digester.end();
}
