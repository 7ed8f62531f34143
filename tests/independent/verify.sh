#!/bin/bash
# Answers questions.tsv with openssl and coreutils. Prints one line per question: its number and "accept" or "refuse".
# Usage: bash verify.sh <folder of the questions>
#
# No `set -e`: it ignores whatever fails within `a && b` or a condition, and would pass what was never checked.
# Every check returns its own verdict instead, and a question is refused unless each of its checks said yes.
# Whole logs are read up to 513 entries: a process per hash is too slow for more.
set -u
folder=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
LC_ALL=C

hex() { od -An -v -tx1 | tr -d ' \n'; }
sha256() { openssl dgst -sha256 -binary | base64 -w0; }
node() { { printf '\1'; printf '%s' "$1" | base64 -d; printf '%s' "$2" | base64 -d; } | sha256; }
leaf() { { printf '\0'; cat "$1"; } | sha256; }

IFS=+ read -r name id key < "$folder/log.vkey"
{ printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; printf '%s' "$key" | base64 -d | tail -c 32; } > "$work/key.der"
openssl pkey -pubin -inform DER -in "$work/key.der" -out "$work/key.pem" || exit 2
if [ "$({ printf '%s\n' "$name"; printf '%s' "$key" | base64 -d; } | openssl dgst -sha256 -binary | head -c 4 | hex)" != "$id" ]; then
  echo "the vkey is not one" >&2
  exit 2
fi

