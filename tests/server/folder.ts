/**
 * A directory of files for a test, and programs of the system that look at them.
 *
 * @module
 */

/** A temporary directory, which is gone when its block is left. */
export class Folder implements Disposable {
  readonly #dir = Deno.makeTempDirSync({ prefix: "pls-files-" });

  /** The path of the file that is called `name`. */
  path(name: string): string {
    return `${this.#dir}/${name}`;
  }

  /** Writes a file for its owner alone, or of another mode, and returns its path. */
  write(name: string, text: string, mode = 0o600): string {
    const path = this.path(name);
    Deno.writeTextFileSync(path, text);
    Deno.chmodSync(path, mode);
    return path;
  }

  /** The names of the files in it, sorted. */
  names(): string[] {
    return Array.from(Deno.readDirSync(this.#dir), ({ name }) => name).sort();
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#dir, { recursive: true });
  }
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
): Promise<{ code: number; text: string; complaint: string }> {
  const command = new Deno.Command(program, { args: [...args], stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout), complaint: decoder.decode(stderr) };
}

/** Whether the machine has a program. */
export async function hasProgram(name: string): Promise<boolean> {
  try {
    await run(name, ["--version"]);
    return true;
  } catch {
    return false;
  }
}

/** The fingerprint of a PEM certificate, worked out from its bytes. */
export async function fingerprintOf(cert: string): Promise<string> {
  const base64 = cert.replaceAll(/-----[A-Z ]+-----|\s/g, "");
  const bytes = Uint8Array.fromBase64(base64);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0").toUpperCase());
  return `SHA256:${hex.join(":")}`;
}
