# seechange caption, search, archive and export: a small archive, without a model and with a scripted one.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

mkdir -p "ar/2025/it's" ar/.hidden side
draw hue "ar/2025/it's/hue .mp4"
draw button ar/2025/button.mkv
draw still ar/still.png
mv "ar/2025/it's/hue .mp4.times" ar/2025/button.mkv.times ar/still.png.times .
cp ar/still.png ar/picture-without-ending
cp ar/2025/button.mkv ar/.hidden/button.mkv
ln -s "$PWD/ar/2025/button.mkv" ar/linked.mkv
head -c 3000 ar/2025/button.mkv >ar/cut.mkv
echo "no video, just words" >ar/notes.txt
db=ar/seechange.db

all=vtt,srt,json,md,csv,xmp,ffmetadata
expect 3 "an archive with one bad file" caption --service embedded --write $all ar
check "found five videos and stills" said "5 found: 4 captioned, 0 unchanged, 1 failed"
check "says that no model was asked" said "no model is asked"
check "says which file is bad, and why" grep -q 'cut.mkv: bad media: ' err
refute "passes over text" grep -q notes.txt err out
refute "hidden files and links" grep -qE 'hidden|linked' err out
check "a line for each that was captioned" [ "$(wc -l <out)" -eq 4 ]
check "the catalogue is beside the archive" [ -s $db ]
for kind in vtt srt json md csv xmp ffmetadata; do
    check "$kind files lie beside them" [ "$(find ar -name "*.seechange.$kind" | wc -l)" -eq 4 ]
done
check "and nothing unfinished" [ "$(find ar -name '*.seechange.*.*' | wc -l)" -eq 0 ]
vtt=ar/2025/button.mkv.seechange.vtt
check "WebVTT begins as it should" [ "$(head -n 1 $vtt)" = WEBVTT ]
check "its cues have times in order" awk '/ --> / { if ($1 >= $3 || $1 < last) exit 1; last = $1; n++ } END { exit !n }' $vtt
check "JSON is JSON" "$tools/json" get caption.title <ar/2025/button.mkv.seechange.json >title

expect 0 "what is done is not done again" caption --service embedded --write $all --exclude 'cut.*' ar
check "all is unchanged" said "4 found: 0 captioned, 4 unchanged, 0 failed"
check "nothing is said of them" [ ! -s out ]
rm $vtt
expect 0 "a file that is gone" caption --service embedded --write $all --exclude 'cut.*' ar
check "is written again" [ -s $vtt ]
mv ar/2025/button.mkv ar/2025/renamed.mkv
expect 0 "a video that was renamed" caption --service embedded --exclude 'cut.*' ar
check "is known" said "4 unchanged"
cp ar/2025/renamed.mkv ar/copy.mkv
expect 0 "a copy" caption --service embedded --exclude 'cut.*' ar
check "is known too" said "5 unchanged"
draw static ar/copy.mkv && mv ar/copy.mkv.times .
expect 0 "a video that changed" caption --service embedded --exclude 'cut.*' ar
check "is captioned" said "1 captioned, 4 unchanged"
expect 0 "--redo" caption --service embedded --redo --include 'renamed.mkv' ar
check "asks again" said "1 captioned, 0 unchanged"

# Files of others
echo mine >ar/copy.mkv.seechange.md
expect 3 "a file that seechange did not write" caption --service embedded --write md --include 'copy.mkv' ar
check "stays" [ "$(cat ar/copy.mkv.seechange.md)" = mine ]
check "which is said" said "is not what seechange wrote"
rm ar/copy.mkv.seechange.md
expect 0 "when it is gone" caption --service embedded --write md --include 'copy.mkv' ar
check "it is written" grep -q '^# ' ar/copy.mkv.seechange.md
check "what failed is forgotten" [ "$("$seechange" archive failed --catalog $db | grep -c copy.mkv)" -eq 0 ]
expect 3 "a folder that can't be written to" \
    caption --service embedded --write srt --sidecar-dir ar/notes.txt/x --include 'copy.mkv' ar
check "is said" said "notes.txt"
expect 0 "another folder" caption --service embedded --write srt,vtt --sidecar-dir side --exclude 'cut.*' ar
check "has them below" [ -e "side/2025/it's/hue .mp4.seechange.vtt" ]

