/**
 * A table as a queue in SQLite, in this process; a trigger deletes what is too old.
 *
 * It keeps a write-ahead log and syncs at checkpoints only, so that the death of a
 * process loses nothing and a power cut may. An append is a transaction, and so is a
 * batch.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Peer, PeerKind } from "./peer.ts";

/** A table in SQLite. */
export const SQLITE: PeerKind = {
  who: "sqlite",
  async start(dir, keepMessages) {
    const address = `${dir}/queue.db`;
    using database = await open(address);
    database.exec(`
      CREATE TABLE queue (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
      CREATE TRIGGER limit_queue AFTER INSERT ON queue BEGIN
        DELETE FROM queue WHERE id <= new.id - ${keepMessages};
      END;`);
    return { address, keepMessages };
  },
  async connect({ address }) {
    return new SqlitePeer(await open(address));
  },
};

async function open(path: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  return database;
}

class SqlitePeer implements Peer {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare("INSERT INTO queue (data) VALUES (?)");
    this.#select = database.prepare("SELECT data FROM queue ORDER BY id");
  }

  append(message: unknown): void {
    this.#insert.run(JSON.stringify(message));
  }

  appendMany(messages: readonly unknown[]): void {
    this.#database.exec("BEGIN");
    for (const message of messages) this.append(message);
    this.#database.exec("COMMIT");
  }

  readAll(): number {
    let count = 0;
    for (const { data } of this.#select.iterate()) {
      JSON.parse(data as string);
      count++;
    }
    return count;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }
}
