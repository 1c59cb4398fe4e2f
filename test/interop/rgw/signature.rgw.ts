import assert from "node:assert/strict";
import { inBothWays } from "./in-both-ways.ts";

inBothWays(
  "a signature is checked where the gateway gets one",
  async ({ t, clientTo, way, prefix, read }) => {
    const key = `${prefix}object`;
    const { signer } = way;
    if (signer === undefined) return t.skip("the proxy drops it; the emulator checks it");
    // Signed for another path than the one that is sent.
    const wrong = clientTo(way.port, {
      signer: (request) => signer({ ...request, path: `${request.path}x` }),
    });
    const refused = wrong.putObject({ key, body: Buffer.from("content") });
    await assert.rejects(refused, { code: "SignatureDoesNotMatch", statusCode: 403 });
    assert.equal(await read(key), undefined);
  },
);
