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

Deno.test("a table is cut to a narrow window, where it says least", () => {
  const rows = [["a-name-that-is-long", 5, "/home/someone/pools/a.plasmite"]];
  assertEquals(
    renderTable(["NAME", "N", "PATH"], rows, 34),
    "NAME            N  PATH\na-name-that-i…  5  …ols/a.plasmite\n",
  );
  const wide = renderTable(["NAME", "N", "PATH"], rows);
  assertEquals(renderTable(["NAME", "N", "PATH"], rows, 200), wide);
});
