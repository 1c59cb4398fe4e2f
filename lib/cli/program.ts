import { Command } from "commander";
import { VERSION } from "../version.ts";
import { addEmulatorCommand } from "./emulator-command.ts";
import type { Run } from "./run.ts";
import { addUploadCommand } from "./upload-command.ts";
import { addUploadsCommand } from "./uploads-command.ts";

const EPILOGUE = `
Sizes are bytes, or such as 8MiB, 16m, 1.5GiB (MB and GB are powers of 1000).
Credentials: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY (and TENCENTCLOUD_TOKEN), or the credentials
file of Tencent Cloud's tools, or the role of the cloud server or of the TKE pod.
For backups, let cos-upload run the program that makes them:
  cos-upload --region ap-beijing cos://examplebucket-1250000000/shop.dump -- pg_dump shop
The object is made only if the program exits with 0. Behind a pipe of the shell nobody sees how it ended: --min-size and
--expect-size help there.

Exit codes: 0 the object is there and verified, 1 failed, 2 bad usage, 128 + n signal n (130 SIGINT, 143 SIGTERM).
`;

/** What the command understands; each of its actions ends in the run's exit code or throws. */
export function createProgram(run: Run): Command {
  const program = new Command("cos-upload")
    .description(
      "Upload a file or standard input into Tencent Cloud Object Storage (COS), in verified parts.",
    )
    .version(VERSION)
    .helpCommand(false)
    // Flags belong to the word before them: "uploads list --json" is not the upload's --json.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text) => run.output.tell(text.trimEnd().replace(/^error: /, "")) })
    .addHelpText("after", EPILOGUE);
  addUploadCommand(program, run);
  addUploadsCommand(program, run);
  addEmulatorCommand(program, run);
  return program;
}
