import assert from "node:assert/strict";
import { inspect } from "node:util";

/** Everything that a program may print of a value: what a log, a crash or a monitoring tool would show. */
export function shownOf(value: unknown): string {
  const seen = new Set<unknown>();
  const json = JSON.stringify(value, (_key, inner) => {
    if (typeof inner === "bigint") return String(inner);
    if (typeof inner !== "object" || inner === null) return inner;
    if (seen.has(inner)) return "[circular]";
    seen.add(inner);
    if (inner instanceof Error)
      return { ...inner, message: inner.message, stack: inner.stack, cause: inner.cause };
    return inner;
  });
  return `${String(value)}\n${inspect(value, { depth: 20, showHidden: true })}\n${json}`;
}

/** None of the secrets is in what can be shown of the value, nor most of one. */
export function assertHidden(value: unknown, secrets: readonly string[]): void {
  const shown = shownOf(value);
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]) {
      assert.ok(!shown.includes(form.slice(0, 12)), `a secret shows in ${shown}`);
    }
  }
}
