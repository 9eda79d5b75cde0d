/**
 * What one call of the program works with: its streams and its pool directory.
 * Commands touch the world through it, so that a test can hand them another.
 *
 * @module
 */

import { Client } from "../client.ts";
import type { Pool, PoolClient, PoolInfo, PoolOptions } from "../pool/mod.ts";
import type { Screen } from "./screen.ts";
import type { Settings } from "./settings.ts";

/** Where bytes come from: a file, or the part of `Deno.stdin` that is used here. */
export interface ByteSource {
  /** Fills some of `bytes` and returns how many, or null at the end. */
  readSync(bytes: Uint8Array): number | null;
}

/** Standard input. */
export interface StandardInput extends ByteSource {
  /** A person is typing. */
  isTerminal(): boolean;
}

/** What a session is made of. */
export interface SessionOptions {
  /** Standard input. */
  stdin: StandardInput;
  /** Where results go. */
  stdout: Screen;
  /** Where errors and notices go. */
  stderr: Screen;
  /** What is in force, and where it comes from. */
  settings: Settings;
}

/** One call of the program. */
export class Session implements Disposable {
  /** Standard input. */
  readonly stdin: StandardInput;
  /** Where results go. */
  readonly stdout: Screen;
  /** Where errors and notices go. */
  readonly stderr: Screen;
  /** What is in force, and where it comes from. */
  readonly settings: Settings;
  readonly #others: PoolClient[] = [];
  #client?: Client;

  /** A call that uses these streams and settings. */
  constructor(options: SessionOptions) {
    this.stdin = options.stdin;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.settings = options.settings;
  }

  /** The pools of the directory; made when first asked for, as not every command needs it. */
  get client(): Client {
    const { dir, size } = this.settings;
    this.#client ??= new SizedClient(dir.value, size.value);
    return this.#client;
  }

  /** Has `client` closed at the end, beside the one of the directory. */
  closeAtEnd(client: PoolClient): void {
    this.#others.push(client);
  }

  /** Gives up the pools that were opened. */
  [Symbol.dispose](): void {
    this.#client?.close();
    for (const client of this.#others) client.close();
  }
}

/** A client whose new pools have the size in force, unless the call asks for another one. */
class SizedClient extends Client {
  readonly #sizeBytes: number;

  constructor(dir: string | undefined, sizeBytes: number) {
    super({ dir });
    this.#sizeBytes = sizeBytes;
  }

  override pool(reference: string, options?: PoolOptions): Pool {
    return super.pool(reference, this.#sized(options));
  }

  override createPool(reference: string, options?: PoolOptions): PoolInfo {
    return super.createPool(reference, this.#sized(options));
  }

  #sized(options?: PoolOptions): PoolOptions {
    return { ...options, sizeBytes: options?.sizeBytes ?? this.#sizeBytes };
  }
}
