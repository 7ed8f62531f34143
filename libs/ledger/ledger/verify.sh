#!/usr/bin/env bash
# Verifies an unpacked court bundle with bash, openssl (3.0 or later) and coreutils. It is a second program that shares
# no line with verify.py and checks less: notes, proofs, streams, quorum and time stamps. It lists the rest as 未核验.
#
#   bash verify.sh FOLDER --key VKEY [--witness VKEY]... [--quorum N] [--tsa ROOTS.pem]
#
# Exit code: 0 VERIFIED, 1 FORGED, 2 NOT_VERIFIED (as verify.py). A step that was not demanded and cannot be made is
# open; a contradiction is forged. There is no `set -e`, because it has no effect inside `a && b`; every check is tested
# explicitly. The bundle may be hostile: no text from it reaches a subscript or arithmetic before a pattern accepted it.
set -uo pipefail
shopt -s globstar nullglob dotglob
export LC_ALL=C

DASH=$'\xe2\x80\x94'
VKEY='^[A-Za-z0-9./:_-]{1,255}[+][0-9a-f]{8}[+][A-Za-z0-9+/=]{44,2000}$'
NUMBER='^(0|[1-9][0-9]{0,17})$'
NO_HASH=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
forged=0 unmade=0 checks=0 step='' total=0 NO_BC=0
TRUSTED=() WITNESSES=() QUORUM='' TSA='' FOLDER=''

