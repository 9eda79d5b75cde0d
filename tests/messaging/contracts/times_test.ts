/**
 * Times, durations and sizes at their borders.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import {
  formatSeconds,
  formatTime,
  formatTimeNano,
  MessagingError,
  parseDuration,
  parseMaxBytes,
  parseTime,
  relativeTime,
  wholeSeconds,
  ZERO_TIME_MS,
} from "../../../messaging/contracts/mod.ts";

Deno.test("RFC 3339 is read with fractions and offsets", () => {
  const times: [string, number][] = [
    ["1970-01-01T00:00:00Z", 0],
    ["1970-01-01T00:00:00.5Z", 500],
    ["1970-01-01T00:00:01.05Z", 1050],
    ["1970-01-01T00:00:01.999999999Z", 1999],
    ["1970-01-01T02:00:00+02:00", 0],
    ["1969-12-31T19:30:00-04:30", 0],
    ["2028-02-29T00:00:00Z", Date.UTC(2028, 1, 29)],
    ["0001-01-01T00:00:00Z", ZERO_TIME_MS],
  ];
  for (const [text, ms] of times) assertEquals(parseTime(text), ms, text);
});

Deno.test("what is no RFC 3339 time is none", () => {
  const texts = [
    "",
    "2031-03-04",
    "2031-03-04 05:06:07Z",
    "2031-03-04T05:06:07",
    "2031-03-04T05:06Z",
    "2031-03-04T24:00:00Z",
    "2031-02-29T00:00:00Z",
    "2031-13-01T00:00:00Z",
    "2031-03-04T05:06:60Z",
    "2031-03-04T05:06:07.Z",
    "2031-03-04T05:06:07z",
    " 2031-03-04T05:06:07Z",
  ];
  assertEquals(texts.filter((text) => parseTime(text) !== undefined), []);
});

Deno.test("times are written in whole seconds, or with the digits they need", () => {
  const ms = Date.UTC(2031, 2, 4, 5, 6, 10);
  assertEquals(formatTime(ms + 999.9), "2031-03-04T05:06:10Z");
  const digits = [0, 500, 50, 5, 120, 123, 0.9].map((fraction) => formatTimeNano(ms + fraction));
  assertEquals(digits.map((text) => text.slice("2031-03-04T05:06:10".length)), [
    "Z",
    ".5Z",
    ".05Z",
    ".005Z",
    ".12Z",
    ".123Z",
    "Z",
  ]);
  assertEquals(wholeSeconds("2031-03-04T05:06:07.5+01:00"), "2031-03-04T04:06:07Z");
  assertEquals([wholeSeconds(null), wholeSeconds(undefined), wholeSeconds("x")], [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("relative times change at the whole second, minute, hour and day", () => {
  const said: [number, string][] = [
    [-5_000_000, "just now"],
    [0, "just now"],
    [999.9, "just now"],
    [1_000, "1 second ago"],
    [1_999, "1 second ago"],
    [2_000, "2 seconds ago"],
    [59_999, "59 seconds ago"],
    [60_000, "1 minute ago"],
    [119_999, "1 minute ago"],
    [120_000, "2 minutes ago"],
    [3_599_999, "59 minutes ago"],
    [3_600_000, "1 hour ago"],
    [7_200_000, "2 hours ago"],
    [86_399_999, "23 hours ago"],
    [86_400_000, "1 day ago"],
    [172_799_999, "1 day ago"],
    [172_800_000, "2 days ago"],
    [400 * 86_400_000, "400 days ago"],
  ];
  const thenMs = Date.UTC(2031, 2, 4);
  for (const [agoMs, text] of said) assertEquals(relativeTime(thenMs, thenMs + agoMs), text);
});

Deno.test("durations are numbers with units, one after the other", () => {
  const durations: [string, number][] = [
    ["0", 0],
    ["+0", 0],
    ["0s", 0],
    ["30m", 1_800_000],
    ["24h", 86_400_000],
    ["1h30m", 5_400_000],
    ["1h1h", 7_200_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["5.s", 5_000],
    ["-1m", -60_000],
    ["+1m", 60_000],
    ["500ms", 500],
    ["1us", 0.001],
    ["1µs", 0.001],
    ["1μs", 0.001],
    ["999999ns", 0.999999],
    ["0.0000000001h", 0.00036],
    ["2562047h47m16.854775807s", 9_223_372_036_854.775807],
    ["-2562047h47m16.854775808s", -9_223_372_036_854.775808],
  ];
  for (const [text, ms] of durations) assertEquals(parseDuration(text), ms, text);
});

Deno.test("what is no duration is none", () => {
  const texts = ["", "1", "s", ".s", "1 h", "1d", "1h 30m", "1H", "--1s", "1e3s", "1s1", "abc"];
  texts.push("2562047h47m16.854775808s", "9999999h", "-", "+", "1.2.3s");
  assertEquals(texts.filter((text) => parseDuration(text) !== undefined), []);
});

Deno.test("retention is shown in hours, minutes and seconds", () => {
  const shown: [number, string][] = [
    [0, "0s"],
    [45, "45s"],
    [59, "59s"],
    [60, "1m0s"],
    [1800, "30m0s"],
    [3599, "59m59s"],
    [3600, "1h0m0s"],
    [86400, "24h0m0s"],
    [604800, "168h0m0s"],
    [90061, "25h1m1s"],
  ];
  for (const [seconds, text] of shown) assertEquals(formatSeconds(seconds), text);
});

Deno.test("sizes have a unit of 1000 or 1024, in either case", () => {
  const sizes: [string, number][] = [
    ["0", 0],
    ["16777216", 16_777_216],
    ["7b", 7],
    ["7B", 7],
    ["2k", 2_000],
    ["2kb", 2_000],
    ["2Ki", 2_048],
    ["2KiB", 2_048],
    ["2m", 2_000_000],
    ["2MB", 2_000_000],
    ["2mi", 2_097_152],
    ["2MIB", 2_097_152],
    ["2g", 2_000_000_000],
    ["2gb", 2_000_000_000],
    ["2Gi", 2_147_483_648],
    ["2GiB", 2_147_483_648],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ];
  for (const [text, bytes] of sizes) assertEquals(parseMaxBytes(text), bytes, text);
});

Deno.test("any other size is an invalid pipe", () => {
  const texts = ["", "k", "b", "-1", "+1", "1.5k", "1 k", " 1", "1t", "1bk", "1ib", "0x10", "1_0"];
  for (const text of [...texts, "1\n", "9007199254740992", "9007199254740991k"]) {
    const error = assertThrows(() => parseMaxBytes(text), MessagingError);
    assertEquals(error.code, "E_INVALID_PIPE");
  }
});
