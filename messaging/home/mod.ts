/**
 * What is kept for sessions, in a directory.
 *
 * @module
 */

export { type Cursor, DEFAULT_SESSION, Home } from "./home.ts";
export { asHomeError, inHome } from "./home_error.ts";
export { changeJsonObject, readJsonObject, replaceFile } from "./json_file.ts";
