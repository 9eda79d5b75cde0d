/**
 * The sources and pipes there are, as the operations of a registry make them one after another.
 * Whoever has read the same operations has the same sources and pipes: so of two that create the
 * same name, the first in the registry has it, and everybody knows.
 *
 * @module
 */

import {
  AUTO_PIPES,
  type MessagingError,
  newManifoldReservedBySource,
  newNameTakenBySource,
  newNameTakenByUncollaredPipe,
  newPipeNotFound,
  newPipeTaken,
  newSourceNotFound,
  newSourceTaken,
  newUncollaredPipeNotFound,
  newUncollaredPipeTaken,
  type SourceKind,
} from "../contracts/mod.ts";
import {
  type CreatePipe,
  type CreateSource,
  DEFAULT_RETENTION,
  type DestroyPipe,
  type DestroySource,
  type Operation,
  type PipeAddress,
  type Retention,
  type SnapshotPipe,
  type SnapshotRecord,
} from "./operation.ts";

/** A pipe. */
export interface PipeRecord extends PipeAddress {
  /** It was created on its own, and did not come with its source only. */
  readonly isUser: boolean;
  /** Who created it; `""` when nobody did, or that is not known. */
  readonly by: string;
  /**
   * The number of the operation that made what holds its messages; 0 when that was removed, and
   * only the row of a pipe that comes with its source is left.
   */
  readonly generation: number;
  /** How long messages stay in it. */
  readonly retention: Retention;
}

/** A source. */
export interface SourceRecord {
  /** Where it is; `""` is the root. */
  readonly manifold: string;
  /** Its name. */
  readonly handle: string;
  /** What it is. */
  readonly kind: SourceKind;
  /** Who created it; `""` when that is not known. */
  readonly by: string;
  /** Its pipes by name. */
  readonly pipes: ReadonlyMap<string, PipeRecord>;
}

interface ChangingSource extends SourceRecord {
  readonly pipes: Map<string, PipeRecord>;
}

/** Pipes of a source in one record: servers take messages of a limited size. */
const PIPES_PER_RECORD = 256;

/** All sources and pipes. */
export class RegistryState {
  /** The id of the mesh; `""` before it has one. */
  account = "";
  readonly #sources = new Map<string, ChangingSource>();
  readonly #uncollared = new Map<string, PipeRecord>();
  /** How many pipes, of sources or not, are at each manifold, sources as parts of it left out. */
  readonly #pipesAt = new Map<string, number>();

  /** The state that `records` describe. */
  static fromSnapshot(records: Iterable<SnapshotRecord>): RegistryState {
    const state = new RegistryState();
    for (const record of records) state.#restore(record);
    return state;
  }

  /** What {@linkcode fromSnapshot} makes this state of. */
  *snapshot(): Generator<SnapshotRecord> {
    yield { account: this.account };
    for (const { manifold, handle, kind, by, pipes } of this.#sources.values()) {
      const all = Array.from(pipes.values(), snapshotPipe);
      for (let at = 0; at === 0 || at < all.length; at += PIPES_PER_RECORD) {
        yield { manifold, handle, kind, by, pipes: all.slice(at, at + PIPES_PER_RECORD) };
      }
    }
    for (const pipe of this.#uncollared.values()) {
      yield { manifold: pipe.manifold, pipe: snapshotPipe(pipe) };
    }
  }

  /** All sources, by manifold, then handle. */
  get sources(): SourceRecord[] {
    return [...this.#sources.values()].sort((a, b) =>
      order(a.manifold, b.manifold) || order(a.handle, b.handle)
    );
  }

  /** All uncollared pipes, by manifold, then name. */
  get uncollared(): PipeRecord[] {
    return [...this.#uncollared.values()].sort((a, b) =>
      order(a.manifold, b.manifold) || order(a.name, b.name)
    );
  }

  /** The source with this handle, at `manifold` if that is given; of several, the first one. */
  source(handle: string, manifold?: string): SourceRecord | undefined {
    if (manifold !== undefined) return this.#sources.get(key(manifold, handle));
    const atRoot = this.#sources.get(key("", handle));
    return atRoot ?? this.sources.find((source) => source.handle === handle);
  }

  /** The uncollared pipe of this name at `manifold`. */
  uncollaredPipe(manifold: string, name: string): PipeRecord | undefined {
    return this.#uncollared.get(key(manifold, name));
  }

  /** The pipe at an address as it is now. */
  pipe({ manifold, handle, name }: PipeAddress): PipeRecord | undefined {
    return handle === ""
      ? this.uncollaredPipe(manifold, name)
      : this.#sources.get(key(manifold, handle))?.pipes.get(name);
  }

  /** Why `operation` would change nothing; undefined when it would. */
  refusal(operation: Operation): MessagingError | undefined {
    switch (operation.op) {
      case "create-source":
        return this.#sourceRefusal(operation);
      case "destroy-source": {
        const { manifold, handle } = operation;
        return this.#sources.has(key(manifold, handle)) ? undefined : newSourceNotFound(handle);
      }
      case "create-pipe":
        return operation.handle === ""
          ? this.#uncollaredRefusal(operation)
          : this.#collaredRefusal(operation);
      case "destroy-pipe":
        return this.pipe(operation) === undefined ? newPipeMissing(operation) : undefined;
      case "found":
        return undefined;
    }
  }

