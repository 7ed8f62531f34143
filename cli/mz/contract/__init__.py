"""The OpenAPI document of the platform: compared with the last release, tried, made a client of."""
