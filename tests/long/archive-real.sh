# An archive of two hundred clips against a real llama-server, which is killed and started again in the middle: all are
# captioned, their files are such as they should be, and words that were planted in subtitles are found. The server's model
# is tiny, its words are noise: the schema bounds their length, or an answer could run into its limit.
#   ARCHIVE   a folder of clips; that of ../shared/videos/make-large, made when it is not there
# shellcheck shell=sh disable=SC2154
set -u
cd "$(dirname "$0")/.." || exit 1
TESTS=$PWD
O=$(cd "${O:-../build}" && pwd)
. "$TESTS/kit/lib.sh"
. "$TESTS/kit/node.sh"
shared=${SEECHANGE_SHARED:-$root/../shared}
serve=$shared/llama4-tiny/serve
[ -x "$serve" ] || { echo "skip an archive against a real llama-server: there is none beside the repository"; exit 0; }
make -s -C .. O="$O" all "$O/tests/tools/json" || exit 1
work=$(mktemp -d) || exit 1
port=$((20000 + $$ % 20000))
start() { "$serve" --port "$port" --background --pid-file "$work/pid" --log-file "$work/log" >"$work/started" 2>&1; }
stop() {
    "$serve" --port "$port" --pid-file "$work/pid" --stop >/dev/null 2>&1
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
start || { echo "skip an archive against a real llama-server: $(tail -n 1 "$work/started")"; exit 0; }
if [ -z "${ARCHIVE-}" ]; then
    "$shared/videos/make-large" "$work/large" archive-200 >"$work/made" 2>&1 || { tail -n 1 "$work/made"; exit 1; }
    ARCHIVE=$work/large/archive-200
fi
export SEECHANGE_WORKER="$O/seechange-worker" LC_ALL=C.UTF-8 XDG_CACHE_HOME="$work/cache" XDG_CONFIG_HOME="$work/config" \
    XDG_DATA_HOME="$work/data"
cp -r "$ARCHIVE" "$work/ar" && cd "$work" || exit 1

# Copies get bytes of their own, so that every clip is asked about; one in ten has a subtitle with a word of its own.
n=0
planted=0
find ar -type f ! -name '*.txt' ! -name '*.srt' -size +0 | sort >clips
while read -r clip; do
    n=$((n + 1))
    printf '%08d' $n >>"$clip"
    if [ $((n % 10)) -eq 0 ]; then
        planted=$((planted + 1))
        printf '1\n00:00:01,000 --> 00:00:02,000\nplantedword%d was said\n' $n >"${clip%.*}.srt"
    fi
done <clips
cat >short.json <<'END'
{"title": "caption", "type": "object", "properties": {
 "title": {"type": "string", "maxLength": 60}, "summary": {"type": "string", "maxLength": 120},
 "tags": {"type": "array", "maxItems": 3, "items": {"type": "string", "maxLength": 20}},
 "timeline": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "object", "properties": {
  "start": {"type": "string", "enum": ["00:00.000", "00:01.000"]},
  "end": {"type": "string", "enum": ["00:02.000", "00:03.000"]},
  "text": {"type": "string", "maxLength": 60}}, "required": ["start", "end", "text"], "additionalProperties": false}}},
 "required": ["title", "summary", "tags", "timeline"], "additionalProperties": false}
END
caption() {
    "$seechange" caption --base-url "http://127.0.0.1:$port" --schema short.json --max-output-tokens 1500 --write vtt,srt,json \
        ar >>out 2>>err
}

# The server is killed when some are done, and is back a little later.
caption &
program=$!
while [ "$(wc -l <out 2>/dev/null || echo 0)" -lt 40 ] && kill -0 $program 2>/dev/null; do sleep 0.2; done
kill -9 "$(cat pid)"
(sleep 5; start) &
wait $program
check "a run whose server is killed ends by itself" [ $? -le 3 ]
wait
runs=1
while [ $runs -lt 5 ]; do
    run archive status --json --catalog ar/seechange.db
    [ "$(value captioned)" -ge "$((n - 2))" ] && break
    caption
    runs=$((runs + 1))
done
run archive status --json --catalog ar/seechange.db
echo "    $(value captioned) of $n in $runs runs, $(value answers) answers, $(value prompt_tokens) tokens in"
run archive failed --catalog ar/seechange.db
check "only what is damaged failed" [ "$(grep -c 'bad media' out)" -eq "$(grep -c ' of its tries count: ' out)" ]
check "which are two" [ "$(grep -c ' of its tries count: ' out)" -eq 2 ]
run archive status --json --catalog ar/seechange.db
check "all others are captioned" [ "$(value captioned)" -ge $((n - 2)) ]
for kind in vtt srt json; do
    check "each has its .$kind" [ "$(find ar -name "*.seechange.$kind" | wc -l)" -eq "$(value captioned)" ]
done
check "each asked and kept once" [ "$(value answers)" -eq "$(value captioned)" ]
expect 0 "the catalogue is whole" archive verify --catalog ar/seechange.db
found=0
k=10
while [ $k -le $n ]; do
    run search --in ar plantedword$k
    [ "$code" -eq 0 ] && found=$((found + 1))
    k=$((k + 10))
done
check "planted words are found ($found of $planted)" [ "$found" -ge $((planted - 1)) ]
expect 0 "a question about the archive" ask --archive --catalog ar/seechange.db --base-url "http://127.0.0.1:$port" \
    --max-output-tokens 32 --json "where was plantedword50 said?"
[ "$code" -eq 3 ] && code=0 # noise may run into its limit
check "puts the one that it is about first" is clips.0.path "$work/$(sed -n 50p clips)"
bad=0
for file in $(find ar -name '*.seechange.json' | tr ' ' '?'); do
    # shellcheck disable=SC2086
    "$tools/json" schema "$schemas/sidecar-1.json" <$file >/dev/null || bad=$((bad + 1))
done
check "every JSON file obeys its schema" [ "$bad" -eq 0 ]
read_by_others ar
