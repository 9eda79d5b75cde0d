/**
 * How tests with clusters are defined: skipped where they can't be, and longer when asked for by
 * the environment variable `PLS_TORTURE_ROUNDS`.
 *
 * @module
 */

import { NO_NATS } from "../nats_server.ts";
import { NO_NAMESPACES } from "./namespaces.ts";
import { runScene, type Scene } from "./world.ts";

/** `main.ts` takes a new one each time. */
const SEED = 20261122;

/** Defines a test that needs servers, and with `isPartitionable` a network that can be cut. */
export function clusterTest(
  name: string,
  { isPartitionable = false }: { isPartitionable?: boolean },
  fn: () => Promise<void>,
): void {
  const obstacle = NO_NATS ?? (isPartitionable ? NO_NAMESPACES : undefined);
  Deno.test({ name, ignore: obstacle !== undefined, fn });
}

/** Defines the test that runs a scene. */
export function sceneTest(scene: Scene): void {
  const { promise, isPartitionable } = scene;
  clusterTest(promise, { isPartitionable }, async () => {
    await runScene(scene, Number(Deno.env.get("PLS_TORTURE_ROUNDS") ?? scene.rounds), SEED);
  });
}
