/**
 * The list of pools in the browser, and making and removing pools with it.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { NotFoundError } from "@plasmite/pool";
import { onPage } from "./browser.ts";

onPage("the list shows how every pool is, and why one can't be read", {}, async (stage) => {
  const pool = stage.createPool("jobs", 65_536);
  stage.createPool("empty");
  for (let n = 0; n < 20; n++) pool.append("x".repeat(1500));
  Deno.writeTextFileSync(`${stage.client.dir}/broken.plasmite`, "no pool".repeat(2000));
  await stage.open("/ui");
  assertEquals(await stage.page.title(), "Plasmite UI");
  const jobs = stage.page.getByRole("row", { name: "jobs" });
  await jobs.getByText("64 KiB").waitFor();
  const used = pool.info().usedBytes / pool.info().ringSizeBytes * 100;
  await jobs.getByText(`${Math.floor(used)} %`).waitFor();
  await jobs.locator(".newest").getByText(/now|\d s/).waitFor();
  await jobs.locator(".count").getByText("20").waitFor();
  await stage.page.getByRole("row", { name: "broken" }).locator(".error").waitFor();
  await stage.page.getByRole("row", { name: "empty" }).locator(".newest").getByText("–").waitFor();
  await jobs.locator(".rate").getByText(/^0$/).waitFor();
  const writing = setInterval(() => pool.append(1), 5);
  try {
    await jobs.locator(".rate:not(.still)").waitFor();
  } finally {
    clearInterval(writing);
  }
  await stage.page.getByRole("link", { name: "jobs" }).click();
  await stage.sees("h1", "jobs");
  await stage.page.goBack();
  await stage.sees("h1", "Pools");
});

onPage("pools come and go in the list by themselves, and can be searched", {}, async (stage) => {
  await stage.open("/ui");
  await stage.sees(".empty", "No pools yet.");
  stage.createPool("audit");
  stage.createPool("work");
  await stage.page.getByRole("link", { name: "work" }).waitFor();
  await stage.page.getByLabel("Search pools by name").fill("AUD");
  await stage.page.getByRole("link", { name: "work" }).waitFor({ state: "hidden" });
  await stage.page.getByRole("link", { name: "audit" }).waitFor();
  stage.client.deletePool("audit");
  await stage.sees(".empty", "No pool of that name.");
});

onPage("a pool is made with a name and a size", { expectsRefusals: true }, async (stage) => {
  stage.createPool("taken");
  await stage.open("/ui");
  await stage.page.getByRole("button", { name: "New pool" }).click();
  const dialog = stage.page.getByRole("dialog", { name: "New pool" });
  await dialog.getByLabel("Name").fill("taken");
  await dialog.getByLabel("Size").fill("a lot");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByRole("alert").getByText("the size is no number").waitFor();
  await dialog.getByLabel("Size").fill("2M");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByRole("alert").getByText("exists").waitFor();
  await dialog.getByLabel("Name").fill("in a box");
  await dialog.getByRole("button", { name: "Create" }).click();
  await stage.sees("h1", "in a box");
  assertEquals(new URL(stage.page.url()).pathname, "/ui/pools/in%20a%20box");
  assertEquals(stage.client.poolInfo("in a box").sizeBytes, 2_097_152);
});

onPage("a pool is deleted only after its name was typed", {}, async (stage) => {
  stage.createPool("work");
  stage.createPool("other");
  await stage.open("/ui");
  await stage.page.getByRole("button", { name: "Delete work" }).click();
  const dialog = stage.page.getByRole("dialog", { name: "Delete pool" });
  await dialog.getByLabel("Type the name of the pool").fill("other");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("alert").getByText("not its name").waitFor();
  stage.client.poolInfo("work");
  await stage.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  stage.client.poolInfo("work");
  await stage.page.getByRole("button", { name: "Delete work" }).click();
  await dialog.getByLabel("Type the name of the pool").fill("work");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await stage.page.getByRole("link", { name: "work" }).waitFor({ state: "detached" });
  assertThrows(() => stage.client.poolInfo("work"), NotFoundError);
  stage.client.poolInfo("other");
});
