/**
 * One message in full.
 *
 * @module
 */

import { copyText } from "./clipboard.ts";
import { button, element } from "./dom.ts";
import type { MessageEntry } from "./entry.ts";
import { formatBytes } from "./format.ts";
import { prettyPieces } from "./pretty_json.ts";

/** Longer data is laid out without colours: each one takes an element. */
const MAX_COLOURED_CHARACTERS = 100_000;
const COPIED_MS = 1500;

/** What the detail tells. */
export interface MessageDetailEvents {
  /** It is to be closed. */
  onClose: () => void;
  /** Only messages with this tag are wanted. */
  onTag: (tag: string) => void;
}

/** The pane beside the list. */
export class MessageDetail {
  /** What is in the page. */
  readonly root = element("aside", { class: "detail", "aria-label": "Message", hidden: true });
  readonly #events: MessageDetailEvents;
  #message: MessageEntry | undefined;

  /** A pane that shows nothing yet. */
  constructor(events: MessageDetailEvents) {
    this.#events = events;
  }

  /** Whether a message is shown. */
  get isOpen(): boolean {
    return this.#message !== undefined;
  }

  /** Shows `message`. */
  show(message: MessageEntry): void {
    this.#message = message;
    this.root.hidden = false;
    this.root.replaceChildren(this.#head(message), this.#facts(message), this.#body(message));
  }

  /** Shows nothing. */
  close(): void {
    this.#message = undefined;
    this.root.hidden = true;
    this.root.replaceChildren();
  }

  /** Copies the data of what is shown. */
  copy(): void {
    this.root.querySelector<HTMLButtonElement>(".copy-data")?.click();
  }

  #head(message: MessageEntry): HTMLElement {
    return element(
      "header",
      {},
      element("h2", {}, `Message ${message.seq}`),
      copyButton("Copy JSON", "copy-data", message.data, "c"),
      copyButton("Copy envelope", "copy-envelope", message.envelope),
      button({
        label: "Close",
        icon: "close",
        iconOnly: true,
        class: "quiet",
        key: "Escape",
        onPress: this.#events.onClose,
      }),
    );
  }

  #facts(message: MessageEntry): HTMLElement {
    const facts = element(
      "p",
      { class: "facts" },
      element("time", { datetime: message.time }, message.time),
      element("span", {}, formatBytes(new Blob([message.data]).size)),
    );
    for (const tag of message.tags) {
      facts.append(button({
        label: tag,
        class: "tag",
        onPress: () => this.#events.onTag(tag),
      }));
    }
    return facts;
  }

  #body(message: MessageEntry): HTMLElement {
    const pieces = prettyPieces(message.data);
    const body = element("pre", { tabindex: "0", "aria-label": "Data" });
    if (message.data.length > MAX_COLOURED_CHARACTERS) {
      body.textContent = pieces.map(({ text }) => text).join("");
    } else {
      body.append(
        ...pieces.map(({ kind, text }) =>
          kind === "plain" ? text : element("span", { class: `json-${kind}` }, text)
        ),
      );
    }
    return body;
  }
}

function copyButton(label: string, name: string, text: string, key?: string): HTMLButtonElement {
  const made = button({
    label,
    icon: "copy",
    class: `quiet ${name}`,
    key,
    onPress: async () => {
      const isCopied = await copyText(text);
      const shown = made.querySelector("span");
      if (shown === null) return;
      shown.textContent = isCopied ? "Copied" : "Not copied";
      setTimeout(() => shown.textContent = label, COPIED_MS);
    },
  });
  return made;
}
