import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Command } from "commander";
import type { Rule } from "../../lib/check/rules.ts";
import { createProgram } from "../../lib/cli/program.ts";
import type { Run } from "../../lib/cli/run.ts";
import type { Emulator, EmulatorOptions, Fault } from "../../lib/emulator/index.ts";
import { COS_CODES, OWN_CODES } from "../../lib/error-codes.ts";
import type {
  ClientStats,
  CosClient,
  Part,
  PartReceipt,
  UploadEvents,
  UploadResult,
  UploadStats,
} from "../../lib/index.ts";
import { MAX_TIMER } from "../../lib/limits.ts";
import { CLIENT, DIGEST, PLAN, RETRY, TIMEOUT, UPLOAD } from "../../lib/options/tables.ts";
import { remedyFor } from "../../lib/retry/table.ts";
import { codeIn, page, pages, root, sources } from "./pages.ts";

/** The names of a type, all of them: the compiler refuses a list that lacks one, or has one more. */
function namesOf<T>(names: Readonly<Record<keyof T, true>>): string[] {
  return Object.keys(names);
}

function assertSameNames(documented: readonly string[], actual: readonly string[]): void {
  assert.deepEqual([...documented].sort(), [...actual].sort());
}

/** The names in `{ a, b?, c }` of a sentence. */
function fieldsIn(text: string, before: string): string[] {
  const [, list] = new RegExp(`${before}[^{]*\\{ ([^}]*) \\}`).exec(text) ?? assert.fail(`no ${before}`);
  return list!.split(", ").map((name) => name.replace(/\?$/, ""));
}

describe("docs/options.md", () => {
  const options = page("docs/options.md");

  it("has every option of a stream, and no other", () => {
    assertSameNames(options.namesOf("option"), Object.keys(UPLOAD));
  });

  it("has every field of retry and of timeout", () => {
    assertSameNames(options.namesOf("field of `retry`"), Object.keys(RETRY));
    assertSameNames(options.namesOf("field of `timeout`"), Object.keys(TIMEOUT));
  });

  it("has every option of a client and of a PartTransform", () => {
    assertSameNames(options.namesOf("option of a client"), Object.keys(CLIENT));
    assertSameNames(options.namesOf("option of PartTransform"), Object.keys(PLAN));
  });

  it("has the defaults and the bounds that are used", () => {
    const tables: [string, Readonly<Record<string, Rule<unknown>>>][] = [
      ["option", UPLOAD],
      ["field of `retry`", RETRY],
      ["field of `timeout`", TIMEOUT],
    ];
    const wrong = tables.flatMap(([heading, rules]) =>
      options
        .tablesOf(heading)
        .flatMap(({ rows }) => rows)
        .flatMap(([names, fallback, meaning]) => codeIn(names!).map((name) => ({ name, fallback, meaning })))
        .filter(({ name, fallback, meaning }) => {
          const rule = rules[name]!;
          const isDefault =
            rule.default === undefined ||
            fallback!.replaceAll("`", "").startsWith(inWords(rule.default, rule));
          return !isDefault || !meaning!.includes(boundsOf(rule));
        }),
    );
    assert.deepEqual(wrong, []);
    const literals = [...options.text.matchAll(/`\{ (?:maxAttempts|connect|worker): [^}]*\}`/g)].map(
      ([code]) => code,
    );
    assertSameNames(literals, [RETRY, TIMEOUT, DIGEST].map(defaultsOf));
  });
});

const UNITS = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
] as const;

/** A value as a page writes it. */
function inWords(value: unknown, { expected }: Rule<unknown>): string {
  if (typeof value !== "number") return String(value);
  const [unit, bytes] = UNITS.find(([, bytes]) => value >= bytes && value % bytes === 0) ?? ["", 1];
  return expected.endsWith("bytes") && unit !== "" ? `${value / bytes} ${unit}` : value.toLocaleString("en");
}

