import type { Connection } from "../cos/connection.ts";
import { CredentialCache } from "../cos/credentials/credential-cache.ts";
import type { CredentialProvider } from "../cos/credentials/credentials.ts";
import { CosClock } from "../cos/signing/clock.ts";
import { cosSigner, customSigner, type RequestSigner } from "../cos/signing/signer.ts";
import { UndiciTransport } from "../http/undici-transport.ts";
import type { ResolvedConnection } from "../options/connection-options.ts";

/** Makes the connection to a bucket. No socket is opened before the first request. */
export function createConnection(options: ResolvedConnection): Connection {
  const { bucket, endpoint, backup, retry, timeout, dispatcher, connections } = options;
  const clock = new CosClock();
  const signer = createSigner(options, clock);
  const transport = new UndiciTransport({ dispatcher, connectTimeout: timeout.connect, connections });
  return { bucket, endpoint, backup, signer, clock, transport, retry, timeout };
}

function createSigner({ credentials, signer }: ResolvedConnection, clock: CosClock): RequestSigner {
  if (signer !== undefined) return customSigner(signer);
  const provider =
    typeof credentials === "function"
      ? credentials
      : credentials === undefined
        ? defaultChain()
        : () => credentials;
  // The clock of COS decides when keys expire.
  return cosSigner(new CredentialCache(provider, () => clock.now()), clock);
}

/** Loaded at the first call: most programs give their credentials. */
function defaultChain(): CredentialProvider {
  let chain: CredentialProvider | undefined;
  return async (context) => {
    chain ??= (await import("../cos/credentials/default-chain.ts")).defaultCredentials();
    return await chain(context);
  };
}
