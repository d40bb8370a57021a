# seechange ask: where the service counts a request's tokens itself, its count stands in the place of the estimate.
# shellcheck shell=sh disable=SC2154,SC2034
set -u
. "$TESTS/kit/lib.sh"
export HOME="$PWD/home" XDG_CONFIG_HOME="$PWD/config" XDG_CACHE_HOME="$PWD/cache"
mkdir -p config/seechange

draw button button.mkv
draw still still.png

reply() {
    printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' "$2" >"$1"
    cat >>"$1"
}
count() { echo "{\"object\":\"response.input_tokens\",\"input_tokens\":$1}" | reply "count.$1" "200 OK"; }
for n in 900 1400 5000 9500; do count $n; done
echo '{"error":{"message":"no such page","code":404}}' | reply missing "404 Not Found"
echo '{"error":{"message":"out of order","code":500}}' | reply broken "500 Internal Server Error"
echo '{"input_tokens":"many"}' | reply strange "200 OK"
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' | reply models "200 OK"
echo '{"choices":[{"message":{"content":"Yes."},"finish_reason":"stop"}],' \
    '"usage":{"prompt_tokens":9500,"completion_tokens":2}}' | reply yes "200 OK"

# counting COUNT... -- ARG...: ask a service that counts so, one after the other; posts has the paths that it was sent
counting() {
    rm -rf requests hold url cache/seechange/answers && mkdir requests && mkfifo hold
    replies="/v1/models=models /v1/chat/completions=yes"
    while [ "$1" != -- ]; do
        replies="$replies /v1/chat/completions/input_tokens=$1"
        shift
    done
    shift
    # shellcheck disable=SC2086
    "$tools/serve" requests $replies <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
    printf '{"services":[{"name":"counter","url":"%s/v1","local":true,"dialect":"openai-chat","counts_tokens":true}]}' \
        "$(cat url)" >config/seechange/services.json
    run ask --service counter --model llama-4-scout --no-stream "$@" 9>&-
    exec 9>&-
    wait "$server"
    cat requests/*.head 2>/dev/null | sed -n 's/^POST \([^ ]*\).*/\1/p' >posts
}
total() { [ "$(($(value image_tokens.count) + $(value text_tokens.count)))" -eq "$1" ]; }

counting count.9500 -- --json --pack full button.mkv
ended 0 "a service that counts"
check "is asked before the question" [ "$(sed -n 1p posts)" = /v1/chat/completions/input_tokens ]
check "and that once" [ "$(grep -c input_tokens posts)" -eq 1 ]
check "what it says is what is told" total 9500
check "the text as exact as it" is text_tokens.exact true
check "without a doubt" said " 9500 tokens"
counting count.900 -- --dry-run --json still.png
ended 0 "a dry run"
check "has it counted on this machine" total 900
check "and asks nothing" [ "$(grep -vc input_tokens posts)" -eq 0 ]
counting count.900 -- --dry-run still.png
check "which it says" grep -q "counted there, not asked" out

for how in missing broken strange; do
    counting $how -- --dry-run --json still.png
    ended 0 "a count that is $how"
    check "leaves the estimate" is text_tokens.exact false
done
run ask --dry-run --model llama-4-scout still.png
check "an estimate is marked" grep -q 'text *~' out
check "and nothing was sent" grep -q 'nothing was sent' out

# Hard stops hold by its count
counting count.5000 count.1400 -- --json --max-tokens 2500 --pack full button.mkv
ended 0 "a query that it finds too large"
check "is made smaller once" [ "$(grep -c input_tokens posts)" -eq 2 ]
check "and fits" total 1400
check "with fewer pictures" said "left out to fit"
counting count.5000 count.5000 -- --max-tokens 2500 --pack full button.mkv
ended 1 "one that can't be made to fit"
check "is an error" said "counter counts 5000 tokens, but 2500 are allowed"
check "before it is asked" [ "$(grep -vc input_tokens posts)" -eq 0 ]
counting count.5000 count.1400 -- --json --max-cost 0.004 --price 1,1 --pack full button.mkv
ended 0 "money"
check "is reckoned by its count" total 1400
counting count.5000 count.5000 -- --max-cost 0.004 --price 1,1 --pack full button.mkv
ended 1 "what may cost more"
check "is not asked" [ "$(grep -vc input_tokens posts)" -eq 0 ]
