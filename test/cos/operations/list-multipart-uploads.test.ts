import assert from "node:assert/strict";
import { test } from "node:test";
import { useHostile } from "../../support/hostile.ts";
import { answer } from "../../support/raw-server.ts";

test("a key that a listing says is encoded, and is not, is told as it came", async (t) => {
  const page =
    "<ListMultipartUploadsResult><EncodingType>url</EncodingType>" +
    "<Upload><Key>100%</Key><UploadId>id</UploadId></Upload></ListMultipartUploadsResult>";
  const { client } = await useHostile(t, answer("200 OK", {}, page));
  const { value } = await client.listMultipartUploads().next();
  assert.deepEqual([value?.key, value?.uploadId], ["100%", "id"]);
});
