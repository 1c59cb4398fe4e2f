/** The emulator as a process of its own: sends its target when it listens, and its most memory (bytes) when asked to end. */
import { startEmulator } from "../../lib/emulator/index.ts";

const emulator = await startEmulator({ port: 0 });
process.send?.({ target: emulator.target });
process.on("message", () => {
  void emulator.close().then(() => {
    process.send?.({ peak: process.resourceUsage().maxRSS * 1024 });
    process.disconnect();
  });
});
