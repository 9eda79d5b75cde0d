/**
 * A disk that remembers in which order it was written to and synced, and tells what a
 * power cut may leave of it.
 *
 * What was written before a sync began that has returned is on the disk. Of what was
 * written since, every block may hold any of the versions it had, whatever the others hold.
 *
 * @module
 */

import type { PoolFile } from "../../pool/file.ts";

/** When something happened to a disk: a count of events. */
export type Moment = number;

interface Write {
  moment: Moment;
  offset: number;
  bytes: Uint8Array;
}

/** A file that many have open, each through a {@linkcode RecordedFile} of its own. */
export class RecordedDisk {
  /** What the file system shows. */
  readonly content: Uint8Array;
  /** Who has the lock. */
  lockHolder: RecordedFile | undefined;
  /** Whether the file was removed from its directory. */
  removed = false;
  readonly #start: Uint8Array;
  readonly #writes: Write[] = [];
  readonly #syncs: { began: Moment; returned: Moment }[] = [];
  #moment: Moment = 0;

  /** A disk on which `image` was before anything was recorded. */
  constructor(image: Uint8Array) {
    this.#start = image.slice();
    this.content = image.slice();
  }

  /** When the last event was. */
  get moment(): Moment {
    return this.#moment;
  }

  /** Lets time pass, and returns what it is then. */
  tick(): Moment {
    return ++this.#moment;
  }

  /** Records a write. */
  write(bytes: Uint8Array, offset: number): void {
    this.#writes.push({ moment: this.tick(), offset, bytes: bytes.slice() });
    this.content.set(bytes, offset);
  }

  /** Records a sync, while which `meanwhile` happens. */
  sync(meanwhile: () => void): void {
    const began = this.tick();
    meanwhile();
    this.#syncs.push({ began, returned: this.tick() });
  }

  /** What happened up to this moment is on storage at `moment`, and maybe more. */
  syncedUpTo(moment: Moment): Moment {
    const returned = this.#syncs.filter((sync) => sync.returned <= moment);
    return Math.max(0, ...returned.map(({ began }) => began));
  }

  /** What the file system showed at `moment`. */
  contentAt(moment: Moment): Uint8Array {
    const content = this.#start.slice();
    for (const write of this.#writesBetween(0, moment)) content.set(write.bytes, write.offset);
    return content;
  }

  /** What a power cut at `moment` may leave, of a disk that writes whole blocks. */
  cutAt(moment: Moment, blockBytes: number): PowerCut {
    const synced = this.syncedUpTo(moment);
    const base = this.contentAt(synced);
    return new PowerCut(base, this.#writesBetween(synced, moment), blockBytes);
  }

  #writesBetween(after: Moment, upTo: Moment): Write[] {
    return this.#writes.filter(({ moment }) => moment > after && moment <= upTo);
  }
}

/** The images that one power cut may leave. */
export class PowerCut {
  readonly #base: Uint8Array;
  /** Of each block that had several: where it is, and its versions, the synced one first. */
  readonly #blocks: { offset: number; versions: Uint8Array[] }[];

  /** A cut after `writes` to a disk that had `base` on storage. */
  constructor(base: Uint8Array, writes: readonly Write[], blockBytes: number) {
    this.#base = base;
    const content = base.slice();
    const blocks = new Map<number, Uint8Array[]>();
    for (const { bytes, offset } of writes) {
      content.set(bytes, offset);
      const first = offset - offset % blockBytes;
      for (let at = first; at < offset + bytes.length; at += blockBytes) {
        const versions = blocks.get(at) ?? [base.slice(at, at + blockBytes)];
        addVersion(versions, content.slice(at, at + blockBytes));
        blocks.set(at, versions);
      }
    }
    this.#blocks = Array.from(blocks, ([offset, versions]) => ({ offset, versions }))
      .filter(({ versions }) => versions.length > 1);
  }

  /** How many blocks may hold this or that. */
  get blockCount(): number {
    return this.#blocks.length;
  }

  /** How many different images there may be. */
  get imageCount(): number {
    return this.#blocks.reduce((count, { versions }) => count * versions.length, 1);
  }

  /** The image in which each block has the version that `choose` tells, of so many. */
  image(choose: (versionCount: number, block: number) => number): Uint8Array {
    const image = this.#base.slice();
    this.#blocks.forEach(({ offset, versions }, block) => {
      image.set(versions[choose(versions.length, block)], offset);
    });
    return image;
  }

  /** Every image there may be. */
  *images(): Generator<Uint8Array> {
    for (let number = 0; number < this.imageCount; number++) {
      let rest = number;
      yield this.image((versionCount) => {
        const version = rest % versionCount;
        rest = Math.floor(rest / versionCount);
        return version;
      });
    }
  }
}

/** Adds a version that is not there yet. */
function addVersion(versions: Uint8Array[], added: Uint8Array): void {
  const isSame = (known: Uint8Array) => known.every((byte, i) => byte === added[i]);
  if (!versions.some(isSame)) versions.push(added);
}

/** How a process has a recorded disk open. */
export class RecordedFile implements PoolFile {
  /** Happens while a sync is in progress. */
  whileSyncing: () => void = () => {};
  readonly #disk: RecordedDisk;
  #death: { writesBefore: number; share: number } | undefined;
  #isDead = false;

  /** Opens the file on `disk`. */
  constructor(disk: RecordedDisk) {
    this.#disk = disk;
  }

  /** Whether the process was killed. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /**
   * Has the process killed in its next write but `writesBefore`, once this share of it is
   * done: 0 for none of it, 1 for all.
   */
  dieIn(writesBefore: number, share: number): void {
    this.#death = { writesBefore, share };
  }

  /** The process goes on as before. */
  live(): void {
    this.#death = undefined;
  }

  size(): number {
    return this.#disk.content.length;
  }

  readAt(bytes: Uint8Array, offset: number): boolean {
    this.#checkAlive();
    if (offset + bytes.length > this.size()) return false;
    bytes.set(this.#disk.content.subarray(offset, offset + bytes.length));
    return true;
  }

  writeAt(bytes: Uint8Array, offset: number): void {
    this.#checkAlive();
    if (this.#death !== undefined && this.#death.writesBefore-- === 0) {
      const done = Math.floor(bytes.length * this.#death.share);
      if (done > 0) this.#disk.write(bytes.subarray(0, done), offset);
      this.#isDead = true;
    } else {
      this.#disk.write(bytes, offset);
    }
    this.#checkAlive();
  }

  sync(): void {
    this.#checkAlive();
    this.#disk.sync(this.whileSyncing);
  }

  tryLock(): boolean {
    this.#checkAlive();
    this.#disk.lockHolder ??= this;
    return this.#disk.lockHolder === this;
  }

  unlock(): void {
    if (this.#disk.lockHolder === this) this.#disk.lockHolder = undefined;
  }

  isAt(_path: string): boolean {
    return !this.#disk.removed;
  }

  close(): void {
    this.unlock();
  }

  /** The dead do nothing: whatever code goes on here is not what a process would do. */
  #checkAlive(): void {
    if (this.#isDead) throw new Error("the process was killed");
  }
}
