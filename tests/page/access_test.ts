/**
 * What the page offers follows from what the server allows; tokens; feeding.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { onPage, type PageStage } from "./browser.ts";

async function typeToken(stage: PageStage, token: string): Promise<void> {
  await stage.page.getByLabel("Token", { exact: true }).fill(token);
  await stage.page.keyboard.press("Enter");
}

onPage("a message is fed as it is spelled", {}, async (stage) => {
  const pool = stage.createPool("work");
  await stage.open("/ui/pools/work");
  await stage.page.getByRole("button", { name: "Feed", exact: true }).click();
  const form = stage.page.getByRole("form", { name: "Feed a message" });
  await form.getByLabel("Data (JSON)").fill('{"id": }');
  await form.getByRole("button", { name: "Feed" }).click();
  await stage.sees(".feed-result.problem", "not JSON");
  await form.getByLabel("Data (JSON)").fill('{"id": 12345678901234567890, "a": 1.0}');
  await form.getByLabel("Tags of the message").fill("x, y");
  await stage.page.keyboard.press("Enter");
  await form.getByLabel("Tags of the message").fill("z");
  await form.getByRole("button", { name: "Feed" }).click();
  await stage.sees(".feed-result", "fed as message 1");
  assertEquals(pool.get(1).json, '{"id":12345678901234567890,"a":1.0}');
  assertEquals(pool.get(1).tags, ["x, y", "z"]);
  await stage.seesExactly([1]);
  await form.getByLabel("Data (JSON)").press("Control+Enter");
  await stage.seesExactly([1, 2]);
});

onPage(
  "the token is asked for, kept for the tab, and in no address",
  { token: "s3cret-t0ken", expectsRefusals: true },
  async (stage) => {
    stage.createPool("work").append({ n: 1 });
    const authorized: string[] = [];
    stage.page.on("request", (request) => {
      if (request.headers().authorization === "Bearer s3cret-t0ken") authorized.push(request.url());
    });
    await stage.open("/ui/pools/work");
    await stage.sees("dialog h2", "asks for a token");
    await typeToken(stage, "wrong");
    await stage.sees("dialog h2", "That token was refused");
    await typeToken(stage, "s3cret-t0ken");
    await stage.seesExactly([1]);
    await stage.page.reload();
    await stage.seesExactly([1]);
    assert(authorized.some((url) => url.includes("/events?")));
    assertEquals(stage.requests.filter((url) => /s3cret|wrong/.test(url)), []);
    assert(!/s3cret/.test(stage.page.url()));
    const kept = await stage.page.evaluate(
      `JSON.stringify([{ ...localStorage }, document.cookie, Object.values(sessionStorage)])`,
    );
    assertEquals(kept, '[{},"",["s3cret-t0ken"]]');
    await stage.page.getByRole("button", { name: "Forget the token" }).click();
    await stage.sees("dialog h2", "asks for a token");
    assertEquals(await stage.page.evaluate("sessionStorage.length"), 0);
  },
);

onPage(
  "who closes the question for the token can be asked again",
  { token: "s3cret-t0ken", expectsRefusals: true },
  async (stage) => {
    stage.createPool("work");
    await stage.open("/ui");
    await stage.sees("dialog h2", "asks for a token");
    await stage.page.keyboard.press("Escape");
    await stage.page.getByRole("button", { name: "Try again" }).click();
    await stage.sees("dialog h2", "asks for a token");
    await typeToken(stage, "s3cret-t0ken");
    await stage.page.getByRole("link", { name: "work" }).waitFor();
  },
);

onPage("with read-only access nothing is offered that writes", {
  access: "read-only",
}, async (stage) => {
  stage.createPool("work").append(1);
  await stage.open("/ui");
  await stage.sees(".access", "read-only");
  const writing = /^(New pool|Delete|Feed)/;
  await stage.page.getByRole("link", { name: "work" }).waitFor();
  assertEquals(await stage.page.getByRole("button", { name: writing }).count(), 0);
  await stage.page.getByRole("link", { name: "work" }).click();
  await stage.seesExactly([1]);
  assertEquals(await stage.page.getByRole("button", { name: writing }).count(), 0);
});

onPage("with write-only access one can feed, and reading is not tried", {
  access: "write-only",
}, async (stage) => {
  const pool = stage.createPool("work");
  await stage.open("/ui");
  await stage.sees(".problem", "only takes messages");
  await stage.open("/ui/pools/work");
  await stage.page.getByLabel("Data (JSON)").fill("[1]");
  await stage.page.getByLabel("Data (JSON)").press("Control+Enter");
  await stage.sees(".feed-result", "fed as message 1");
  assertEquals(pool.get(1).data, [1]);
  assertEquals(stage.requests.filter((url) => url.includes("/v0/ui/pools")), []);
});
