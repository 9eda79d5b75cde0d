/**
 * Results as a table for people.
 *
 * @module
 */

import type { Target, Unit } from "./benchmark.ts";
import type { Result } from "./harness.ts";
import type { Machine } from "./machine.ts";

const OURS = ["pls", "floor"];

/** One line about the machine. */
export function describeMachine(machine: Machine): string {
  const { cpu, cores, memoryGiB, os, deno, commit, date } = machine;
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}; Deno ${deno}; commit ${commit}; ${date}`;
}

/** All results, in columns: ours, the floor, what was promised, and the peers. */
export function renderTable(results: readonly Result[]): string {
  const rows = [["what", "pls", "floor", "ratio", "target", "", "peers"], ...results.map(cells)];
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join("  ").trimEnd())
    .join("\n");
}

function cells({ benchmark, name, unit, target, figures, ratio, met }: Result): string[] {
  const peers = Object.entries(figures).filter(([who]) => !OURS.includes(who));
  return [
    name === "" ? benchmark : `${benchmark} ${name}`,
    figures.pls === undefined ? "" : `${formatFigure(figures.pls)} ${unit}`,
    figures.floor === undefined ? "" : formatFigure(figures.floor),
    ratio === undefined ? "" : ratio.toFixed(2),
    target === undefined ? "" : describeTarget(target, unit),
    met === undefined ? "" : met ? "met" : "MISSED",
    peers.map(([who, figure]) => `${who} ${formatFigure(figure)}`).join(", "),
  ];
}

function describeTarget({ atLeast, atMost, ratioAtMost }: Target, unit: Unit): string {
  return [
    atLeast === undefined ? "" : `>= ${formatFigure(atLeast)} ${unit}`,
    atMost === undefined ? "" : `<= ${formatFigure(atMost)} ${unit}`,
    ratioAtMost === undefined ? "" : `<= ${ratioAtMost} x floor`,
  ].filter((part) => part !== "").join(", ");
}

function formatFigure(figure: number): string {
  return figure >= 1000 ? Math.round(figure).toLocaleString("en") : String(+figure.toPrecision(3));
}
