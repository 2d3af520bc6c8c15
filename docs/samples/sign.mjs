// Signs who a customer is, for the chat on your website. Node.js 20 or newer, no packages.
//
//     node sign.mjs private.pem KID bank.example CUSTOMER [NAME] [E-MAIL]

import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";

// A token for one showing of one page.
export function token(pem, kid, tenant, customer, name = "", email = "") {
  const key = createPrivateKey(pem);
  const isEd25519 = key.asymmetricKeyType === "ed25519";
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: isEd25519 ? "EdDSA" : "ES256", typ: "JWT", kid };
  const claims = { aud: tenant, sub: customer, jti: randomUUID(), iat: now, exp: now + 300, name, email };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  // JOSE wants both numbers of an ECDSA signature side by side, not as DER.
  const signature = isEd25519
    ? sign(null, Buffer.from(signed), key)
    : sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

const [, , file, ...rest] = process.argv;
process.stdout.write(token(readFileSync(file, "utf8"), ...rest));
