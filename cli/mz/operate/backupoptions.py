"""The words of `./mz backup` and `./mz restore` on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_backup(backup: argparse.ArgumentParser) -> None:
    backup.add_argument(
        "--to", type=Path, metavar="FOLDER", help="备份目录,在另一块磁盘或机器上 (on another disk)"
    )
    backup.add_argument(
        "--recipient", metavar="AGE", help="保管人的公钥或其文件 (public key age1…, or its file)"
    )
    backup.add_argument(
        "--secrets-to",
        type=Path,
        metavar="FOLDER",
        help="私钥与个人数据密钥的另一处 (another place, for the secrets)",
    )
    backup.add_argument("--secrets-recipient", metavar="AGE", help="另一位保管人的公钥 (of another person)")
    backup.add_argument("--follow", action="store_true", help="持续接收,直至 Ctrl-C (go on until Ctrl-C)")
    backup.add_argument(
        "--no-loss",
        action="store_true",
        help="每次提交等待备份落盘 (each commit waits for this backup; with --follow)",
    )
    backup.add_argument(
        "--make-key", type=Path, metavar="FILE", help="新建一对密钥并打印公钥 (make a key pair)"
    )


def add_restore(restore: argparse.ArgumentParser) -> None:
    restore.add_argument("backup", type=Path, metavar="BACKUP", help="备份目录下的一次备份 (TO/<time>)")
    restore.add_argument(
        "--identity", type=Path, required=True, metavar="FILE", help="保管人的私钥 (private key)"
    )
    restore.add_argument(
        "--secrets", type=Path, metavar="FOLDER", help="密钥的备份目录 (where the secrets are)"
    )
    restore.add_argument(
        "--secrets-identity", type=Path, metavar="FILE", help="另一位保管人的私钥 (their key)"
    )
    restore.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="所知最新的检查点 (the newest checkpoint that anybody keeps)",
    )
    restore.add_argument(
        "--log-key", metavar="VKEY", help="账本公钥,它为备份签名 (the log's key, which signed the backup)"
    )
    restore.add_argument(
        "--unsigned", action="store_true", help="不核验备份由谁所作 (trust the folder as it stands)"
    )
    restore.add_argument(
        "--unsigned-log",
        action="store_true",
        help="也取用被中断的备份最后几段无签名的日志 (the last segments of a backup that was killed)",
    )
