/**
 * A field for tags: Enter adds one. Any character may be part of a tag, a comma too.
 *
 * @module
 */

import { element, icon } from "./dom.ts";

/** Tags and a field to add more. */
export class TagInput {
  /** What is in the page. */
  readonly root: HTMLElement;
  /** The field. */
  readonly field: HTMLInputElement;
  readonly #onChange: (() => void) | undefined;
  #tags: string[] = [];

  /** A field called `label`; `onChange` is told when the tags are others. */
  constructor(label: string, placeholder: string, onChange?: () => void) {
    this.#onChange = onChange;
    this.field = element("input", {
      type: "text",
      placeholder,
      "aria-label": label,
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      enterkeyhint: "enter",
    });
    this.root = element("div", { class: "tag-input" }, this.field);
    this.root.addEventListener("click", (event) => {
      if (event.target === this.root) this.field.focus();
    });
    this.field.addEventListener("keydown", (event) => this.#onKey(event));
    this.field.addEventListener("blur", () => this.commit());
  }

  /** The tags, in the order given. */
  get tags(): readonly string[] {
    return this.#tags;
  }

  set tags(tags: readonly string[]) {
    this.#tags = [...tags];
    this.#render();
  }

  /** Adds what is in the field. */
  commit(): void {
    const tag = this.field.value.trim();
    this.field.value = "";
    if (tag !== "") this.add(tag);
  }

  /** Adds `tag` unless it is there. */
  add(tag: string): void {
    if (this.#tags.includes(tag)) return;
    this.tags = [...this.#tags, tag];
    this.#onChange?.();
  }

  #remove(tag: string): void {
    this.tags = this.#tags.filter((other) => other !== tag);
    this.#onChange?.();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Enter" && this.field.value.trim() !== "") {
      event.preventDefault();
      this.commit();
    } else if (event.key === "Backspace" && this.field.value === "") {
      const last = this.#tags.at(-1);
      if (last !== undefined) this.#remove(last);
    }
  }

  #render(): void {
    const chips = this.#tags.map((tag) =>
      element(
        "button",
        {
          type: "button",
          class: "tag",
          "aria-label": `Remove tag ${tag}`,
          title: `Remove tag ${tag}`,
          onclick: () => {
            this.#remove(tag);
            this.field.focus();
          },
        },
        tag,
        icon("close"),
      )
    );
    this.root.replaceChildren(...chips, this.field);
  }
}
