/**
 * The archives that are released: gzipped tar files that depend on nothing but the files in
 * them, so that who builds the same gets the same bytes.
 *
 * @module
 */

import { packTar, unpackTar } from "modern-tar";

/** One file in an archive. */
export interface ArchiveFile {
  /** Its path in the archive. */
  readonly name: string;
  /** Its permission bits, such as 0o755. */
  readonly mode: number;
  /** What is in it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The time that all files have: the true ones would make every archive another one. */
const MTIME = new Date("2000-01-01T00:00:00Z");

/** The archive with `files`, in this order. */
export async function packArchive(files: readonly ArchiveFile[]): Promise<Uint8Array<ArrayBuffer>> {
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root" };
  const tar = await packTar(files.map(({ name, mode, bytes }) => ({
    header: { name, mode, size: bytes.length, type: "file", mtime: MTIME, ...owner },
    body: bytes,
  })));
  return await through(tar, new CompressionStream("gzip"));
}

/**
 * The files in the archive `bytes`.
 *
 * @throws {Error} when it is damaged, or holds anything but files.
 */
export async function readArchive(bytes: Uint8Array<ArrayBuffer>): Promise<ArchiveFile[]> {
  const tar = await through(bytes, new DecompressionStream("gzip"));
  const entries = await unpackTar(tar, { strict: true });
  return entries.map(({ header: { name, mode = 0, type = "file" }, data }) => {
    if (type !== "file" || data === undefined) throw new Error(`${name} is not a file: ${type}`);
    return { name, mode, bytes: data };
  });
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  change: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  return await new Response(new Blob([bytes]).stream().pipeThrough(change)).bytes();
}
