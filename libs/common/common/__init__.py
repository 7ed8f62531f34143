"""Mechanisms that every service shares; never law, never a service. A new file here needs an ADR."""
