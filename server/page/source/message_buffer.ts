/**
 * The rows that are shown, and those that came while the list was held still. Both are
 * bounded, by number and by characters.
 *
 * @module
 */

import type { Entry } from "./entry.ts";

/** Most rows that are shown, and most that wait. */
export const MAX_ROWS = 10_000;
const MAX_CHARACTERS = 48 * 1024 * 1024;

/** Rows, oldest first. */
export class MessageBuffer {
  #shown: Entry[] = [];
  #waiting: Entry[] = [];
  #firstIndex = 0;
  #shownCharacters = 0;
  #waitingCharacters = 0;

  /** How many more rows are shown although the list is held still. */
  room = 0;

  /** Whether rows that come wait instead of being shown. */
  isPaused = false;

  /** The rows that are shown. */
  get shown(): readonly Entry[] {
    return this.#shown;
  }

  /** How many rows were shown before the first of {@linkcode shown}. */
  get firstIndex(): number {
    return this.#firstIndex;
  }

  /** How many messages wait to be shown. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Whether no more should come before some of those that wait are taken. */
  get isFull(): boolean {
    return this.#waiting.length >= MAX_ROWS || this.#waitingCharacters >= MAX_CHARACTERS;
  }

  /** Whether there is room again for a good while. */
  get hasRoom(): boolean {
    return this.#waiting.length < MAX_ROWS / 2 && this.#waitingCharacters < MAX_CHARACTERS / 2;
  }

  /** Takes rows that came. */
  add(entries: readonly Entry[]): void {
    const direct = this.isPaused ? entries.slice(0, this.room) : entries;
    this.room = Math.max(0, this.room - direct.length);
    this.#show(direct);
    for (let index = direct.length; index < entries.length; index++) {
      this.#waiting.push(entries[index]);
      this.#waitingCharacters += size(entries[index]);
    }
  }

  /** Shows the oldest `limit` of those that wait. */
  take(limit: number): void {
    const taken = this.#waiting.splice(0, limit);
    for (const entry of taken) this.#waitingCharacters -= size(entry);
    this.#show(taken);
  }

  /** Forgets all rows. */
  clear(): void {
    this.#firstIndex += this.#shown.length;
    this.#shown = [];
    this.#waiting = [];
    this.#shownCharacters = this.#waitingCharacters = 0;
    this.room = 0;
  }

  #show(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#shown.push(entry);
      this.#shownCharacters += size(entry);
    }
    let excess = Math.max(0, this.#shown.length - MAX_ROWS);
    let characters = this.#shownCharacters;
    for (let index = 0; index < excess; index++) characters -= size(this.#shown[index]);
    // The newest row always stays, however long it is.
    while (characters > MAX_CHARACTERS && excess < this.#shown.length - 1) {
      characters -= size(this.#shown[excess++]);
    }
    if (excess === 0) return;
    this.#shown.splice(0, excess);
    this.#shownCharacters = characters;
    this.#firstIndex += excess;
  }
}

function size(entry: Entry): number {
  return entry.kind === "message" ? entry.envelope.length : 100;
}