/** The bounds of an integer as a page writes them; nothing where the upper one is only that of a timer or of a number. */
function boundsOf(rule: Rule<unknown>): string {
  const [, min, max] = /from (\d+) to (\d+)/.exec(rule.expected) ?? [];
  if (min === undefined || Number(max) === MAX_TIMER || Number(max) === Number.MAX_SAFE_INTEGER) return "";
  return `${inWords(Number(min), rule)} to ${inWords(Number(max), rule)}`;
}

/** The defaults of a group of options, as a literal. */
function defaultsOf(rules: Readonly<Record<string, Rule<unknown>>>): string {
  const fields = Object.entries(rules).filter(([, rule]) => rule.default !== undefined);
  return `\`{ ${fields.map(([name, rule]) => `${name}: ${JSON.stringify(rule.default)}`).join(", ")} }\``;
}

describe("README.md", () => {
  it("has ten options, with the defaults that docs/options.md has", () => {
    const most = page("README.md")
      .tablesOf("option")
      .flatMap(({ rows }) => rows);
    const all = page("docs/options.md")
      .tablesOf("option")
      .flatMap(({ rows }) => rows);
    assert.equal(most.length, 10);
    const plain = (cell: string): string => cell.replace(/\(.*?\)/g, "");
    for (const [name, fallback] of most) {
      const [, documented] = all.find(([cell]) => codeIn(cell!).includes(codeIn(name!)[0]!)) ?? [];
      assert.equal(plain(fallback!), plain(documented ?? "nothing"), name);
    }
  });
});

describe("docs/events.md", () => {
  const events = page("docs/events.md");

  it("has every event, and the fields of a part", () => {
    assertSameNames(
      events.namesOf("event"),
      namesOf<UploadEvents>({ initiate: true, part: true, progress: true, retry: true, warning: true }),
    );
    const [, part] = events.tablesOf("event")[0]!.rows.find(([name]) => name === "`part`")!;
    assertSameNames(
      fieldsIn(part!, ""),
      namesOf<PartReceipt>({
        partNumber: true,
        offset: true,
        size: true,
        etag: true,
        md5: true,
        crc64: true,
        attempts: true,
        requestId: true,
        skipped: true,
      }),
    );
  });

  it("has every field of the result, and of stats()", () => {
    assertSameNames(
      events.namesOf("field"),
      namesOf<UploadResult>({
        bucket: true,
        key: true,
        uploadId: true,
        location: true,
        etag: true,
        crc64: true,
        size: true,
        parts: true,
        versionId: true,
        requestId: true,
        completed: true,
      }),
    );
    assertSameNames(
      fieldsIn(events.text, "upload\\.stats\\(\\)"),
      namesOf<UploadStats>({
        state: true,
        received: true,
        sent: true,
        confirmed: true,
        partsSending: true,
        partsWaiting: true,
        partsDigesting: true,
        partsConfirmed: true,
        memoryHeld: true,
        waitingForMemory: true,
        hashing: true,
      }),
    );
  });
});

