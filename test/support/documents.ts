import { readFileSync } from "node:fs";

/** A request or an answer as a document prints it. */
export interface PrintedMessage {
  readonly startLine: string;
  /** Names as printed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PrintedExample {
  readonly title: string;
  readonly request: PrintedMessage;
  readonly response: PrintedMessage;
}

/** The examples of a document in test/fixtures: each request with the answer that follows it. */
export function examplesOf(fixture: string): PrintedExample[] {
  const lines = readFileSync(new URL(`../fixtures/${fixture}`, import.meta.url), "utf8").split(/\r?\n/);
  const examples: PrintedExample[] = [];
  let title = fixture;
  let request: PrintedMessage | undefined;
  lines.forEach((line, index) => {
    if (line.startsWith("#")) title = /^#+ .*\d/.test(line) ? line.replace(/^#+ /, "") : title;
    // The samples with placeholders are no examples.
    if (/^[A-Z]+ \/\S* HTTP\/1\.1$/.test(line) && !line.includes("<")) request = printedAt(lines, index);
    if (/^HTTP\/1\.1 \d+/.test(line) && request !== undefined) {
      examples.push({ title, request, response: printedAt(lines, index) });
      request = undefined;
    }
  });
  return examples;
}

function printedAt(lines: readonly string[], start: number): PrintedMessage {
  const headers: Record<string, string> = {};
  let at = start + 1;
  for (; at < lines.length && lines[at] !== "" && lines[at] !== "```"; at++) {
    const [, name, value] = /^([\w-]+): ?(.*)$/.exec(lines[at]!)!;
    headers[name!] = value!;
  }
  return { startLine: lines[start]!, headers, body: lines[at] === "" ? (lines[at + 1] ?? "") : "" };
}

/** The printed message as bytes of HTTP/1.1, without a body. */
export function asBytes({ startLine, headers }: PrintedMessage): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${[startLine, ...lines].join("\r\n")}\r\n\r\n`;
}

/** The fields of an `Authorization` value, its lists as arrays. */
export function authorizationFields(value: string): Record<string, string | string[]> {
  return Object.fromEntries(
    value.split("&").map((field) => {
      const [, name, text] = /^([^=]*)=(.*)$/.exec(field)!;
      return [name!, name!.endsWith("-list") ? text!.split(";") : text!];
    }),
  );
}