# What fails
expect 3 "the second try" caption --service embedded ar
expect 3 "the third" caption --service embedded ar
expect 0 "what failed three times" caption --service embedded ar
check "is left alone" said "1 left alone"
expect 0 "archive failed" archive failed --json --catalog $db
check "tells why" is class "bad media"
expect 0 "archive retry" archive retry --catalog $db
expect 3 "has it tried again" caption --service embedded ar

# A decoder that crashes: tests/tools/rogue goes by the names of files
mkdir wild
cp ar/2025/renamed.mkv wild/abort
cp ar/still.png wild/socket
SEECHANGE_WORKER=$tools/rogue run caption --service embedded wild
check "a video that crashed its decoder" said "abort: quarantined: decoder crashed (SIGABRT)"
check "is quarantined at once, and nothing else is hurt" said "2 found: 0 captioned, 0 unchanged, 2 failed"
expect 0 "the next run" caption --service embedded wild
check "leaves both alone" said ", 2 left alone after failing too often or crashing the decoder"
run archive failed --json --catalog wild/seechange.db
check "its class is told" grep -q '"class":"quarantined"' out
mkdir liar && cp ar/2025/renamed.mkv liar/cancelled
SEECHANGE_WORKER=$tools/rogue run caption --service embedded liar
check "a video whose decoder says that it was cancelled" said "cancelled: quarantined: it says that it was cancelled"
check "is not dropped without a word" said "1 found: 0 captioned, 0 unchanged, 1 failed"
expect 0 "when that is forgotten" archive retry --catalog wild/seechange.db
expect 0 "it is tried again" caption --service embedded wild
check "with a decoder that can" said "2 found: 2 captioned"
cp ar/2025/renamed.mkv wild/late.mkv && printf 'x' >>wild/late.mkv
SEECHANGE_WORKER=/nowhere run caption --service embedded wild
check "without a worker nothing is blamed on the video" said "late.mkv: transient: can't start the worker"
expect 3 "a limit" caption --service embedded --max-pixels 100 --redo --catalog limit.db wild/late.mkv
check "names the option that raises it" said "over the limit of 100 pixels; raise it with --max-pixels"

# Reading
expect 0 "search" search --in ar picture
check "finds a moment" grep -q ' at 00:' out
expect 0 "search as JSON" search --json --limit 1 --in ar '"mean colour"'
check "has the place" is kind caption
check "and where the words are" is 'marks.#' 1
expect 1 "a word that is nowhere" search --in ar xyzzy
expect 2 "no word at all" search --in ar '"'
expect 0 "a folder" search --in ar/2025 picture
expect 0 "status" archive status --json --catalog $db
check "counts" is captioned 5
check "what failed too" is failed 1
for format in csv jsonl html; do
    expect 0 "export $format" export --in ar --format $format
    check "has them all" [ "$(grep -c renamed.mkv out)" -ge 1 ]
done
for format in csv jsonl html; do
    expect 0 "export $format of a search" export --in ar --format $format '"mean colour"'
    check "has what it found" grep -q renamed.mkv out
    refute "and no more" grep -q still.png out
done
expect 2 "export of a search for no word" export --in ar '"'
run export --in ar --after 2038-01-01 --format jsonl
check "export narrowed down" [ ! -s out ]
expect 0 "verify" archive verify --catalog $db
check "finds no fault" grep -q 'no fault' out
expect 1 "no catalogue" archive status --catalog nowhere.db
expect 2 "no action" archive frobnicate --catalog $db

# Parts, and joined again
for k in 1 2 3; do
    run caption --service embedded --shard $k/3 --catalog part.db --exclude 'cut.*' ar
    [ "$code" -eq 0 ] || not_ok "part $k"
done
expect 0 "parts are joined" archive merge --catalog whole.db part.1-of-3.db part.2-of-3.db part.3-of-3.db
expect 0 "and again" archive merge --catalog whole.db part.2-of-3.db
run export --catalog whole.db --format csv --in ar
# Of two files that are alike the one that came first gave both their title.
grep -v -e still.png -e picture-without-ending out >joined
run caption --service embedded --catalog single.db --exclude 'cut.*' ar
run export --catalog single.db --format csv --in ar
grep -v -e still.png -e picture-without-ending out >once
check "they are what one run makes" cmp -s once joined
SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_COUNT=3 run caption --service embedded --catalog slurm.db \
    --exclude 'cut.*' ar
check "Slurm's variables are read" [ -e slurm.3-of-3.db ]
JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=3 run caption --service embedded --catalog kube.db --exclude 'cut.*' ar
check "Kubernetes' too" [ -e kube.1-of-3.db ]
expect 2 "a part that is none" caption --shard 4/3 ar
expect 0 "forget" archive forget --catalog single.db ar/2025
run archive status --catalog single.db --json
check "forgets those below" is videos 3
expect 0 "vacuum" archive vacuum --catalog single.db

