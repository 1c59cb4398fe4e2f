export { crc64Begin, crc64Bytes, crc64End, crc64Feed, prepareCrc64 } from "./crc64";
export { md5, md5Lanes } from "./md5";
