#!/usr/bin/env bash
# PUT with `If-None-Match: *` of one object by several clients at the same moment, on OpenStack Swift's S3 API.
#
# Versions     swift 2.38.3 (one node, one replica), asked by obstore 0.12.1 (Python 3.11)
# Expectation  RFC 9110, 13.1.2 and S3's conditional writes: the condition is false as soon as the object exists, so of
#              several clients that create one object, one is answered 200 and the others 412.
# Behaviour    One after another it is so. At the same moment several are answered 200, each for other bytes; one of
#              them is kept. The object server looks before the body comes and does not look again when it writes.
# Why it matters  A client that was told that it made the object is right to believe that the object holds its bytes. A
#              store of evidence, a lock or a counter that rests on that loses what was acknowledged, without an error.
#              Names that are digests of the bytes make it harmless.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(cat "$work"/pids 2> /dev/null) 2> /dev/null || true; sleep 1; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'swift==2.38.3' 'obstore==0.12.1'
cd "$work"
cat > serve.py <<'PYTHON'
import importlib, sys
import swift.common.utils as utils

home, name = sys.argv[1:]
utils.SWIFT_CONF_FILE = f"{home}/swift.conf"
sys.argv = [name, f"{home}/{name}.conf"]
importlib.import_module({"object": "swift.obj.server"}.get(name, f"swift.{name}.server")).main()
PYTHON
cat > make.py <<'PYTHON'
import sys
from pathlib import Path
from swift.common.ring import RingBuilder

home, port = Path(sys.argv[1]), int(sys.argv[2])
(home / "disks/one").mkdir(parents=True)
common = f"user =\nswift_dir = {home}\nworkers = 0\n"
(home / "swift.conf").write_text(
    "[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n"
    "[storage-policy:0]\nname = default\ndefault = yes\n"
)
for n, name in enumerate(("account", "container", "object"), start=1):
    (home / f"{name}.conf").write_text(
        f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port + n}\n{common}devices = {home}/disks\nmount_check = false\n"
        f"disable_fallocate = true\n[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\n"
    )
    ring = RingBuilder(1, 1, 0)
    ring.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1.0, "ip": "127.0.0.1", "port": port + n, "device": "one"})
    ring.rebalance()
    ring.get_ring().save(str(home / f"{name}.ring.gz"))
filters = "catch_errors cache listing_formats s3api tempauth bulk slo dlo versioned_writes symlink"
more = {
    "cache": "use = egg:swift#memcache\nmemcache_servers = 127.0.0.1:1\nerror_suppression_limit = 1000000",
    "tempauth": "use = egg:swift#tempauth\nuser_test_tester = testing .admin",
}
parts = "".join(f"[filter:{name}]\n{more.get(name, 'use = egg:swift#' + name)}\n" for name in filters.split())
(home / "proxy.conf").write_text(
    f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port}\n{common}[pipeline:main]\npipeline = {filters} proxy-server\n"
    f"[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nconn_timeout = 10\n{parts}"
)
PYTHON
cat > ask.py <<'PYTHON'
import sys, time, urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

store = S3Store(
    "files", endpoint=f"http://127.0.0.1:{sys.argv[1]}", region="us-east-1", access_key_id="test:tester",
    secret_access_key="testing", virtual_hosted_style_request=False, client_options={"allow_http": True},
)
for _ in range(120):
    try:
        place = obstore.sign(store, "PUT", "", timedelta(minutes=1))
        urllib.request.urlopen(urllib.request.Request(place, method="PUT"), timeout=30).close()
        break
    except OSError:
        time.sleep(0.5)


def made(one):
    name, client = one
    try:
        obstore.put(store, name, bytes([client]) * 1000, mode="create", use_multipart=False)
    except AlreadyExistsError:
        return False
    return True


in_turn = [made(("in-turn", client)) for client in range(4)]
print("one after another, the first alone is answered that it made the object:", in_turn == [True, False, False, False])
with ThreadPoolExecutor(8) as clients:
    rounds = [sum(clients.map(made, [(f"round-{n}", client) for client in range(8)])) for n in range(20)]
print("at the same moment, somebody always is:", min(rounds) >= 1)
print("at the same moment, one alone always is:", max(rounds) == 1)
PYTHON
port=$((20000 + $$ % 10000))
"$work/venv/bin/python" make.py "$work" "$port"
for name in account container object proxy; do
    "$work/venv/bin/python" serve.py "$work" "$name" 2> /dev/null &
    echo $! >> pids
done
"$work/venv/bin/python" ask.py "$port" | tee output
cat > expected <<'TEXT'
one after another, the first alone is answered that it made the object: True
at the same moment, somebody always is: True
at the same moment, one alone always is: False
TEXT
diff expected output && echo "as found"
