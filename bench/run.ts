/**
 * The benchmark suite: `npm run bench`, which writes README.md and results/; `npm run bench -- --quick`, which only prints.
 */
import { bench } from "./suite/bench.ts";
import { parseOptions } from "./suite/options.ts";
import { setUp } from "./suite/set-up.ts";

const options = parseOptions(process.argv.slice(2));
setUp();
process.exitCode = (await bench(options)) ? 0 : 1;
