import { discardBody } from "../body.ts";
import { CosError } from "../cos-error.ts";
import type { Exchange } from "../exchange.ts";
import { faultReply, foreignReply, type Reply } from "../reply.ts";

/**
 * What a fault does before its request is carried out: it waits, answers instead of COS, or ends the connection. The other kinds act while
 * the body is read or the answer is sent.
 */
export async function applyFault(exchange: Exchange): Promise<Reply | undefined> {
  const { fault } = exchange;
  switch (fault?.kind) {
    case "latency":
      await exchange.pause(fault.milliseconds);
      return undefined;
    case "reset":
    case "half-close":
      await discardBody(exchange, fault.afterBytes ?? 0);
      throw exchange.cut(fault.kind);
    case "error":
      if (!fault.early) await discardBody(exchange);
      return faultReply(exchange, fault);
    case "foreign-answer":
      if (fault.carriedOut) return undefined;
      await discardBody(exchange);
      return foreignReply(fault);
    case "expired-token":
      throw new CosError(400, "ExpiredToken", "The provided token has expired.");
    case "stall":
      if (fault.where === "answer") return undefined;
      await exchange.untilRemoved();
      return await applyFault(exchange);
    default:
      return undefined;
  }
}
