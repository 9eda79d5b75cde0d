/**
 * What `pls` may do, and which commands need it: baked into executables, and given to `pls`
 * when it is run from source or from a bundle.
 *
 * @module
 */

/** What a command may depend on to need a permission. */
export type Condition =
  | "for a pool of this machine"
  | "for a pool on a server"
  | "with `--create`"
  | "with `--repair`"
  | "with `--engine`"
  | "for requests that change pools, and for `--request-log`"
  | "for calls that change pools"
  | "for names of this machine, when `--bind` is every address"
  | "when the daemon runs"
  | "when the daemon runs, or the mesh is on NATS"
  | "without `PLS_SESSION`";

/** Commands that need a permission. */
export interface Need {
  /** Their names, or all there are; `--help` and `--version` need to read alone. */
  readonly commands: "all" | readonly string[];
  /** When they do, if not always. */
  readonly when?: Condition;
}

/** One thing that `pls` is allowed. */
export interface Permission {
  /** What Deno calls it. */
  readonly name: "read" | "write" | "env" | "net" | "run" | "sys";
  /** As a flag of Deno. */
  readonly flag: string;
  /** Who needs it. */
  readonly needs: readonly Need[];
  /** What for, and why no less than that. */
  readonly why: string;
}

/** Variables that `pls` reads; the rest of the environment stays out of its sight. */
const VARIABLES = [
  ...["HOME", "USERPROFILE", "USER", "LOGNAME", "COLUMNS"],
  ...["PLS_CONFIG", "PLS_DIR", "PLS_SIZE", "PLS_COLOR", "PLS_MESH"],
  ...["PLS_HOME", "PLS_IPC_SOCKET", "PLS_SESSION", "PLS_SID", "PLS_CURRENT_HANDLE"],
  ...["PLS_AGENT_HARNESS", "PLS_AGENT_MODEL", "PLASMITE_SERVE_READY_FILE"],
];

/** Commands that ask the mesh something, all of which may be the first to open it. */
export const MESSAGING: readonly string[] = [
  ...["send", "read", "reread", "await", "ls"],
  ...["subs", "subs ls", "subs add", "subs rm", "subs wait", "subs read"],
  ...["source create", "source destroy", "pipe create", "pipe destroy"],
  ...[
    "set handle",
    "set namespace",
    "get handle",
    "get namespace",
    "unset handle",
    "unset namespace",
  ],
  ...["connect", "disconnect", "switch", "who", "heartbeat"],
];

/** All that it is allowed; it is never asked for more. */
export const PERMISSIONS: readonly Permission[] = [
  {
    name: "read",
    flag: "--allow-read",
    needs: [{ commands: "all" }],
    why: "The configuration, pools and input files. They can be anywhere.",
  },
  {
    name: "write",
    flag: "--allow-write",
    needs: [
      { commands: ["bridge", "serve init"] },
      {
        commands: ["feed", "duplex", "tap", "pool create", "pool delete", "pool import"],
        when: "for a pool of this machine",
      },
      { commands: ["follow"], when: "with `--create`" },
      { commands: ["doctor"], when: "with `--repair`" },
      { commands: ["serve"], when: "for requests that change pools, and for `--request-log`" },
      { commands: ["mcp"], when: "for calls that change pools" },
      { commands: [...MESSAGING, "daemon start", "daemon restart"] },
      { commands: ["status", "diagnostics", "daemon status"], when: "when the daemon runs" },
    ],
    why: "Pools, the state of sessions, the daemon's socket, the files of `serve` and the " +
      "records of `bridge`. They can be anywhere.",
  },
  {
    name: "env",
    flag: `--allow-env=${VARIABLES.join(",")}`,
    needs: [{ commands: "all" }],
    why: "Settings. The other variables can't be seen; a command that `tap` starts gets them all.",
  },
  {
    name: "net",
    flag: "--allow-net",
    needs: [
      { commands: ["serve"] },
      {
        commands: [
          ...["feed", "follow", "duplex", "fetch", "tap", "bridge"],
          ...["pool create", "pool list", "pool info", "pool delete", "pool export", "pool import"],
        ],
        when: "for a pool on a server",
      },
      { commands: ["mcp"], when: "with `--engine`" },
      { commands: ["daemon start", "daemon restart"] },
      { commands: ["status", "diagnostics", "daemon status"], when: "when the daemon runs" },
      { commands: MESSAGING, when: "when the daemon runs, or the mesh is on NATS" },
    ],
    why: "The address to serve at, the servers that are named, and the daemon's socket. They can " +
      "be any.",
  },
  {
    name: "run",
    flag: "--allow-run",
    needs: [
      { commands: ["tap", "daemon start", "daemon restart"] },
      { commands: ["status", "daemon status", "daemon stop"], when: "when the daemon runs" },
      {
        commands: MESSAGING.filter((name) => name !== "who"),
        when: "without `PLS_SESSION`",
      },
    ],
    why: "The command to tap, which can be any and may do what its user may; the daemon; and " +
      "what tells the session of the terminal, `cut` or `ps`.",
  },
  {
    name: "sys",
    flag: "--allow-sys=hostname,networkInterfaces",
    needs: [
      {
        commands: ["serve init", "serve"],
        when: "for names of this machine, when `--bind` is every address",
      },
      { commands: ["heartbeat"] },
    ],
    why: "The name and addresses of this machine, which a certificate has to hold, and a " +
      "heartbeat tells.",
  },
];

/** The flags of Deno that say so. */
export const PERMISSION_FLAGS: readonly string[] = [
  "--no-prompt",
  ...PERMISSIONS.map(({ flag }) => flag),
];

/** The flag that allows what Deno calls `name`. */
export function permissionFlag(name: Permission["name"]): string {
  return PERMISSIONS.find((permission) => permission.name === name)!.flag;
}

/** A table of all of it in Markdown, as it stands in docs/installing.md. */
export function permissionsTable(): string {
  const rows = PERMISSIONS.map(({ flag, needs, why }) => [
    `\`${flag}\``,
    needs.map(needText).join("; "),
    why,
  ]);
  const table = [["Flag of Deno", "Commands that need it", "What for"], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const [head, ...body] = table.map((row) =>
    tableLine(row.map((text, i) => text.padEnd(widths[i])))
  );
  return [head, tableLine(widths.map((width) => "-".repeat(width))), ...body].join("\n") + "\n";
}

function needText({ commands, when }: Need): string {
  const names = commands === "all" ? "all" : commands.map((name) => `\`${name}\``).join(", ");
  return when === undefined ? names : `${names} ${when}`;
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
