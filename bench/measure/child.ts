/** One measured process: does what its order says, once, and sends what it measured. */
import type { Connect } from "../clients/uploader.ts";
import { actions } from "./actions/index.ts";
import type { Answer, ClientName, Order } from "./plan.ts";

async function connectOf(client: ClientName): Promise<Connect> {
  const folder = client.startsWith("cos-upload-stream") ? "clients" : "compare";
  const path = new URL(`../${folder}/${client}.js`, import.meta.url).href;
  return ((await import(path)) as { connect: Connect }).connect;
}

async function carryOut(order: Order): Promise<Answer> {
  try {
    const { action, client } = order;
    const uploader = client && (await connectOf(client))(order);
    return { sample: await actions[action](order, uploader) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.once("disconnect", () => process.exit());
const answer = await carryOut(JSON.parse(process.argv[2] ?? "{}") as Order);
process.send?.(answer, () => process.exit());
