/**
 * A release on an HTTP server of this machine, for what installs from it.
 *
 * @module
 */

import { packArchive } from "../../release/archive.ts";
import { archiveName, SUMS_NAME } from "../../release/project.ts";
import { formatSums, sha256 } from "../../release/sums.ts";
import { executableName, type Target, TARGETS } from "../../release/targets.ts";

/** How a server answers: with bytes, or in a way of its own. */
export type Answer = Uint8Array<ArrayBuffer> | string | (() => Response);

/** A release, and the server that has it. */
export class ServedRelease implements AsyncDisposable {
  /** What the server has, by path. */
  readonly files = new Map<string, Answer>();
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#answer(new URL(request.url).pathname),
  );

  /** Puts the files of a release into `folder`: archives with `bytes` as the executable. */
  async add(
    folder: string,
    bytes: Uint8Array<ArrayBuffer>,
    targets: readonly Target[] = TARGETS,
  ): Promise<void> {
    const sums = [];
    for (const target of targets) {
      const file = { name: executableName(target), mode: 0o755, bytes };
      const archive = await packArchive([file]);
      this.files.set(`${folder}/${archiveName(target)}`, archive);
      sums.push({ name: archiveName(target), sha256: await sha256(archive) });
    }
    this.files.set(`${folder}/${SUMS_NAME}`, formatSums(sums));
  }

  /** Where the server is. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  #answer(path: string): Response {
    this.asked.push(path);
    const file = this.files.get(path);
    if (typeof file === "function") return file();
    return file === undefined ? new Response("no", { status: 404 }) : new Response(file);
  }

  /** Stops the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
