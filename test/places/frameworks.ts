import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import type { Place, Visit } from "./place.ts";
import { type Env, versionOf, type Workshop } from "./workshop.ts";

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** The steps as CommonJS, for what takes nothing else. */
function stepsAsCommonJs(folder: string): void {
  const entryPoints = [join(folder, "steps.js")];
  buildSync({ entryPoints, outfile: join(folder, "steps.cjs"), format: "cjs", target: "node20.19" });
}

/** As Jest is without any configuration: CommonJS, in a realm of its own. */
async function jest(workshop: Workshop, env: Env): Promise<Visit> {
  const cwd = await workshop.project(["jest@30"]);
  stepsAsCommonJs(cwd);
  await writeFiles(cwd, {
    "upload.test.cjs": `
      const library = require("cos-upload-stream");
      const { runSteps } = require("./steps.cjs");
      test("all steps", async () => {
        const results = await runSteps(library);
        expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
      }, 120_000);
    `,
  });
  return await runJest(workshop, cwd, env, []);
}

async function jestWithModules(workshop: Workshop, env: Env): Promise<Visit> {
  const cwd = await workshop.project(["jest@30"]);
  await writeFiles(cwd, {
    "upload.test.js": `
      import * as library from "cos-upload-stream";
      import { runSteps } from "./steps.js";
      test("all steps", async () => {
        const results = await runSteps(library);
        expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
      }, 120_000);
    `,
  });
  return await runJest(workshop, cwd, env, ["--experimental-vm-modules"]);
}

async function runJest(workshop: Workshop, cwd: string, env: Env, flags: readonly string[]): Promise<Visit> {
  const args = [...flags, join(cwd, "node_modules/jest/bin/jest.js")];
  const output = await workshop.run(await workshop.oldestNode(), args, { cwd, env, withErrors: true });
  return { output, versions: [await versionOf(cwd, "jest")] };
}

async function vitest(workshop: Workshop, env: Env): Promise<Visit> {
  const cwd = await workshop.project(["vitest@5"]);
  await writeFiles(cwd, {
    "upload.test.js": `
      import * as library from "cos-upload-stream";
      import { expect, test } from "vitest";
      import { runSteps } from "./steps.js";
      test("all steps", { timeout: 120_000 }, async () => {
        const results = await runSteps(library);
        expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
      });
    `,
  });
  const node = await workshop.node("24");
  const output = await workshop.run(join(cwd, "node_modules/.bin/vitest"), ["run"], { cwd, env, node });
  return { output, versions: [await versionOf(cwd, "vitest")] };
}

/** An application of NestJS, compiled to CommonJS, whose tests run in Jest. */
async function nest(workshop: Workshop, env: Env): Promise<Visit> {
  const cwd = await workshop.project(
    [
      ...["@nestjs/common@11", "@nestjs/core@11", "@nestjs/platform-express@11", "reflect-metadata", "rxjs"],
      ...["jest@30", "ts-jest@29", "@types/jest@30", "@types/express@5", "@types/node@20", "typescript@5.9"],
    ],
    { type: "commonjs", jest: { preset: "ts-jest", testEnvironment: "node" } },
  );
  stepsAsCommonJs(cwd);
  await writeFiles(cwd, {
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        module: "node16",
        target: "es2023",
        lib: ["es2023", "esnext.disposable"],
        types: ["node", "jest"],
        strict: true,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        esModuleInterop: true,
        skipLibCheck: false,
        noEmit: true,
      },
      include: ["src"],
    }),
    "src/app.ts": NEST_APP,
    "src/app.test.ts": NEST_TEST,
  });
  await workshop.run(join(cwd, "node_modules/.bin/tsc"), [], { cwd });
  const { output, versions } = await runJest(workshop, cwd, env, []);
  return { output, versions: [await versionOf(cwd, "@nestjs/core"), ...versions] };
}

const NEST_APP = `
  import { type ArgumentsHost, Catch, Controller, type ExceptionFilter, Module, Param, Put, Req } from "@nestjs/common";
  import { CosClient, type CosClientOptions, CosServiceError, CosUploadError } from "cos-upload-stream";
  import type { Request, Response } from "express";

  export const client = new CosClient(JSON.parse(process.env.COS_TARGET ?? "") as CosClientOptions);

  @Controller("objects")
  class ObjectsController {
    @Put(":key")
    async put(@Param("key") key: string, @Req() request: Request): Promise<{ size: number; crc64: string }> {
      const { size, crc64 } = await request.pipe(client.createUploadStream({ key })).done;
      return { size, crc64 };
    }
  }

  @Catch(CosUploadError)
  class UploadErrorFilter implements ExceptionFilter {
    catch(error: CosUploadError, host: ArgumentsHost): void {
      const status = error instanceof CosServiceError ? error.statusCode : 500;
      host.switchToHttp().getResponse<Response>().status(status).json({ code: error.code });
    }
  }

  @Module({ controllers: [ObjectsController] })
  export class AppModule {}
  export { UploadErrorFilter };
`;

