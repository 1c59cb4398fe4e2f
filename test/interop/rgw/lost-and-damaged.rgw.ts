import assert from "node:assert/strict";
import { MIB, seededBytes } from "../../support/bytes.ts";
import { type Ending, recordEnding, success } from "../../support/ending.ts";
import { type Case, inBothWays } from "./in-both-ways.ts";
import { type Tampering, tamperOnce } from "./tampering-proxy.ts";

const bytes = seededBytes(3 * MIB + 5);

const INITIATE = /^POST \S+\?uploads /;
const SECOND_PART = /^PUT \S+\?partNumber=2&/;
const COMPLETE = /^POST \S+\?uploadId=/;
const PUT_OBJECT = /^PUT [^?]+ /;

/** Uploads the bytes through a proxy that tampers with one request; they must arrive whole. */
async function uploadDespite(
  gateway: Case,
  requestLine: RegExp,
  tampering: Tampering,
  { singlePut = false }: { singlePut?: boolean } = {},
): Promise<{ readonly ending: Ending; readonly attempts: number[] }> {
  const { t, way, clientTo, prefix, read } = gateway;
  const key = `${prefix}object`;
  const client = clientTo(await tamperOnce(t, way.port, requestLine, tampering));
  const partSize = singlePut ? 4 * MIB : MIB;
  const upload = client.createUploadStream({ key, partSize, singlePut });
  const ending = recordEnding(upload);
  upload.end(bytes);
  await success(ending);
  assert.ok(bytes.equals((await read(key))!));
  return { ending, attempts: upload.parts.map(({ attempts }) => attempts) };
}

inBothWays("a part that was damaged on the way is refused, and sent again", async (gateway) => {
  const { attempts } = await uploadDespite(gateway, SECOND_PART, "bit flipped");
  assert.deepEqual(attempts, [1, 2, 1, 1]);
});

inBothWays("a Put Object that was damaged on the way is refused, and sent again", async (gateway) => {
  const { attempts } = await uploadDespite(gateway, PUT_OBJECT, "bit flipped", { singlePut: true });
  assert.deepEqual(attempts, [2]);
});

inBothWays("a part whose answer was lost is sent again, and is there once", async (gateway) => {
  const { attempts } = await uploadDespite(gateway, SECOND_PART, "answer lost");
  assert.deepEqual(attempts, [1, 2, 1, 1]);
});

inBothWays("a Put Object whose answer was lost is sent again", async (gateway) => {
  const { attempts } = await uploadDespite(gateway, PUT_OBJECT, "answer lost", { singlePut: true });
  assert.deepEqual(attempts, [2]);
});

inBothWays("a Complete whose answer was lost is found done by HEAD", async (gateway) => {
  const { ending } = await uploadDespite(gateway, COMPLETE, "answer lost");
  assert.deepEqual(
    ending.warnings.map(({ code }) => code),
    ["ERR_COS_UNVERIFIED"],
  );
});

inBothWays(
  "an Initiate whose answer was lost is made again, and a warning tells of the one that may be left",
  async (gateway) => {
    const { ending } = await uploadDespite(gateway, INITIATE, "answer lost");
    assert.deepEqual(
      ending.warnings.map(({ code }) => code),
      ["ERR_COS_CLEAN_UP", "ERR_COS_UNVERIFIED"],
    );
  },
  { orphans: 1 },
);
