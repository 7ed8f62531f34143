// The key of a system: Ed25519, P-256, or RSA from 2048 bits. The algorithm follows from the key.
//
//   Ed25519   EdDSA   ed25519             RFC 8037
//   P-256     ES256   ecdsa-p256-sha256   RFC 7518
//   RSA       PS512   rsa-pss-sha512      RFC 7518

import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";

/** A private key and the `kid` under which its public half was published. */
export class PrivateKey {
  readonly jose: "EdDSA" | "ES256" | "PS512";
  readonly algorithm: "ed25519" | "ecdsa-p256-sha256" | "rsa-pss-sha512";
  /** The public half (RFC 7517), without its kid. */
  readonly jwk: Record<string, string>;

  constructor(
    readonly kid: string,
    private readonly key: KeyObject,
  ) {
    const { kty, crv, x, y, n, e } = createPublicKey(key).export({ format: "jwk" });
    if (kty === "OKP" && crv === "Ed25519") [this.jose, this.algorithm] = ["EdDSA", "ed25519"];
    else if (kty === "EC" && crv === "P-256") [this.jose, this.algorithm] = ["ES256", "ecdsa-p256-sha256"];
    else if (kty === "RSA" && Number(key.asymmetricKeyDetails?.modulusLength) >= 2048) [this.jose, this.algorithm] = ["PS512", "rsa-pss-sha512"];
    else throw new Error("a key is Ed25519, P-256, or RSA from 2048 bits");
    const members = { kty, crv, x, y, n, e };
    this.jwk = Object.fromEntries(Object.entries(members).filter((member): member is [string, string] => member[1] !== undefined));
  }

  static generate(kid: string): PrivateKey {
    return new PrivateKey(kid, generateKeyPairSync("ed25519").privateKey);
  }

  /** The key in a PEM file without a password. */
  static read(path: string, kid: string): PrivateKey {
    return new PrivateKey(kid, createPrivateKey(readFileSync(path)));
  }

  /**
   * The signature over `message` in the form of JOSE, which is also that of RFC 9421: for P-256 r || s, for RSA a salt
   * of 64 bytes. Node would take the longest salt that fits, and so does the signer of the library.
   */
  sign(message: Buffer): Buffer {
    switch (this.jose) {
      case "EdDSA":
        return sign(null, message, this.key);
      case "ES256":
        return sign("sha256", message, { key: this.key, dsaEncoding: "ieee-p1363" });
      case "PS512":
        return sign("sha512", message, { key: this.key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 });
    }
  }

  /** `claims` as a compact JWS (RFC 7515). */
  token(header: object, claims: object): string {
    const signed = `${encoded({ alg: this.jose, ...header })}.${encoded(claims)}`;
    return `${signed}.${this.sign(Buffer.from(signed)).toString("base64url")}`;
  }

  /** The proof of possession of a key challenge: base64url of the signature over its `message`. */
  possession(message: string): string {
    return this.sign(Buffer.from(message)).toString("base64url");
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
