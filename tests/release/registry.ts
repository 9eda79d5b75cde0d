/**
 * A package registry on this machine that speaks as much of JSR's protocol as Deno needs to
 * publish a package and to run it; it has the standard library to begin with.
 *
 * What is published goes through Deno's own client, which checks it, rewrites its imports and
 * sends it, and what is used comes from here in the same way as from JSR.
 *
 * @module
 */

import { unpackTar } from "modern-tar";
import { standardLibrary } from "./standard_library.ts";

/** Contents by path, which begins with a slash. */
export type Files = Map<string, Uint8Array<ArrayBuffer>>;

/** One version of a package. */
export interface PublishedPackage {
  /** All that is in it. */
  readonly files: Files;
  /** Files by the name that they are exported under. */
  readonly exports: Readonly<Record<string, string>>;
}

/** The registry; it runs until it is disposed of. */
export class Registry implements AsyncDisposable {
  readonly #packages: Map<string, PublishedPackage> = standardLibrary();
  readonly #server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => this.#answer(request),
  );

  /** What `JSR_URL` has to say. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** What was published as `name`, such as `@scope/name@0.1.0`. */
  published(name: string): PublishedPackage | undefined {
    return this.#packages.get(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, scope, name, , version] =
      /^\/api\/scopes\/([^/]+)\/packages\/([^/]+)(\/versions\/([^/]+))?$/.exec(pathname) ?? [];
    if (request.method === "POST" && version !== undefined) {
      this.#packages.set(`@${scope}/${name}@${version}`, await receive(request));
      const id = crypto.randomUUID();
      return Response.json({ id, status: "success", error: null, scope, package: name, version });
    }
    if (scope === undefined) return await this.#download(pathname);
    return version === undefined ? Response.json(aboutPackage(scope, name)) : absent();
  }

  async #download(pathname: string): Promise<Response> {
    const [, name, path] = /^\/(@[^/]+\/[^/]+)\/(.+)$/.exec(pathname) ?? [];
    const key = [...this.#packages.keys()].find((key) => key.startsWith(`${name}@`));
    if (key === undefined) return absent();
    const version = key.slice(name.length + 1);
    const { files, exports } = this.#packages.get(key)!;
    if (path === "meta.json") {
      return Response.json({ latest: version, versions: { [version]: {} } });
    }
    if (path === `${version}_meta.json`) {
      return Response.json({ exports, manifest: await manifestOf(files) });
    }
    const file = files.get(path.slice(version.length));
    return file === undefined ? absent() : new Response(file, { headers: headersOf(path) });
  }
}

/** Unpacks what `deno publish` sends: an archive, with the path of the configuration apart. */
async function receive(request: Request): Promise<PublishedPackage> {
  const archive = request.body!.pipeThrough(new DecompressionStream("gzip"));
  const files: Files = new Map();
  for (const { header, data } of await unpackTar(archive)) {
    if (data !== undefined) files.set(`/${header.name.replace(/^\.?\//, "")}`, data);
  }
  const config = files.get(new URL(request.url).searchParams.get("config")!);
  return { files, exports: JSON.parse(new TextDecoder().decode(config)).exports };
}

/** Deno looks at nothing but that there is such a package. */
function aboutPackage(scope: string, name: string) {
  const date = "2026-01-01T00:00:00Z";
  return { scope, name, description: "", createdAt: date, updatedAt: date, runtimeCompat: {} };
}

async function manifestOf(files: Files) {
  const entries = Array.from(files, async ([path, content]) => {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
    return [path, { size: content.length, checksum: `sha256-${digest}` }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function headersOf(path: string): HeadersInit {
  const isCode = /\.(ts|js)$/.test(path);
  const type = path.endsWith(".js") ? "text/javascript" : "text/typescript";
  return { "content-type": isCode ? type : "application/json" };
}

const absent = () => new Response(undefined, { status: 404 });
