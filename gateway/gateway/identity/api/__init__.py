"""Identity over HTTP: who the caller is, and the addresses of the demo's issuer."""
