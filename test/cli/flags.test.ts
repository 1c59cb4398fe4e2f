import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { boolean, either, integer, oneOf, string, withDefault } from "../../lib/check/rules.ts";
import { group, strings } from "../../lib/check/table.ts";
import { inFlags } from "../../lib/cli/describe-failure.ts";
import { addFlags, argumentsOf, type Flags, flagFor, optionsOf } from "../../lib/cli/flags.ts";
import { UPLOAD_FLAGS } from "../../lib/cli/upload-flags.ts";
import { MIB } from "../support/bytes.ts";

/** Options as they may come: each flag is one line. */
const RULES = {
  concurrency: withDefault(either(integer(1, 64), oneOf("auto")), "auto" as const),
  maxRate: integer(1, Number.MAX_SAFE_INTEGER, "bytes/s"),
  partSize: withDefault(integer(1, 1024 * MIB, "bytes"), 8 * MIB),
  retries: withDefault(integer(0, 9), 5),
  timeout: group<{ stall?: number }>({ stall: withDefault(integer(0, 1e6, "ms"), 30_000) }),
  labels: strings,
  level: oneOf("low", "high"),
  check: withDefault(boolean, true),
  dryRun: boolean,
};

const FLAGS: Flags = {
  concurrency: { help: "parts at a time" },
  maxRate: { help: "bytes per second" },
  partSize: { help: "size of a part" },
  retries: { help: "retries" },
  "timeout.stall": { as: "stall-timeout", help: "wait" },
  labels: { as: "label", help: "label" },
  level: { help: "level" },
  check: { help: "do not check" },
  dryRun: { help: "try" },
  profile: { rule: string("a name", /^\w+$/), argument: "name", help: "which keys" },
  minSize: { rule: integer(1, 100 * MIB, "bytes"), help: "least size" },
  quiet: { rule: boolean, help: "say less" },
};

function parse(...words: string[]): Record<string, unknown> {
  const command = addFlags(
    new Command().exitOverride().configureOutput({ writeErr: () => {} }),
    FLAGS,
    RULES,
  );
  return command.parse(words, { from: "user" }).opts();
}

test("how a flag is read follows from the rule of its option", () => {
  const words = "--concurrency 8 --max-rate 2MiB --part-size 1m --retries 3 --stall-timeout 1.5 --level low";
  const values = parse(...words.split(" "), "--label", "a=1", "--label", "b=x=y", "--no-check", "--dry-run");
  assert.deepEqual(optionsOf(FLAGS, values), {
    concurrency: 8,
    maxRate: 2 * MIB,
    partSize: MIB,
    retries: 3,
    timeout: { stall: 1500 },
    level: "low",
    labels: { a: "1", b: "x=y" },
    check: false,
    dryRun: true,
  });
  assert.equal(parse("--concurrency", "auto").concurrency, "auto");
  assert.throws(() => parse("--concurrency", "many"), /--concurrency <number>.*whole number/);
  assert.throws(() => parse("--max-rate", "fast"), /--max-rate <size>.*8MiB/);
  assert.throws(() => parse("--label", "a=1", "--label", "a=2"), /given twice/);
});

test("a flag of the command alone is checked by its own rule, and is no option", () => {
  const values = parse("--profile", "prod", "--min-size", "5m", "--quiet");
  assert.deepEqual([values.profile, values.minSize, values.quiet], ["prod", 5 * MIB, true]);
  assert.deepEqual(optionsOf(FLAGS, values), { check: true });
  assert.throws(() => parse("--min-size", "1g"), {
    exitCode: 2,
    message: /^--min-size: .*from 1 to 104857600 bytes/,
  });
  assert.throws(() => parse("--profile", ""), { exitCode: 2, message: /^--profile: expected a name/ });
});

test("the help has arguments, choices and defaults from the rules", () => {
  const help = addFlags(new Command(), FLAGS, RULES).helpInformation().replace(/\s+/g, " ");
  for (const line of [
    "--concurrency <number> parts at a time (default auto)",
    "--part-size <size> size of a part (default 8MiB)",
    "--retries <number> retries (default 5)",
    "--stall-timeout <seconds> wait (default 30)",
    "--label <name=value> label",
    "--level <value> level: low, high",
    "--no-check do not check",
    "--dry-run try",
    "--profile <name> which keys",
  ]) {
    assert.ok(help.includes(line), `${line} in ${help}`);
  }
});

test("a flag of an option that is not there is a fault of the program", () => {
  assert.throws(
    () => addFlags(new Command(), { partsize: { help: "x" } }),
    /"partsize", which is not an option/,
  );
});

test("flags can be given again as arguments", () => {
  assert.deepEqual(argumentsOf(UPLOAD_FLAGS, { region: "r", accelerate: true, autoSwitchHost: false }), [
    ...["--region", "r", "--accelerate", "--no-auto-switch-host"],
  ]);
  assert.deepEqual(argumentsOf(UPLOAD_FLAGS, { autoSwitchHost: true, "retry.maxAttempts": 5 }), []);
});

test("messages of the library name flags, and leave alone what was given", () => {
  assert.equal(flagFor("metadata.a", UPLOAD_FLAGS), "--meta");
  assert.equal(flagFor("retry.baseDelay", UPLOAD_FLAGS), undefined);
  assert.equal(flagFor("constructor", UPLOAD_FLAGS), undefined);
  assert.equal(
    inFlags(
      '"partSize": at most the "memory"; "key", "constructor" and "retry.baseDelay"; received the string "region"',
    ),
    '--part-size: at most the --memory; the key in the URL, "constructor" and "retry.baseDelay"; received the string "region"',
  );
});
