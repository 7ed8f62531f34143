"""The law of evidence: pure rules that return facts or raise Refusal."""