# checkpoint FILE: sets size and root if a line of our key signs the text and none of our key is wrong.
checkpoint() {
  local lines signed=0 mark who value number
  mapfile -t lines < "$1"
  if [ "${#lines[@]}" -lt 5 ] || [ "${lines[0]}" != "$name" ] || [ -n "${lines[3]}" ]; then return 1; fi
  printf '%s\n%s\n%s\n' "${lines[@]:0:3}" > "$work/text"
  for number in $(seq 4 $((${#lines[@]} - 1))); do
    read -r mark who value <<< "${lines[$number]}"
    if [ "$mark" != "—" ]; then return 1; fi
    printf '%s' "$value" | base64 -d > "$work/value" || return 1
    if [ "$who" != "$name" ] || [ "$(head -c 4 "$work/value" | hex)" != "$id" ]; then continue; fi
    tail -c +5 "$work/value" > "$work/signature"
    openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$work/text" \
      -sigfile "$work/signature" > /dev/null 2>&1 || return 1
    signed=1
  done
  if [ "$signed" != 1 ]; then return 1; fi
  size=${lines[1]} root=${lines[2]}
  case $size in '' | *[!0-9]* | 0?*) return 1 ;; esac
  return 0
}

# inclusion ENTRY PROOF (RFC 9162, 2.1.3.2)
inclusion() {
  local lines index hash left last at
  mapfile -t lines < "$2"
  if [ "${lines[0]}" != "c2sp.org/tlog-proof@v1" ]; then return 1; fi
  index=${lines[1]#index }
  at=2
  while [ -n "${lines[$at]}" ]; do at=$((at + 1)); done
  printf '%s\n' "${lines[@]:$((at + 1))}" > "$work/checkpoint"
  checkpoint "$work/checkpoint" || return 1
  if [ "$index" -ge "$size" ]; then return 1; fi
  hash=$(leaf "$1") left=$index last=$((size - 1))
  for sibling in "${lines[@]:2:$((at - 2))}"; do
    if [ "$last" = 0 ]; then return 1; fi
    if [ $((left & 1)) = 1 ] || [ "$left" = "$last" ]; then
      hash=$(node "$sibling" "$hash")
      while [ $((left & 1)) = 0 ] && [ "$left" != 0 ]; do left=$((left >> 1)) last=$((last >> 1)); done
    else
      hash=$(node "$hash" "$sibling")
    fi
    left=$((left >> 1)) last=$((last >> 1))
  done
  [ "$last" = 0 ] && [ "$hash" = "$root" ]
}

# consistency OLD NEW PROOF (RFC 9162, 2.1.4.2)
consistency() {
  local proof old old_root small large left last sibling
  checkpoint "$1" || return 1
  old=$size old_root=$root
  checkpoint "$2" || return 1
  if [ "$old" -ge "$size" ]; then return 1; fi
  mapfile -t proof < <(grep . "$3")
  if [ "${#proof[@]}" = 0 ]; then return 1; fi
  if [ $((old & (old - 1))) = 0 ]; then proof=("$old_root" "${proof[@]}"); fi
  left=$((old - 1)) last=$((size - 1))
  while [ $((left & 1)) = 1 ]; do left=$((left >> 1)) last=$((last >> 1)); done
  small=${proof[0]} large=${proof[0]}
  for sibling in "${proof[@]:1}"; do
    if [ "$last" = 0 ]; then return 1; fi
    if [ $((left & 1)) = 1 ] || [ "$left" = "$last" ]; then
      small=$(node "$sibling" "$small") large=$(node "$sibling" "$large")
      while [ $((left & 1)) = 0 ] && [ "$left" != 0 ]; do left=$((left >> 1)) last=$((last >> 1)); done
    else
      large=$(node "$large" "$sibling")
    fi
    left=$((left >> 1)) last=$((last >> 1))
  done
  [ "$last" = 0 ] && [ "$small" = "$old_root" ] && [ "$large" = "$root" ]
}

# digests FILE…: the SHA-256 of each, hex, one process for all.
digests() { printf '%s\0' "$@" | xargs -0 openssl dgst -sha256 -r | cut -c1-64; }

# escaped HEX…: as printf writes it
escaped() { printf '%s\n' "$@" | sed 's/../\\x&/g'; }

# log FOLDER CHECKPOINT: every entry hashed, the tree over them, every hash tile compared.
log() {
  local level=0 n at length width bundle path hashes next i files
  checkpoint "$2" || return 1
  rm -rf "$work/nodes" && mkdir "$work/nodes"
  files=()
  for n in $(seq 0 $(((size - 1) / 256))); do
    width=$((size - n * 256 < 256 ? size - n * 256 : 256))
    path=$(printf 'tile/entries/%03d' "$n")
    if [ "$width" -lt 256 ]; then path=$path.p/$width; fi
    bundle=$1/$path at=1
    for i in $(seq "$width"); do
      length=$((16#$(tail -c "+$at" "$bundle" | head -c 2 | hex)))
      at=$((at + 2))
      { printf '\0'; tail -c "+$at" "$bundle" | head -c "$length"; } > "$work/nodes/$n-$i"
      files+=("$work/nodes/$n-$i") at=$((at + length))
    done
    if [ "$(stat -c %s "$bundle")" != $((at - 1)) ]; then return 1; fi
  done
  mapfile -t hashes < <(digests "${files[@]}")
  while :; do
    if [ $((level % 8)) = 0 ]; then tiles_hold "$1" $((level / 8)) "${hashes[@]:0:$((size >> level))}" || return 1; fi
    if [ "${#hashes[@]}" = 1 ]; then break; fi
    mapfile -t next < <(escaped "${hashes[@]}")
    files=()
    for ((i = 0; i + 1 < ${#hashes[@]}; i += 2)); do
      printf "\\x01${next[$i]}${next[$((i + 1))]}" > "$work/nodes/$i"
      files+=("$work/nodes/$i")
    done
    # RFC 6962 lifts an odd one out to the next level as it is.
    next=()
    if [ $((${#hashes[@]} % 2)) = 1 ]; then next=("${hashes[-1]}"); fi
    mapfile -t hashes < <(digests "${files[@]}"; printf '%s\n' "${next[@]}" | grep .)
    level=$((level + 1))
  done
  [ "${hashes[0]}" = "$(printf '%s' "$root" | base64 -d | hex)" ]
}

# tiles_hold FOLDER LEVEL HASH…: whether the tiles of this level are these hashes and nothing else.
tiles_hold() {
  local base=$1 level=$2 n width path count
  shift 2
  count=$#
  for n in $(seq 0 $(((count - 1) / 256))); do
    width=$((count - n * 256 < 256 ? count - n * 256 : 256))
    path=$(printf 'tile/%s/%03d' "$level" "$n")
    if [ "$width" -lt 256 ]; then path=$path.p/$width; fi
    if [ "$(hex < "$base/$path")" != "$(printf '%s' "${@:$((n * 256 + 1)):$width}")" ]; then return 1; fi
  done
}

while IFS=$'\t' read -r number kind paths _ count _; do
  if [ "$kind" = log ] && [ "$count" -gt 513 ]; then continue; fi
  asked=()
  for path in $paths; do asked+=("$folder/$path"); done
  if "$kind" "${asked[@]}" 2> /dev/null; then
    printf '%s\taccept\n' "$number"
  else
    printf '%s\trefuse\n' "$number"
  fi
done < "$folder/questions.tsv"
