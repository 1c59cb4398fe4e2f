import type { TestContext } from "node:test";
import { CosClient, type CosClientOptions } from "../../lib/index.ts";

/** Keys for servers that look at no signature. */
export const KEYS = { secretId: "AKIDexampleexampleexampleexample", secretKey: "examplesecretkey" } as const;

/** Retries without waiting between them. */
export const AT_ONCE = { baseDelay: 0, maxDelay: 0 } as const;

/** A client of the test's own, closed with it. */
export function useClient(
  t: TestContext,
  options: Partial<CosClientOptions> & Pick<CosClientOptions, "endpoint">,
): CosClient {
  const client = new CosClient({
    bucket: "examplebucket-1250000000",
    region: "ap-beijing",
    ...("signer" in options ? {} : { credentials: KEYS }),
    ...options,
  });
  t.after(() => client.close());
  return client;
}
