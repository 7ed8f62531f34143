"""`./mz k8s check | run | secrets`: each act is a module, imported when it is asked for."""

from __future__ import annotations

import argparse


def main(options: argparse.Namespace) -> int:
    """Do what was asked for; the exit status."""
    from mz.k8s import check

    return check.main([folder.absolute() for folder in options.folders])
