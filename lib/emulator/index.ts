/**
 * A local server that behaves as Tencent COS does towards an uploader: Put, Get, Head and Delete Object, multipart uploads and the
 * listings, on disk, with its own check of signatures, MD5, CRC64 and SSE-C keys, and a script of faults. It has no copying,
 * versions, access control or lifecycle: requests for those are answered with 501 NotImplemented.
 *
 * @module
 */
export { EmulatorDirectoryInUseError } from "./directory-in-use-error.ts";
export type {
  ErrorFault,
  Fault,
  FaultRule,
  FaultRuleOptions,
  FaultScript,
  ForeignAnswerFault,
} from "./faults/fault.ts";
export type { Operation } from "./operation.ts";
export type { EmulatorCredentials, EmulatorLimits, EmulatorOptions } from "./options.ts";
export type { ReceivedRequest } from "./received-request.ts";
export {
  type Emulator,
  type EmulatorObject,
  type EmulatorPart,
  type EmulatorTarget,
  type EmulatorUpload,
  startEmulator,
} from "./start-emulator.ts";
export type { ByteRange } from "./store/read-files.ts";
