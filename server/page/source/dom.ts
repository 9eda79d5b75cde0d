/**
 * Making elements. Text only ever becomes text nodes and attributes, so that nothing out of
 * a message is read as HTML.
 *
 * @module
 */

/** What an element may be given: attributes as text, `true` for bare ones, and listeners. */
export interface ElementOptions {
  /** Attributes; `false` and `undefined` leave one out. */
  [attribute: string]: string | boolean | undefined | EventListener;
}

/** A new element with these attributes (`onclick` and the like are listeners) and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  options: ElementOptions = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "function") made.addEventListener(name.replace(/^on/, ""), value);
    else if (value === true) made.setAttribute(name, "");
    else if (typeof value === "string") made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** Lines on a grid of 16. */
const ICONS = {
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M6 6h7v7H6zM3 10V3h7",
  down: "M8 3v10M4 9l4 4 4-4",
  help: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9 8 10M8 12.5v.2",
  leave: "M7 3H3v10h4M6.5 8H13M10.5 5.5L13 8l-2.5 2.5",
  next: "M6 4l4 4-4 4",
  pause: "M5.5 4v8M10.5 4v8",
  play: "M5 3.5l7 4.5-7 4.5z",
  plus: "M8 3v10M3 8h10",
  send: "M3 8h10M9 4l4 4-4 4",
  theme: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  trash: "M3 4.5h10M6 4V2.5h4V4M4.5 4.5l.6 9h5.8l.6-9",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof ICONS;

/** A picture beside or in place of a label; never the only name of a control. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** What a button shows and does. */
export interface ButtonOptions {
  /** What it is called; shown as text unless `iconOnly`. */
  label: string;
  /** A picture before the text. */
  icon?: IconName;
  /** Show the picture alone; the label stays its name and becomes its tooltip. */
  iconOnly?: boolean;
  /** The key that does the same, told in the tooltip. */
  key?: string;
  /** CSS classes. */
  class?: string;
  /** What pressing it does. */
  onPress: () => void;
}

/** A button that does not submit a form. */
export function button(options: ButtonOptions): HTMLButtonElement {
  const tooltip = options.key === undefined ? options.label : `${options.label} (${options.key})`;
  const made = element("button", {
    type: "button",
    class: `${options.class ?? ""} ${options.iconOnly ? "icon-only" : ""}`.trim() || undefined,
    title: options.iconOnly || options.key !== undefined ? tooltip : undefined,
    "aria-label": options.iconOnly ? options.label : undefined,
    "aria-keyshortcuts": options.key,
    onclick: options.onPress,
  });
  if (options.icon !== undefined) made.append(icon(options.icon));
  if (!options.iconOnly) made.append(element("span", {}, options.label));
  return made;
}

/** Sets text only where it differs: a write of the same text makes the browser work too. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