# A server
reply() {
    printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' "$2" >"$1"
    cat >>"$1"
}
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' | reply models "200 OK"
# What a hostile video may have a model say.
tr -d '\n' <<'EOF' | reply good "200 OK"
{"id":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":
"{\"title\":\"<b> --> \\n zebra\",\"summary\":\"s\",\"tags\":[\"zebra\"],\"on_screen_text\":[\"=HYPERLINK(1)\"],
\"counts\":{\"people\":2,\"vehicles\":null,\"animals\":1},
\"timeline\":[{\"start\":\"00:01.000\",\"end\":\"00:02.000\",
\"text\":\"<script>1<\\/script> {\\\\an8} ]]> & \\u001b[31m\\n\\n2\\n0:00 --> 0:01\\nplanted zebra\"}]}"
}}],"usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050}}
EOF
echo '{"error":{"message":"invalid key","type":"invalid_request_error","code":"invalid_api_key"}}' |
    reply denied "401 Unauthorized"

# serving REPLY ARG...: a run against a server that answers with REPLY
serving() {
    served=$1
    shift
    rm -rf requests hold url && mkdir requests && mkfifo hold
    "$tools/serve" requests "/v1/models=models" "/v1/chat/completions=$served" <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
    "$seechange" caption --no-stream --base-url "$(cat url)" "$@" >out 2>err 9>&-
    code=$?
    exec 9>&-
    wait "$server"
    asked=$(grep -l '^POST ' requests/*.head 2>/dev/null | wc -l)
}
mkdir two && cp ar/2025/renamed.mkv two/a.mkv && cp "ar/2025/it's/hue .mp4" two/b.mp4
serving good --write $all two
check "a model captions them" [ "$code" -eq 0 ]
check "each asked once" [ "$asked" -eq 2 ]
check "with tokens counted" said "2,000 tokens in, 100 out"
check "and asked in JSON" grep -q '"response_format"' requests/*.body
vtt=two/a.mkv.seechange.vtt
check "a text can't leave its cue" [ "$(grep -c -e '-->' $vtt)" -eq 1 ]
check "nor add markup" [ "$(grep -c '<' $vtt)" -eq 0 ]
check "nor in SubRip" [ "$(grep -c -e '-->' two/a.mkv.seechange.srt)" -eq 1 ]
check "no control character reaches a file" sh -c '! LC_ALL=C grep -q "$(printf "\033")" two/*.seechange.*'
check "a chapter is one line" [ "$(grep -c '^title=' two/a.mkv.seechange.ffmetadata)" -eq 2 ]
check "a formula is none" sh -c '! grep -q "\"=" two/a.mkv.seechange.csv'
expect 0 "the words are found" search --in two --tag zebra planted
check "and shown without controls" plain out
serving good two
check "nothing is asked again" [ "$asked" -eq 0 ]
check "which is told" said "2 unchanged"
serving good --language Hungarian two
check "another language is asked for" grep -q 'this language: Hungarian' requests/*.body
serving denied --catalog denied.db --requests 1 two
check "a key that is refused ends the run" [ "$code" -eq 3 ]
check "at once" [ "$asked" -eq 1 ]
check "with the reason" said "stopped: "
run archive status --catalog denied.db --json
check "and nothing is marked failed" is failed 0
check "what was seen is kept" between looked_at 1 2
expect 1 "a server that is not there and was to say its model" caption --base-url http://127.0.0.1:1 --catalog gone.db two
check "is said not to be there" said "nobody answers at 'http://127.0.0.1:1/v1'"
expect 3 "a server that is gone" caption --base-url http://127.0.0.1:1 --model llama-4-scout --catalog gone.db two
serving good --json --catalog json.db two
check "as lines of JSON" [ "$(grep -c '"type":"captioned"' out)" -eq 2 ]
serving good --metrics metrics --catalog metrics.db two
check "figures for Prometheus" grep -q '^seechange_videos_done_total 2$' metrics
serving good --max-cost 0.003 --price 1,1 --max-output-tokens 100 --requests 1 --catalog cost.db two
check "--max-cost ends the run" said "of --max-cost"
expect 2 "--max-cost without a price" caption --base-url http://127.0.0.1:1 --model x --max-cost 1 two
