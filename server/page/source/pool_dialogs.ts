/**
 * Creating and deleting pools.
 *
 * @module
 */

import { createPool, deletePool } from "./api.ts";
import { field, openDialog } from "./dialog.ts";
import { element } from "./dom.ts";
import { parseBytes } from "./format.ts";

function textInput(name: string, value = ""): HTMLInputElement {
  const input = element("input", {
    type: "text",
    name,
    required: true,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
  });
  input.value = value;
  return input;
}

/** Asks for a name and a size and creates the pool. Returns its name, if it was. */
export async function askToCreate(): Promise<string | undefined> {
  const name = textInput("name");
  const size = textInput("size", "1M");
  const isCreated = await openDialog({
    title: "New pool",
    content: [
      field("Name", name),
      field("Size", size, "Of the whole file, such as 64M or 2G. The oldest messages make room."),
    ],
    action: "Create",
    onAction: () => {
      const bytes = parseBytes(size.value);
      if (bytes === undefined) throw new Error("the size is no number such as 512K, 64M or 2G");
      return createPool(name.value, bytes);
    },
  });
  return isCreated ? name.value : undefined;
}

/** Asks to type the name of `pool` and deletes it. Returns whether it was. */
export function askToDelete(pool: string): Promise<boolean> {
  const name = textInput("name");
  return openDialog({
    title: "Delete pool",
    content: [
      element(
        "p",
        {},
        "All messages of ",
        element("strong", {}, pool),
        " will be gone, for everyone. This can't be undone.",
      ),
      field("Type the name of the pool", name),
    ],
    action: "Delete",
    isDangerous: true,
    onAction: () => {
      if (name.value !== pool) throw new Error("that is not its name");
      return deletePool(pool);
    },
  });
}
