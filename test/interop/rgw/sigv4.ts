import { Hash } from "@smithy/hash-node";
import { SignatureV4 } from "@smithy/signature-v4";
import type { CustomSigner } from "../../../lib/index.ts";

export interface SigV4Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** AWS's signature, by AWS's library, as a `signer`. The body is not signed: Content-MD5 is, which says the same. */
export function sigV4Signer(credentials: SigV4Keys): CustomSigner {
  const signature = new SignatureV4({
    credentials,
    region: "us-east-1",
    service: "s3",
    sha256: Hash.bind(null, "sha256"),
    // S3 takes paths as they are on the wire.
    uriEscapePath: false,
  });
  return async ({ method, origin, host, path, query, headers }) => {
    const { protocol, hostname } = new URL(origin);
    const { headers: signed } = await signature.sign({
      method,
      protocol,
      hostname,
      path: path.split("?", 1)[0]!,
      query: { ...query },
      headers: { ...headers, host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
    });
    const added = ["authorization", "x-amz-date", "x-amz-content-sha256"];
    return Object.fromEntries(added.map((name) => [name, signed[name]!]));
  };
}
