/**
 * Feeding a message by hand.
 *
 * @module
 */

import { append } from "./api.ts";
import { element } from "./dom.ts";
import { errorText } from "./server_error.ts";
import { TagInput } from "./tag_input.ts";

/** The box below the messages. */
export class FeedForm {
  /** What is in the page. */
  readonly root: HTMLFormElement;
  readonly #pool: string;
  readonly #data = element("textarea", {
    class: "feed-data",
    rows: "3",
    "aria-label": "Data (JSON)",
    placeholder: '{"task": "resize"}',
    autocapitalize: "off",
    spellcheck: "false",
  });
  readonly #tags = new TagInput("Tags of the message", "Tag, then Enter");
  readonly #result = element("output", { class: "feed-result" });
  readonly #send = element("button", { type: "submit", class: "primary" }, "Feed");

  /** A form that feeds `pool`. */
  constructor(pool: string) {
    this.#pool = pool;
    this.root = element(
      "form",
      { class: "feed", "aria-label": "Feed a message", hidden: true },
      this.#data,
      this.#tags.root,
      this.#send,
      this.#result,
    );
    this.#send.title = "Feed (Ctrl+Enter)";
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#feed();
    });
    this.#data.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.root.requestSubmit();
    });
  }

  /** Puts the cursor into the data. */
  focus(): void {
    this.#data.focus();
  }

  async #feed(): Promise<void> {
    this.#tags.commit();
    const json = this.#data.value.trim();
    try {
      // Only to see that it is JSON: what is sent is the text.
      JSON.parse(json);
    } catch (error) {
      return this.#tell(`not JSON: ${errorText(error)}`, true);
    }
    this.#send.disabled = true;
    try {
      this.#tell(`fed as message ${await append(this.#pool, json, this.#tags.tags)}`, false);
    } catch (error) {
      this.#tell(errorText(error), true);
    } finally {
      this.#send.disabled = false;
    }
  }

  #tell(text: string, isProblem: boolean): void {
    this.#result.textContent = text;
    this.#result.classList.toggle("problem", isProblem);
  }
}
