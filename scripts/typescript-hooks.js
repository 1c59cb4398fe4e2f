import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const root = new URL("..", import.meta.url).href;
const compiled = `${pathToFileURL(new URL(import.meta.url).searchParams.get("folder"))}/`;

export function load(url, context, next) {
  if (!url.startsWith(root) || !/\.c?ts$/.test(url)) return next(url, context);
  const source = readFileSync(new URL(url.slice(root.length).replace(/c?ts$/, "js"), compiled));
  return { format: url.endsWith(".cts") ? "commonjs" : "module", shortCircuit: true, source };
}