usage() { echo "用法:bash verify.sh <解开的证据包> --key <公布的公钥> [--witness <公钥>]... [--quorum <几个>] [--tsa <根证书.pem>]" >&2; exit 2; }
while (($#)); do
  case $1 in
    --key) (($# > 1)) || usage; TRUSTED+=("$2"); shift 2 ;;
    --witness) (($# > 1)) || usage; WITNESSES+=("$2"); shift 2 ;;
    --quorum) [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || usage; QUORUM=$2; shift 2 ;;
    --tsa) (($# > 1)) || usage; TSA=$(realpath -e -- "$2") || usage; shift 2 ;;
    -*) usage ;;
    *) [[ -z $FOLDER ]] || usage; FOLDER=$1; shift ;;
  esac
done
[[ -n $FOLDER ]] || usage
cd -- "$FOLDER" || usage
TMP=$(mktemp -d) || exit 2
trap 'rm -rf -- "$TMP"' EXIT

# ---- results of a step ---------------------------------------------------------------------------------------

begin() { finish; step=$1 checks=0 failed=0 left=0; }
ok() { checks=$((checks + 1)); }
bad() { forged=1 failed=1; ok; echo "     ✗ $1"; }
open() { left=1; echo "     ○ $1"; [[ ${2:-demanded} == optional ]] || unmade=1; }
finish() {
  [[ -n $step ]] || return 0
  total=$((total + checks))
  if ((failed)); then echo " ✗ $step:已被改动或伪造,$checks 项"
  elif ((left)) || ((checks == 0)); then
    echo " ○ $step:未能核验,$checks 项"
    ((left)) || unmade=1
  else echo " ✓ $step:核验通过,$checks 项"; fi
}

# ---- bytes ---------------------------------------------------------------------------------------------------

unhex() {
  local out='' i
  for ((i = 0; i < ${#1}; i += 2)); do out+="\\x${1:i:2}"; done
  printf '%b' "$out"
}
tohex() { od -An -v -tx1 | tr -d ' \n'; }
sha() { sha256sum | cut -d' ' -f1; }
letters=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/
declare -A VALUE=()
for ((i = 0; i < 64; i++)); do VALUE[${letters:i:1}]=$i; done
# Sets HEX to the bytes of base64; fails unless it is canonical. It starts no process, because it runs thousands of times.
b64hex() {
  local i n part text=${1//=/A}
  [[ $1 =~ ^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$ ]] || return 1
  HEX=''
  for ((i = 0; i < ${#text}; i += 4)); do
    n=$((${VALUE[${text:i:1}]} << 18 | ${VALUE[${text:i+1:1}]} << 12 | ${VALUE[${text:i+2:1}]} << 6 | ${VALUE[${text:i+3:1}]}))
    printf -v part '%06x' "$n"
    HEX+=$part
  done
  case $1 in
    *==) HEX=${HEX%????} ;;
    *=) HEX=${HEX%??} ;;
  esac
}
# node LEFT RIGHT: sets DIGEST to SHA-256(0x01 || left || right).
node() {
  local out='\x01' both=$1$2 i
  for ((i = 0; i < 128; i += 2)); do out+="\\x${both:i:2}"; done
  DIGEST=$(printf '%b' "$out" | sha256sum) || return 1
  DIGEST=${DIGEST%% *}
}

# ---- keys and notes ------------------------------------------------------------------------------------------

declare -A NAME=() ID=() KIND=() PUBLIC=() MARK=()
# Sets V_NAME V_ID V_KIND V_PUBLIC V_MARK from a vkey; fails if its id does not belong to it. V_MARK is the beginning of
# a line by this key: five letters of base64 hold most of the key's id.
vkey() {
  local rest material digest
  if [[ -z ${ID[$1]:-} ]]; then
    [[ $1 =~ $VKEY ]] || return 1
    rest=${1#*+}
    b64hex "${rest#*+}" || return 1
    material=$HEX
    if [[ ${material:0:2} == 0[14] ]]; then sound "${material:2}" || return 1; fi
    digest=$({ printf '%s\n' "${1%%+*}"; unhex "$material"; } | sha) || return 1
    [[ ${digest:0:8} == "${rest%%+*}" ]] || return 1
    NAME[$1]=${1%%+*} ID[$1]=${rest%%+*} KIND[$1]=${material:0:2} PUBLIC[$1]=${material:2}
    rest=$(unhex "${ID[$1]}" | base64 -w0)
    MARK[$1]="$DASH ${NAME[$1]} ${rest:0:5}"
  fi
  V_NAME=${NAME[$1]} V_ID=${ID[$1]} V_KIND=${KIND[$1]} V_PUBLIC=${PUBLIC[$1]} V_MARK=${MARK[$1]}
}

# note FILE: its text goes to $TMP/text, its signature lines to the array LINES.
note() {
  local lines i last=-1
  [[ -f $1 && $(tail -c1 -- "$1" | tohex) == 0a ]] || return 1
  mapfile -t lines <"$1" || return 1
  for i in "${!lines[@]}"; do [[ -n ${lines[i]} ]] || last=$i; done
  ((last > 0 && last + 1 < ${#lines[@]})) || return 1
  head -n "$last" -- "$1" >"$TMP/text" || return 1
  LINES=("${lines[@]:last+1}")
}

# Programs disagree about keys that no honest signer makes. A key is the one encoding of a point of prime order
# (RFC 8032, 5.1.3). That takes numbers of 255 bits: without bc only the points of small order are recognised.
sound() { # PUBLIC-HEX
  local i number='' y
  [[ $1 =~ ^[0-9a-f]{64}$ ]] || return 1
  for ((i = 62; i >= 0; i -= 2)); do number+=${1:i:2}; done
  printf -v y '%x%s' "$((16#${number:0:1} & 7))" "${number:1}"
  [[ $y < 7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed ]] || return 1
  case $y in
    "$(printf '%064d' 0)" | "$(printf '%064d' 1)" | 7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec | \
      7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7 | \
      05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826) return 1 ;;
  esac
  command -v bc >/dev/null || { NO_BC=1; return 0; }
  [[ $(BC_LINE_LENGTH=0 bc 2>/dev/null <<END
p = 2^255 - 19
l = 2^252 + 27742317777372353535851937790883648493
define r(a) { a %= p; if (a < 0) a += p; return (a); }
define e(b, n) { auto a; a = 1; while (n > 0) { if (n % 2) a = r(a * b); b = r(b * b); n /= 2; }; return (a); }
d = r(-121665 * e(121666, p - 2))
define z(t) { /* the sum of X, Y, Z, T with itself (t = 0) or with x, y, 1, w (t = 1), by the complete formula */
  auto a, b, c, f, g, h, i, k, m, o;
  k = j; m = q; o = s; i = v;
  if (t) { k = x; m = y; o = 1; i = w; }
  a = r((q - j) * (m - k)); b = r((q + j) * (m + k)); c = r(2 * d * r(v * i)); f = r(2 * s * o);
  g = b - a; h = b + a; i = f - c; k = f + c;
  j = r(g * i); q = r(k * h); s = r(i * k); v = r(g * h); }
ibase = 16
y = ${y^^}
ibase = A
u = r(y * y - 1); n = r(d * y * y + 1)
x = r(r(u * n^3) * e(r(u * n^7), (p - 5) / 8))
if (r(n * x * x) != u) x = r(x * e(2, (p - 1) / 4))
g = 1
if (r(n * x * x) != u) g = 0
if (x == 0) g = 0
if (x % 2 != $((16#${number:0:1} >> 3))) x = p - x
w = r(x * y)
j = 0; q = 1; s = 1; v = 0
c = 2^252
while (c > 0) { i = z(0); if ((l / c) % 2) i = z(1); c /= 2; }
if (j != 0) g = 0
if (q != s) g = 0
g
END
  ) == 1 ]]
}
ed25519() { # PUBLIC-HEX SIGNATURE-HEX FILE
  [[ ${#1} == 64 && ${#2} == 128 && ${2:0:64} != 01$(printf '%062d' 0) ]] || return 1
  unhex "302a300506032b6570032100$1" >"$TMP/key" || return 1
  unhex "$2" >"$TMP/signature" || return 1
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$TMP/key" -rawin -in "$3" -sigfile "$TMP/signature" \
    >/dev/null 2>&1
}

# signature VKEY: sets HEX to the bytes after the key id in the line of LINES that names this key; fails without one.
signature() {
  local line
  vkey "$1" || return 1
  for line in "${LINES[@]}"; do
    [[ $line == "$V_MARK"* ]] || continue
    b64hex "${line##* }" || return 1
    if [[ ${HEX:0:8} == "$V_ID" ]]; then HEX=${HEX:8}; return 0; fi
  done
  return 1
}
claims() {
  local line
  vkey "$1" || return 1
  for line in "${LINES[@]}"; do [[ $line != "$V_MARK"* ]] || return 0; done
  return 1
}
signed() { # VKEY: whether $TMP/text carries its Ed25519 signature
  signature "$1" || return 1
  [[ $V_KIND == 01 ]] && ed25519 "$V_PUBLIC" "$HEX" "$TMP/text"
}

# ---- 1 file digests ------------------------------------------------------------------------------------------

echo "核验 $(basename -- "$PWD")(bash、openssl、coreutils)"
begin "文件摘要 files"
declare -A LISTED=()
path=''
[[ -f manifest.json ]] || bad "manifest.json:缺失"
while IFS= read -r line; do
  if [[ $line =~ ^\ +\"path\":\ \"([A-Za-z0-9._/-]+)\",?$ ]]; then path=${BASH_REMATCH[1]}
  elif [[ $line =~ ^\ +\"sha256\":\ \"([0-9a-f]{64})\",?$ && -n $path ]]; then LISTED[$path]=${BASH_REMATCH[1]} path=''; fi
done < <(cat manifest.json 2>/dev/null)
((${#LISTED[@]})) || bad "manifest.json:没有列出文件"
for path in **/*; do
  [[ -f $path && $path != manifest.json && $path != manifest.note ]] || continue
  if [[ -z ${LISTED[$path]:-} ]]; then bad "$path:不在清单里"; continue; fi
  if [[ $(sha <"$path") == "${LISTED[$path]}" ]]; then ok; else bad "$path:内容与清单的摘要不符"; fi
done
for path in "${!LISTED[@]}"; do [[ -f $path ]] || bad "$path:缺失"; done

# ---- 2 the key log and signers; 3 inclusion ------------------------------------------------------------------

FINAL=checkpoints/final.note
begin "检查点格式 final.note"
ORIGIN='' SIZE=0 ROOT=''
if note "$FINAL" && mapfile -t text <"$TMP/text" && ((${#text[@]} == 3)) &&
  [[ ${text[1]} =~ $NUMBER ]] && b64hex "${text[2]}" && [[ ${#HEX} == 64 ]]; then
  ORIGIN=${text[0]} SIZE=${text[1]} ROOT=$HEX
  ok
else bad "$FINAL:不是检查点"; fi

declare -A STREAMS=() ENDED=() SINCE=() ENDS_AT=()
ROOTS=() LOGS=() THRESHOLD=1

quoted() { # the strings of a JSON array without escapes, one a line
  local rest=$1
  while [[ $rest =~ ^,?\"([^\"\\]*)\"(.*)$ ]]; do printf '%s\n' "${BASH_REMATCH[1]}"; rest=${BASH_REMATCH[2]}; done
}
rooted() { # as many different root keys as the genesis asks for have signed
  local root
  local -A seen=() # one key under two names is one key
  for root in "${ROOTS[@]}"; do
    claims "$root" || continue
    signed "$root" || return 1
    seen[$V_PUBLIC]=1
  done
  ((${#seen[@]} >= THRESHOLD))
}
field() { [[ $DATA =~ \"$1\":\"([^\"\\]*)\" ]] && printf '%s' "${BASH_REMATCH[1]}"; }

# about_keys INDEX TYPE: checks the signers of the record in $TMP/text, and applies it. DATA is the record's data.
about_keys() {
  local key prefixes
  if [[ $2 == log.genesis ]]; then
    [[ $1 == 0 && ${#ROOTS[@]} == 0 ]] || return 1
    [[ $DATA =~ \"log_keys\":\[([^]]*)\] ]] && mapfile -t LOGS < <(quoted "${BASH_REMATCH[1]}")
    [[ $DATA =~ \"root_keys\":\[([^]]*)\] ]] && mapfile -t ROOTS < <(quoted "${BASH_REMATCH[1]}")
    [[ $DATA =~ \"root_threshold\":([1-9][0-9]?)[,}] ]] && THRESHOLD=${BASH_REMATCH[1]}
    for key in "${LOGS[@]}" "${ROOTS[@]}"; do [[ $key =~ $VKEY ]] || return 1; done
    for key in "${LOGS[@]}"; do SINCE[$key]=0; done
    ((${#ROOTS[@]} && ${#LOGS[@]})) && [[ $(field origin) == "$ORIGIN" ]] && rooted
    return
  fi
  key=$(field key) && [[ $key =~ $VKEY ]] || return 1
  case $2 in
    key.register)
      rooted || return 1
      if [[ $DATA == *'"signs":"checkpoints"'* && $DATA != *'"streams":'* ]]; then
        [[ -z ${SINCE[$key]:-} ]] || return 1
        vkey "$key" || return 1
        [[ $V_KIND != 01 ]] || signed "$key" || return 1
        LOGS+=("$key") SINCE[$key]=$1
        return 0
      fi
      signed "$key" || return 1
      [[ -z ${ENDED[$key]:-} && $DATA =~ \"streams\":\[([^]]+)\] ]] || return 1
      prefixes=$(quoted "${BASH_REMATCH[1]}")
      STREAMS[$key]=$prefixes ;;
    key.rotate)
      local old
      old=$(field replaces) && [[ $old =~ $VKEY ]] || return 1
      [[ -n ${STREAMS[$old]:-} && -z ${ENDED[$key]:-} ]] || return 1
      signed "$old" || return 1
      signed "$key" || return 1
      STREAMS[$key]=${STREAMS[$old]} ENDED[$old]=1
      unset "STREAMS[$old]" ;;
    key.revoke)
      rooted || return 1
      if [[ -n ${SINCE[$key]:-} && -z ${ENDS_AT[$key]:-} ]]; then ENDS_AT[$key]=$1
      else
        [[ -n ${STREAMS[$key]:-} ]] || return 1
        ENDED[$key]=1
        unset "STREAMS[$key]"
      fi ;;
    *) return 1 ;;
  esac
}
may_write() { # STREAM: sets SIGNER to a valid key for it that claims to have signed
  local key prefix
  for key in "${!STREAMS[@]}"; do
    claims "$key" || continue
    while IFS= read -r prefix; do
      if [[ -n $prefix && $1 == "$prefix"* ]]; then SIGNER=$key; return 0; fi
    done <<<"${STREAMS[$key]}"
  done
  return 1
}

# included INDEX LEAF PROOF-FILE (RFC 9162, section 2.1.3.2)
included() {
  local lines left=$1 last=$((SIZE - 1)) running=$2 i sibling at=-1
  (($1 < SIZE)) || return 1
  mapfile -t lines <"$3" || return 1
  [[ ${lines[0]:-} == c2sp.org/tlog-proof@v1 && ${lines[1]:-} == "index $1" ]] || return 1
  for ((i = 2; i < ${#lines[@]}; i++)); do
    if [[ -z ${lines[i]} ]]; then at=$i; break; fi
    b64hex "${lines[i]}" || return 1
    sibling=$HEX
    ((${#sibling} == 64 && last > 0)) || return 1
    if ((left & 1 || left == last)); then
      node "$sibling" "$running" || return 1
      while ((left && !(left & 1))); do left=$((left >> 1)) last=$((last >> 1)); done
    else node "$running" "$sibling" || return 1; fi
    running=$DIGEST
    left=$((left >> 1)) last=$((last >> 1))
  done
  ((at > 0 && last == 0)) || return 1
  [[ $running == "$ROOT" ]] || return 1
  tail -n +$((at + 2)) -- "$3" | cmp -s - "$FINAL"
}

begin "记录签名 signatures、归入账本 inclusion、流内无缺 completeness、账本次序 order"
HEADER='^ledger-entry/v1 (0|[1-9][0-9]{0,18}) ([0-9TZ:.-]{27}) ([A-Za-z0-9+/]{43}=)$'
RECORD='^\{"actor":"[^"]*","at":"[^"]*","data":(\{.*\}),"id":"[^"]*","prev":"([^"]{44})","seq":(0|[1-9][0-9]{0,14}),'
RECORD+='"stream":"([A-Za-z0-9/._:-]+)",("subject":(null|"[^"\\]*"),)?"type":"([a-z_.]+)","v":[0-9]+\}$'
declare -A SEQ=() END=() AT=()
declare -A SHOWN=() ERASED=()
SAID='' records=0 last_record=-1 last_index=-1 last_leaf='' last_time=''
for path in keys/*.entry records/*.entry sm3/anchors/*.entry; do
  name=${path##*/}
  [[ ${name%.entry} =~ ^(0|[1-9][0-9]{0,17})$ ]] || { bad "$path:文件名不是序号"; continue; }
  [[ -z ${AT[${name%.entry}]:-} ]] || bad "第 ${name%.entry} 条出现两次"
  AT[${name%.entry}]=$path
done
while IFS= read -r index; do
  [[ -n $index ]] || continue
  path=${AT[$index]}
  tail -n +2 -- "$path" >"$TMP/note"
  IFS= read -r header <"$path"
  if ! [[ $header =~ $HEADER && ${BASH_REMATCH[1]} == "$index" ]]; then bad "$path:条目的格式不对"; continue; fi
  time=${BASH_REMATCH[2]} before=''
  ! b64hex "${BASH_REMATCH[3]}" || before=$HEX
  if ! note "$TMP/note"; then bad "$path:签名文本的格式不对"; continue; fi
  record=$(<"$TMP/text")
  if ! [[ $record =~ $RECORD ]]; then bad "$path:记录的格式不对"; continue; fi
  DATA=${BASH_REMATCH[1]} prev=${BASH_REMATCH[2]} seq=${BASH_REMATCH[3]} stream=${BASH_REMATCH[4]} type=${BASH_REMATCH[7]}
  SAID+="$DATA"
  leaf=$({ printf '\x00'; cat -- "$path"; } | sha)
  if [[ $stream == log || $stream == keys/* ]]; then
    proof=keys/$index.tlog-proof
    if [[ $path == keys/* ]] && about_keys "$index" "$type"; then ok; else bad "$path:关于密钥的记录没有应有的签名"; fi
  else
    proof=proofs/$index.tlog-proof
    [[ $path != sm3/* ]] || proof=sm3/anchors/$index.tlog-proof
    SIGNER=''
    if may_write "$stream" && signed "$SIGNER"; then ok
    else bad "$path:没有一个此时有效、可写 $stream 的密钥的有效签名"; fi
  fi
  if [[ $path == records/* ]]; then
    records=$((records + 1)) last_record=$index
    if [[ $DATA =~ \"media\":\[([^]]*)\] ]]; then
      rest=${BASH_REMATCH[1]}
      if [[ $type == evidence.erased ]]; then
        # A record of an erasure excuses only what the stream took in before it.
        while IFS= read -r digest; do
          [[ -z ${SHOWN["$stream $digest"]:-} ]] || ERASED["$stream $digest"]=1
        done < <(quoted "$rest")
      fi
      while [[ $rest =~ \"sha256\":\"([0-9a-f]{64})\"(.*)$ ]]; do
        SHOWN["$stream ${BASH_REMATCH[1]}"]=$index rest=${BASH_REMATCH[2]}
      done
    fi
  fi
  # The streams about keys too: otherwise a forger could leave out that a stolen key was revoked.
  if [[ $path != sm3/* ]]; then
    if [[ $seq == $((${SEQ[$stream]:--1} + 1)) && $prev == "${END[$stream]:-$NO_HASH}" ]]; then ok
    else bad "$path:$stream 里在它之前缺记录"; fi
    SEQ[$stream]=$seq END[$stream]=$(unhex "$(sha <"$TMP/note")" | base64 -w0)
  fi
  if [[ $index == $((last_index + 1)) && $last_index != -1 && $before != "$last_leaf" ]] || [[ $time < $last_time ]]; then
    bad "$path:与第 $last_index 条接不上"
  fi
  last_index=$index last_leaf=$leaf last_time=$time
  if [[ -f $proof ]] && included "$index" "$leaf" "$proof"; then ok; else bad "$proof:第 $index 条算不出检查点的根"; fi
done < <(printf '%s\n' "${!AT[@]}" | sort -n)
((records)) || open "包里没有一条记录"

# ---- 4 checkpoint and trust root -----------------------------------------------------------------------------

begin "检查点签名 checkpoint"
VALID=()
for key in "${LOGS[@]}"; do
  vkey "$key" || { bad "密钥历史里的公钥格式不对"; continue; }
  [[ $V_NAME == "$ORIGIN" && $V_KIND == 01 ]] || continue
  if ((${SINCE[$key]:-0} < SIZE)) && { [[ -z ${ENDS_AT[$key]:-} ]] || ((SIZE <= ${ENDS_AT[$key]})); }; then VALID+=("$key"); fi
done
for note_file in "$FINAL" checkpoints/lower.note checkpoints/upper.note; do
  [[ $note_file == "$FINAL" || -f $note_file ]] || continue
  if ! note "$note_file" || ! mapfile -t text <"$TMP/text" || ! [[ ${text[1]:-} =~ $NUMBER ]]; then
    bad "$note_file:不是检查点"
    continue
  fi
  size=${text[1]}
  for key in "${LOGS[@]}"; do
    vkey "$key" && [[ $V_NAME == "$ORIGIN" && $V_KIND == 01 ]] || continue
    ((${SINCE[$key]:-0} < size)) || continue
    [[ -z ${ENDS_AT[$key]:-} ]] || ((size <= ${ENDS_AT[$key]})) || continue
    if [[ ${text[0]} == "$ORIGIN" ]] && signed "$key"; then ok; else bad "$note_file:没有账本密钥的有效签名"; fi
  done
done
((${#VALID[@]})) || bad "没有此时有效的账本密钥"

begin "信任根 trusted-key"
if ((${#TRUSTED[@]} == 0)); then open "没有用 --key 给出公布的公钥;包内的公钥:${ROOTS[*]:-} ${VALID[*]:-}"
else
  unknown=0 found=0
  for root in "${ROOTS[@]}"; do
    mine=0
    for key in "${TRUSTED[@]}"; do [[ $key != "$root" ]] || mine=1; done
    ((mine)) || unknown=$((unknown + 1))
  done
  ((${#ROOTS[@]} == 0 || unknown >= THRESHOLD)) || found=1
  for key in "${TRUSTED[@]}"; do for log in "${VALID[@]}"; do [[ $key != "$log" ]] || found=1; done; done
  if ((found)); then ok; else bad "账本的根公钥和账本公钥都不是给出的那一个"; fi
fi

# ---- 5 manifest, media, disclosures --------------------------------------------------------------------------

begin "清单签名 manifest"
if note manifest.note; then
  mapfile -t text <"$TMP/text"
  digest=$(sha <manifest.json)
  if [[ ${text[0]} == "mingzheng-statement/v1 bundle-manifest" && ${text[1]:-} == *"\"sha256\":\"$digest\""* ]] &&
    may_write evidence/x && signed "$SIGNER"; then ok; else bad "manifest.note:没有证据服务密钥对这份清单的有效签名"; fi
else bad "manifest.note:格式不对"; fi

begin "图像原件 media 与披露内容 disclosures"
declare -A HELD=()
for path in media/*; do
  digest=$(sha <"$path") name=${path##*/}
  HELD[$digest]=1
  if [[ $SAID == *"\"sha256\":\"$digest\""* && ${name%.*} == "$digest" ]]; then ok; else bad "$path:没有任何记录提到"; fi
done
for name in "${!SHOWN[@]}"; do
  digest=${name##* }
  if [[ -n ${HELD[$digest]:-} ]]; then continue; fi
  if [[ -n ${ERASED[$name]:-} ]]; then open "第 ${SHOWN[$name]} 条的图像 $digest 已依法删除,只留摘要" optional
  else open "第 ${SHOWN[$name]} 条的图像 $digest 不在包内,也没有删除它的记录"; fi
done
DISCLOSED='"field":("[^"\\]*"),"index":[0-9]+,"member":"[^"\\]*","salt":"([0-9a-f]{32,128})","stream":"[^"\\]*","value":(.*)\}$'
for path in disclosures/*; do
  content=$(<"$path")
  if [[ $content =~ $DISCLOSED ]]; then
    digest=$({ unhex "${BASH_REMATCH[2]}"; printf '%s' "[${BASH_REMATCH[1]},${BASH_REMATCH[3]}]"; } | sha)
    if [[ $SAID == *"{\"c\":\"$digest\"}"* ]]; then ok; else bad "$path:与记录里的承诺不符"; fi
  else bad "$path:格式不对"; fi
done
((checks)) || open "包里没有图像和披露内容" optional

# ---- 6 statements of outsiders ---------------------------------------------------------------------------------

begin "见证副署 witnesses"
if ((${#WITNESSES[@]} == 0)); then open "没有用 --witness 给出见证人公钥" optional; fi
cosigned=0
for key in "${WITNESSES[@]}"; do
  if ! note "$FINAL" || ! vkey "$key" || [[ $V_KIND != 04 ]]; then open "见证人公钥 ${key%%+*} 读不出"; continue; fi
  signature "$key" || continue
  { printf 'cosignature/v1\ntime %s\n' "$((16#${HEX:0:16}))"; cat "$TMP/text"; } >"$TMP/cosigned"
  if ed25519 "$V_PUBLIC" "${HEX:16}" "$TMP/cosigned"; then ok; cosigned=$((cosigned + 1)); else bad "${key%%+*} 的副署与检查点不符"; fi
done
((cosigned >= ${QUORUM:-${#WITNESSES[@]}})) || open "有效副署 $cosigned 个,要求 ${QUORUM:-${#WITNESSES[@]}} 个"

stamp_time() { # FILE: seconds since 1970 that the token states
  local line
  while IFS= read -r line; do
    [[ $line != "Time stamp: "* ]] || { date -u -d "${line#Time stamp: }" +%s; return; }
  done < <(openssl ts -reply -in "$1" -text 2>/dev/null)
  return 1
}
begin "时间戳 timestamps"
if [[ -z $TSA ]]; then open "没有用 --tsa 给出时间戳机构的根证书" optional
else
  above=0
  for path in timestamps/*.tsr; do
    name=${path##*/} role=${name%%.*}
    authority=${name#*.} authority=${authority%.tsr}
    if ! note "checkpoints/$role.note" || ! mapfile -t text <"$TMP/text" || ! [[ ${text[1]:-} =~ $NUMBER ]]; then
      bad "$path:没有对应的检查点"
      continue
    fi
    size=${text[1]}
    { cat "$TMP/text"; echo; for line in "${LINES[@]}"; do [[ $line != "$DASH $ORIGIN "* ]] || printf '%s\n' "$line"; done; } \
      >"$TMP/stamped"
    more=()
    [[ ! -f timestamps/$authority.pem ]] || more=(-untrusted "timestamps/$authority.pem")
    if at=$(stamp_time "$path") && openssl ts -verify -in "$path" -data "$TMP/stamped" -CAfile "$TSA" "${more[@]}" \
      -attime "$at" >/dev/null 2>&1; then
      ok
      if [[ $role != lower ]] && ((size > last_record)); then above=1; fi
      echo "     · $path:某一可信机构于 $(date -u -d "@$at" '+%Y-%m-%d %H:%M:%S') UTC 证明当时已有前 $size 条"
    else bad "$path:不是所给机构对 checkpoints/$role.note 的时间戳"; fi
  done
  ((above || failed)) || open "没有记录之后的时间戳"
fi

finish
step=''
echo " ○ 未核验(请用 verify.py):压缩包的写法、没有人读的文件、清单和报告是否由记录算出、记录所引的流和声明是否都在包内、"
echo "   有没有别人的东西、披露是否打开记录里那个位置、签名声明、前后一致、监督方声明、时间与账本是否矛盾、国密 SM2/SM3"
((!NO_BC)) || echo " ○ 未核验(本机没有 bc):公钥是否属于素数阶子群"
if ((forged)); then echo "核验结论:已被改动或伪造 (FORGED)"; exit 1; fi
if ((unmade || total == 0)); then echo "核验结论:未能核验 (NOT_VERIFIED)"; exit 2; fi
echo "核验结论:核验通过 (VERIFIED),共 $total 项"
