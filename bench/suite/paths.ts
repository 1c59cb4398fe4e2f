import { fileURLToPath } from "node:url";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const ROOT: string = at("../..");
export const BENCH: string = at("..");
export const COMPARE: string = at("../compare");
/** The measured programs as plain JavaScript: a loader of TypeScript would be measured with them. */
export const BUILT: string = at("../.build");
export const RESULTS: string = at("../results");
export const CERTIFICATE: string = at("../../test/fixtures/localhost.crt");
export const PRIVATE_KEY: string = at("../../test/fixtures/localhost.key");
