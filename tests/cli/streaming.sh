# Answers as they stream: wrapped for a terminal, whole letters, harmless characters; and every way to end said plainly.
# shellcheck shell=sh disable=SC2154,SC2034
. "$TESTS/kit/lib.sh"
secret=sk-4711-never-shown
export HOME=$PWD/home XDG_CONFIG_HOME=$PWD/config XDG_CACHE_HOME=$PWD/cache SEECHANGE_API_KEY=$secret
"$tools/draw" tiny tiny.mkv || exit 1

stream() { # FILE: the events are standard input, each with its empty line
    { printf 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n' && sed 's/$/\n/'; } >"$1"
}
say() { printf 'data: {"choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":null}],"usage":null}\n' "$1"; }
stop() { printf 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"%s"}],"usage":null}\n' "$1"; }
usage='data: {"choices":[],"usage":{"prompt_tokens":321,"completion_tokens":45}}'
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' |
    { printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' && cat; } >models

# asked REPLY ARG...: ask a server that answers so, one byte at a time
asked() {
    rm -rf requests hold url && mkdir requests && mkfifo hold
    mv "$1" "$1.slow"
    "$tools/serve" requests "/v1/models=models" "/v1/chat/completions=$1.slow" <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
    shift
    if [ "$1" = terminal ]; then
        script -qec "stty cols 40; '$seechange' ask tiny.mkv what --base-url '$(cat url)' 2>'$PWD/err'" typescript \
            >/dev/null 2>&1 </dev/null 9>&-
        code=$?
        sed -e '/^Script /d' -e 's/\r$//' typescript >out
    else
        "$seechange" ask tiny.mkv what --base-url "$(cat url)" "$@" >out 2>err 9>&-
        code=$?
    fi
    exec 9>&-
    wait "$server"
}
secretly() { ! grep -rqaF "$secret" out err requests/*.body cache home 2>/dev/null; }

# Words in pieces, letters of several bytes, a word longer than a line, and what would steer a terminal.
words() {
    for word in 'A d' 'oor op' 'ened on the ' 'left sid' 'e of the yard, ' 'and a m\\u00e4n in a r\303\251d c' 'oat came in. ' \
        '\346\227\245\346\234\254\350\252\236 \\ud83d\\ude00 \\u001b[2J\\u001b]0;x\\u0007\\u009b1m\\b\\r ' \
        'Donaudampfschifffahrtsgesellschaftskapitaensmuetze' '\\n\\n' 'Then nothing.'; do
        # shellcheck disable=SC2059  # octal escapes stand for bytes
        say "$(printf "$word" | sed 's/\\/\\\\/g')"
    done | sed 's/\\\\/\\/g'
    stop stop
    echo "$usage"
    echo 'data: [DONE]'
}
words | stream whole
asked whole
ended 0 "a streamed answer, byte by byte"
check "is whole" grep -q '^A door opened on the left side of the yard, and a män in a réd coat came in\. 日本語 😀' out
check "and harmless" plain out
check "its usage came after its end, and is told" said "321"
if command -v script >/dev/null; then
    words | stream wide
    asked wide terminal
    ended 0 "the same on a terminal of 40 columns"
    check "has no line over them" [ "$(wc -L <out)" -le 40 ]
    check "breaks between words" grep -qx 'A door opened on the left side of the' out
    check "keeps whole letters" grep -q 'män in a réd' out
    check "breaks a word that is too long" grep -q '^Donaudampfschiff' out
    check "keeps empty lines" grep -qx '' out
    check "ends with a line" grep -qx 'Then nothing.' out
    check "and is harmless" plain out
else
    echo "skip an answer on a terminal: no script(1) here"
fi

{ echo 'data: {"choices":[{"delta":{"reasoning_content":"hmm","reasoning":"hmm"}}]}'; say Fine.; stop stop
    echo 'data: [DONE]'; } | stream thoughts
asked thoughts
ended 0 "thoughts before an answer"
check "are not shown" [ "$(head -n 1 out)" = Fine. ]
{ say 'A do'; stop length; echo "$usage"; echo 'data: [DONE]'; } | stream cut
asked cut
ended 3 "an answer that its length limit cuts"
check "says so, and what to do" said "--max-output-tokens"
{ echo 'data: {"choices":[{"delta":{"refusal":"I will not."}}]}'; stop stop; echo 'data: [DONE]'; } | stream refusal
asked refusal
check "a refusal is shown" grep -q 'I will not' out
check "and called one" said "refused"
{ say 'A do'; stop content_filter; echo 'data: [DONE]'; } | stream filter
asked filter
ended 3 "an answer that a filter stops"
check "says so" said "content filter"
{ say 'A do'; printf 'event: error\001data: {"error":{"message":"out of %s"}}\n' "$secret" | tr '\001' '\n'; } |
    { printf 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n' &&
        sed '/^event:/!s/$/\n/'; } >broken
asked broken
ended 1 "an error inside an answer"
check "keeps what came" grep -q '^A do' out
check "and says what happened" said "out of ***"
check "without the key" secretly
say 'A do' | stream short
asked short
ended 3 "an answer that stops without an end"
check "says so" said "stopped in the middle"
{ say 'A do'; stop "$secret"; } | stream reason
asked reason --json
ended 3 "a reason that repeats the key"
check "is JSON" obeys answer-1.json
check "without the key" secretly

# An address behind TLS: with the authority named, and without.
words | stream tls
rm -rf requests hold url && mkdir requests && mkfifo hold
"$tools/serve" --tls this.pem requests "/v1/models=models" "/v1/chat/completions=tls" <hold >url &
server=$!
exec 9>hold
while [ ! -s url ]; do sleep 0.05; done
"$seechange" ask tiny.mkv what --base-url "$(cat url)" --model m >out 2>err 9>&-
code=$?
ended 1 "a server that nobody vouches for"
check "gets no question" [ "$(find requests -name '*.head' | wc -l)" -eq 0 ]
check "and the certificate is blamed" said certificate
SSL_CERT_FILE=$PWD/this.pem "$seechange" ask tiny.mkv what --base-url "$(cat url)" --model m >out 2>err 9>&-
code=$?
exec 9>&-
wait "$server"
ended 0 "with SSL_CERT_FILE it is asked"
check "over TLS" grep -q '^https://' url
check "and the key is shown nowhere" secretly
