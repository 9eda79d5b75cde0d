/**
 * Asking for the server's token.
 *
 * @module
 */

import { field, openDialog } from "./dialog.ts";
import { element } from "./dom.ts";

/**
 * Asks for the token.
 *
 * @param wasRefused The server did not take the last one.
 * @returns undefined when the dialog was closed without one.
 */
export async function askForToken(wasRefused: boolean): Promise<string | undefined> {
  const input = element("input", {
    type: "password",
    name: "token",
    required: true,
    autofocus: true,
    autocomplete: "off",
    spellcheck: "false",
  });
  const isGiven = await openDialog({
    title: wasRefused ? "That token was refused" : "This server asks for a token",
    content: [
      field("Token", input, "It stays in this tab and is forgotten when the tab is closed."),
    ],
    action: "Connect",
  });
  return isGiven ? input.value.trim() : undefined;
}
