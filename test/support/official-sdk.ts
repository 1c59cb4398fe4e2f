import COS from "cos-nodejs-sdk-v5";
import type { Emulator } from "../../lib/emulator/index.ts";

/** The official SDK, pointed at the emulator, and the bucket and region that its calls need. */
export function officialSdk(emulator: Emulator): {
  readonly cos: COS;
  readonly place: { readonly Bucket: string; readonly Region: string };
} {
  const { secretId, secretKey } = emulator.target.credentials;
  const options = {
    SecretId: secretId,
    SecretKey: secretKey,
    Protocol: "http:",
    AutoSwitchHost: false,
    KeepAlive: false,
    UseRawKey: true,
    Ip: new URL(emulator.url).host,
  };
  const cos = new COS(options as COS.COSOptions);
  return { cos, place: { Bucket: emulator.target.bucket, Region: emulator.target.region } };
}