  /** The pipes that go with `operation`, as they are before it. */
  removedBy(operation: Operation): PipeRecord[] {
    if (operation.op === "destroy-source") {
      const { manifold, handle } = operation;
      return [...this.#sources.get(key(manifold, handle))?.pipes.values() ?? []];
    }
    const pipe = operation.op === "destroy-pipe" ? this.pipe(operation) : undefined;
    return pipe === undefined ? [] : [pipe];
  }

  /**
   * Takes in operation number `seq`.
   *
   * @returns why it changed nothing, if so.
   */
  apply(operation: Operation, seq: number): MessagingError | undefined {
    const refusal = this.refusal(operation);
    if (refusal !== undefined) return refusal;
    switch (operation.op) {
      case "found":
        if (this.account === "") this.account = operation.account;
        break;
      case "create-source":
        this.#createSource(operation, seq);
        break;
      case "destroy-source":
        this.#destroySource(operation);
        break;
      case "create-pipe":
        this.#createPipe(operation, seq);
        break;
      case "destroy-pipe":
        this.#destroyPipe(operation);
        break;
    }
  }

  #sourceRefusal({ manifold, handle }: CreateSource): MessagingError | undefined {
    if (this.uncollaredPipe(manifold, handle)) {
      return newNameTakenByUncollaredPipe(handle, manifold);
    }
    const inside = joined(manifold, handle);
    if (this.#pipesAt.has(inside)) return newManifoldReservedBySource(inside, handle, manifold);
    return this.#sources.has(key(manifold, handle)) ? newSourceTaken(handle) : undefined;
  }

  #uncollaredRefusal({ manifold, name }: PipeAddress): MessagingError | undefined {
    if (this.#sources.has(key(manifold, name))) return newNameTakenBySource(name, manifold);
    const segments = manifold === "" ? [] : manifold.split(".");
    for (const [i, handle] of segments.entries()) {
      const above = segments.slice(0, i).join(".");
      if (this.#sources.has(key(above, handle))) {
        return newManifoldReservedBySource(joined(above, handle), handle, above);
      }
    }
    return this.uncollaredPipe(manifold, name) && newUncollaredPipeTaken(name, manifold);
  }

  #collaredRefusal({ manifold, handle, name }: PipeAddress): MessagingError | undefined {
    const source = this.#sources.get(key(manifold, handle));
    if (source === undefined) return newSourceNotFound(handle);
    return source.pipes.get(name)?.isUser ? newPipeTaken(name, handle) : undefined;
  }

  #createSource({ manifold, handle, kind, by }: CreateSource, seq: number): void {
    const pipes = AUTO_PIPES[kind].map((name): [string, PipeRecord] => {
      const retention = DEFAULT_RETENTION;
      return [name, { manifold, handle, name, isUser: false, by: "", generation: seq, retention }];
    });
    const source = { manifold, handle, kind, by, pipes: new Map(pipes) };
    this.#sources.set(key(manifold, handle), source);
  }

  #destroySource({ manifold, handle }: DestroySource): void {
    const source = this.#sources.get(key(manifold, handle))!;
    for (const { isUser } of source.pipes.values()) if (isUser) this.#count(manifold, -1);
    this.#sources.delete(key(manifold, handle));
  }

  #createPipe({ manifold, handle, name, retention, by }: CreatePipe, seq: number): void {
    const pipe = { manifold, handle, name, isUser: true, by, generation: seq, retention };
    this.#count(manifold, 1);
    if (handle === "") {
      this.#uncollared.set(key(manifold, name), pipe);
      return;
    }
    const { pipes } = this.#sources.get(key(manifold, handle))!;
    const auto = pipes.get(name);
    // What came with the source goes on holding the messages.
    pipes.set(name, auto?.generation ? { ...auto, isUser: true, by } : pipe);
  }

  #destroyPipe({ manifold, handle, name }: DestroyPipe): void {
    if (handle === "") {
      this.#uncollared.delete(key(manifold, name));
      this.#count(manifold, -1);
      return;
    }
    const { pipes, kind } = this.#sources.get(key(manifold, handle))!;
    const pipe = pipes.get(name)!;
    if (pipe.isUser) this.#count(manifold, -1);
    if (AUTO_PIPES[kind].includes(name)) {
      pipes.set(name, { ...pipe, isUser: false, by: "", generation: 0 });
    } else pipes.delete(name);
  }

  #count(manifold: string, more: number): void {
    const count = (this.#pipesAt.get(manifold) ?? 0) + more;
    if (count === 0) this.#pipesAt.delete(manifold);
    else this.#pipesAt.set(manifold, count);
  }

  #restore(record: SnapshotRecord): void {
    if ("account" in record) {
      this.account = record.account;
    } else if ("pipe" in record) {
      const { manifold, pipe } = record;
      this.#uncollared.set(key(manifold, pipe.name), { ...pipe, manifold, handle: "" });
      this.#count(manifold, 1);
    } else {
      const { manifold, handle, kind, by, pipes } = record;
      const source = this.#sources.get(key(manifold, handle)) ??
        { manifold, handle, kind, by, pipes: new Map<string, PipeRecord>() };
      this.#sources.set(key(manifold, handle), source);
      for (const pipe of pipes) {
        source.pipes.set(pipe.name, { ...pipe, manifold, handle });
        if (pipe.isUser) this.#count(manifold, 1);
      }
    }
  }
}

/** Says that there is no pipe at an address. */
export function newPipeMissing({ manifold, handle, name }: PipeAddress): MessagingError {
  return handle === "" ? newUncollaredPipeNotFound(name, manifold) : newPipeNotFound(name, handle);
}

function snapshotPipe({ name, isUser, by, generation, retention }: PipeRecord): SnapshotPipe {
  return { name, isUser, by, generation, retention };
}

/** Neither a manifold nor a name has a slash. */
function key(manifold: string, name: string): string {
  return `${manifold}/${name}`;
}

function joined(manifold: string, name: string): string {
  return manifold === "" ? name : `${manifold}.${name}`;
}

/** Order of names, the same on every machine. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
