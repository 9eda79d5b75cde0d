import { assertEquals } from "@std/assert";
import { renderTable } from "../../cli/table.ts";

Deno.test("columns are as wide as their widest cell", () => {
  assertEquals(
    renderTable(["NAME", "SIZE"], [["a", 1], ["longer", 1048576]]),
    "NAME    SIZE\na       1\nlonger  1048576\n",
  );
});

Deno.test("a table without rows is its header", () => {
  assertEquals(renderTable(["NAME", "SIZE"], []), "NAME  SIZE\n");
});

Deno.test("an empty cell shows as a dash", () => {
  assertEquals(renderTable(["A", "B"], [[undefined, ""]]), "A  B\n-  -\n");
});

Deno.test("a name can't break a row", () => {
  assertEquals(renderTable(["A"], [["x\ny\x1b[2J"]]), "A\nx\\u000ay\\u001b[2J\n");
});
