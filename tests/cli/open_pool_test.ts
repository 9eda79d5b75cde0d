import { assertEquals } from "@std/assert";
import { parseInvocation } from "../../cli/arguments.ts";
import { feed } from "../../cli/feed.ts";
import { follow } from "../../cli/follow.ts";
import { commandLineWithCreate } from "../../cli/open_pool.ts";

const fed = (...args: string[]) => commandLineWithCreate(feed, parseInvocation(feed, args));

Deno.test("the command line to run instead has --create behind the pool", () => {
  assertEquals(fed("jobs", "1"), "pls feed jobs --create 1");
});

Deno.test("it has the same flags", () => {
  const invocation = parseInvocation(follow, ["-n1", "jobs", "--data-only", "--tag", "a"]);
  const line = "pls follow jobs --create --tail 1 --data-only --tag a";
  assertEquals(commandLineWithCreate(follow, invocation), line);
});

Deno.test("words a shell would change are written as JSON strings", () => {
  assertEquals(fed("jobs", '{"a":1}'), String.raw`pls feed jobs --create "{\"a\":1}"`);
});

Deno.test("it can be parsed again when words begin with a dash", () => {
  assertEquals(fed("--tag=-x", "--", "jobs", "-1"), "pls feed jobs --create --tag=-x -- -1");
  assertEquals(fed("--", "-jobs", "1"), "pls feed --create -- -jobs 1");
});
