/**
 * What a registry should come to, by the text of the contract and as plainly as can be: lists that
 * are searched from end to end; and random operations for both.
 *
 * @module
 */

import * as fc from "fast-check";
import type { Operation, PipeRecord, Retention } from "../../messaging/registry/mod.ts";

/** Seconds, messages and bytes of a pipe that came with its source. */
const AUTO_RETENTION: Retention = { ttlSeconds: 86_400, maxMsgs: 5000, maxBytes: 16_777_216 };

const AUTO_NAMES = {
  message: ["inbox"],
  pty: ["heartbeat", "inbox", "stdctrl", "stdin", "stdout"],
};

interface OracleSource {
  readonly manifold: string;
  readonly handle: string;
  readonly kind: "message" | "pty";
  readonly by: string;
}

/** A naive registry. */
export class Oracle {
  account = "";
  sources: OracleSource[] = [];
  /** Of all kinds: those without a source have no handle. */
  pipes: PipeRecord[] = [];

  /** Takes in operation number `seq`; says why not when it is refused, else `""`. */
  apply(operation: Operation, seq: number): string {
    const refusal = this.refusal(operation);
    if (refusal !== "") return refusal;
    switch (operation.op) {
      case "found":
        this.account ||= operation.account;
        break;
      case "create-source": {
        const { manifold, handle, kind, by } = operation;
        this.sources.push({ manifold, handle, kind, by });
        for (const name of AUTO_NAMES[kind]) {
          const address = { manifold, handle, name };
          const retention = AUTO_RETENTION;
          this.pipes.push({ ...address, isUser: false, by: "", generation: seq, retention });
        }
        break;
      }
      case "destroy-source": {
        const { manifold, handle } = operation;
        const isIts = (one: { manifold: string; handle: string }) =>
          one.manifold === manifold && one.handle === handle;
        this.sources = this.sources.filter((source) => !isIts(source));
        this.pipes = this.pipes.filter((pipe) => !isIts(pipe));
        break;
      }
      case "create-pipe": {
        const { op: _op, ...pipe } = operation;
        const there = this.#pipe(pipe.manifold, pipe.handle, pipe.name);
        this.pipes = this.pipes.filter((one) => one !== there);
        // "succeeds and reuses the existing stream", when there is one.
        const isReused = there !== undefined && there.generation > 0;
        const { generation, retention } = isReused
          ? there
          : { generation: seq, retention: pipe.retention };
        this.pipes.push({ ...pipe, isUser: true, generation, retention });
        break;
      }
      case "destroy-pipe": {
        const { manifold, handle, name } = operation;
        const there = this.#pipe(manifold, handle, name);
        this.pipes = this.pipes.filter((one) => one !== there);
        const source = this.#source(manifold, handle);
        // "deletes its stream; the row stays visible with zeros"
        if (there !== undefined && source && AUTO_NAMES[source.kind].includes(name)) {
          this.pipes.push({ ...there, isUser: false, by: "", generation: 0 });
        }
        break;
      }
    }
    return "";
  }

