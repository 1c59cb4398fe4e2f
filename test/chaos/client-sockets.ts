import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** The sockets that HTTP clients of this process opened, by the port they are connected to. */
export class ClientSockets {
  readonly #byPort = new Map<number, Set<Socket>>();

  constructor() {
    subscribe("undici:client:connected", (message) => {
      const { connectParams, socket } = message as { connectParams: { port: string }; socket: Socket };
      const port = Number(connectParams.port);
      const sockets = this.#byPort.get(port) ?? new Set();
      this.#byPort.set(port, sockets.add(socket));
      socket.once("close", () => sockets.delete(socket));
    });
  }

  /** How many are open. */
  open(port: number): number {
    return [...(this.#byPort.get(port) ?? [])].filter(({ destroyed }) => !destroyed).length;
  }
}
