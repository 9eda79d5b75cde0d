/**
 * Modal dialogs with a form: the browser keeps the focus in them and closes them on Escape.
 *
 * @module
 */

import { button, element } from "./dom.ts";
import { errorText } from "./server_error.ts";

/** What a dialog shows and what its main button does. */
export interface DialogOptions {
  /** The heading. */
  title: string;
  /** What is between the heading and the buttons. */
  content: (Node | string)[];
  /** The label of the main button; none without it. */
  action?: string;
  /** The main button removes something. */
  isDangerous?: boolean;
  /** What the main button does; the dialog closes when it succeeds and shows why when not. */
  onAction?: () => Promise<void> | void;
}

let dialogs = 0;

/** Opens a dialog. The promise is kept when it is closed: whether its action was done. */
export function openDialog(options: DialogOptions): Promise<boolean> {
  const id = `dialog-${++dialogs}`;
  const problem = element("p", { class: "problem", role: "alert" });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let isDone = false;
  const close = button({
    label: options.action === undefined ? "Close" : "Cancel",
    onPress: () => dialog.close(),
  });
  const buttons = element("div", { class: "dialog-buttons" }, close);
  if (options.action !== undefined) {
    const look = options.isDangerous ? "danger" : "primary";
    buttons.append(element("button", { type: "submit", class: look }, options.action));
  }
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", { id }, options.title),
    ...options.content,
    problem,
    buttons,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await options.onAction?.();
      isDone = true;
      dialog.close();
    } catch (error) {
      problem.textContent = errorText(error);
    }
  });
  const dialog = element("dialog", { "aria-labelledby": id }, form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(isDone);
  });
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}

/** A labelled text field of a dialog, with a line of help below. */
export function field(label: string, input: HTMLInputElement, help?: string): HTMLElement {
  const root = element("div", { class: "field" }, element("label", {}, label, input));
  if (help === undefined) return root;
  const id = `help-${input.name}`;
  input.setAttribute("aria-describedby", id);
  root.append(element("small", { id }, help));
  return root;
}
