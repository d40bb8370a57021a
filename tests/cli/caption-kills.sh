# A run of captions killed at any moment, the program or its worker, and gone on with: in the end the catalogue and the
# files are those of an undisturbed run, and no answer was paid for twice but those that were under way at a kill.
#   KILLS (6), SEED
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"
kills=${KILLS:-6}

draw hue drawn.mp4
mkdir -p ar/x undisturbed
for i in 1 2 3 4 5 6 7 8; do
    { cat drawn.mp4; echo "$i"; } >"ar/x/clip $i.mp4"
done
cp -r ar/x undisturbed/
reply() {
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' >"$1"
    cat >>"$1"
}
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' | reply models
tr -d '\n' <<'END' | reply answer
{"id":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":
"{\"title\":\"A patch\",\"summary\":\"It turns teal\",\"tags\":[\"patch\"],\"on_screen_text\":[],
\"counts\":{\"people\":0,\"vehicles\":0,\"animals\":0},
\"timeline\":[{\"start\":\"00:01.000\",\"end\":\"00:02.000\",\"text\":\"It turns\"}]}"
}}],"usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050}}
END
mkdir requests && mkfifo hold
"$tools/serve" requests "/v1/models=models" "/v1/chat/completions=answer" <hold >url &
server=$!
exec 9>hold
while [ ! -s url ]; do sleep 0.05; done
# Answers are not remembered but by the catalogue: what is asked twice is seen.
caption() { "$seechange" caption --no-cache --no-stream --requests 2 --base-url "$(cat url)" --write vtt,json "$@" 9>&-; }

caption undisturbed >out 2>err || not_ok "an undisturbed run"
pause() { awk -v seed="$((${SEED:-1} + $1))" 'BEGIN { srand(seed); printf "%.3f\n", rand() * 0.8 }'; }
n=0
while [ "$n" -lt "$kills" ]; do
    n=$((n + 1))
    caption ar >out 2>err &
    program=$!
    sleep "$(pause "$n")"
    # The shell of the background is between us and the program.
    worker='' parent=$program
    for child in $(cat "/proc/$program/task/$program/children" 2>/dev/null); do
        if [ "$(cat "/proc/$child/comm" 2>/dev/null)" = seechange ]; then parent=$child; fi
    done
    for child in $(cat "/proc/$parent/task/$parent/children" 2>/dev/null); do worker=$child; done
    if [ $((n % 3)) -eq 0 ] && [ -n "$worker" ]; then
        kill -9 "$worker" 2>/dev/null
    else
        kill -9 "$parent" 2>/dev/null
    fi
    wait "$program" 2>/dev/null
done
for _ in 1 2 3; do
    caption ar >out 2>err
    code=$?
    [ "$code" -eq 0 ] && break
    "$seechange" archive retry --catalog ar/seechange.db >said 2>&1
done
check "after $kills kills a run comes to its end" [ "$code" -eq 0 ]
exec 9>&-
wait "$server"
rows() { (cd "$1" && "$seechange" export --catalog seechange.db --format jsonl | sed "s|$PWD||" | sort); }
rows undisturbed >one
rows ar >two
check "all are captioned" [ "$(wc -l <two)" -eq 8 ]
check "the catalogue is that of the undisturbed run" cmp -s one two
expect 0 "it is whole" archive verify --catalog ar/seechange.db
(cd undisturbed && find x -name '*.seechange.*' -exec sha256sum {} + | sort) >one
(cd ar && find x -name '*.seechange.*' -exec sha256sum {} + | sort) >two
check "and so are the files" cmp -s one two
check "none is left half written" [ -z "$(find ar -name '*.seechange.*.*')" ]
asked=$(grep -l '^POST ' requests/*.head | wc -l)
check "no answer was paid for twice but those under way at a kill ($asked)" [ "$asked" -le $((8 + 8 + 2 * kills)) ]

# Two runs at once share the work.
cp -r ar/x both && rm -f both/*.seechange.*
"$seechange" caption --service embedded both >out1 2>err1 &
first=$!
"$seechange" caption --service embedded both >out2 2>err2
second=$?
wait "$first"
check "two runs at once both end well" [ $? -eq 0 ] && check "the second too" [ "$second" -eq 0 ]
run archive status --json --catalog both/seechange.db
check "and all is done" is captioned 8
check "nothing twice" [ "$(cat out1 out2 | wc -l)" -eq 8 ]

# No space
if mkdir full && mount -t tmpfs -o size=4m none full 2>/dev/null; then
    "$seechange" caption --service embedded --catalog full/c.db --include '*1.mp4,*2.mp4' both >out 2>err
    head -c 10000000 /dev/zero >full/rest 2>/dev/null
    run caption --redo --service embedded --write vtt --sidecar-dir full/side --catalog full/c.db both
    check "a full disk is said" grep -qi 'no space' err
    check "and ends in an error" [ "$code" -ne 0 ]
    check "which is no crash" [ "$code" -lt 128 ]
    rm -f full/rest
    expect 0 "with space again it goes on" caption --service embedded --catalog full/c.db both
    run archive status --json --catalog full/c.db
    check "until all is done" is captioned 8
    expect 0 "with a whole catalogue" archive verify --catalog full/c.db
    umount full
else
    echo "skip a full disk: nothing can be mounted here"
fi
