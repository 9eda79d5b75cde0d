/**
 * The Homebrew formula names every archive that Homebrew can use, with its own sum.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fillFormula, formulaOf, TEMPLATE } from "../../release/formula.ts";
import { pack } from "../../release/pack.ts";
import { archiveName } from "../../release/project.ts";
import { TARGETS } from "../../release/targets.ts";
import { BuiltProject, VERSION } from "./built_project.ts";

const HOMEBREW_OS = { darwin: "on_macos", linux: "on_linux" };
const HOMEBREW_ARCH = { aarch64: "on_arm", x86_64: "on_intel" };

Deno.test("each system of Homebrew gets its own archive with its sum", async () => {
  using project = new BuiltProject();
  const sums = await pack(project, { allowMissing: false });
  const formula = formulaOf(project);
  for (const target of TARGETS) {
    if (target.os === "windows") continue;
    const os = formula.split(`\n  ${HOMEBREW_OS[target.os]} do\n`)[1].split("\n  end\n")[0];
    const arch = os.split(`    ${HOMEBREW_ARCH[target.arch]} do\n`)[1].split("    end")[0];
    const name = archiveName(target);
    assertEquals(arch.trim().split("\n").map((line) => line.trim()), [
      `url "https://github.com/plasmite/pls/releases/download/v${VERSION}/${name}"`,
      `sha256 "${sums.find((sum) => sum.name === name)!.sha256}"`,
    ]);
  }
  assertStringIncludes(formula, `version "${VERSION}"`);
  assert(!/[{}]{2}/.test(formula), "a placeholder was left");
});

Deno.test("a sum that is missing, and a placeholder nobody knows, are refused", () => {
  const template = Deno.readTextFileSync(TEMPLATE);
  assertThrows(() => fillFormula(template, VERSION, []), Error, "{{sha256 aarch64-apple-darwin}}");
  assertThrows(() => fillFormula("{{licence}}", VERSION, []), Error, "{{licence}}");
});

const ruby = new Deno.Command("ruby", { args: ["--version"] });

function hasRuby(): boolean {
  try {
    return ruby.outputSync().success;
  } catch {
    console.log("skipped: the formula is Ruby: there is no ruby here");
    return false;
  }
}

Deno.test({
  name: "the formula is Ruby",
  ignore: !hasRuby(),
  async fn() {
    using project = new BuiltProject();
    await pack(project, { allowMissing: false });
    project.write("dist/pls.rb", formulaOf(project));
    const args = ["-c", project.made("pls.rb").pathname];
    const { success, stderr } = await new Deno.Command("ruby", { args }).output();
    assert(success, new TextDecoder().decode(stderr));
  },
});
