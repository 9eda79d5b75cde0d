/**
 * The text and the JSON of `diagnostics`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type DiagReply,
  dropsLastHour,
  printDiagnostics,
  printDiagnosticsJson,
} from "../../../messaging/contracts/mod.ts";

const REPLY: DiagReply = {
  nats_state: "connected",
  nats_drops_last_hour: 1,
  nats_events: [
    { type: "daemon_start", at: "2031-03-04T05:06:07.123456789Z" },
    { type: "disconnect", at: "2031-03-04T05:07:00Z", reason: 'read "tcp": <eof>\n' },
    { type: "daemon_stop", at: "2031-03-04T05:08:00Z", reason: "graceful" },
  ],
};

Deno.test("diagnostics as text", () => {
  assertEquals(
    printDiagnostics(REPLY),
    `\
nats: connected drops_last_hour=1 events=3
daemon_start 2031-03-04T05:06:07Z reason=""
disconnect 2031-03-04T05:07:00Z reason="read \\"tcp\\": <eof>\\n"
daemon_stop 2031-03-04T05:08:00Z reason="graceful"
`,
  );
  const nothing = "nats: unknown drops_last_hour=0 events=0\n";
  assertEquals(printDiagnostics({ nats_events: [] }), nothing);
  assertEquals(printDiagnostics({ nats_state: "", nats_events: [] }), nothing);
});

Deno.test("a reason can't break its line, or steer a terminal", () => {
  const event = { type: "warn", at: "2031-03-04T05:07:00Z", reason: "a\\b\x1b[31m\u009b1mé\u2028" };
  assertEquals(
    printDiagnostics({ nats_events: [event] }).split("\n")[1],
    'warn 2031-03-04T05:07:00Z reason="a\\\\b\\u001b[31m\\u009b1mé\\u2028"',
  );
});

Deno.test("diagnostics as JSON, on one line", () => {
  assertEquals(
    printDiagnosticsJson(REPLY),
    '{"nats_state":"connected","nats_drops_last_hour":1,"nats_events":[' +
      '{"type":"daemon_start","at":"2031-03-04T05:06:07.123456789Z"},' +
      '{"type":"disconnect","at":"2031-03-04T05:07:00Z","reason":"read \\"tcp\\": \\u003ceof\\u003e\\n"},' +
      '{"type":"daemon_stop","at":"2031-03-04T05:08:00Z","reason":"graceful"}]}\n',
  );
  assertEquals(
    printDiagnosticsJson({ nats_state: "", nats_drops_last_hour: 0, nats_events: [] }),
    '{"nats_events":[]}\n',
  );
});

Deno.test("connections lost within the last hour are counted", () => {
  const nowMs = Date.UTC(2031, 2, 4, 6);
  const at = (type: string, at: string) => ({ type, at });
  const events = [
    at("disconnect", "2031-03-04T04:59:59.999Z"),
    at("disconnect", "2031-03-04T05:00:00Z"),
    at("disconnect", "2031-03-04T05:59:59Z"),
    at("reconnect", "2031-03-04T05:59:59Z"),
    at("disconnect", "odd"),
  ];
  assertEquals(dropsLastHour(events, nowMs), 2);
});
