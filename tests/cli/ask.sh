# seechange ask: the embedded default, dry runs, and a scripted server on this machine.
# shellcheck shell=sh disable=SC2154,SC2034
set -u
. "$TESTS/kit/lib.sh"

draw hue hue.mp4
draw static static.mp4
draw still still.png

expect 0 "the embedded default" ask --service embedded hue.mp4
check "answers" [ -s out ]
check "in plain text" plain out
expect 0 "as JSON" ask --service embedded --json hue.mp4
check "obeys the schema" obeys answer-1.json
check "used no model" is no_model true
check "sent nothing" is sent false
check "brings the evidence" is 'changes.events.#' 1
expect 0 "the default question on a video without change" ask --service embedded static.mp4
check "answers too" [ -s out ]

# Dry runs
expect 0 "a dry run" ask --dry-run --model gpt-4.1 hue.mp4
check "shows a line for each picture" [ "$(grep -c '^ *00:0' out)" -ge 2 ]
check "fits 80 columns" awk 'length > 80 { exit 1 }' out
check "says that nothing was sent" grep -q 'nothing was sent' out
for model in gpt-4.1 llama-4-scout; do
    expect 0 "a dry run for $model as JSON" ask --dry-run --json --dump "$model.json" --model "$model" hue.mp4
    check "obeys the schema" obeys answer-1.json
    check "sent nothing" is sent false
    check "has pictures" between 'images.#' 2 40
    check "whose tokens make up the sum" [ "$("$tools/json" all images tokens <out | awk '{ n += $1 } END { print n }')" \
        = "$(value image_tokens.count)" ]
    check "the dump has the bytes that were told" [ "$(wc -c <"$model.json")" = "$(value body_bytes)" ]
    check "and is JSON" "$tools/json" get messages <"$model.json" >dumped
    check "two dry runs are the same" sh -c '
        "$1" ask --dry-run --dump again.json --model "$2" hue.mp4 >again 2>&1 && cmp -s again.json "$2.json"' \
        sh "$seechange" "$model"
done
expect 0 "--max-images" ask --dry-run --json --max-images 2 --model gpt-4.1 hue.mp4
check "bounds them" between 'images.#' 1 2
OPENAI_API_KEY=sk-very-secret expect 0 "a key in the environment" ask --dry-run --service openai --dump dump.json hue.mp4
refute "is in none of the outputs" grep -q very-secret out err dump.json
expect 2 "a service that is none" ask --service nobody hue.mp4
check "is named" said "'nobody'"
expect 2 "a service that needs a key" ask --service openai hue.mp4
check "says which" said OPENAI_API_KEY

# A server
reply() {
    printf 'HTTP/1.1 %s\r\nContent-Type: %s\r\nConnection: close\r\n\r\n' "$2" "$3" >"$1"
    cat >>"$1"
}
event() { printf 'data: {"choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n' "$1"; }
ending() {
    printf 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"%s"}]}\n\n' "$1"
    printf 'data: {"choices":[],"usage":{"prompt_tokens":1234,"completion_tokens":7,"total_tokens":1241}}\n\n'
    printf 'data: [DONE]\n\n'
}
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' |
    reply models "200 OK" application/json
{ event 'A patch turns '; event 'teal.'; ending stop; } | reply answer "200 OK" text/event-stream
{ event 'At [00:00.000] a patch, at [09:59.000] none.'; ending stop; } | reply cited "200 OK" text/event-stream
{ event 'A patch'; ending length; } | reply short "200 OK" text/event-stream
{ event 'A patch'; } | reply cut.break "200 OK" text/event-stream
{ event 'A patch '; } | reply slow.stall "200 OK" text/event-stream
{ event 'evil \\u001b[31m \\u202e \\u009b1m end'; ending stop; } | reply evil "200 OK" text/event-stream
echo '{"error":{"message":"the context is too long","code":400,"type":"BadRequestError"}}' |
    reply refusal "400 Bad Request" application/json
{
    echo '{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"A patch turns teal."},'
    echo '"finish_reason":"stop"}],"usage":{"prompt_tokens":1234,"completion_tokens":7,"total_tokens":1241}}'
} | reply whole "200 OK" application/json

