import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const root = new URL("..", import.meta.url).href;
const compiled = `${pathToFileURL(new URL(import.meta.url).searchParams.get("folder"))}/`;

export function load(url, context, next) {
  const [file] = url.split("?");
  if (!file.startsWith(root) || !/\.c?ts$/.test(file)) return next(url, context);
  const source = readFileSync(new URL(file.slice(root.length).replace(/c?ts$/, "js"), compiled));
  return { format: file.endsWith(".cts") ? "commonjs" : "module", shortCircuit: true, source };
}
