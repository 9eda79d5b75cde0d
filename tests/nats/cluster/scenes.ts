/**
 * All that is done to a cluster while it is used.
 *
 * @module
 */

import type { NatsServer } from "../nats_server.ts";
import { NODE_COUNT } from "./cluster.ts";
import { AGREEING_VERSION } from "./inspector.ts";
import type { LoadShape } from "./load.ts";
import type { Scene, World } from "./world.ts";

/**
 * Messages that pass while a killed server is away: so many that the leader has dropped them from
 * its log when the server is back, which then has to take them from the stream.
 */
const MISSED_MESSAGES = 40_000;

/** Messages that pass while a server is cut off. */
const MISSED_IN_PARTITION = 10_000;

/** How often the leader is changed in a round. */
const STEP_DOWNS = 6;

/** Longest pause between two changes of the leader. */
const STEP_DOWN_PAUSE_MS = 400;

/** Batches are under way nearly all the time, so that changes of the leader come in between. */
const DENSE_LOAD: LoadShape = {
  writers: [
    { batchLength: 1, batchesAtOnce: 1, pauseMs: 0 },
    { batchLength: 256, batchesAtOnce: 4, pauseMs: 10 },
    { batchLength: 100, batchesAtOnce: 16, pauseMs: 10 },
  ],
  readerCount: 2,
};

/** Servers are killed: the leader, one that a reader is served by, one that clients are connected to. */
export const KILL: Scene = {
  name: "kill",
  promise: "whichever server is killed under load, what was acknowledged is there once, in order",
  rounds: 3,
  async run(world, round) {
    const { place: { inspector }, load, random, note, count } = world;
    const victims = [chooseLeader, chooseConsumersNode, chooseConnectedNode];
    const leader = await inspector.leader();
    // The first rounds have each of them.
    const choose = victims[round] ?? random.pick(victims);
    const victim = await choose(world, leader);
    note(`kill ${victim.name}; ${leader} leads`);
    await victim.kill();
    count("kills");
    await inspector.leader(victim.name);
    await load.acknowledges(MISSED_MESSAGES);
    await load.goesOn();
    note(`start ${victim.name}`);
    await victim.startAgain();
    await load.goesOn();
    await inspector.current();
  },
};

/** The leader gives its office up, again and again. */
export const STEP_DOWN: Scene = {
  name: "step-down",
  promise: "however often the leader changes under load, what was acknowledged is there once, " +
    "in order",
  shape: DENSE_LOAD,
  rounds: 2,
  async run({ place: { inspector }, load, random, note, count }) {
    for (let i = 0; i < STEP_DOWNS; i++) {
      const leader = await inspector.leader();
      await load.goesOn();
      await new Promise((resolve) => setTimeout(resolve, random.int(0, STEP_DOWN_PAUSE_MS)));
      if (!await inspector.stepDown()) continue;
      const next = await inspector.leader(leader);
      note(`${leader} gave its office up to ${next}`);
      count("changes of leader");
    }
    await load.goesOn();
  },
};

/** A server is cut off: the leader, then another. */
export const PARTITION: Scene = {
  name: "partition",
  promise: "whichever server is cut off under load, what was acknowledged is there once, in order",
  isPartitionable: true,
  rounds: 2,
  async run(world, round) {
    const { place: { inspector, cluster, namespaces }, load, random, note, count } = world;
    const leader = await inspector.leader();
    const leads = cluster.nodes.findIndex(({ name }) => name === leader);
    const away = round === 0 ? 0 : round === 1 ? 1 : random.int(0, NODE_COUNT - 1);
    const index = (leads + away) % NODE_COUNT;
    const { name } = cluster.nodes[index];
    note(`cut ${name} off; ${leader} leads`);
    namespaces.cut(index);
    count("partitions");
    // Such a leader keeps what it could tell nobody, under the numbers of other messages.
    if (name === leader && !inspector.isAtLeast(AGREEING_VERSION)) world.leaveOut(name);
    await inspector.leader(name);
    await load.acknowledges(MISSED_IN_PARTITION);
    await load.goesOn();
    note(`plug ${name} in`);
    namespaces.heal(index);
    await load.goesOn();
    await inspector.current();
  },
};

/** All servers are restarted one by one, in lame duck mode and otherwise. */
export const ROLLING: Scene = {
  name: "rolling",
  promise: "while all servers are restarted one by one, what was acknowledged is there once, in " +
    "order",
  rounds: 1,
  async run({ place: { cluster, inspector }, load, note, count }, round) {
    const signal = round % 2 === 0 ? "SIGUSR2" : "SIGTERM";
    for (const node of cluster.nodes) {
      note(`${signal} to ${node.name}; ${await inspector.leader()} leads`);
      await node.kill(signal);
      count(signal === "SIGUSR2" ? "ends in lame duck mode" : "ends");
      await load.goesOn();
      note(`start ${node.name}`);
      await node.startAgain();
      await inspector.current();
      await load.goesOn();
    }
  },
};

/** All of them. */
export const SCENES: readonly Scene[] = [KILL, STEP_DOWN, PARTITION, ROLLING];

function chooseLeader({ place }: World, leader: string): Promise<NatsServer> {
  return Promise.resolve(place.cluster.node(leader));
}

/** A server that a reader's consumer lives on; another than the leader, if there is one. */
async function chooseConsumersNode({ place }: World, leader: string): Promise<NatsServer> {
  const names = await place.inspector.consumerNodes();
  return place.cluster.node(names.find((name) => name !== leader) ?? names[0] ?? leader);
}

/** The server to which most clients are connected; another than the leader, if there is one. */
async function chooseConnectedNode({ place }: World, leader: string): Promise<NatsServer> {
  const { nodes } = place.cluster;
  const counts = await Promise.all(nodes.map((node) => place.cluster.clientCount(node)));
  const weights = nodes.map(({ name }, index) => name === leader ? 0 : counts[index]);
  return nodes[weights.indexOf(Math.max(...weights))];
}
