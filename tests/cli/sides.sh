# seechange ask --model A --model B: the same evidence asked of several models, the answers beside each other.
# shellcheck shell=sh disable=SC2154,SC2034
set -u
. "$TESTS/kit/lib.sh"
export HOME="$PWD/home" XDG_CONFIG_HOME="$PWD/config" XDG_CACHE_HOME="$PWD/cache"
mkdir -p config/seechange

draw button button.mkv
draw static static.mp4
draw still still.png
clip=button.mkv

reply() {
    printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' "$2" >"$1"
    cat >>"$1"
}
# says FILE TEXT TOKENS [FINISH]: a reply whose answer is the text, of which quotes are written as '
says() {
    printf '{"choices":[{"message":{"content":"%s"},"finish_reason":"%s"}],' "$(printf %s "$2" | sed "s/'/\\\\\"/g")" \
        "${4:-stop}" >text
    printf '"usage":{"prompt_tokens":%s,"completion_tokens":10}}' "$3" >>text
    reply "$1" "200 OK" <text
}
echo '{"object":"list","data":[{"id":"any","object":"model","owned_by":"vllm"}]}' | reply models "200 OK"
says left 'The button turns red [00:02.680], and then blue at [00:10.600]. Something else comes at [00:55.500].' 1000
says right 'A button is pressed at [00:02.6] and let go at [00:05.800]; the rest of the picture stays as it is.' 2000
says short 'It is' 2000 length
says json "{'summary':'A button.','nothing_changed':false,'changes':[]}" 1000
echo '{"error":{"message":"this is too strange","code":400}}' | reply no "400 Bad Request"
echo '{"error":{"message":"This model'\''s maximum context length is 3000 tokens. However, your request has 6000."' \
    ',"code":400}}' | reply long "400 Bad Request"
{
    printf 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n'
    printf 'data: {"choices":[{"index":0,"delta":{"content":"Red [00:02.680]."},"finish_reason":null}]}\n\n'
    printf 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
} >stream.slow

