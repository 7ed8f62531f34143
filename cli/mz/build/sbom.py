"""The parts of an image as a CycloneDX document: exactly the entries of its lock.

The Dockerfile runs this file as it is, so it needs the standard library alone:  python sbom.py LOCK NAME VERSION
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path


def bill(lock: str, name: str, version: str) -> str:
    """A CycloneDX 1.6 document in JSON: each package of `lock` with its version and the hashes that pip accepts."""
    components = []
    for block in re.split(r"\n(?=\S)", lock.strip()):
        found = re.match(r"([a-z0-9._-]+)==([^\s;\\]+)", block)
        if found is None:
            raise ValueError(f"no entry of a lock: {block.splitlines()[0]}")
        purl = f"pkg:pypi/{found[1]}@{found[2]}"
        # One of these is the hash of the file that was installed: which one, depends on the machine.
        accepted = [
            {"name": "mingzheng:sha256", "value": each}
            for each in re.findall(r"sha256:([0-9a-f]{64})", block)
        ]
        components.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": found[1],
                "version": found[2],
                "purl": purl,
                "properties": accepted,
            }
        )
    own = f"pkg:generic/{name}@{version}"
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "bom-ref": own, "name": name, "version": version}},
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": [each["bom-ref"] for each in components]}],
    }
    return json.dumps(document, indent=1) + "\n"


if __name__ == "__main__":
    print(bill(Path(sys.argv[1]).read_text(), sys.argv[2], sys.argv[3]), end="")
