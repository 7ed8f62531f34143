"""OpenStack Swift on this machine, with its S3 API: four processes of the real thing over one folder.

    python -P objectstore.py FOLDER PORT       with the Python of requirements-swift.lock; ends on SIGTERM

    account, container, object (PORT+1 … +3) ◀── proxy with s3api (PORT)       key test:tester, secret testing

One device, one replica: what is on its disk is what a test reads back. `Swift.started` installs it in an environment of
its own and makes a bucket; the file imports nothing of ours, because that environment has nothing of ours.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

KEY, SECRET, BUCKET = "test:tester", "testing", "files"
_SERVERS = ("account", "container", "object")
_WITHIN_S = 60

_COMMON = """[swift-hash]
swift_hash_path_suffix = tests
swift_hash_path_prefix = tests
[swift-constraints]
max_header_size = 32768
[storage-policy:0]
name = default
default = yes
"""

_BACK = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
user =
swift_dir = {home}/etc
devices = {home}/srv
mount_check = false
workers = 0
log_level = WARNING
disable_fallocate = true
recon_cache_path = {home}/cache
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""

_PIPELINE = "catch_errors cache listing_formats s3api tempauth bulk slo dlo versioned_writes symlink"
_FILTERS = {
    "cache": "use = egg:swift#memcache\nmemcache_servers = 127.0.0.1:1\nerror_suppression_limit = 1000000",
    "s3api": "use = egg:swift#s3api\nlocation = us-east-1\ns3_acl = false\nforce_swift_request_proxy_log = false",
    "tempauth": "use = egg:swift#tempauth\nuser_test_tester = testing .admin .reseller_admin",
    "versioned_writes": "use = egg:swift#versioned_writes\nallow_object_versioning = true",
}


class Swift:
    """A running one at `url`, with the empty bucket `files`."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self._process = process

    @classmethod
    def started(cls, python: Path, folder: Path) -> Swift:
        """Raises RuntimeError if it is not ready in time."""
        port = _four_ports()
        process = subprocess.Popen(
            [str(python), "-P", __file__, str(folder), str(port)], stderr=subprocess.DEVNULL
        )
        swift = cls(f"http://127.0.0.1:{port}", process)
        try:
            deadline = time.monotonic() + _WITHIN_S
            while not swift._has_bucket():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("couldn't start Swift")
                time.sleep(0.2)
        except BaseException:
            swift.stop()
            raise
        return swift

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)

    def _has_bucket(self) -> bool:
        """Makes the bucket. False while one of the four servers is not ready."""
        import obstore
        from obstore.store import S3Store

        store = S3Store(
            BUCKET,
            endpoint=self.url,
            region="us-east-1",
            access_key_id=KEY,
            secret_access_key=SECRET,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
        )
        place = obstore.sign(store, "PUT", "", timedelta(minutes=1))
        try:
            urllib.request.urlopen(urllib.request.Request(place, method="PUT"), timeout=30).close()
        except OSError:
            return False
        return True


def _four_ports() -> int:
    """The first of four free ports in a row."""
    for first in range(18_000, 19_000, 4):
        if not any(_listens(first + n) for n in range(4)):
            return first
    raise RuntimeError("couldn't find four free ports")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _write(home: Path, port: int) -> None:
    from swift.common.ring import RingBuilder  # type: ignore[import-not-found]

    for name in ("srv/one", "etc", "cache"):
        (home / name).mkdir(parents=True, exist_ok=True)
    etc = home / "etc"
    (etc / "swift.conf").write_text(_COMMON)
    for n, name in enumerate(_SERVERS, start=1):
        (etc / f"{name}.conf").write_text(_BACK.format(home=home, name=name, port=port + n))
        builder = RingBuilder(1, 1, 0)
        device = {
            "id": 0,
            "region": 1,
            "zone": 1,
            "weight": 1.0,
            "ip": "127.0.0.1",
            "port": port + n,
            "device": "one",
        }
        builder.add_dev(device)
        builder.rebalance()
        builder.get_ring().save(str(etc / f"{name}.ring.gz"))
    filters = {name: f"use = egg:swift#{name}" for name in _PIPELINE.split()} | _FILTERS
    head = f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port}\nuser =\nswift_dir = {etc}\nworkers = 0\n"
    app = "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nconn_timeout = 10\nnode_timeout = 30\n"
    parts = "".join(f"[filter:{name}]\n{text}\n" for name, text in filters.items())
    (etc / "proxy.conf").write_text(
        f"{head}[pipeline:main]\npipeline = {_PIPELINE} proxy-server\n{app}{parts}"
    )


def _serve(home: Path, name: str) -> None:
    import importlib

    import swift.common.utils as utils  # type: ignore[import-not-found]

    utils.SWIFT_CONF_FILE = str(home / "etc/swift.conf")
    sys.argv = [name, str(home / f"etc/{name}.conf")]
    module = {"proxy": "swift.proxy.server", "object": "swift.obj.server"}.get(name, f"swift.{name}.server")
    importlib.import_module(module).main()


def main(folder: str, port: str, role: str = "") -> None:
    home = Path(folder).resolve()
    if role:
        _serve(home, role)
        return
    _write(home, int(port))
    children = [
        subprocess.Popen([sys.executable, "-P", __file__, folder, port, name])
        for name in (*_SERVERS, "proxy")
    ]

    def stop(*_: object) -> None:
        for child in children:
            child.terminate()
        for child in children:
            child.wait()
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
