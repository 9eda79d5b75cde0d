/**
 * Keys and JWTs as `nsc` makes them, for a server that trusts an operator.
 *
 * @module
 */

import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

const encoder = new TextEncoder();

/** As much as anybody wants. */
const NO_LIMITS = {
  ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true },
  ...{ conn: -1, leaf: -1 },
};

const JETSTREAM = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/** The keys of a user. */
export interface UserKeys {
  /** What its seed is: `SU…`. */
  seed: string;
  /** By which a server knows it: `U…`. */
  publicKey: string;
}

/** Makes the keys of a user. */
export function makeUserKeys(): UserKeys {
  return namesOf(nkeys.createUser());
}

/** An operator with one account that has users, and one for the server's own use. */
export class Operator {
  readonly #operator = nkeys.createOperator();
  readonly #system = nkeys.createAccount();
  readonly #account = nkeys.createAccount();

  /** The lines of a server's configuration that trust it. */
  get config(): string {
    const operator = this.#jwt(this.#operator, this.#operator, {
      type: "operator",
      system_account: this.#system.getPublicKey(),
    });
    const [system, account] = [this.#system, this.#account].map((keys) => {
      // The server's own account may have no JetStream.
      const limits = keys === this.#system ? NO_LIMITS : { ...NO_LIMITS, ...JETSTREAM };
      const jwt = this.#jwt(this.#operator, keys, { type: "account", limits });
      return `${keys.getPublicKey()}: ${jwt}`;
    });
    return [
      `operator: ${operator}`,
      `system_account: ${this.#system.getPublicKey()}`,
      "resolver: MEMORY",
      `resolver_preload: {\n${system}\n${account}\n}`,
    ].join("\n");
  }

  /** The text of a credentials file for a new user, of this operator until `expires`. */
  credentials(expires?: Date): string {
    const user = nkeys.createUser();
    const claims = { type: "user", pub: {}, sub: {}, subs: -1, data: -1, payload: -1 };
    const jwt = this.#jwt(this.#account, user, claims, expires);
    return [
      "-----BEGIN NATS USER JWT-----",
      jwt,
      "------END NATS USER JWT------",
      "",
      "-----BEGIN USER NKEY SEED-----",
      namesOf(user).seed,
      "------END USER NKEY SEED------",
      "",
    ].join("\n");
  }

  #jwt(issuer: KeyPair, subject: KeyPair, claims: object, expires?: Date): string {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const body = {
      jti: crypto.randomUUID(),
      iat: nowSeconds,
      iss: issuer.getPublicKey(),
      name: "test",
      sub: subject.getPublicKey(),
      ...(expires !== undefined && { exp: Math.floor(expires.getTime() / 1000) }),
      nats: { version: 2, ...claims },
    };
    const signed = [{ typ: "JWT", alg: "ed25519-nkey" }, body]
      .map((part) => base64Url(encoder.encode(JSON.stringify(part)))).join(".");
    return `${signed}.${base64Url(issuer.sign(encoder.encode(signed)))}`;
  }
}

function namesOf(keys: KeyPair): UserKeys {
  return { seed: new TextDecoder().decode(keys.getSeed()), publicKey: keys.getPublicKey() };
}

function base64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
