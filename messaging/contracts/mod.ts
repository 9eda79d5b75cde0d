/**
 * The contract of messaging: codes, types, limits, and all text that commands print, as pure
 * functions. Nothing here reads or writes; times, widths and the environment are passed in.
 *
 * @module
 */

export * from "./codes.ts";
export * from "./colors.ts";
export * from "./diagnostics.ts";
export * from "./duration.ts";
export * from "./envelope.ts";
export * from "./error.ts";
export * from "./escaped_json.ts";
export * from "./failures.ts";
export * from "./glob.ts";
export * from "./http.ts";
export * from "./ipc.ts";
export * from "./ipc_lines.ts";
export * from "./ipc_list.ts";
export * from "./ipc_messages.ts";
export * from "./ipc_presence.ts";
export * from "./lines.ts";
export * from "./list_json.ts";
export * from "./list_rows.ts";
export * from "./list_table.ts";
export * from "./names.ts";
export * from "./presence.ts";
export * from "./read_rows.ts";
export * from "./relative_time.ts";
export * from "./render_terminal.ts";
export * from "./size.ts";
export * from "./status.ts";
export * from "./targets.ts";
export * from "./terminal_width.ts";
export * from "./timestamps.ts";
export * from "./truncate_payload.ts";
export * from "./who.ts";
