/**
 * Bytes to and from one connection.
 *
 * @module
 */

const encoder = new TextEncoder();

/** What is used of a connection here. */
export type ByteConnection = Pick<Deno.Conn, "read" | "write" | "close">;

/** Writes all of `text`, and returns when the other side's buffer has it. */
export async function writeText(connection: ByteConnection, text: string): Promise<void> {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/**
 * What comes, as it comes, until the other side ends. Each piece is overwritten by the next.
 *
 * @param maxBytes The most that is read at once.
 * @throws what the connection fails with.
 */
export async function* readPieces(
  connection: ByteConnection,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(maxBytes);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}

/** Closes a connection that may be closed already. */
export function closeQuietly(connection: Pick<ByteConnection, "close">): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
