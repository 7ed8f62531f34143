"""`./mz k8s check | run`: each act is a module, imported when it is asked for."""

from __future__ import annotations

import argparse


def main(options: argparse.Namespace) -> int:
    """Do what was asked for; the exit status."""
    if options.act == "run":
        from mz.k8s import run

        return run.main(options)
    from mz.k8s import check

    return check.main([folder.absolute() for folder in options.folders])
