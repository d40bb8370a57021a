# What browse asks of a model, with a scripted one: further questions, what captions cost before they are made, and Esc.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"
. "$TESTS/kit/screen.sh"
export NO_PROXY='*' HOME="$PWD/home" XDG_CONFIG_HOME="$PWD/config" XDG_CACHE_HOME="$PWD/cache"
unset TMUX TMUX_PANE COLORTERM NO_COLOR

draw squares squares.mkv
mkdir films
for i in 1 2 3; do { cat squares.mkv; echo $i; } >films/$i.mkv; done

reply() {
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' >"$1"
    cat >>"$1"
}
echo '{"object":"list","data":[{"id":"any","object":"model","owned_by":"vllm"}]}' | reply models
# says FILE TEXT
says() {
    printf '{"choices":[{"message":{"content":"%s"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,%s}}' "$2" \
        '"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":900}' | reply "$1"
}
says say1 'A red square [00:02.000].'
says say2 'At the left.'
says say3 'Nobody.'
says caption "$(tr -d '\n' <<'EOF'
{\"title\":\"A square\",\"summary\":\"It comes.\",\"tags\":[\"square\"],\"on_screen_text\":[],
\"timeline\":[{\"start\":\"00:02.000\",\"end\":\"00:03.000\",\"text\":\"It comes\"}],
\"counts\":{\"people\":0,\"vehicles\":0,\"animals\":0}}
EOF
)"
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{' >silent.stall
printf 'HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"error":{}}' >never

# begin REPLY...: a server that answers with these, one after the other, the last one again and again
begin() {
    rm -rf served hold url asked.*
    mkdir served && mkfifo hold
    replies=/v1/models=models
    for word; do replies="$replies /v1/chat/completions=$word"; done
    # shellcheck disable=SC2086
    "$tools/serve" served $replies <hold >url &
    exec 7>hold
    while [ ! -s url ]; do sleep 0.05; done
    url=$(cat url)
}
# end: the bodies of what was asked are asked.1 and so on; n of them
end() {
    exec 7>&-
    wait
    n=0
    for head in $(find served -name '*.head' | sort -V); do
        if grep -q '^POST .*completions' "$head"; then n=$((n + 1)); cp "${head%.head}.body" asked.$n; fi
    done
}
# lines TYPED ARG...: browse as lines
lines() {
    # shellcheck disable=SC2059
    printf "$1" >typed
    shift
    "$seechange" browse --plain --no-stream --base-url "$url" "$@" <typed >out 2>err 7>&-
}
place() { grep -obaF "$2" "$1" | head -n 1 | cut -d: -f1; }
shared() { cmp "$1" "$2" | sed 's/.*\(byte\|char\) \([0-9]*\).*/\2/'; }
roles() { "$tools/json" all messages role <"$1" | tr '\n' ' '; }

# ---- further questions ----
begin say1 say2 say3 say1 say2
lines 'ask Zebra?\nask Quagga?\nback\nask Okapi?\nback\nquery\npack grid\nback\nanswers\nask Tapir?\nq\n' squares.mkv
end
check "questions are answered" [ "$n" -eq 4 ]
check "one asked of an answer comes behind what was said" [ "$(roles asked.2)" = "system user assistant user " ]
check "and begins as the one before" [ "$(place asked.1 Zebra)" -lt "$(shared asked.1 asked.2)" ]
check "it is called so" grep -qx 'Quagga? (going on)' out
check "what the service had in its cache is told" grep -q '1,000 tokens (900 from the service.s cache)' out
check "one asked of the video begins anew" [ "$(roles asked.3)" = "system user " ]
check "so does one that is packed in another way" [ "$(roles asked.4)" = "system user " ]
begin say1 never say2
lines 'time 1\nmark\ntime 3\nmark\nask Zebra?\nback\nundo\nundo\nanswers\nask Quagga?\nask Okapi?\nq\n' squares.mkv
end
check "a further question is about the moments that were marked then" \
    [ "$(place asked.1 Zebra)" -lt "$(shared asked.1 asked.2)" ]
check "after one that failed it goes on after the last answer" [ "$(roles asked.3)" = "system user assistant user " ]
refute "without the one that failed" grep -q Quagga asked.3

# ---- what captions cost ----
browse="env TERM=screen '$seechange' browse --graphics none --no-stream"
begin caption
terminal 100x24 "$browse --base-url $url --price 0,0 films"
check "a folder" shows '3 videos'
keys m m
keys c
keys Enter
check "captions that cost nothing are made at once" shows 'captioned 2, 0 had captions'
keys Q
end
check "of what is marked" [ "$n" -eq 2 ]
rm films/seechange.db*

begin caption
terminal 100x24 "$browse --base-url $url --price 1000,1000 films"
check "a folder again" shows '3 videos'
keys m m
keys c
keys Enter
check "what captions cost is told first" shows "2 questions, [0-9,]+ tokens, about .[0-9.]+, at most .[0-9.]+: 'c' asks"
keys Escape
check "Esc: they are not made" shows 'stopped'
keys c
keys Enter
check "the price once more" shows "2 questions, .*: 'c' asks"
keys c
check "c: they are made" shows 'captioned 2, 0 had captions; .[0-9]'
keys Q
end
check "nothing was asked before" [ "$n" -eq 2 ]
rm films/seechange.db*
begin caption
lines 'mark\ncaption\n:caption\nq\n' --price 1000,1000 films
end
check "lines: the price" grep -q "^1 question, .*: 'c' asks, Esc doesn't" out
check "lines: and the captions" grep -qx 'captioned 1, 0 had captions; [$].*' out
check "lines: one question" [ "$n" -eq 1 ]
rm films/seechange.db*

# ---- Esc while captions are made ----
begin caption silent.stall
terminal 100x24 "$browse --base-url $url --price 0,0 films"
check "a folder once more" shows '3 videos'
keys m m m
keys c
keys Enter
check "captions are made" shows 'captioning: 1 done, 2 to do'
keys j
keys Enter
check "meanwhile a video can be looked at" shows '4 changes'
keys q
keys Escape
check "Esc stops them" shows 'captions stopped; what is done is kept'
keys Q
end
run archive status --json --catalog films/seechange.db
check "what was done is kept" is captioned 1
check "what was not is not failed" is failed 0
expect 0 "the catalogue is whole" archive verify --catalog films/seechange.db
begin caption
expect 0 "another run" caption --no-stream --base-url "$url" films
end
check "does the rest" [ "$n" -eq 2 ]
