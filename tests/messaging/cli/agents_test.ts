/**
 * Two agents, each a shell in a terminal of its own, hand work to each other: they wait for it,
 * acknowledge it and answer it, and neither ever sleeps.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { jsonLines } from "../../cli/pls.ts";
import { MeshPlace } from "./mesh_place.ts";
import { missingProgram, Tmux } from "./tmux.ts";

const TASKS = 3;

/** Gives nina one task after another, and waits for the receipt of each and for the answer. */
const LEAD = `
pls set handle lead
for n in $(seq ${TASKS}); do
  pls send nina "$n" --subject task --request-ack
  answer=
  receipt=
  while [ -z "$answer" ] || [ -z "$receipt" ]; do
    pls await inbox --json > arrived
    got=$(jq -r 'select(.subject == "result").payload' arrived)
    [ -z "$got" ] || answer=$got
    got=$(jq -r 'select(.subject == "ack:read").in_reply_to' arrived)
    [ -z "$got" ] || receipt=$got
  done
  echo "$n $answer $receipt" >> results
done
pls send nina enough --subject stop
`;

/** Does what comes, until it is enough. */
const WORKER = `
pls set handle nina
: > task
until grep -q '"subject":"stop"' task; do
  pls await inbox --json > task
  jq -r 'select(.subject == "task") | "\\(.sender) \\(.id) \\(.payload)"' task > todo
  while read -r sender id number; do
    pls send "$sender" "$((number * number))" --subject result --in-reply-to "$id"
  done < todo
done
`;

const missing = missingProgram([["tmux", "-V"], ["jq", "--version"]]);
if (missing !== undefined) console.log(`agents are not tried: there is no ${missing} here`);

for (const daemon of [false, true]) {
  Deno.test({
    name: `two agents in tmux hand work to each other, ${daemon ? "with a" : "without a"} daemon`,
    ignore: missing !== undefined,
    fn: async () => {
      await using place = await MeshPlace.open({ daemon });
      for (const handle of ["lead", "nina"]) await place.done("source", "create", handle);
      await using tmux = await Tmux.open(place);
      const logs = await tmux.run({ lead: LEAD, nina: WORKER });
      const results = Deno.readTextFileSync(`${place.dir}/lead/results`).trim().split("\n");
      const tasks = jsonLines(await place.done("reread", "nina.inbox", "--json"))
        .filter(({ subject }) => subject === "task");
      assertEquals(tasks.length, TASKS, logs);
      assertEquals(results, tasks.map(({ id, payload: n }) => `${n} ${n * n} ${id}`), logs);
      // Each was in the session of its terminal.
      const cursors = Array.from(Deno.readDirSync(`${place.dir}/home/cursors`), ({ name }) => name)
        .filter((name) => name.endsWith(".json"));
      assertEquals(cursors.length, 2, cursors.join());
      for (const name of cursors) assertMatch(name, /^sid-\d+\.json$/);
    },
  });
}