# serving REPLY ARG...: ask a server that answers with REPLY; what it was asked is in asked.json, if it was
serving() {
    answer=$1
    shift
    rm -rf requests asked.json hold url && mkdir requests && mkfifo hold
    "$tools/serve" requests "/v1/models=models" "/v1/chat/completions=$answer" <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
    "$seechange" ask --base-url "$(cat url)" "$@" >out 2>err 9>&-
    code=$?
    exec 9>&-
    wait "$server"
    for head in requests/*.head; do
        if grep -q '^POST ' "$head"; then cp "${head%.head}.body" asked.json; fi
    done
}

serving answer hue.mp4
ended 0 "an answer"
check "is printed" [ "$(cat out)" = "A patch turns teal." ]
check "ends with a newline" [ "$(wc -l <out)" -eq 1 ]
check "the service was named before" sh -c 'head -n 1 err | grep -q "llama-4-scout"'
check "what it cost is told after" sh -c 'tail -n 1 err | grep -q "1,234 tokens in, 7 out"'
check "one request has several pictures" [ "$(grep -o 'data:image/jpeg' asked.json | wc -l)" -ge 2 ]
serving answer -q hue.mp4 "what colour is the patch?"
check "--quiet says nothing" [ ! -s err ]
check "the question is asked" grep -q 'what colour is the patch?' asked.json
serving answer --json hue.mp4
ended 0 "as JSON"
check "obeys the schema" obeys answer-1.json
check "has the text" is text "A patch turns teal."
check "has the tokens" is usage.prompt_tokens 1234
serving cited --json hue.mp4
ended 0 "an answer that cites times"
check "obeys the schema" obeys answer-1.json
check "tells both" is 'citations.#' 2
check "the first is known" is citations.0.known true
check "and its frame" is citations.0.frame 0
check "the second is not" is citations.1.known false
check "and named" said "[09:59.000]"
refute "the first is not named" said "[00:00.000]"
serving answer --no-hints hue.mp4
refute "--no-hints tells nothing of what was measured" grep -q 'compares pixels' asked.json
serving whole --no-stream hue.mp4
ended 0 "an answer as a whole"
check "is printed" [ "$(cat out)" = "A patch turns teal." ]

# The same question about the same pictures. Only a server of the same address is the same service.
remembering() {
    rm -rf requests hold url && mkdir requests && mkfifo hold
    "$tools/serve" requests "/v1/models=models" "/v1/chat/completions=answer" <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
}
again() {
    "$seechange" ask --base-url "$(cat url)" "$@" hue.mp4 "what is new?" >out 2>err 9>&-
    code=$?
}
remembering
again
check "a question" [ "$(cat out)" = "A patch turns teal." ]
again --no-stream
ended 0 "the same question again"
check "has the same answer" [ "$(cat out)" = "A patch turns teal." ]
check "which is said to be remembered" said "remembered: the very same request"
refute "and cost nothing" said "tokens in,"
again --json
check "as JSON" is remembered true
check "obeys the schema" obeys answer-1.json
check "nothing was sent" is sent false
check "nor billed" is usage.prompt_tokens 0
again --no-cache
ended 0 "--no-cache asks anew"
refute "and remembers nothing" said "remembered"
again --seed 4
refute "another seed is another request" said "remembered"
exec 9>&-
wait "$server"
check "three were sent in all" [ "$(grep -l '^POST ' requests/*.head | wc -l)" -eq 3 ]
check "answers are for their owner only" sh -c '[ -z "$(find "$XDG_CACHE_HOME/seechange/answers" -type f -perm /077)" ]'

# What is exchanged, written down and answered from.
SEECHANGE_API_KEY=sk-very-secret serving answer --record one.rec hue.mp4 "what is in there?"
ended 0 "an answer that is recorded"
check "is in the recording" grep -q 'A patch turns' one.rec
check "with the question" grep -q 'what is in there' one.rec
refute "but no picture" grep -q '/9j/' one.rec
refute "and no key" grep -q 'very-secret' one.rec
expect 0 "the recording answers" ask --replay one.rec hue.mp4 "what is in there?"
check "with the same words" [ "$(cat out)" = "A patch turns teal." ]
refute "and tells no difference" said "not the request"
expect 0 "as JSON" ask --replay one.rec --json hue.mp4 "what is in there?"
check "obeys the schema" obeys answer-1.json
check "nothing was sent" is sent false
expect 0 "another question" ask --replay one.rec hue.mp4 "what is out there?"
check "is told to be another" said "not the request that was recorded"
expect 2 "a recording with a service" ask --replay one.rec --service openai hue.mp4
check "is told why" said "leave out --service"
head -n 2 one.rec >cut.rec
expect 1 "half a recording" ask --replay cut.rec hue.mp4
check "is told to be one" said "breaks off"
expect 1 "a file that is none" ask --replay hue.mp4 hue.mp4
check "is named" said "'hue.mp4'"
expect 0 "nothing to ask" ask --record none.rec --service embedded hue.mp4
check "leaves no recording" [ ! -e none.rec ]
check "and says so" said "not written"

serving short hue.mp4
ended 3 "an answer cut off by its length"
check "is printed" [ "$(cat out)" = "A patch" ]
check "and said to be" said "length limit"
serving cut.break hue.mp4
ended 3 "a server that breaks off in the middle"
check "what came is printed" [ "$(cat out)" = "A patch" ]
check "and said to be incomplete" said "incomplete"
serving evil hue.mp4
ended 0 "an answer with controls"
check "is made harmless" plain out
refute "of C1 and bidirectional ones too" env LC_ALL=C grep -q "$(printf '\302\233\|\342\200\256')" out
serving refusal hue.mp4
ended 1 "an error of the server"
check "is told in its words" said "the context is too long"
serving answer static.mp4
ended 0 "the default question, and nothing changed"
check "says so" grep -qi 'nothing changed' out
check "and asks nothing" [ ! -e asked.json ]
serving answer static.mp4 "what colour is the car?"
ended 0 "a question, and nothing changed"
check "sends a picture" grep -q 'data:image/jpeg' asked.json
serving answer still.png "what is this?"
ended 0 "a question about a still"
check "sends it" [ "$(grep -o 'data:image/jpeg' asked.json | wc -l)" -eq 1 ]

# Ctrl-C while the server keeps us waiting
rm -rf requests hold url && mkdir requests && mkfifo hold
"$tools/serve" requests "/v1/models=models" "/v1/chat/completions=slow.stall" <hold >url &
server=$!
exec 9>hold
while [ ! -s url ]; do sleep 0.05; done
rm -f out
# A shell without job control starts what is in the background with Ctrl-C ignored, but timeout does not.
timeout 60 "$seechange" ask --base-url "$(cat url)" hue.mp4 >out 2>err 9>&- &
asking=$!
for _ in $(seq 600); do
    [ -s out ] && break
    sleep 0.1
done
kill -INT "$asking"
wait "$asking"
code=$?
exec 9>&-
wait "$server"
ended 130 "Ctrl-C while an answer comes"
check "what came is printed" [ "$(cat out)" = "A patch" ]
expect 1 "a server that is not there" ask --base-url http://127.0.0.1:1 --model llama-4-scout hue.mp4
check "is named" said "127.0.0.1:1"
