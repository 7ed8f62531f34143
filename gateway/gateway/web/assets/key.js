/* Binds an officer's session to this browser: a P-256 key that no script can read signs a challenge every two minutes.

   renew()          one proof; false where this browser cannot give one
   asked(url, init) fetch, and once more after a proof where the answer is 401 BROWSER_NOT_PROVEN
*/

const EVERY_MS = 120_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

function stored(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("mingzheng", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const asking = act(opening.result.transaction("keys", mode).objectStore("keys"));
      asking.onerror = () => reject(asking.error);
      asking.onsuccess = () => { opening.result.close(); resolve(asking.result); };
    };
  });
}

async function keyPair() {
  const kept = await stored("readonly", (keys) => keys.get("browser"));
  if (kept) return kept;
  const made = await crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
  // Two tabs may come here at once: the first key stays, and both take that one.
  await stored("readwrite", (keys) => keys.add(made, "browser")).catch(() => undefined);
  return stored("readonly", (keys) => keys.get("browser"));
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

let proving = null;

async function proved() {
  const answer = await fetch("/sign-in/key/challenge");
  if (!answer.ok) return false;
  const { session, challenge } = await answer.json();
  const pair = await keyPair();
  const message = new TextEncoder().encode(`mingzheng-browser\n${session}\n${challenge}`);
  const signature = base64url(await crypto.subtle.sign(ALGORITHM, pair.privateKey, message));
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const sent = await fetch("/sign-in/key", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Mingzheng-Page": document.querySelector("meta[name=page]").content,
    },
    body: JSON.stringify({ challenge, signature, jwk: { kty, crv, x, y } }),
  });
  return sent.ok;
}

export function renew() {
  proving = proving || proved().finally(() => { proving = null; });
  return proving;
}

export async function asked(url, init) {
  const answer = await fetch(url, init);
  if (answer.status !== 401) return answer;
  const problem = await answer.clone().json().catch(() => ({}));
  return problem.code === "BROWSER_NOT_PROVEN" && (await renew()) ? fetch(url, init) : answer;
}

// A page of an officer loads this file by itself; beside the pages of anybody else it only offers `asked`.
const isOfficers = document.querySelector('script[src$="/key.js"]') !== null;
const quietly = () => renew().catch(() => false); // offline for a while: the next round, or `asked`, does it

if (isOfficers) {
  setInterval(quietly, EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) quietly(); });
  addEventListener("online", quietly);
  const wait = document.getElementById("key-wait");
  quietly().then((isProven) => {
    if (!wait) return;
    if (isProven) location.replace(wait.dataset.next);
    else document.getElementById("key-again").hidden = false;
  });
}