  /** The rules of 6.6, row by row. */
  refusal(operation: Operation): string {
    switch (operation.op) {
      case "found":
        return "";
      case "create-source": {
        const { manifold, handle } = operation;
        const path = [manifold, handle].filter((part) => part !== "").join(".");
        if (this.#pipe(manifold, "", handle)) {
          return `E_NAME_TAKEN: name '${handle}' is already taken by uncollared pipe at ${
            at(manifold)
          }`;
        }
        if (this.pipes.some((pipe) => pipe.isUser && pipe.manifold === path)) {
          return reserved(path, handle, manifold);
        }
        return this.#source(manifold, handle)
          ? `E_SOURCE_TAKEN: source '${handle}' already exists in this account`
          : "";
      }
      case "destroy-source":
        return this.#source(operation.manifold, operation.handle)
          ? ""
          : `E_SOURCE_NOT_FOUND: source '${operation.handle}' not found`;
      case "create-pipe":
        return operation.handle === ""
          ? this.#uncollaredRefusal(operation.manifold, operation.name)
          : this.#collaredRefusal(operation.manifold, operation.handle, operation.name);
      case "destroy-pipe": {
        const { manifold, handle, name } = operation;
        if (this.#pipe(manifold, handle, name)) return "";
        return handle === ""
          ? `E_PIPE_NOT_FOUND: uncollared pipe '${name}' not found at ${at(manifold)}`
          : `E_PIPE_NOT_FOUND: pipe '${name}' not found on source '${handle}'`;
      }
    }
  }

  /** As `stateText` has it. */
  text(): string {
    const inOrder = <T>(items: readonly T[], text: (item: T) => string) =>
      items.toSorted((a, b) => text(a) < text(b) ? -1 : 1);
    // A blank comes before everything that names are made of.
    const pipes = inOrder(this.pipes, (pipe) => `${pipe.manifold} ${pipe.name}`);
    const record = ({ by, generation, handle, isUser, manifold, name, retention }: PipeRecord) => {
      const { maxBytes, maxMsgs, ttlSeconds } = retention;
      const limits = { maxBytes, maxMsgs, ttlSeconds };
      return { by, generation, handle, isUser, manifold, name, retention: limits };
    };
    const sources = inOrder(this.sources, (source) => `${source.manifold} ${source.handle}`);
    return JSON.stringify({
      account: this.account,
      sources: sources.map(({ by, handle, kind, manifold }) => {
        const isIts = (pipe: PipeRecord) => pipe.manifold === manifold && pipe.handle === handle;
        return { by, handle, kind, manifold, pipes: pipes.filter(isIts).map(record) };
      }),
      uncollared: pipes.filter(({ handle }) => handle === "").map(record),
    });
  }

  #uncollaredRefusal(manifold: string, name: string): string {
    if (this.#source(manifold, name)) {
      return `E_NAME_TAKEN: name '${name}' is already taken by source at ${at(manifold)}`;
    }
    const segments = manifold.split(".");
    for (let count = 1; count <= segments.length; count++) {
      const above = segments.slice(0, count - 1).join(".");
      const handle = segments[count - 1];
      if (this.#source(above, handle)) {
        return reserved(segments.slice(0, count).join("."), handle, above);
      }
    }
    return this.#pipe(manifold, "", name)
      ? `E_PIPE_TAKEN: uncollared pipe '${name}' already exists at ${at(manifold)}`
      : "";
  }

  #collaredRefusal(manifold: string, handle: string, name: string): string {
    if (!this.#source(manifold, handle)) {
      return `E_SOURCE_NOT_FOUND: source '${handle}' not found`;
    }
    return this.#pipe(manifold, handle, name)?.isUser
      ? `E_PIPE_TAKEN: pipe '${name}' already exists on source '${handle}'`
      : "";
  }

  #source(manifold: string, handle: string): OracleSource | undefined {
    return this.sources.find((one) => one.manifold === manifold && one.handle === handle);
  }

  #pipe(manifold: string, handle: string, name: string): PipeRecord | undefined {
    return this.pipes.find((one) => {
      return one.manifold === manifold && one.handle === handle && one.name === name;
    });
  }
}

function at(manifold: string): string {
  return manifold === "" ? "root" : `manifold '${manifold}'`;
}

function reserved(path: string, handle: string, manifold: string): string {
  return `E_NAME_TAKEN: manifold path '${path}' is reserved by source '${handle}' at ${
    at(manifold)
  }`;
}

// Few names, so that they meet; some begin with others, and with what sorts before a dot.
const name = fc.constantFrom("a", "b", "a-b", "ab");
const manifold = fc.oneof(
  fc.constant(""),
  fc.array(name, { minLength: 1, maxLength: 3 }).map((segments) => segments.join(".")),
);
const handle = fc.oneof(fc.constant(""), name);
const pipeName = fc.oneof(name, fc.constantFrom("inbox", "stdin", "heartbeat", "stdout"));
const by = fc.constantFrom("", "ada", "é <&>");
const retention = fc.record({
  ttlSeconds: fc.nat(9),
  maxMsgs: fc.nat(9),
  maxBytes: fc.nat(9),
});

/** An operation on few names. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("create-source" as const),
      manifold,
      handle: name,
      kind: fc.constantFrom("message" as const, "pty" as const),
      by,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("destroy-source" as const), manifold, handle: name }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("create-pipe" as const),
      manifold,
      handle,
      name: pipeName,
      retention,
      by,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("destroy-pipe" as const),
      manifold,
      handle,
      name: pipeName,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant("found" as const), account: fc.constantFrom("x", "y") }),
  },
);
