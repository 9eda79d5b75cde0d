/**
 * Prompts for the commonest jobs with pools.
 *
 * @module
 */

import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";

/** What a prompt is given. */
type Arguments = Readonly<Record<string, string>>;

interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly { name: string; description: string; required: boolean }[];
  text(given: Arguments): string;
}

const pool = { name: "pool", description: "Name of the pool.", required: true };

const prompts: readonly Prompt[] = [
  {
    name: "watch_pool",
    title: "Watch a pool",
    description: "Follow a pool and report what matters as it comes.",
    arguments: [
      pool,
      {
        name: "looking_for",
        description: "What to look out for, in words. Default: failures and surprises.",
        required: false,
      },
    ],
    text: ({ pool, looking_for = "failures, and whatever is out of the ordinary" }) =>
      `Watch the pool "${pool}" and report on: ${looking_for}.

1. Call plasmite_read for it with count 20 to learn what its messages look like.
2. Call plasmite_wait with after_seq set to next_after_seq of that answer and timeout_ms 60000. When \
the messages show tags or fields that tell what matters, select by tags or where.
3. Report what matters in a line or two, with seq and time. Say nothing of the rest.
4. Go on with 2, each time with after_seq set to next_after_seq of the answer before, until you are \
told to stop. When fell_behind is true, say that messages were missed. When newest_available_seq is \
lower than after_seq, the pool was made anew: go on with after_seq 0.`,
  },
  {
    name: "hand_off_work",
    title: "Hand work to another agent",
    description: "Put a task into a pool for whoever takes it, and wait for the answer.",
    arguments: [
      pool,
      { name: "task", description: "What is to be done, in words.", required: true },
      {
        name: "to",
        description: "A tag that the one who is meant waits for. Default: task.",
        required: false,
      },
    ],
    text: ({ pool, task, to = "task" }) =>
      `Hand this task to another agent through the pool "${pool}": ${task}

1. Call plasmite_feed with create true, tags ["${to}"] and data {"kind": "task", "task": TEXT, \
"context": what the other one has to know, "reply_tag": a tag nobody else uses, such as \
"reply-" and some letters}. Write it for somebody who knows nothing of this conversation.
2. Call plasmite_wait with after_seq set to the seq of that message, tags [the reply tag] and \
timeout_ms 60000. When timed_out is true, call it again with after_seq set to next_after_seq.
3. Look at the data of what came. {"kind": "result", "result": ...} is the result. \
{"kind": "question", "question": ...} wants an answer: call plasmite_feed with tags ["${to}"] and data \
{"kind": "answer", "answer": TEXT, "reply_tag": the same tag}, and go on with 2, with after_seq set \
to next_after_seq.
4. Tell what came of it. If nobody answers in some minutes, say so; the task stays in the pool.

An agent that takes tasks calls plasmite_read with tags ["${to}"] for those that are there, and then \
plasmite_wait with the same tags and after_seq set to next_after_seq, again and again. It replies \
with plasmite_feed, tags [reply_tag of the task] and data as in 3. Everybody who waits for "${to}" \
gets the task: when there are several agents, each needs a tag of its own.`,
  },
  {
    name: "post_mortem",
    title: "What happened",
    description: "Find out from a pool what happened in the last minutes.",
    arguments: [
      pool,
      { name: "minutes", description: "How far to look back. Default: 30.", required: false },
    ],
    text: ({ pool, minutes = "30" }) => {
      if (!/^\d{1,6}$/.test(minutes)) throw invalid("minutes must be a whole number, such as 30");
      return `Find out what happened in the last ${minutes} minutes, from the pool "${pool}".

1. Call plasmite_pool_info for it. If bounds.oldest is above 1 and that message is younger than \
${minutes} minutes (metrics.age.oldest_age_ms), what was before it is gone; say so.
2. Call plasmite_read with since "${minutes}m", count 200 and after_seq 0, and again with after_seq \
set to next_after_seq of the answer before, until no message comes: that is everything, in order. \
fell_behind does not matter here.
3. Narrow it down with tags, or where such as '.data | tostring | ascii_downcase | test("error|fail")'.
4. Write: a timeline (time, seq, what), the first thing that went wrong, what followed from it, what \
is not known. Give the seq of the messages that show it.`;
    },
  },
];

/** All prompts, as `prompts/list` tells of them. */
export function listPrompts() {
  return {
    prompts: prompts.map(({ name, title, description, arguments: args }) => {
      return { name, title, description, arguments: [...args] };
    }),
  };
}

/**
 * A prompt with its arguments filled in.
 *
 * @throws {ProtocolError} when there is none of that name, or an argument is missing.
 */
export function getPrompt(name: string, given: Arguments = {}) {
  const prompt = prompts.find((one) => one.name === name);
  if (prompt === undefined) {
    const names = prompts.map((one) => one.name).join(", ");
    throw invalid(`there is no prompt ${JSON.stringify(name.slice(0, 80))}; there are ${names}`);
  }
  const missing = prompt.arguments.find(({ name, required }) => required && !given[name]);
  if (missing !== undefined) throw invalid(`the argument ${missing.name} is missing`);
  const text = prompt.text(given);
  return {
    description: prompt.description,
    messages: [{ role: "user" as const, content: { type: "text" as const, text } }],
  };
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