const NEST_TEST = `
  import "reflect-metadata";
  import type { INestApplication } from "@nestjs/common";
  import { NestFactory } from "@nestjs/core";
  import * as library from "cos-upload-stream";
  import { AppModule, client, UploadErrorFilter } from "./app";
  const { runSteps } = require("../steps.cjs");

  let app: INestApplication;
  beforeAll(async () => {
    app = await NestFactory.create(AppModule, { logger: false, bodyParser: false });
    app.useGlobalFilters(new UploadErrorFilter());
    await app.listen(0, "127.0.0.1");
  });
  afterAll(async () => {
    await app.close();
    await client.close();
  });

  const put = async (key: string, body: string): Promise<Response> =>
    await fetch(\`\${await app.getUrl()}/objects/\${key}\`, { method: "PUT", body });

  test("a request's body is uploaded", async () => {
    const answer = await put("nest", "hello");
    expect(await answer.json()).toMatchObject({ size: 5 });
  });

  test("an error of the library is one for an exception filter", async () => {
    await client.close();
    const refused = await put("nest", "hello");
    expect([refused.status, await refused.json()]).toEqual([500, { code: "ERR_COS_CLOSED" }]);
  });

  test("all steps", async () => {
    const results = (await runSteps(library)) as { error?: string }[];
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  }, 120_000);
`;

/** A route of Next.js, built and started; the bundler takes the library in, or leaves it out. */
function next(flag: "--turbopack" | "--webpack", isExternal: boolean) {
  return async (workshop: Workshop, env: Env): Promise<Visit> => {
    const cwd = await workshop.project(["next@16", "react@19", "react-dom@19"]);
    await writeFiles(cwd, {
      "next.config.mjs": `export default { ${isExternal ? 'serverExternalPackages: ["cos-upload-stream"]' : ""} };`,
      "app/layout.js": "export default ({ children }) => <html><body>{children}</body></html>;",
      "app/page.js": "export default () => <p>Nothing</p>;",
      "app/run/route.js": `
        import { CosClient, CosServiceError, CosUploadError, createUploadStream } from "cos-upload-stream";
        import { runSteps } from "../../steps.js";
        export const dynamic = "force-dynamic";
        export const GET = async () => Response.json(
          await runSteps({ CosClient, CosServiceError, CosUploadError, createUploadStream }),
        );
      `,
      "start.mjs": NEXT_START,
    });
    const command = join(cwd, "node_modules/next/dist/bin/next");
    const node = await workshop.node("24");
    const quiet = { NEXT_TELEMETRY_DISABLED: "1" };
    await workshop.run(node, [command, "build", flag], { cwd, node, env: quiet });
    const output = await workshop.run(node, ["start.mjs", command], { cwd, node, env: { ...env, ...quiet } });
    return { output, versions: [await versionOf(cwd, "next")] };
  };
}

/** Starts the built application at a free port, asks for the route, and prints what the server printed. */
const NEXT_START = `
  import { spawn } from "node:child_process";
  import { createServer } from "node:net";
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
  const server = spawn(process.execPath, [process.argv[2], "start", "--port", port, "--hostname", "127.0.0.1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  const ready = new Promise((resolve, reject) => {
    server.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      if (output.includes("Ready")) resolve();
    });
    server.on("exit", (code) => reject(new Error(\`next start ended with \${code}\\n\${output}\`)));
  });
  try {
    await ready;
    const answer = await fetch(\`http://127.0.0.1:\${port}/run\`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(\`HTTP \${answer.status} \${text}\`);
  } finally {
    server.removeAllListeners("exit");
    server.kill();
    console.log(output);
  }
`;

const EXTERNAL_NOTE = "with [`serverExternalPackages`](#nextjs)";

export const frameworks: readonly Place[] = [
  {
    kind: "bundled by",
    name: "Next.js, Turbopack",
    run: next("--turbopack", false),
  },
  {
    kind: "bundled by",
    name: "Next.js, Turbopack, left out",
    note: EXTERNAL_NOTE,
    run: next("--turbopack", true),
  },
  {
    kind: "bundled by",
    name: "Next.js, webpack",
    run: next("--webpack", false),
  },
  {
    kind: "bundled by",
    name: "Next.js, webpack, left out",
    note: EXTERNAL_NOTE,
    run: next("--webpack", true),
  },
  { kind: "tested by", name: "Jest", short: true, run: jest },
  {
    kind: "tested by",
    name: "Jest, ES modules",
    note: "with `--experimental-vm-modules`, as Jest asks for",
    run: jestWithModules,
  },
  { kind: "tested by", name: "Vitest", run: vitest },
  { kind: "tested by", name: "NestJS, compiled to CommonJS, in Jest", run: nest },
];
