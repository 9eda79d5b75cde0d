/**
 * The lines of IPC, and the methods there are.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  EMPTY_BATCH_REPLY,
  errorLine,
  eventLine,
  IPC_METHODS,
  isIpcMethod,
  LENIENT_METHODS,
  MessagingError,
  newError,
  newSubscribeNotImplemented,
  newUnknownMethod,
  parseReply,
  parseRequest,
  readMetaOf,
  requestLine,
  resultLine,
} from "../../../messaging/contracts/mod.ts";

Deno.test("the methods of the contract, and those of subscriptions", () => {
  assertEquals(
    IPC_METHODS.join(" "),
    "Status Login Create Switch Connect Disconnect Send SendBatch List PipeCreate PipeDestroy " +
      "SourceDestroy SetNamespace UnsetNamespace Diag Who ListWatch Read Subscribe " +
      "SubsList SubsAdd SubsRemove SubsWait",
  );
  assertEquals([...LENIENT_METHODS], ["Status", "List", "Disconnect", "Diag", "Who"]);
  assertEquals([isIpcMethod("Who"), isIpcMethod("who"), isIpcMethod("")], [true, false, false]);
});

Deno.test("requests and replies are one line each", () => {
  assertEquals(
    requestLine("Send", { payload: "a\n<b>" }),
    '{"method":"Send","params":{"payload":"a\\n\\u003cb\\u003e"}}\n',
  );
  assertEquals(requestLine("Who"), '{"method":"Who","params":{}}\n');
  assertEquals(resultLine(), '{"result":{}}\n');
  assertEquals(
    resultLine(EMPTY_BATCH_REPLY),
    '{"result":{"ids":null,"subject":"","bytes":null}}\n',
  );
  assertEquals(
    errorLine(newError("E_SOURCE_NOT_FOUND")),
    '{"error":{"code":"E_SOURCE_NOT_FOUND","message":"source not found"}}\n',
  );
  assertEquals(eventLine({ meta: { cols: 80, rows: 24 } }), '{"meta":{"cols":80,"rows":24}}\n');
});

Deno.test("a request is a JSON object; members that it has more are ignored", () => {
  assertEquals(parseRequest('{"params":{"a":1},"method":"Who","id":7}'), {
    method: "Who",
    params: { a: 1 },
  });
  assertEquals(parseRequest("{}"), { method: "", params: undefined });
  for (const line of ["", "{", "[]", "null", '"Who"', '{"method":7}', "Who"]) {
    assertEquals(assertThrows(() => parseRequest(line), MessagingError).code, "E_PROTOCOL", line);
  }
});

Deno.test("failures that only the daemon has", () => {
  assertEquals(String(newUnknownMethod("Dance")), "E_PROTOCOL: unknown method Dance");
  assertEquals(
    String(newSubscribeNotImplemented()),
    "E_NOT_IMPLEMENTED: Subscribe not implemented in Phase 1",
  );
});

Deno.test("a reply is a result, or the failure that it tells", () => {
  assertEquals(parseReply('{"result":{"handle":"nina"}}\n'), { handle: "nina" });
  assertEquals(parseReply("{}"), {});
  const line = errorLine(newError("E_PIPE_TAKEN", "taken"));
  const error = assertThrows(() => parseReply(line), MessagingError);
  assertEquals([error.code, error.message, error.exitCode], ["E_PIPE_TAKEN", "taken", 21]);
  const later = '{"error":{"code":"E_OF_TOMORROW","message":"m"}}';
  assertEquals(String(assertThrows(() => parseReply(later), MessagingError)), "E_OF_TOMORROW: m");
  for (const odd of ['{"error":"text"}', '{"error":{"code":7}}', "[]", ""]) {
    assertEquals(assertThrows(() => parseReply(odd), MessagingError).code, "E_PROTOCOL");
  }
});

Deno.test("the size of a terminal is told by a resize, and is at most 1000 both ways", () => {
  assertEquals(readMetaOf('{"type":"resize","cols":80,"rows":24}'), { cols: 80, rows: 24 });
  assertEquals(readMetaOf('{"cols":5000,"rows":1000,"type":"resize"}'), { cols: 1000, rows: 1000 });
  const none = [
    '{"type":"resize","cols":0,"rows":24}',
    '{"type":"resize","cols":80,"rows":-1}',
    '{"type":"resize","cols":80}',
    '{"type":"resize","cols":"80","rows":24}',
    '{"type":"resize","cols":80.5,"rows":24}',
    '{"type":"setsize","cols":80,"rows":24}',
    "null",
    "80x24",
  ];
  assert(none.every((payload) => readMetaOf(payload) === undefined));
});
