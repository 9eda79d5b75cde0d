/**
 * Network namespaces of Linux: a machine of its own for each server, as far as the network goes,
 * whose cable can be pulled. They are gone when the block is left.
 *
 * @module
 */

import { NODE_COUNT, type NodePlace } from "./cluster.ts";

const ROUTE_PORT = 6222;
const CLIENT_PORT = 4222;

/** A network of three machines and this one. */
export class Namespaces implements Disposable {
  /** Where the servers run. */
  readonly places: readonly NodePlace[];
  readonly #id: string;

  private constructor(id: string, subnet: string) {
    this.#id = id;
    this.places = Array.from({ length: NODE_COUNT }, (_, index) => ({
      host: `${subnet}.${index + 2}`,
      port: CLIENT_PORT,
      routePort: ROUTE_PORT,
      prefix: this.prefix(index),
    }));
  }

  /** Makes the network. */
  static make(): Namespaces {
    const [random] = crypto.getRandomValues(new Uint16Array(1));
    // Addresses that are set apart for tests of networks: 198.18.0.0/15.
    const subnet = `198.${18 + (random >> 8) % 2}.${random & 0xff}`;
    const id = `pls${Deno.pid.toString(36)}${random.toString(36)}`;
    const made = new Namespaces(id, subnet);
    try {
      made.#make(subnet);
    } catch (error) {
      made[Symbol.dispose]();
      throw error;
    }
    return made;
  }

  /** What to put before a command that is to run on a machine, 0 to 2. */
  prefix(index: number): readonly string[] {
    return ["ip", "netns", "exec", this.#namespace(index)];
  }

  /** Pulls the cable of a machine: whatever it sends or is sent is lost, and nobody is told. */
  cut(index: number): void {
    ip("link", "set", this.#cable(index), "nomaster");
  }

  /** Plugs it in again. */
  heal(index: number): void {
    ip("link", "set", this.#cable(index), "master", this.#id);
  }

  /** Removes the network. */
  [Symbol.dispose](): void {
    for (let index = 0; index < NODE_COUNT; index++) {
      tryIp("netns", "del", this.#namespace(index));
      // It would go with its other end, but in its own time.
      tryIp("link", "del", this.#cable(index));
    }
    tryIp("link", "del", this.#id);
  }

  #make(subnet: string): void {
    ip("link", "add", this.#id, "type", "bridge");
    ip("addr", "add", `${subnet}.1/24`, "dev", this.#id);
    ip("link", "set", this.#id, "up");
    this.places.forEach(({ host }, index) => {
      const namespace = this.#namespace(index);
      const cable = this.#cable(index);
      ip("netns", "add", namespace);
      ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", namespace);
      ip("link", "set", cable, "master", this.#id, "up");
      ip("-n", namespace, "addr", "add", `${host}/24`, "dev", "eth0");
      ip("-n", namespace, "link", "set", "eth0", "up");
      ip("-n", namespace, "link", "set", "lo", "up");
    });
  }

  #namespace(index: number): string {
    return `${this.#id}n${index + 1}`;
  }

  #cable(index: number): string {
    return `${this.#id}v${index + 1}`;
  }
}

function ip(...args: string[]): void {
  const complaint = tryIp(...args);
  if (complaint !== undefined) throw new Error(`ip ${args.join(" ")}: ${complaint}`);
}

/** What the command complained about; undefined when it succeeded. */
function tryIp(...args: string[]): string | undefined {
  try {
    const { success, stderr } = new Deno.Command("ip", { args }).outputSync();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no `ip`: install iproute2";
    throw error;
  }
}

function findObstacle(): string | undefined {
  if (Deno.build.os !== "linux") return "only Linux has network namespaces";
  try {
    using _namespaces = Namespaces.make();
    return undefined;
  } catch (error) {
    return `this user may not make network namespaces: ${error}`;
  }
}

/** Why there are no namespaces here; undefined when there are. */
export const NO_NAMESPACES: string | undefined = findObstacle();

if (NO_NAMESPACES !== undefined) {
  console.log(`tests with a partitioned network are skipped: ${NO_NAMESPACES}`);
}
