# seechange caption: what is found out, and started, once for all videos of a run.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw hue drawn.mp4
mkdir ar
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do { cat drawn.mp4; echo $i; } >ar/$i.mp4; done

reply() {
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' >"$1"
    cat >>"$1"
}
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' | reply models
tr -d '\n' <<'JSON' | reply good
{"id":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":
"{\"title\":\"A patch\",\"summary\":\"It turns teal\",\"tags\":[\"patch\"],\"on_screen_text\":[],
\"counts\":{\"people\":0,\"vehicles\":0,\"animals\":0},\"timeline\":[]}"
}}],"usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050}}
JSON
: >gone.break

# Every start of a worker is a line in started.
worker=$PWD/worker
printf '#!/bin/sh\necho >>"%s"\nexec "%s" "$@"\n' "$PWD/started" "${SEECHANGE_WORKER:-$O/seechange-worker}" >worker
chmod +x worker

# serving REPLY... -- ARG...: a run against a server that answers with these, the last one for all that follow
serving() {
    replies=
    while [ "$1" != -- ]; do
        replies="$replies /v1/chat/completions=$1"
        shift
    done
    shift
    rm -rf requests hold url started && mkdir requests && mkfifo hold
    # shellcheck disable=SC2086
    "$tools/serve" requests /v1/models=models $replies <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
    SEECHANGE_WORKER=$worker "$seechange" caption --no-cache --no-stream --base-url "$(cat url)" "$@" ar >out 2>err 9>&-
    code=$?
    exec 9>&-
    wait "$server"
    posts=$(cat requests/*.head | grep -c '^POST ')
    others=$(cat requests/*.head | grep -c '^GET ')
    lists=$(cat requests/*.head | grep -c '^GET /v1/models ')
    workers=$(wc -l <started)
}

serving good -- --jobs 2 --requests 2 --catalog many.db
check "a run of twelve" [ "$code" -eq 0 ]
check "asks twelve questions" [ "$posts" -eq 12 ]
check "and once what server it is ($lists of $others)" [ "$lists" -eq 1 ]
check "in few requests" [ "$others" -le 16 ]
check "two workers look, and four make pictures, at most ($workers)" [ "$workers" -le 6 ]
serving good -- --jobs 1 --requests 1 --catalog one.db
check "one of each" [ "$code" -eq 0 ]
check "needs a worker that looks, and two that make pictures by turns ($workers)" [ "$workers" -le 3 ]

serving good gone.break good -- --jobs 1 --requests 1 --catalog broken.db
check "a server that goes away, and comes back" [ "$code" -eq 0 ]
check "is asked again what it is ($lists)" [ "$lists" -eq 2 ]
check "once" [ "$posts" -eq 13 ]