# begin NAME REPLY...: a server of that name that answers with these, one after the other
begin() {
    server=$1
    shift
    rm -rf "$server" "$server.hold" "$server.url"
    mkdir "$server" && mkfifo "$server.hold"
    replies="/v1/models=models"
    for word; do replies="$replies /v1/chat/completions=$word"; done
    # shellcheck disable=SC2086
    "$tools/serve" "$server" $replies <"$server.hold" >"$server.url" &
}
end_servers() {
    exec 7>&- 8>&-
    wait
    for server in alpha beta; do
        n=0
        for head in $(ls "$server"/*.head 2>/dev/null | sort -V); do
            if grep -q '^POST ' "$head"; then n=$((n + 1)); cp "${head%.head}.body" "$server.$n"; fi
        done
        echo $n >"$server.asked"
    done
}
row() { printf '{"name":"%s","url":"%s/v1","local":true,"dialect":"openai-chat","prices":{%s}}' "$1" "$(cat "$1.url")" "$2"; }
# with A... -- B... -- ARG...: two services, alpha and beta, that reply so
with() {
    rm -rf alpha.[0-9]* beta.[0-9]* cache/seechange/answers
    a="" b=""
    while [ "$1" != -- ]; do a="$a $1"; shift; done
    shift
    while [ "$1" != -- ]; do b="$b $1"; shift; done
    shift
    # shellcheck disable=SC2086
    begin alpha $a
    # shellcheck disable=SC2086
    begin beta $b
    exec 7>alpha.hold 8>beta.hold
    while [ ! -s alpha.url ] || [ ! -s beta.url ]; do sleep 0.05; done
    printf '{"services":[%s,\n%s]}\n' "$(row alpha '"*":{"in":1,"out":4,"date":"2026-11"}')" \
        "$(row beta '"*":{"in":2,"out":8,"date":"2026-11"}')" >config/seechange/services.json
    "$@" 7>&- 8>&-
    end_servers
}
both() { run ask --model alpha/llama-4-scout --model beta/gpt-4.1 --no-stream "$@" "$clip"; }
asked() { [ "$(cat alpha.asked) $(cat beta.asked)" = "$1 $2" ]; }

# Two answers
with left -- right -- both
ended 0 "two models"
check "each is asked once" asked 1 1
check "by its name" [ "$("$tools/json" get model <alpha.1) $("$tools/json" get model <beta.1)" = "llama-4-scout gpt-4.1" ]
check "each in its own words" sh -c '! cmp -s alpha.1 beta.1'
check "in a pipe one after the other" sh -c '
    grep -n "at alpha\|turns red\|at beta\|is pressed" out | head -n 4 | cut -d: -f1 | sort -nc'
check "without control characters" plain out
check "who said what is told" grep -qx 'llama-4-scout at alpha' out
check "with tokens" grep -qx '2,000 tokens in, 10 out' out
check "with the price" grep -qx '0\.0041 USD' out
check "with the time that it took" grep -q '^all after [0-9]*\.[0-9]* s$' out
check "what no picture shows is told" grep -qx 'cites what it was not shown: \[00:55.500\]' out
check "where they do not cite the same" sh -c '
    grep -A3 "cited by some" out | grep -q "00:55.500  no picture shown .*llama-4-scout at alpha"'
refute "but not where they do" sh -c 'sed -n "/cited by some/,\$p" out | grep -q "00:02"'
check "who is asked is told before" said "asking gpt-4.1 at http"
check "what both cost is told" said "0.0051 USD in all"
with left -- right -- both --json
ended 0 "as JSON"
check "obeys the schema" obeys sides-1.json
check "in the order of the command line" is sides.1.name beta/gpt-4.1
check "with each answer" is sides.0.answer.usage.prompt_tokens 1000
check "with the latency" between sides.1.whole_s 0 60
check "of the whole alone without a stream" is sides.1.first_words_s null
check "one moment is agreed on" [ "$("$tools/json" all moments agreed <out | grep -c true)" -eq 1 ]
check "the rest by one" is moments.1.cited_by '[1]'
check "in the order of time" is moments.3.cited_by '[0]'
check "the evidence is there once" is sides.0.answer.changes null
check "for both" between changes.events.# 1 9
with stream.slow -- right -- run ask --model alpha/a --model beta/b --json button.mkv
ended 0 "a stream"
check "tells when the first words came" sh -c '[ "$("$1" get sides.0.first_words_s <out)" != null ]' sh "$tools/json"

# What goes wrong; a still is soon looked at
clip=still.png
with no -- right -- both
ended 3 "one that fails"
check "is named" said "'alpha/llama-4-scout' has no answer"
check "with its reason" grep -q '^failed: .*this is too strange' out
check "the other is kept" grep -q 'A button is pressed' out
with no -- right -- both --json
check "as JSON" obeys sides-1.json
check "with its reason" sh -c '"$1" get sides.0.error <out | grep -q "too strange"' sh "$tools/json"
check "there is nobody to agree with" is 'moments.#' 0
with no -- no -- both
ended 1 "both that fail"
check "are an error" sh -c 'tail -n 1 err | grep -q "this is too strange"'
with left -- short -- both
ended 3 "one that is cut off"
check "is told" said "the answer of 'beta/gpt-4.1' is cut off by its length limit"
clip=button.mkv
with long left -- right -- both --pack full
ended 0 "one that is too long"
check "is asked once more with less" said "asking once more with less"
check "and the other is not" asked 2 1
clip=still.png
with json -- json -- both --schema changes
ended 0 "a schema"
check "is for both" [ "$(grep -c 'A button' out)" -eq 2 ]
with left json -- json -- both --schema changes --json
ended 0 "an answer that does not obey"
check "is sent back to the one that gave it" asked 2 1
check "which is told" is sides.0.answer.repairs 1

# Money
clip=button.mkv
with left -- right -- both --dry-run
ended 0 "a dry run"
check "sends nothing" asked 0 0
check "has a line for each" [ "$(grep -c 'llama-4-scout at alpha\|gpt-4.1 at beta' out)" -eq 2 ]
check "and a sum" grep -q '^all .*0\.0[0-9]* *0\.0[0-9]*$' out
with left -- right -- both --dry-run --json
check "as JSON" obeys sides-1.json
most=$("$tools/json" all sides most_usd <out | awk '{ n += $1 } END { printf "%.6f", n }')
with left -- right -- both --dry-run --json --max-cost 0.0150
check "--max-cost bounds the sum" sh -c '"$1" all sides most_usd <out | awk "{ n += \$1 } END { exit !(n <= 0.015) }"' sh \
    "$tools/json"
check "which would have been more" awk -v most="$most" 'BEGIN { exit !(most > 0.015) }'
clip=still.png
with left -- right -- both --max-cost 0.005
ended 1 "too little money for the answers alone"
check "is an error" said "are allowed"
check "before anything is sent" asked 0 0
with left -- right -- run ask --model alpha/a --model openai/gpt-4.1 still.png
ended 2 "a missing key"
check "is an error before anything is sent" asked 0 0
check "that names the model" said "'openai/gpt-4.1'"

# What can't be
expect 0 "a video without change" ask --model openai/gpt-4.1 --model openai/gpt-4.1-mini --dry-run static.mp4
check "is asked of nobody" grep -q 'Nothing changed' out
expect 2 "several videos" ask --model a --model b still.png static.mp4
check "can't be asked of several models" said "about one video"
expect 2 "one request can't stand for all" ask --model openai/a --model openai/b --dry-run --dump x still.png
check "which is said" said "name one model"
expect 2 "who hears" ask --model openai/a --model openai/b --dry-run --transcribe still.png
check "has to be said" said "--transcribe-service"
expect 2 "no server" ask --model nowhere/a --model openai/b still.png
check "is named" said "'nowhere/a'"

# Columns, as they stand on a terminal
if ! command -v script >/dev/null; then
    echo "skip columns on a terminal: there is no script"
    exit 0
fi
# screen COLUMNS WORD...: the screen of that many columns, times that pass taken out
screen() {
    columns=$1
    shift
    TERM=xterm LC_ALL=C.UTF-8 script -qec "stty cols $columns; $* '$seechange' ask --model alpha/llama-4-scout \
        --model beta/gpt-4.1 --no-stream button.mkv 2>/dev/null" typescript >/dev/null 2>&1 </dev/null
    sed -e '/^Script /d' -e 's/\r$//' -e 's/after [0-9]*\.[0-9]* s/after N.NN s/g' typescript >screen
}
golden() {
    if [ -n "${UPDATE:-}" ]; then cp screen "$root/tests/golden/$1"; fi
    if diff "$root/tests/golden/$1" screen >differs; then ok "$1"; else not_ok "$1"; sed 's/^/    /' differs; fi
}
with left -- right -- screen 80 NO_COLOR=1
golden sides-80.txt
with left -- right -- screen 160 NO_COLOR=1
golden sides-160.txt
with left -- right -- screen 60 NO_COLOR=1
check "a narrow terminal has no columns" sh -c '! grep -q "│" screen'
check "but lines that fit" sh -c '! LC_ALL=C.UTF-8 grep -q "^.\{61\}" screen'
with left -- right -- screen 80
check "colour on a terminal" sh -c 'grep -q "$(printf "\033\\[1mllama-4-scout at alpha")" screen'
