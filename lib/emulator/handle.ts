import { authenticate } from "./authentication.ts";
import { ConnectionGone, CosError } from "./cos-error.ts";
import type { Exchange } from "./exchange.ts";
import { applyFault } from "./faults/apply.ts";
import { perform } from "./operations/perform.ts";
import { errorReply, type Reply } from "./reply.ts";
import { send } from "./send.ts";

/** Answers one request. It never throws: a failure is an error answer, unless the client has left. */
export async function handle(exchange: Exchange): Promise<void> {
  try {
    await send(exchange, await replyTo(exchange));
  } catch (error) {
    // If the answer has begun, a failure can only be shown by a broken answer.
    if (!(error instanceof ConnectionGone) && !exchange.response.destroyed) exchange.cut("reset");
  }
}

async function replyTo(exchange: Exchange): Promise<Reply> {
  try {
    return (await applyFault(exchange)) ?? (await perform(admitted(exchange)));
  } catch (error) {
    if (error instanceof ConnectionGone) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const refusal = error instanceof CosError ? error : new CosError(500, "InternalError", message);
    exchange.entry.refusal = { message, details: refusal.details };
    return errorReply(exchange, refusal);
  }
}

/** Checks the target and the signature before the body is read. */
function admitted(exchange: Exchange): Exchange {
  const { target, method, headers, settings, now } = exchange;
  if (target.problem) throw target.problem;
  const claim = { method, path: `/${target.key}`, query: target.query, headers };
  authenticate(claim, settings.credentials, now);
  return exchange;
}
