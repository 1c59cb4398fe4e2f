export type {
  ErrorFault,
  Fault,
  FaultRule,
  FaultRuleOptions,
  FaultScript,
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
