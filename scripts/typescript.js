// Preloaded by scripts/test.js: TypeScript files are run as what they were compiled to, under their own names.
import * as nodeModule from "node:module";

const hooks = new URL(`typescript-hooks.js${new URL(import.meta.url).search}`, import.meta.url);
// Node 20 has no hooks but those of a thread, which take longer to start.
if (nodeModule.registerHooks === undefined) nodeModule.register(hooks);
else nodeModule.registerHooks(await import(hooks));
