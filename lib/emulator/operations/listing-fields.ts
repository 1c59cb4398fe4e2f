/** The owner and initiator of everything. */
export const ACCOUNT: { readonly ID: string; readonly DisplayName: string } = {
  ID: "qcs::cam::uin/100000000001:uin/100000000001",
  DisplayName: "100000000001",
};

/** A time, as it is written in listings. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
