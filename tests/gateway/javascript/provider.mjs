// Another program's OpenID provider (oidc-provider), with one client and whoever signs in: node provider.mjs FOLDER PORT REDIRECT
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, port, redirect] = process.argv.slice(2);
const where = createRequire(`${folder}/package.json`).resolve("oidc-provider");
const { Provider } = await import(pathToFileURL(where).href);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "mingzheng",
      client_secret: "known to both",
      redirect_uris: [redirect],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      backchannel_logout_uri: "http://127.0.0.1:9/nobody",
      backchannel_logout_session_required: true,
    },
  ],
  cookies: { keys: ["of this run alone"] },
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
