/**
 * The two streams of the command: results on standard output, everything told to people on standard error. A reader
 * that leaves (`| head -1`) ends the writing to it, not the command.
 */
export class Output {
  #readerLeft = false;

  constructor() {
    process.stdout.on("error", () => {
      this.#readerLeft = true;
    });
    process.stderr.on("error", () => {});
  }

  /** Whether nobody reads standard output any more. */
  get readerLeft(): boolean {
    return this.#readerLeft;
  }

  print(line: string): void {
    if (!this.#readerLeft) process.stdout.write(`${printable(line)}\n`);
  }

  json(value: object): void {
    this.print(JSON.stringify(value));
  }

  tell(sentence: string): void {
    process.stderr.write(`cos-upload: ${printable(sentence)}\n`);
  }

  /** Waits until what was written is out: `process.exit` would cut it where a pipe is asynchronous. */
  async flush(): Promise<void> {
    await Promise.all(
      [process.stdout, process.stderr].map(
        (stream) => new Promise<void>((resolve) => void stream.write("", () => resolve())),
      ),
    );
  }
}

/** Without what would steer the terminal: keys and answers of servers may hold anything. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\u{FFFD}");
}
