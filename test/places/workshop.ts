import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = fileURLToPath(new URL("./program", import.meta.url));

/** Milliseconds that one command may take: a slow network installs a framework. */
const COMMAND_TIMEOUT = 600_000;

export type Env = Readonly<Record<string, string>>;

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Env;
  /** The Node.js that runs scripts: the path of its binary. Default: the one that runs this. */
  readonly node?: string;
  /** Standard error as well, of a command that prints everything there. */
  readonly withErrors?: boolean;
}

/** Folders outside the repository, in which the packed package is installed, bundled and run. */
export class Workshop {
  readonly #folder: string;
  /** The packed package. */
  readonly tarball: string;
  readonly #tools = new Map<string, Promise<string>>();
  #count = 0;

  readonly #oldest: string | undefined;

  private constructor(folder: string, tarball: string, oldest: string | undefined) {
    this.#folder = folder;
    this.tarball = tarball;
    this.#oldest = oldest;
  }

  /**
   * Builds and packs the package.
   *
   * @param oldest The version of Node.js that most places run; the one that runs this, if it is left out.
   */
  static async open(oldest?: string): Promise<Workshop> {
    const folder = await mkdtemp(join(tmpdir(), "places-"));
    const pack = ["pack", "--json", "--pack-destination", folder];
    const output = await execute("npm", pack, { cwd: root });
    const [{ filename }] = JSON.parse(output.slice(output.indexOf("["))) as [{ filename: string }];
    return new Workshop(folder, join(folder, filename), oldest);
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** An empty folder of its own. */
  async folder(): Promise<string> {
    this.#count += 1;
    const folder = join(this.#folder, String(this.#count));
    await mkdir(folder);
    return folder;
  }

  /**
   * A project with the program in it: `main.js` and `steps.js`, ES modules.
   *
   * @param packages What npm installs, beside this package; nothing is installed if it is left out.
   */
  async project(packages?: readonly string[], manifest: object = {}): Promise<string> {
    const folder = await this.folder();
    const all = { name: "app", version: "1.0.0", private: true, type: "module", ...manifest };
    await writeFile(join(folder, "package.json"), JSON.stringify(all));
    await cp(program, folder, { recursive: true });
    if (packages !== undefined) await this.#install(folder, [this.tarball, ...packages]);
    return folder;
  }

  /** Installs a package that is used for itself, once. Returns its folder. */
  tool(name: string, range: string): Promise<string> {
    const key = `${name}@${range}`;
    const install = async (): Promise<string> => {
      const folder = await this.folder();
      await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
      await this.#install(folder, [key]);
      return join(folder, "node_modules", name);
    };
    const found = this.#tools.get(key) ?? install();
    this.#tools.set(key, found);
    return found;
  }

  /** The binary of a Node.js. */
  async node(range: string): Promise<string> {
    return join(await this.tool("node", range), "bin", "node");
  }

  /** The binary of the oldest Node.js that the package takes. */
  async oldestNode(): Promise<string> {
    return this.#oldest === undefined ? process.execPath : await this.node(this.#oldest);
  }

  /** Runs a command, or a script of Node.js where it ends with `.js`, and returns what it printed. */
  async run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
    const { node = process.execPath } = options;
    const isScript = /\.[cm]?js$/.test(command);
    return await execute(isScript ? node : command, isScript ? [command, ...args] : args, options);
  }

  async #install(folder: string, packages: readonly string[]): Promise<void> {
    const quiet = ["--no-audit", "--no-fund", "--no-save", "--loglevel=error"];
    await execute("npm", ["install", ...quiet, ...packages], { cwd: folder });
  }
}

/** `name version` of an installed package. */
export async function versionOf(folder: string, name: string): Promise<string> {
  const manifest = await readFile(join(folder, "node_modules", name, "package.json"), "utf8");
  return `${name} ${(JSON.parse(manifest) as { version: string }).version}`;
}

/** Rejects with all that was printed. */
function execute(
  command: string,
  args: readonly string[],
  { cwd, env = {}, node = process.execPath, withErrors = false }: RunOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      env: environment(node, env),
      timeout: COMMAND_TIMEOUT,
      maxBuffer: 64 * 1024 * 1024,
    };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(withErrors ? stdout + stderr : stdout);
      else reject(new Error(`${command} ${args.join(" ")}: ${error.message}\n${stdout}\n${stderr}`));
    });
  });
}

/** That of this process without what is meant for it alone; scripts that start `node` get the same one. */
function environment(node: string, more: Env): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, NODE_V8_COVERAGE, ...others } = process.env;
  const inherited = Object.entries(others).filter(([name]) => !name.startsWith("npm_"));
  return {
    ...Object.fromEntries(inherited),
    PATH: [dirname(node), process.env.PATH].join(delimiter),
    ...more,
  };
}
