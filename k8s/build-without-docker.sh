#!/usr/bin/env bash
# Builds both images where no Docker runs: Debian's buildah on a base that debootstrap makes. Needs root, about 5 minutes and 3 GB.
#
#     apt-get install -y --no-install-recommends buildah debootstrap
#     k8s/build-without-docker.sh /var/tmp/mingzheng-images
#
# Only what git knows enters the build. Prints the bytes of each image beyond its base; the fonts of documents are 20 MB of them.
set -euo pipefail
place=${1:?a folder for bases and images}
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$place"
build() { buildah --root "$place/store" --runroot "$place/run" --storage-driver vfs "$@"; }

if [ ! -d "$place/base" ]; then
  debootstrap --variant=minbase --include=python3,python3-venv,python-is-python3,ca-certificates \
    bookworm "$place/base.part" > "$place/base.log"
  mv "$place/base.part" "$place/base"
fi
if ! build images --format '{{.Name}}' | grep -q '^localhost/base$'; then
  container=$(build from scratch)
  build add -q "$container" "$place/base" / > /dev/null
  build commit -q "$container" localhost/base > /dev/null
fi

rm -rf "$place/context" && mkdir "$place/context"
git -C "$root" archive HEAD | tar x -C "$place/context"
# The builder's own settings of pip: an index, its certificate, folders of packages. None of them stays in the image.
settings=()
for file in /etc/pip.conf "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf"; do
  if [ -f "$file" ]; then settings=(-v "$file:/etc/pip.conf:ro"); fi
done
for folder in ${PIP_FIND_LINKS:-} /etc/ssl/certs; do
  if [ -d "$folder" ]; then settings+=(-v "$folder:$folder:ro"); fi
done

for target in platform outsiders; do
  build bud -q --isolation chroot --network host --format docker --build-arg BASE=localhost/base \
    --build-arg REVISION="$(git -C "$root" rev-parse HEAD)" "${settings[@]}" \
    --target "$target" -t "mingzheng-$target" "$place/context" > "$place/$target.log" 2>&1
  container=$(build from "localhost/mingzheng-$target")
  tree=$(build mount "$container")
  bytes=$(du -sb "$tree/srv/mingzheng" | cut -f1)
  keys=$(find "$tree/srv/mingzheng" -name '*.pem' ! -path '*/site-packages/certifi/*' | wc -l)
  echo "$target: $bytes bytes beyond the base, $keys keys in it"
  build rm "$container" > /dev/null
done