describe("docs/client.md", () => {
  const client = page("docs/client.md");

  it("has every method of a client, and the fields of its stats()", () => {
    assertSameNames(
      client.namesOf("method").map((name) => name.replace(/\(.*/, "")),
      namesOf<Omit<CosClient, symbol>>({
        createUploadStream: true,
        initiateMultipartUpload: true,
        uploadPart: true,
        completeMultipartUpload: true,
        abortMultipartUpload: true,
        listParts: true,
        listMultipartUploads: true,
        putObject: true,
        headObject: true,
        stats: true,
        close: true,
      }),
    );
    assertSameNames(
      fieldsIn(client.text, "stats\\(\\)"),
      namesOf<ClientStats>({
        streams: true,
        memory: true,
        memoryHeld: true,
        streamsWaitingForMemory: true,
        hashing: true,
      }),
    );
  });

  it("has the fields of a part", () => {
    assertSameNames(
      fieldsIn(client.text, "A part is"),
      namesOf<Part>({ partNumber: true, offset: true, size: true, body: true, md5: true, crc64: true }),
    );
  });
});

describe("docs/emulator.md", () => {
  const emulator = page("docs/emulator.md");

  it("has every option and every member of the emulator", () => {
    assertSameNames(
      emulator.namesOf("option of the emulator"),
      namesOf<EmulatorOptions>({
        port: true,
        consolePort: true,
        host: true,
        directory: true,
        bucket: true,
        region: true,
        credentials: true,
        clock: true,
        limits: true,
        completeDelay: true,
        keepAliveTimeout: true,
        listPartsCrc64: true,
        bucketEncryption: true,
      }),
    );
    assertSameNames(
      emulator.namesOf("member").map((name) => name.replace(/\(.*/, "")),
      namesOf<Omit<Emulator, symbol>>({
        url: true,
        target: true,
        consoleUrl: true,
        faults: true,
        requests: true,
        uploads: true,
        objects: true,
        object: true,
        close: true,
      }),
    );
  });

  it("has every kind of fault, each with its fields", () => {
    type Fields = {
      [Kind in Fault["kind"]]: { [Name in keyof Omit<Extract<Fault, { kind: Kind }>, "kind">]: true };
    };
    const faults: Fields = {
      latency: { milliseconds: true },
      throttle: { bytesPerSecond: true },
      reset: { afterBytes: true },
      "half-close": { afterBytes: true },
      error: {
        statusCode: true,
        code: true,
        message: true,
        headers: true,
        body: true,
        contentType: true,
        requestId: true,
        early: true,
      },
      "foreign-answer": { statusCode: true, carriedOut: true, headers: true, body: true, contentType: true },
      "wrong-etag": {},
      "no-etag": {},
      "wrong-crc64": {},
      "no-crc64": {},
      "truncated-answer": { committed: true },
      "error-in-200": { code: true, message: true },
      "lost-answer": {},
      "clock-skew": { milliseconds: true },
      "expired-token": {},
      stall: { where: true },
    };
    const documented = emulator
      .tablesOf("kind of fault")[0]!
      .rows.flatMap(([kinds, , fields]) =>
        codeIn(kinds!).map((kind) => [kind, codeIn(fields!).map((field) => field.replace("?", ""))] as const),
      );
    const actual = Object.fromEntries(
      Object.entries(faults).map(([kind, fields]) => [kind, Object.keys(fields)]),
    );
    assert.deepEqual(Object.fromEntries(documented), actual);
  });
});

describe("docs/command.md", () => {
  const command = page("docs/command.md");
  const program = createProgram({} as Run);
  const flagsOf = ({ options }: Command): string[] => options.map(({ long }) => long!);
  const commandOf = (parent: Command, name: string): Command =>
    parent.commands.find((each) => each.name() === name)!;
  const uploads = commandOf(program, "uploads");

  it("has every flag of the command, and no other", () => {
    assertSameNames(command.namesOf("flag"), [...flagsOf(program), "--help"]);
    assertSameNames(command.namesOf("flag of `emulator`"), flagsOf(commandOf(program, "emulator")));
  });

  it("has every flag of the commands for unfinished uploads", () => {
    const [, shared] = /Both take (.*?)\.\n/s.exec(command.text)!;
    const ofBoth = codeIn(shared!);
    assertSameNames(ofBoth, flagsOf(commandOf(uploads, "list")));
    const ofAbort = [...ofBoth, ...command.namesOf("flag of `uploads abort`")];
    assertSameNames(ofAbort, flagsOf(commandOf(uploads, "abort")));
  });

  it("and every other page name no flag that is not there", () => {
    const known = new Set([program, ...program.commands, ...uploads.commands].flatMap(flagsOf)).add("--help");
    const commands = pages.flatMap(({ inlineCode, codeBlocks }) => [
      ...inlineCode,
      ...codeBlocks.filter(({ language }) => language === "sh").flatMap(({ code }) => code.split("\n")),
    ]);
    const used = commands
      .filter((text) => /\bcos-upload /.test(text))
      .flatMap((text) => text.match(/(?<= )--[a-z][a-z0-9-]*/g) ?? []);
    assert.ok(used.length > 5);
    assert.deepEqual(
      used.filter((flag) => !known.has(flag)),
      [],
    );
  });
});

describe("docs/errors.md", () => {
  const errors = page("docs/errors.md");
  const OF_EMULATOR = ["ERR_COS_EMULATOR_DIRECTORY_IN_USE"];

  it("has every code of the library, and no other", () => {
    assertSameNames(errors.namesOf("code"), [...OWN_CODES, ...OF_EMULATOR]);
  });

  it("has every code of COS that the library knows, with what the library does about it", () => {
    const [table] = errors.tablesOf("code of COS");
    const documented = table!.rows.map(
      ([code, status, , action]) => [codeIn(code!)[0]!, status!, action!] as const,
    );
    assertSameNames(
      documented.map(([code]) => code),
      COS_CODES,
    );
    const ACTIONS = {
      retry: "sends it again",
      reauthenticate: "signs again, and sends it again",
      fail: "fails",
    };
    const wrong = documented.filter(([code, status, action]) => {
      const remedy = remedyFor({ code, statusCode: Number(status), message: "" });
      return action !== ACTIONS[remedy];
    });
    assert.deepEqual(wrong, []);
  });

  it("and every other page name no code that is not there", () => {
    const named = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\bERR_COS_[A-Z_0-9]+/g)].map(([code]) => ({ path, code })),
    );
    const known = errors.namesOf("code");
    assert.deepEqual(
      named.filter(({ code }) => !known.includes(code)),
      [],
    );
  });

  it("leaves no code out that is made somewhere", () => {
    // Why requests of a cancelled upload end: nobody sees it.
    const INTERNAL = ["ERR_COS_CANCELLED"];
    const made = sources().flatMap(
      ({ text }) => text.match(/(?<=")(?:ERR_COS_[A-Z_0-9]+|ABORT_ERR)(?=")/g) ?? [],
    );
    const known: readonly string[] = [...OWN_CODES, ...OF_EMULATOR, ...INTERNAL];
    assert.deepEqual(
      made.filter((code) => !known.includes(code)),
      [],
    );
    const isMade = (code: string): boolean => made.includes(code) || code.startsWith("ERR_STREAM_");
    assert.deepEqual(
      known.filter((code) => !isMade(code)),
      [],
    );
  });
});

describe("docs/credentials.md", () => {
  it("has a CAM policy whose actions are the ones that its table explains", () => {
    const credentials = page("docs/credentials.md");
    const block = credentials.codeBlocks.find(({ language }) => language === "json")!;
    const { version, statement } = JSON.parse(block.code) as {
      version: string;
      statement: { effect: string; action: string[]; resource: string[] }[];
    };
    assert.equal(version, "2.0");
    assert.ok(statement.every(({ effect }) => effect === "allow"));
    const actions = statement.flatMap(({ action }) => action).map((name) => name.replace(/^name\/cos:/, ""));
    assertSameNames(actions, credentials.namesOf("action"));
    const known = sources().flatMap(({ text }) => text.match(/(?<=operation: ")\w+(?=")/g) ?? []);
    assert.deepEqual(
      actions.filter((name) => !known.includes(name)),
      [],
    );
  });
});

describe("every page", () => {
  const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts as object;

  it("names only scripts that package.json has", () => {
    const named = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)].map(([, script]) => ({ path, script: script! })),
    );
    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter(({ script }) => !Object.hasOwn(scripts, script)),
      [],
    );
  });
});
