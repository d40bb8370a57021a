# seechange archive verify and rebuild: a catalogue that is gone, or damaged in the middle, comes back from what can be
# read of it and from the JSON files beside the videos: searches find the same, and nothing is captioned again.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

mkdir -p ar/sub
draw hue ar/hue.mp4
draw button ar/sub/button.mkv
draw still ar/still.png
rm ar/*.times ar/sub/*.times
cp ar/hue.mp4 ar/copy.mp4
printf '1\n00:00:01,000 --> 00:00:02,000\nplanted zebra speaks\n' >ar/hue.srt
printf '1\n00:00:01,000 --> 00:00:02,000\nplanted zebra speaks\n' >ar/copy.srt

# A server that says what is asked for.
reply() {
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' >"$1"
    cat >>"$1"
}
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' | reply models
tr -d '\n' <<'EOF' | reply answer
{"id":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":
"{\"title\":\"A patch\",\"summary\":\"It turns teal\",\"tags\":[\"patch\",\"őz\"],\"on_screen_text\":[\"PRESS\"],
\"counts\":{\"people\":0,\"vehicles\":0,\"animals\":0},
\"timeline\":[{\"start\":\"00:01.000\",\"end\":\"00:02.000\",\"text\":\"The gate opens\"}]}"
}}],"usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050}}
EOF
mkdir requests && mkfifo hold
"$tools/serve" requests "/v1/models=models" "/v1/chat/completions=answer" <hold >url &
server=$!
exec 9>hold
while [ ! -s url ]; do sleep 0.05; done
caption() {
    "$seechange" caption --no-cache --no-stream --price 1,2 --base-url "$(cat url)" --write vtt,json,srt "$@" >out 2>err 9>&-
    code=$?
}
# What can be found and listed. Which of two like files was asked about first, and paid, is chance.
found() {
    for words in gate patch zebra press teal; do
        "$seechange" search --json --in ar "$words" | sed 's/"video":[0-9]*,//'
    done | sort
    "$seechange" export --in ar --format jsonl | sed 's/,"cost_usd":[0-9.]*//' | sort
}
caption ar
check "an archive is captioned" [ "$code" -eq 0 ]
found >before
check "a subtitle can be found" grep -q zebra before
run archive status --json --catalog ar/seechange.db
tokens=$(value prompt_tokens)
find ar -name '*.seechange.*' -exec sha256sum {} + | sort >files
cp ar/hue.mp4.seechange.json out
check "the JSON beside a video obeys its schema" obeys sidecar-1.json

# Gone
rm ar/seechange.db*
expect 0 "a catalogue that is gone is rebuilt" archive rebuild ar
check "of all files" grep -q '^captions taken from 3 of 4 files; 0 were of no use' out
found >after
check "the same is found and listed" cmp -s before after
run archive status --json --catalog ar/seechange.db
check "the tokens are known" is prompt_tokens "$tokens"
check "the evidence too" sh -c '"$1" export --in ar --format csv | grep -q "hue.mp4.*,6.000,[1-9]"' sh "$seechange"
expect 0 "it has no fault" archive verify --catalog ar/seechange.db
caption ar
check "nothing is captioned again" said "4 found: 0 captioned, 4 unchanged"
find ar -name '*.seechange.*' -exec sha256sum {} + | sort | cmp -s - files
check "no file is written again" [ $? -eq 0 ]
expect 0 "twice is once" archive rebuild ar
check "with nothing taken" grep -q '^captions taken from 0 of 4 files' out

# Damaged, a page at a time
cp ar/seechange.db whole.db
n=$(($(stat -c %s whole.db) / 4096))
page=1
bad=0
lost=0
while [ "$page" -lt "$n" ]; do
    cp whole.db ar/seechange.db
    rm -f ar/seechange.db-* ar/seechange.db.damaged*
    head -c 4096 /dev/urandom | dd of=ar/seechange.db bs=4096 seek="$page" conv=notrunc 2>/dev/null
    "$seechange" archive verify --catalog ar/seechange.db >out 2>err
    if [ $? -eq 1 ]; then
        lost=$((lost + 1))
        damaged=$page
        "$seechange" archive rebuild ar >out 2>err || bad=$((bad + 1))
        found >after
        cmp -s before after || { bad=$((bad + 1)); echo "    page $page"; }
        [ -e ar/seechange.db.damaged-1 ] || bad=$((bad + 1))
    fi
    page=$((page + 6))
done
check "verify says of damaged pages that they are ($lost)" [ "$lost" -gt 2 ]
check "and all are rebuilt" [ "$bad" -eq 0 ]

# Its head, and all of it
for size in 100 4096 100000000; do
    cp whole.db ar/seechange.db
    rm -f ar/seechange.db-* ar/seechange.db.damaged*
    head -c $size /dev/zero | tr '\0' U | head -c "$(stat -c %s whole.db)" |
        dd of=ar/seechange.db conv=notrunc bs=4096 2>/dev/null
    expect 1 "a search in a catalogue without its first $size bytes" search --in ar gate
    check "says what to do" said "archive rebuild"
    expect 0 "which is rebuilt" archive rebuild ar
    found >after
    check "with all there was" cmp -s before after
done
head -c 5000 whole.db >ar/seechange.db
rm -f ar/seechange.db-*
expect 0 "one that was cut off" archive rebuild ar
found >after
check "is rebuilt too" cmp -s before after

# What the files beside the videos do not have is taken from what can be read.
rm -f ar/seechange.db.damaged* ar/*.seechange.json
cp whole.db ar/seechange.db
rm -f ar/seechange.db-*
head -c 4096 /dev/urandom | dd of=ar/seechange.db bs=4096 seek="$damaged" conv=notrunc 2>/dev/null
expect 1 "a damaged page" archive verify --catalog ar/seechange.db
expect 0 "without files beside the videos" archive rebuild ar
check "is rebuilt of what can be read" grep -q 'it still knew [1-9]' out
expect 0 "to a catalogue without a fault" archive verify --catalog ar/seechange.db

# Hostile
cp whole.db ar/seechange.db
rm -f ar/seechange.db-*
echo '{' >ar/a.mp4.seechange.json
echo '{"version":1,"generator":"seechange","sha256":"00"}' >ar/hue.mp4.seechange.json
echo '{"version":1,"generator":"seechange","sha256":"'"$(printf '%064d' 0)"'","caption":{}}' >ar/copy.mp4.seechange.json
head -c 300000 /dev/urandom >ar/still.png.seechange.json
expect 0 "files that are none" archive rebuild --json ar
check "are passed over" is left 4
check "each with its reason" [ "$(grep -c 'seechange.json' err)" -eq 4 ]
check "when the video has changed" said "its video has changed since"
expect 1 "what is no catalogue" archive rebuild --catalog ar/hue.mp4 ar
check "stays what it is" cmp -s ar/hue.mp4 ar/copy.mp4
expect 2 "no path" archive rebuild

# Sidecars elsewhere
exec 9>&-
wait "$server"
expect 0 "captions below another folder" caption --service embedded --write json,vtt --sidecar-dir side --catalog side.db ar
"$seechange" export --catalog side.db --format jsonl >before
rm side.db*
expect 0 "are found there" archive rebuild --catalog side.db --sidecar-dir side ar
"$seechange" export --catalog side.db --format jsonl >after
check "with all there was" cmp -s before after
expect 0 "and are ours again" caption --service embedded --write json,vtt --sidecar-dir side --catalog side.db ar
check "with nothing left to do" said "4 unchanged"
